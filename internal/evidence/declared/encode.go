package declared

import (
	"maps"

	"github.com/fixline-dev/fixline/internal/core/inventory"
)

// Document is a ClusterInventory as it is written, in JSON or YAML.
type Document struct {
	APIVersion string   `json:"apiVersion" yaml:"apiVersion"`
	Kind       string   `json:"kind" yaml:"kind"`
	Metadata   Metadata `json:"metadata" yaml:"metadata"`
	Spec       Spec     `json:"spec" yaml:"spec"`
}

// Metadata names a cluster and who owns it.
type Metadata struct {
	Name  string `json:"name" yaml:"name"`
	Owner string `json:"owner,omitempty" yaml:"owner,omitempty"`
}

// Spec is what is declared of a cluster.
type Spec struct {
	Environment string      `json:"environment,omitempty" yaml:"environment,omitempty"`
	Exposure    Exposure    `json:"exposure" yaml:"exposure"`
	Provider    string      `json:"provider,omitempty" yaml:"provider,omitempty"`
	Available   *[]string   `json:"available,omitempty" yaml:"available,omitempty"` // nil: not known; empty: nothing
	Components  []Component `json:"components" yaml:"components"`
	Facts       *Facts      `json:"facts,omitempty" yaml:"facts,omitempty"`
}

// Exposure says what an attacker would reach by the cluster.
type Exposure struct {
	Connected bool     `json:"connected" yaml:"connected"`
	Holds     []string `json:"holds,omitempty" yaml:"holds,omitempty"`
}

// Component is one running instance.
type Component struct {
	Component string `json:"component" yaml:"component"`
	Version   string `json:"version" yaml:"version"` // "unknown" where it could not be read
	Node      string `json:"node,omitempty" yaml:"node,omitempty"`
	Host      string `json:"host,omitempty" yaml:"host,omitempty"`
	OS        string `json:"os,omitempty" yaml:"os,omitempty"`
	Pool      string `json:"pool,omitempty" yaml:"pool,omitempty"`
	Zone      string `json:"zone,omitempty" yaml:"zone,omitempty"`
	Server    string `json:"server,omitempty" yaml:"server,omitempty"` // own | all: the API servers it talks to
}

// Facts are what exploit conditions ask about.
type Facts struct {
	FeatureGates  map[string]map[string]bool   `json:"featureGates,omitempty" yaml:"featureGates,omitempty"`
	Flags         map[string]map[string]string `json:"flags,omitempty" yaml:"flags,omitempty"`
	CgroupVersion map[string]string            `json:"cgroupVersion,omitempty" yaml:"cgroupVersion,omitempty"`
	Uses          map[string]bool              `json:"uses,omitempty" yaml:"uses,omitempty"`
}

// Encode writes a cluster, from whatever source, as an inventory that [Read]
// takes. An inventory holds less than a cluster that was looked into: settings
// that differ between the instances of a component, configuration files, RBAC,
// namespaces and the evidence are left out, and so unknown when it is read.
func Encode(c inventory.Cluster) Document {
	d := Document{APIVersion: APIVersion, Kind: Kind, Metadata: Metadata{Name: c.Name, Owner: c.Owner}}
	d.Spec = Spec{Environment: c.Environment, Exposure: Exposure{Connected: c.Connected, Holds: c.Holds}, Components: encodeInstances(c.Instances)}
	if c.Provider != "unknown" {
		d.Spec.Provider = c.Provider
	}
	if c.Available != nil {
		offered := make([]string, len(c.Available))
		for i, v := range c.Available {
			offered[i] = v.String()
		}
		d.Spec.Available = &offered
	}
	d.Spec.Facts = encodeFacts(c.Facts)
	return d
}

func encodeInstances(instances []inventory.Instance) []Component {
	out := make([]Component, 0, len(instances))
	seen := make(map[identity]string, len(instances))
	for _, i := range instances {
		row := Component{Component: i.Component, Version: said(i), Node: i.Node, Host: i.Host, OS: i.OS, Pool: i.Pool, Zone: i.Zone, Server: i.Server}
		id, named := identify(i)
		switch first, again := seen[id]; {
		case !named:
		case again && first == row.Version:
			continue // replicas of an add-on on one node
		case again:
			// Two versions side by side, as in a rollout: the row stays, unnamed.
			row.Node, row.Host = "", ""
		default:
			seen[id] = row.Version
		}
		out = append(out, row)
	}
	return out
}

func encodeFacts(f inventory.Facts) *Facts {
	out := Facts{FeatureGates: map[string]map[string]bool{}, Flags: map[string]map[string]string{}, CgroupVersion: f.CgroupVersion, Uses: map[string]bool{}}
	first := map[string]bool{}
	for _, s := range f.Settings {
		if !first[s.Component] {
			first[s.Component] = true
			out.Flags[s.Component], out.FeatureGates[s.Component] = maps.Clone(s.Flags), maps.Clone(s.Gates)
			continue
		}
		maps.DeleteFunc(out.Flags[s.Component], func(name, value string) bool { got, ok := s.Flags[name]; return !ok || got != value })
		maps.DeleteFunc(out.FeatureGates[s.Component], func(name string, value bool) bool { got, ok := s.Gates[name]; return !ok || got != value })
	}
	maps.DeleteFunc(out.Flags, func(_ string, m map[string]string) bool { return len(m) == 0 })
	maps.DeleteFunc(out.FeatureGates, func(_ string, m map[string]bool) bool { return len(m) == 0 })
	for name, answer := range f.Uses {
		if answer.State != inventory.Unknown {
			out.Uses[name] = answer.State == inventory.Yes
		}
	}
	if len(out.Flags)+len(out.FeatureGates)+len(out.CgroupVersion)+len(out.Uses) == 0 {
		return nil
	}
	return &out
}
