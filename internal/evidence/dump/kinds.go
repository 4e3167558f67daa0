package dump

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// reader fills one bundle. Its methods read one kind of file each.
type reader struct {
	b *evidence.Bundle
	// again opens a file once more, to find the line of a mistake.
	again func(file string) (io.ReadCloser, error)
	// advice is what to do about a file that cannot be understood.
	advice string
}

// kind is one file of a folder or bundle that says something of the cluster.
type kind struct {
	file string
	of   []evidence.Resource // what it answers
	// read returns how many objects it holds, where they are counted.
	read func(reader, io.Reader) (items int, err error)
}

// kinds are all of them, in the order they are read.
func kinds() []kind {
	out := []kind{
		{string(evidence.ServerVersionFile) + ".json", []evidence.Resource{evidence.ServerVersionFile}, reader.version},
		{string(evidence.ConfigMaps) + ".json", configMapKeys(), reader.configMaps},
		{string(evidence.MetricsText) + ".txt", []evidence.Resource{evidence.MetricsText}, reader.metrics},
		{evidence.APIGroupsFile, []evidence.Resource{evidence.APIGroups}, reader.apiGroups},
	}
	for _, l := range slices.Concat(evidence.Lists(), evidence.Upgrade(), []evidence.List{evidence.SecurityPolicyList()}) {
		out = append(out, kind{l.File(), []evidence.Resource{l.Resource}, func(d reader, r io.Reader) (int, error) { return d.list(l, r) }})
	}
	return out
}

func configMapKeys() []evidence.Resource {
	out := []evidence.Resource{evidence.ConfigMaps}
	for _, name := range evidence.CollectedConfigMaps() {
		out = append(out, evidence.ConfigMapResource(name))
	}
	return out
}

func (d reader) was(r evidence.Resource) { d.b.Access[r] = evidence.Access{State: evidence.Read} }

func (d reader) list(list evidence.List, r io.Reader) (int, error) {
	got, err := d.b.Decode(list, r)
	if err != nil {
		return 0, d.bad(list.File(), err)
	}
	for _, kind := range []string{strings.TrimSuffix(got.Kind, "List"), got.ItemKind} {
		if kind != "" && kind != list.Kind {
			return 0, &InputError{File: list.File(), Err: fmt.Errorf("it holds objects of kind %s, not %s", kind, list.Kind),
				Advice: "write it again: kubectl get " + string(list.Resource) + " -A -o json > " + list.File()}
		}
	}
	d.was(list.Resource)
	if got.Continue != "" {
		d.b.Access[list.Resource] = evidence.Access{State: evidence.Failed,
			Reason: list.File() + " is one page of a longer list (metadata.continue is set)"}
	}
	return got.Items, nil
}

func (d reader) version(r io.Reader) (int, error) {
	file := string(evidence.ServerVersionFile) + ".json"
	data, err := readSmall(file, r)
	if err != nil {
		return 0, err
	}
	// `kubectl version -o json` nests what /version answers.
	var v struct {
		evidence.ServerVersion
		Server *evidence.ServerVersion `json:"serverVersion"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return 0, d.bad(file, &evidence.OffsetError{Err: err})
	}
	if v.Server != nil {
		v.ServerVersion = *v.Server
	}
	if v.GitVersion == "" {
		return 0, &InputError{File: file, Field: "gitVersion", Err: errors.New("it names no version"),
			Advice: "kubectl get --raw /version > version.json"}
	}
	d.b.Version = v.ServerVersion
	d.was(evidence.ServerVersionFile)
	return 0, nil
}

func (d reader) configMaps(r io.Reader) (int, error) {
	wanted, broken := evidence.CollectedConfigMaps(), map[string]error{}
	got, err := evidence.DecodeList(r, func(c *evidence.ConfigMap) error {
		if slices.Contains(wanted, c.Name) && c.Namespace == "kube-system" {
			if err := evidence.TrimConfigMap(c); err != nil {
				broken[c.Name] = err
			}
			d.b.ConfigMaps = append(d.b.ConfigMaps, *c)
		}
		return nil
	})
	if err != nil {
		return 0, d.bad(string(evidence.ConfigMaps)+".json", err)
	}
	d.was(evidence.ConfigMaps)
	for _, name := range wanted {
		access := evidence.Access{State: evidence.Read}
		if _, ok := d.b.ConfigMap(name); !ok {
			access = evidence.Access{State: evidence.Absent, Reason: "kube-system has no ConfigMap " + name}
		}
		if err := broken[name]; err != nil {
			access = evidence.Access{State: evidence.Failed, Reason: err.Error()}
		}
		d.b.Access[evidence.ConfigMapResource(name)] = access
	}
	return got.Items, nil
}

func (d reader) metrics(r io.Reader) (int, error) {
	m, err := d.metricsOf(string(evidence.MetricsText)+".txt", r)
	if err != nil {
		return 0, err
	}
	d.b.Metrics = m
	d.was(evidence.MetricsText)
	return 0, nil
}

func (d reader) metricsOf(file string, r io.Reader) (*evidence.Metrics, error) {
	m, err := evidence.ReadMetrics(r)
	if err != nil {
		return nil, &InputError{File: file, Err: err, Advice: "kubectl get --raw /metrics > metrics.txt"}
	}
	return m, nil
}

func (d reader) apiGroups(r io.Reader) (int, error) {
	data, err := readSmall(evidence.APIGroupsFile, r)
	if err != nil {
		return 0, err
	}
	groups, err := evidence.ReadAPIGroups(data)
	if err != nil {
		return 0, d.bad(evidence.APIGroupsFile, err)
	}
	d.b.Groups = groups
	d.was(evidence.APIGroups)
	return 0, nil
}

// groups derives what the server serves from the APIServices, where nobody
// recorded its own answer: each is one group version.
func (d reader) groups() {
	if d.b.Was(evidence.APIGroups) {
		return
	}
	if !d.b.Was(evidence.APIServices) {
		d.b.Access[evidence.APIGroups] = evidence.Access{State: evidence.Absent, Reason: "apiservices.json is not there"}
		return
	}
	d.b.Groups = map[string][]string{}
	for _, a := range d.b.APIServices {
		d.b.Groups[a.Spec.Group] = append(d.b.Groups[a.Spec.Group], a.Spec.Version)
	}
	for _, versions := range d.b.Groups {
		slices.Sort(versions)
	}
	d.was(evidence.APIGroups)
}

// readSmall reads a file that is kept whole for a moment.
func readSmall(file string, r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSmall+1))
	if err == nil && len(data) > maxSmall {
		err = fmt.Errorf("it is larger than the %d MiB that are read", maxSmall>>20)
	}
	if err != nil {
		return nil, &InputError{File: file, Err: plainPath(err)}
	}
	return data, nil
}
