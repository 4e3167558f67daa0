// Package record writes what a cluster and its hosts say into a folder, in the form that plain kubectl and a few
// commands print: what "fixline assess --bundle" reads, and what tests replay.
//
// It decides what is asked and what is left out. It never lists Secrets, and takes out of everything else what would let
// somebody in: see [redact]. It judges nothing and changes nothing in the cluster. Start at [Write].
package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/client-go/rest"
)

// Runner runs shell commands as root on the hosts of a lab.
type Runner interface {
	// Run returns the command's standard output. An error says on which host, what, and how it ended.
	Run(ctx context.Context, host, command string) ([]byte, error)
}

// Host is one host that is a node of the cluster.
type Host struct {
	Name         string
	ControlPlane bool
}

// Origin says where a cluster comes from, for who reads its recording a year later.
type Origin struct {
	// Lab is the lab's name, and About what it is, in a line; empty for a control plane without hosts.
	Lab, About string
	// Scenarios are what was seeded.
	Scenarios []string
	// Commands made the lab and seeded it, in their order. Notes say in sentences what else was done to it.
	Commands, Notes []string
}

// Options says what to record.
type Options struct {
	// Config reaches the API server, as somebody who may read everything but Secrets.
	Config *rest.Config
	// Hosts are asked through Runner; none where there is only an API server.
	Hosts  []Host
	Runner Runner
	// Origin and Now are for the README: what was recorded, and when.
	Origin Origin
	Now    time.Time
	// Progress gets a line for what could not be had.
	Progress io.Writer
}

// Write records into the folder out, which must not exist or be empty: it is there whole in the end, or not at all.
// What a cluster does not serve and what a host does not say is missing from it, and its README says so.
func Write(ctx context.Context, out string, opts Options) error {
	err := whole(out, func(dir string) error {
		api, err := newAPI(opts.Config)
		if err != nil {
			return err
		}
		r := &recorder{opts: opts, api: api, dir: dir}
		for _, part := range []func(context.Context) error{r.server, r.lists, r.hosts, r.readme} {
			if err := part(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("recording into %s: %w", out, err)
	}
	return nil
}

// whole has a folder filled beside out, and makes it out once that is done.
func whole(out string, fill func(dir string) error) error {
	out, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	if err := free(out); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(out), "."+filepath.Base(out)+"-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp) // fails once it has been renamed
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	if err := fill(tmp); err != nil {
		return err
	}
	if err := free(out); err != nil {
		return err
	}
	return os.Rename(tmp, out) // onto an empty folder or nothing
}

// free says whether a recording may be put there.
func free(out string) error {
	entries, err := os.ReadDir(out)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return errors.New("the folder is not empty: name a new one, since a mixture of two recordings is neither")
	}
	return nil
}

// recorder writes one recording.
type recorder struct {
	opts    Options
	api     *api
	dir     string
	version string
	// missing are lines for the README.
	missing []string
	files   int
}

// miss notes what the recording does not have.
func (r *recorder) miss(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	r.missing = append(r.missing, line)
	fmt.Fprintln(r.opts.Progress, "not recorded: "+line)
}

// put writes one file of the recording.
func (r *recorder) put(name string, data []byte) error {
	path := filepath.Join(r.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	r.files++
	return os.WriteFile(path, data, 0o644)
}

// short is an error's first line, for a list of what is missing.
func short(err error) string {
	line, _, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	return line
}
