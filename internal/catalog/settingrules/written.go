package settingrules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/settings"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// writtenFile is kubeadm-flags.json: what kubeadm writes into static pods.
type writtenFile struct {
	Kind         string              `json:"kind"`
	Date         string              `json:"date"`
	From         string              `json:"from"`
	Through      string              `json:"through"`
	Sources      []string            `json:"sources"`
	ReleasesRead []string            `json:"releasesRead"`
	Flags        []writtenFlag       `json:"flags"`
	Volumes      map[string][]string `json:"volumes"`
	MountedPaths map[string][]string `json:"mountedPaths"`
	Security     map[string][]string `json:"security"`
	Inputs       map[string][]string `json:"inputs"`
}

type writtenFlag struct {
	Component string   `json:"component"`
	Name      string   `json:"name"`
	Value     string   `json:"value"`
	Or        []string `json:"or"`
	From      string   `json:"from"`
	Through   string   `json:"through"`
	When      string   `json:"when"`
	Unless    string   `json:"unless"`
	Optional  bool     `json:"optional"`
}

// DecodeWritten reads kubeadm-flags.json, strictly: an unknown key, condition
// or variable, and a minor nobody read, are errors.
func DecodeWritten(data []byte) (settings.Written, error) {
	var f writtenFile
	out := settings.Written{}
	if err := strict(data, &f); err != nil {
		return out, fmt.Errorf("reading what kubeadm writes: %w", err)
	}
	var err error
	if out.From, err = version.ParseMinor(f.From); err != nil {
		return out, fmt.Errorf("reading what kubeadm writes: from: %w", err)
	}
	if out.Through, err = version.ParseMinor(f.Through); err != nil {
		return out, fmt.Errorf("reading what kubeadm writes: through: %w", err)
	}
	if _, err = time.Parse(time.DateOnly, f.Date); err != nil {
		return out, fmt.Errorf("reading what kubeadm writes: date: %w", err)
	}
	if f.Kind != "KubeadmFlags" || len(f.Sources) == 0 || !strings.HasPrefix(f.Sources[0], "https://") {
		return out, fmt.Errorf("reading what kubeadm writes: kind KubeadmFlags and a source belong to it")
	}
	for m := out.From; m.Compare(out.Through) <= 0; m.Minor++ {
		if !slices.ContainsFunc(f.ReleasesRead, func(r string) bool { return strings.HasPrefix(r, m.String()+".") }) {
			return out, fmt.Errorf("reading what kubeadm writes: no release of %s was read", m)
		}
	}
	for _, w := range f.Flags {
		one, err := w.flag()
		if err != nil {
			return out, fmt.Errorf("reading what kubeadm writes: %s --%s: %w", w.Component, w.Name, err)
		}
		out.Flags = append(out.Flags, one)
	}
	out.Volumes, out.MountedPaths, out.Security, out.Inputs, out.Source = f.Volumes, f.MountedPaths, f.Security, f.Inputs, f.Sources[0]
	return out, nil
}

func (w writtenFlag) flag() (settings.WrittenFlag, error) {
	out := settings.WrittenFlag{Component: w.Component, Name: w.Name, Value: w.Value, Or: w.Or, When: w.When, Unless: w.Unless, Optional: w.Optional}
	var err error
	if w.From != "" {
		if out.From, err = version.ParseMinor(w.From); err != nil {
			return out, fmt.Errorf("from: %w", err)
		}
	}
	if w.Through != "" {
		if out.Through, err = version.ParseMinor(w.Through); err != nil {
			return out, fmt.Errorf("through: %w", err)
		}
	}
	if w.Component == "" || w.Name == "" || !slices.Contains([]string{"", "localEtcd", "externalEtcd", "podSubnet", "clusterName"}, w.When) {
		return out, fmt.Errorf("component and name belong to it, and a condition that is known")
	}
	if start := strings.Index(w.Value, "{"); start >= 0 {
		name, _, _ := strings.Cut(w.Value[start+1:], "}")
		known := []string{"certificatesDir", "clusterName", "dnsDomain", "podSubnet", "serviceSubnet", "etcdDataDir",
			"externalEtcdServers", "externalEtcdCAFile", "externalEtcdCertFile", "externalEtcdKeyFile"}
		if !slices.Contains(known, name) {
			return out, fmt.Errorf("the variable {%s} is not known", name)
		}
	}
	return out, nil
}
