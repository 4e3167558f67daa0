package rehearse

import (
	"context"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/core/rehearsal"
	"github.com/fixline-dev/fixline/internal/rehearse/ask"
	"github.com/fixline-dev/fixline/internal/rehearse/server"
)

// question asks a started server everything.
func (r *run) question(ctx context.Context, api *server.API, s *rehearsal.Seen, hop *rehearsal.Hop) error {
	target, err := ask.New(ctx, api.URL, api.Client)
	if err != nil {
		return err
	}
	q := &questioner{run: r, target: target, seen: s, written: map[[2]string]*rehearsal.Written{}}
	for _, part := range []struct {
		name string
		ask  func(context.Context) error
	}{
		{rehearsal.Readable, q.list}, {rehearsal.Writable, q.trips}, {rehearsal.Access, q.access}, {rehearsal.Admission, q.admission},
	} {
		r.spec.Say("asking %s: %s", s.Version, part.name)
		begun := r.spec.Now()
		if err := part.ask(ctx); err != nil {
			return err
		}
		s.Seconds[part.name] = seconds(r.spec.Now().Sub(begun))
	}
	q.apis()
	q.notes()
	hop.Resources, hop.Objects = largest(s.Listed)
	return nil
}

// questioner asks one version.
type questioner struct {
	*run
	target *ask.Server
	seen   *rehearsal.Seen

	picked    []picked // to be written back
	notPicked int      // objects that are not
	written   map[[2]string]*rehearsal.Written
	// subjects are how many are bound, and asked how many were asked about.
	subjects, asked int
}

// mostShown is how many resources the evidence names with their time.
const mostShown = 10

// largest are the resources with the most objects, and how many there are in all.
func largest(listed []rehearsal.Listed) ([]rehearsal.Resource, int) {
	out, all := []rehearsal.Resource{}, 0
	for _, l := range listed {
		all += l.Listed
		out = append(out, rehearsal.Resource{Resource: l.Resource, Objects: l.Listed, Seconds: l.Seconds})
	}
	slices.SortStableFunc(out, func(a, b rehearsal.Resource) int { return b.Objects - a.Objects })
	return out[:min(len(out), mostShown)], all
}

// listLimit is how long listing one resource may take.
const listLimit = 5 * time.Minute
