// Package helm reads which objects Helm 3 believes it installed: of the newest
// deployed revision of every release, kept in Secrets or ConfigMaps, what each
// object of its manifest is and in which line. It judges nothing, and nothing
// else of a release leaves it: no manifest, value, note or error that quotes
// one. Start at [Collect]; [Decode] reads one stored revision.
package helm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// Options of [Collect]. Now is required.
type Options struct {
	// Version of this program, for the user agent.
	Version string
	// By is who the API server takes us for; "" = unknown.
	By string
	// PageSize is how many revisions one request lists; 0 = 500.
	PageSize int
	// Timeout of one request, and of asking again where the server is busy or
	// gone for a while; 0 = the config's, else 65 s.
	Timeout time.Duration
	// Now is the clock; it must run.
	Now func() time.Time
	// Progress, when set, is told how many of all releases were read.
	Progress func(done, all int)
}

// Driver is where Helm keeps releases: HELM_DRIVER=secret (its default) or
// configmap. What its sql driver keeps is in no cluster.
type Driver struct {
	Resource string // secrets | configmaps
	Kind     string
	// selector narrows the list to what Helm stored.
	selector map[string]string
}

// Drivers are the places releases are looked for in.
func Drivers() []Driver {
	return []Driver{
		{"secrets", "Secret", map[string]string{"labelSelector": "owner=helm", "fieldSelector": "type=helm.sh/release.v1"}},
		{"configmaps", "ConfigMap", map[string]string{"labelSelector": "owner=helm"}},
	}
}

// Asked is the name of the driver's [evidence.Check]: "helm-releases/secrets".
func (d Driver) Asked() string {
	return strings.TrimSuffix(evidence.ReleasesFile, ".json") + "/" + d.Resource
}

// Rule is the RBAC rule that reading releases of this driver needs.
func (d Driver) Rule() evidence.Rule { return evidence.Rule{Resource: d.Resource, Verb: "list"} }

// Collect writes [evidence.ReleasesFile] and notes for each driver what became
// of it. Names and labels of all revisions are listed first, without their
// content, then one object for each release is read. A release whose content is
// broken says so itself; one that could not be had is a gap of its driver too.
// The error is ctx's own when ctx ended, or the sink's.
func Collect(ctx context.Context, cfg *rest.Config, sink evidence.Sink, opts Options) error {
	c, err := newClient(cfg, opts)
	if err != nil {
		return err
	}
	var all []revision
	var listed []Driver
	for _, d := range Drivers() {
		found, err := c.revisions(ctx, d, opts.PageSize)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			sink.Note(check(d, err))
			continue
		}
		listed = append(listed, d)
		all = append(all, found...)
	}
	if len(listed) == 0 {
		return nil // nothing could be listed: no file, which would say there are none
	}
	by := opts.By
	if by == "" {
		by = "unknown"
	}
	from := evidence.Origin{From: "GET " + c.host + "/api/v1/secrets and configmaps, owner=helm", By: by, At: opts.Now().UTC().Format(time.RFC3339)}
	of := map[string]*tally{}
	err = sink.File(evidence.ReleasesFile, from, func(w io.Writer) (int, error) {
		list := evidence.NewListWriter(w, evidence.ManifestAPIVersion, "HelmRelease")
		err := c.each(ctx, all, func(n int, r evidence.Release, err error) error {
			if of[r.Driver] == nil {
				of[r.Driver] = &tally{}
			}
			of[r.Driver].count(err)
			if opts.Progress != nil {
				opts.Progress(n+1, len(all))
			}
			return list.Add(r)
		})
		if err != nil {
			return 0, err
		}
		return list.Close()
	})
	if err != nil {
		return err
	}
	for _, d := range listed {
		sink.Note(of[d.Resource].check(d))
	}
	return nil
}

// tally counts the releases of a driver, and those that could not be had.
type tally struct {
	all, lost int
	err       error // of the first that was lost, or was refused
}

func (t *tally) count(err error) {
	t.all++
	if own, ok := errors.AsType[*unreadable](err); err == nil || ok && own.content {
		return
	}
	t.lost++
	if t.err == nil || apierrors.IsForbidden(err) && !apierrors.IsForbidden(t.err) {
		t.err = err
	}
}

// check is what became of a driver that could be listed; nil is one without
// releases.
func (t *tally) check(d Driver) evidence.Check {
	if t == nil || t.lost == 0 {
		return evidence.Check{Asked: d.Asked(), State: evidence.Read}
	}
	out := check(d, t.err)
	out.Reason = fmt.Sprintf("%d of %d releases were not read: %s", t.lost, t.all, out.Reason)
	return out
}

// check words what became of a driver that could not be read. Errors of the
// API server name resources and rights; anything else may quote an answer and
// is not passed on.
func check(d Driver, err error) evidence.Check {
	out := evidence.Check{Asked: d.Asked(), State: evidence.Failed, Reason: reason(err)}
	if apierrors.IsForbidden(err) {
		rule := d.Rule()
		out.State, out.Rule = evidence.Forbidden, &rule
	}
	return out
}

// reason is one line about an error of a request.
func reason(err error) string {
	var status apierrors.APIStatus
	switch {
	case errors.As(err, &status):
		s := status.Status()
		if s.Code == http.StatusForbidden {
			return "the API server refused it"
		}
		text := "the API server answered " + http.StatusText(int(s.Code))
		if s.Reason != "" {
			text += " (" + string(s.Reason) + ")"
		}
		return text
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	}
	if own, ok := errors.AsType[*unreadable](err); ok {
		return own.why
	}
	return "the request failed"
}

// unreadable is an error in our own words: it quotes nothing that was read.
type unreadable struct {
	why string
	// content: what is stored is at fault, and asking again would not help.
	content bool
}

func (u *unreadable) Error() string { return u.why }
