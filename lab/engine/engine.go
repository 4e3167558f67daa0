// Package engine finds the machine's container engine, starts one where there is none, and runs its commands.
//
// It decides what counts as a running engine and how one is installed. It knows nothing of clusters, never pulls an
// image, and never stops an engine that it did not start. Start at [Find].
//
// The engine is asked with the docker program rather than through its API: the program is there wherever the engine
// is, and what a lab did can be repeated by hand.
package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// ErrNone is what [Find] returns where no engine answers. Its text is for a person and says what to do.
var ErrNone = errors.New("no container engine answers (docker): start Docker, or run \"lab deps\" as root on Debian, which installs and starts it; what needs no containers is \"lab controlplane\"")

// Engine runs the commands of a container engine that answers. The zero value is not usable: start with [Find].
type Engine struct {
	// Version is the server's.
	Version string
	program string
}

// errDenied is an engine that answers others: an [ErrNone] for this account, which installing one would not help.
type errDenied struct{ said error }

func (e errDenied) Error() string {
	return fmt.Sprintf("docker is there, but this account may not use it: run this as root, or let root add the account to the group docker, "+
		"which gives it root's rights, and log in again; what needs no containers is \"lab controlplane\" (%v)", e.said)
}

func (e errDenied) Is(target error) bool { return target == ErrNone }

func (e errDenied) Unwrap() error { return e.said }

// Find returns the running engine. The error is [ErrNone] where none answers, with what docker said.
func Find(ctx context.Context) (Engine, error) {
	path, err := exec.LookPath("docker")
	if err != nil {
		return Engine{}, ErrNone
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	e := Engine{program: path}
	out, err := e.Output(ctx, "version", "--format", "{{.Server.Version}}")
	if err != nil {
		if strings.Contains(err.Error(), "permission denied") {
			return Engine{}, errDenied{err}
		}
		return Engine{}, fmt.Errorf("%w (%w)", ErrNone, err)
	}
	e.Version = strings.TrimSpace(string(out))
	return e, nil
}

// Output runs one command and returns its standard output. An error holds what the engine said.
func (e Engine) Output(ctx context.Context, args ...string) ([]byte, error) {
	return e.Feed(ctx, nil, args...)
}

// Feed is [Engine.Output] with something on the command's standard input.
func (e Engine) Feed(ctx context.Context, stdin io.Reader, args ...string) ([]byte, error) {
	var out bytes.Buffer
	if err := e.Stream(ctx, stdin, &out, args...); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Stream is [Engine.Feed] for output that is too large to hold.
func (e Engine) Stream(ctx context.Context, stdin io.Reader, stdout io.Writer, args ...string) error {
	cmd := exec.CommandContext(ctx, e.program, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return fmt.Errorf("docker %s: %w: %s", args[0], err, tail(strings.TrimSpace(stderr.String())))
	}
	return nil
}

// Labels of what a lab owns, so that its containers, networks and images are found again without its state file.
const (
	// LabelLab holds the lab's name, on containers and networks.
	LabelLab = "dev.fixline.lab"
	// LabelImage holds the digest of what an image was made from.
	LabelImage = "dev.fixline.lab.image"
)

// Object is a container or a network as its list shows it.
type Object struct {
	Name string
	// Lab is the value of [LabelLab].
	Lab string
	// State is a container's: running, exited, created. Empty for a network.
	State string
}

// Containers lists the containers of one lab, or of all labs when lab is empty, sorted by name.
func (e Engine) Containers(ctx context.Context, lab string) ([]Object, error) {
	out, err := e.Output(ctx, "ps", "--all", "--no-trunc", "--filter", filter(lab),
		"--format", `{{.Names}}{{"\t"}}{{.Label "`+LabelLab+`"}}{{"\t"}}{{.State}}`)
	if err != nil {
		return nil, fmt.Errorf("listing the containers of labs: %w", err)
	}
	return objects(out), nil
}

// Networks lists the networks of one lab, or of all labs when lab is empty, sorted by name.
func (e Engine) Networks(ctx context.Context, lab string) ([]Object, error) {
	out, err := e.Output(ctx, "network", "ls", "--no-trunc", "--filter", filter(lab),
		"--format", `{{.Name}}{{"\t"}}{{.Label "`+LabelLab+`"}}`)
	if err != nil {
		return nil, fmt.Errorf("listing the networks of labs: %w", err)
	}
	return objects(out), nil
}

func filter(lab string) string {
	if lab == "" {
		return "label=" + LabelLab
	}
	return "label=" + LabelLab + "=" + lab
}

func objects(list []byte) []Object {
	var all []Object
	for line := range strings.Lines(string(list)) {
		fields := append(strings.Split(strings.TrimRight(line, "\n"), "\t"), "", "")
		all = append(all, Object{Name: fields[0], Lab: fields[1], State: fields[2]})
	}
	slices.SortFunc(all, func(a, b Object) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Subnets lists the address ranges of every network the engine has, in CIDR form.
func (e Engine) Subnets(ctx context.Context) ([]string, error) {
	out, err := e.Output(ctx, "network", "ls", "--quiet")
	if err != nil {
		return nil, fmt.Errorf("listing networks: %w", err)
	}
	ids := strings.Fields(string(out))
	if len(ids) == 0 {
		return nil, nil
	}
	out, err = e.Output(ctx, append([]string{"network", "inspect", "--format", "{{range .IPAM.Config}}{{.Subnet}} {{end}}"}, ids...)...)
	if err != nil {
		return nil, fmt.Errorf("reading the address ranges of networks: %w", err)
	}
	return strings.Fields(string(out)), nil
}

// RemoveImages removes the images that labs made, but those that a container still uses, and returns how many went.
func (e Engine) RemoveImages(ctx context.Context) (int, error) {
	out, err := e.Output(ctx, "images", "--quiet", "--filter", "label="+LabelImage)
	if err != nil {
		return 0, fmt.Errorf("listing the images of labs: %w", err)
	}
	removed := 0
	for _, id := range strings.Fields(string(out)) {
		used, err := e.Output(ctx, "ps", "--all", "--quiet", "--filter", "ancestor="+id)
		if err != nil {
			return removed, fmt.Errorf("asking who uses image %s: %w", id, err)
		}
		if len(used) > 0 {
			continue
		}
		if _, err := e.Output(ctx, "rmi", id); err != nil {
			return removed, fmt.Errorf("removing an image of labs: %w", err)
		}
		removed++
	}
	return removed, nil
}
