package rehearse

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/rehearsal"
	"github.com/fixline-dev/fixline/internal/rehearse/ask"
	"github.com/fixline-dev/fixline/internal/rehearse/image"
	"github.com/fixline-dev/fixline/internal/rehearse/server"
)

// program brings a program here and sums it. name is etcd, or what the hop that
// starts kube-apiserver is called.
func (r *run) program(ctx context.Context, b Binary, name string) (p rehearsal.Program, path string, err error) {
	path = b.Path
	if path == "" {
		file := "kube-apiserver"
		if name == "etcd" {
			file = name
		}
		r.spec.Say("taking %s out of %s", file, b.Image)
		dir, err := r.folder.Sub("programs", name)
		if err != nil {
			return p, "", err
		}
		path = filepath.Join(dir, file)
		pulled, err := image.Extract(ctx, b.Image, b.Digest, file, path)
		if err != nil {
			return p, "", err
		}
		p.Image, p.Digest = &b.Image, &pulled
	}
	if p.SHA256, err = Sum(path); err != nil {
		return p, "", err
	}
	if b.SHA256 != "" && b.SHA256 != p.SHA256 {
		return p, "", fmt.Errorf("%s is another file than it was when the rehearsal was agreed to", path)
	}
	return p, path, nil
}

// start starts one version and notes what that showed. A server that does not
// start is nil without an error.
func (r *run) start(ctx context.Context, path string, on *copied, name string, s *rehearsal.Seen) (*server.API, error) {
	dir, err := r.folder.Sub(name)
	if err != nil {
		return nil, err
	}
	if s.Version, err = server.Knows(ctx, path, nil, dir); err != nil {
		return nil, fmt.Errorf("asking %s for its version: %w", path, err)
	}
	begun := r.spec.Now()
	_, err = server.Knows(ctx, path, r.pod.Args(), dir)
	s.Seconds[rehearsal.Flags] = seconds(r.spec.Now().Sub(begun))
	if refused, ok := errors.AsType[*server.StartError](err); ok {
		s.FlagsError = refused.Message
		if s.FlagsError == "" {
			s.FlagsError = refused.Why
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r.spec.Say("starting kube-apiserver %s", s.Version)
	begun = r.spec.Now()
	api, err := server.StartAPI(ctx, server.APIOptions{
		Binary: path, Dir: dir, Flags: r.command.Flags, Env: r.command.Env, Etcd: on.etcd,
		ClientCA: r.clientCA, Limit: r.spec.Limit, Now: r.spec.Now, Watch: r.folder.Watch,
	})
	s.Seconds[rehearsal.Start] = seconds(r.spec.Now().Sub(begun))
	if failure, ok := errors.AsType[*server.StartError](err); ok {
		s.StartError = r.withoutPaths(strings.TrimPrefix(failure.Error(), "kube-apiserver "))
		s.StartLog = strings.Split(r.withoutPaths(failure.Log), "\n")
		return nil, nil
	}
	s.Started = err == nil
	return api, err
}

// withoutPaths writes paths as they are on the host.
func (r *run) withoutPaths(text string) string {
	return strings.ReplaceAll(text, r.folder.Path("host"), "")
}

// openBaseline starts today's version on a copy of its own.
func (r *run) openBaseline(ctx context.Context) error {
	if r.spec.Baseline == nil {
		return nil
	}
	program, path, err := r.program(ctx, *r.spec.Baseline, "baseline")
	if err != nil {
		return err
	}
	copied, err := r.copy(ctx, "baseline-data")
	if err != nil {
		return err
	}
	s := &rehearsal.Seen{Seconds: map[string]float64{}}
	api, err := r.start(ctx, path, copied, "baseline", s)
	if err == nil && api == nil {
		err = fmt.Errorf("today's version %s does not start on the copy, so the target cannot be held to it: %s%s", s.Version, s.FlagsError, s.StartError)
	}
	if err != nil {
		copied.close()
		return err
	}
	program.Version = s.Version
	r.baseline = &today{Program: program, copy: copied, api: api}
	r.baseline.server, err = ask.New(ctx, api.URL, api.Client)
	return err
}
