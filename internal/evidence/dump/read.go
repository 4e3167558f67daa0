// Package dump reads a folder of plain `kubectl get RESOURCE -A -o json`
// output, with version.json, metrics.txt and hosts/NODE/* where there are
// any, into an evidence.Bundle. It judges nothing, follows no link out of the
// folder, and a missing file is a gap, not an error. Start at [Read].
package dump

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// MaxFile bounds one file. 10,000 pods are about 100 MB as kubectl writes them.
const MaxFile = 1 << 30

// maxSmall bounds a file that is read whole: host facts and version.json.
const maxSmall = 8 << 20

// Read reads the folder dir. Bad content is an *InputError with file, line
// and what to do; a folder that cannot be opened is one too.
func Read(ctx context.Context, dir string) (*evidence.Bundle, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, &InputError{File: dir, Err: plainPath(err)}
	}
	if !info.IsDir() {
		return nil, notAFolder(dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &InputError{File: dir, Err: plainPath(err)}
	}
	defer root.Close()
	return ReadFS(ctx, root.FS(), "folder "+dir)
}

// ReadFS is [Read] for a folder that is already a file system, such as an
// embedded recording; name is Bundle.Source.
func ReadFS(ctx context.Context, fsys fs.FS, name string) (*evidence.Bundle, error) {
	d := reader{fsys: fsys, b: evidence.New(name)}
	if err := d.known(name); err != nil {
		return nil, err
	}
	steps := []func() error{d.version, d.configMaps, d.metrics}
	for _, list := range evidence.Lists() {
		steps = append(steps, func() error { return d.list(list) })
	}
	for _, step := range append(steps, d.hosts) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := step(); err != nil {
			return nil, err
		}
	}
	d.groups()
	return d.b, nil
}

func notAFolder(path string) error {
	if strings.HasSuffix(path, ".tar.zst") || strings.HasSuffix(path, ".tar.gz") || strings.HasSuffix(path, ".tar") {
		return &InputError{File: path, Err: errors.New("a packed bundle cannot be read by this version yet"),
			Advice: "unpack it and give the folder: tar -xf " + path}
	}
	return &InputError{File: path, Err: errors.New("not a folder"),
		Advice: "--bundle wants a folder of kubectl output: nodes.json, pods.json, version.json ..."}
}

type reader struct {
	fsys fs.FS
	b    *evidence.Bundle
}

// known refuses a folder that holds nothing of a cluster, so that a mistyped
// path is not a cluster without findings.
func (d reader) known(name string) error {
	for _, r := range []evidence.Resource{evidence.Nodes, evidence.Pods, evidence.ServerVersionFile} {
		if _, err := fs.Stat(d.fsys, string(r)+".json"); err == nil {
			return nil
		}
	}
	return &InputError{File: strings.TrimPrefix(name, "folder "),
		Err:    errors.New("the folder holds none of nodes.json, pods.json and version.json"),
		Advice: "kubectl get nodes -o json > nodes.json; kubectl get pods -A -o json > pods.json; kubectl get --raw /version > version.json"}
}

func (d reader) list(list evidence.List) error {
	file := string(list.Resource) + ".json"
	f, ok, err := d.open(file, list.Resource)
	if !ok {
		return err
	}
	defer f.Close()
	got, err := d.b.Decode(list, f)
	if err != nil {
		return d.bad(file, err)
	}
	for _, kind := range []string{strings.TrimSuffix(got.Kind, "List"), got.ItemKind} {
		if kind != "" && kind != list.Kind {
			return &InputError{File: file, Err: fmt.Errorf("it holds objects of kind %s, not %s", kind, list.Kind),
				Advice: "write it again: kubectl get " + string(list.Resource) + " -A -o json > " + file}
		}
	}
	if got.Continue != "" {
		d.b.Access[list.Resource] = evidence.Access{State: evidence.Failed,
			Reason: file + " is one page of a longer list (metadata.continue is set)"}
		return nil
	}
	d.b.Access[list.Resource] = evidence.Access{State: evidence.Read}
	return nil
}

