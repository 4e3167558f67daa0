// Package dump reads recorded evidence into an evidence.Bundle: a folder of
// plain `kubectl get RESOURCE -A -o json` output, with version.json,
// metrics.txt and hosts/NODE/* where there are any, or a bundle that `collect`
// wrote, as a folder or packed. It judges nothing, and follows no link out of
// a folder. What is missing from a plain folder is a gap; a bundle says itself
// what is missing and why, and one that is not whole is an error. Start at
// [Read].
package dump

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/pack"
)

// MaxFile bounds one file. 10,000 pods are about 100 MB as kubectl writes them.
const MaxFile = pack.MaxFile

// maxSmall bounds a file that is read whole: host facts and version.json.
const maxSmall = 8 << 20

// Read reads a folder or a packed bundle. Bad content is an *InputError with
// file, line and what to do, or a *pack.InputError where a bundle is not whole;
// what cannot be opened is one too.
func Read(ctx context.Context, path string) (*evidence.Bundle, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, &InputError{File: path, Err: plainPath(err)}
	case info.Mode().IsRegular() && strings.HasSuffix(path, pack.Suffix):
		from, err := pack.Open(path)
		if err != nil {
			return nil, err
		}
		return readBundle(ctx, from, "bundle "+path)
	case !info.IsDir():
		return nil, notAFolder(path)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, &InputError{File: path, Err: plainPath(err)}
	}
	defer root.Close()
	return ReadFS(ctx, root.FS(), "folder "+path)
}

// ReadFS is [Read] for a folder that is already a file system, such as an
// embedded recording; name is Bundle.Source.
func ReadFS(ctx context.Context, fsys fs.FS, name string) (*evidence.Bundle, error) {
	if pack.IsBundle(fsys) {
		from, err := pack.OpenFS(fsys)
		if err != nil {
			return nil, err
		}
		return readBundle(ctx, from, "bundle "+strings.TrimPrefix(name, "folder "))
	}
	p := plain{fsys, reader{b: evidence.New(name), again: func(file string) (io.ReadCloser, error) { return fsys.Open(file) }, advice: writeAgain}}
	if err := p.known(name); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{p.files, p.folders} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	p.groups()
	return p.b, nil
}

func notAFolder(path string) error {
	if strings.HasSuffix(path, ".tar.gz") || strings.HasSuffix(path, ".tar") {
		return &InputError{File: path, Err: errors.New("a packed bundle ends in " + pack.Suffix),
			Advice: "unpack it and give the folder: tar -xf " + path}
	}
	return &InputError{File: path, Err: errors.New("neither a folder nor a packed bundle"),
		Advice: "--bundle wants what fixline collect -O wrote, or a folder of kubectl output: nodes.json, pods.json, version.json ..."}
}

// plain is a folder of kubectl output, where a missing file is a gap.
type plain struct {
	fsys fs.FS
	reader
}

const writeAgain = "the file is damaged or was cut short: write it again with kubectl"

// known refuses a folder that holds nothing of a cluster, so that a mistyped
// path is not a cluster without findings.
func (p plain) known(name string) error {
	for _, r := range []evidence.Resource{evidence.Nodes, evidence.Pods, evidence.ServerVersionFile} {
		if _, err := fs.Stat(p.fsys, string(r)+".json"); err == nil {
			return nil
		}
	}
	return &InputError{File: strings.TrimPrefix(name, "folder "),
		Err:    errors.New("the folder holds none of nodes.json, pods.json and version.json"),
		Advice: "kubectl get nodes -o json > nodes.json; kubectl get pods -A -o json > pods.json; kubectl get --raw /version > version.json"}
}

// files reads what a folder may hold of the cluster itself.
func (p plain) files(ctx context.Context) error {
	for _, k := range kinds() {
		if err := ctx.Err(); err != nil {
			return err
		}
		f, err := openFile(p.fsys, k.file, MaxFile)
		if errors.Is(err, fs.ErrNotExist) {
			for _, r := range k.of {
				p.b.Access[r] = evidence.Access{State: evidence.Absent, Reason: k.file + " is not in the folder"}
			}
			continue
		}
		if err != nil {
			return &InputError{File: k.file, Err: plainPath(err)}
		}
		_, err = k.read(p.reader, f)
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
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