func (d reader) version() error {
	file := "version.json"
	data, err := readSmall(d.fsys, file)
	if errors.Is(err, fs.ErrNotExist) {
		d.b.Access[evidence.ServerVersionFile] = evidence.Access{State: evidence.Absent, Reason: file + " is not in the folder"}
		return nil
	}
	if err != nil {
		return &InputError{File: file, Err: plainPath(err)}
	}
	// `kubectl version -o json` nests what /version answers.
	var v struct {
		evidence.ServerVersion
		Server *evidence.ServerVersion `json:"serverVersion"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return d.bad(file, &evidence.OffsetError{Err: err})
	}
	if v.Server != nil {
		v.ServerVersion = *v.Server
	}
	if v.GitVersion == "" {
		return &InputError{File: file, Field: "gitVersion", Err: errors.New("it names no version"),
			Advice: "kubectl get --raw /version > version.json"}
	}
	d.b.Version = v.ServerVersion
	d.b.Access[evidence.ServerVersionFile] = evidence.Access{State: evidence.Read}
	return nil
}

func (d reader) configMaps() error {
	file := string(evidence.ConfigMaps) + ".json"
	f, ok, err := d.open(file, evidence.ConfigMaps)
	if !ok {
		for _, name := range evidence.ConfigMapNames() {
			d.b.Access[evidence.ConfigMapResource(name)] = d.b.Access[evidence.ConfigMaps]
		}
		return err
	}
	defer f.Close()
	wanted := evidence.ConfigMapNames()
	_, err = evidence.DecodeList(f, func(c *evidence.ConfigMap) error {
		if slices.Contains(wanted, c.Name) && c.Namespace == "kube-system" {
			c.Annotations, c.Labels = nil, nil
			d.b.ConfigMaps = append(d.b.ConfigMaps, *c)
		}
		return nil
	})
	if err != nil {
		return d.bad(file, err)
	}
	d.b.Access[evidence.ConfigMaps] = evidence.Access{State: evidence.Read}
	for _, name := range wanted {
		access := evidence.Access{State: evidence.Read}
		if _, ok := d.b.ConfigMap(name); !ok {
			access = evidence.Access{State: evidence.Absent, Reason: "kube-system has no ConfigMap " + name}
		}
		d.b.Access[evidence.ConfigMapResource(name)] = access
	}
	return nil
}

func (d reader) metrics() error {
	file := "metrics.txt"
	f, ok, err := d.open(file, evidence.MetricsText)
	if !ok {
		return err
	}
	defer f.Close()
	m, err := evidence.ReadMetrics(f)
	if err != nil {
		return &InputError{File: file, Err: err, Advice: "kubectl get --raw /metrics > metrics.txt"}
	}
	d.b.Metrics = m
	d.b.Access[evidence.MetricsText] = evidence.Access{State: evidence.Read}
	return nil
}

// groups derives what the server serves from the APIServices: each is one
// group version.
func (d reader) groups() {
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
	d.b.Access[evidence.APIGroups] = evidence.Access{State: evidence.Read}
}

// open opens a file; ok is false when it is not there, which is noted as
// absent and is no error.
func (d reader) open(file string, r evidence.Resource) (f fs.File, ok bool, err error) {
	f, err = openFile(d.fsys, file, MaxFile)
	if errors.Is(err, fs.ErrNotExist) {
		d.b.Access[r] = evidence.Access{State: evidence.Absent, Reason: file + " is not in the folder"}
		return nil, false, nil
	}
	if err != nil {
		return nil, false, &InputError{File: file, Err: plainPath(err)}
	}
	return f, true, nil
}

// openFile opens a plain file of at most limit bytes. It looks first: opening
// a named pipe would wait for a writer for ever.
func openFile(fsys fs.FS, file string, limit int64) (fs.File, error) {
	info, err := fs.Stat(fsys, file)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("it is a folder, a file was expected")
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no plain file")
	case info.Size() > limit:
		return nil, fmt.Errorf("it is %d MiB, more than the %d MiB that are read", info.Size()>>20, limit>>20)
	}
	return fsys.Open(file)
}

func readSmall(fsys fs.FS, file string) ([]byte, error) {
	f, err := openFile(fsys, file, maxSmall)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSmall))
}
