package kube

import (
	"cmp"
	"context"
	"io"
	"slices"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/kube/wire"
)

// eventsAsked is what events go by in coverage.
const eventsAsked = "events"

// maxEventGroups bounds the summary. Events of more kinds than that are
// counted together, without what tells them apart.
const maxEventGroups = 20_000

// other stands for what is not told apart any more.
const other = "(other)"

// event is the used part of an Event of either API.
type event struct {
	evidence.Meta `json:"metadata"`

	Type     string `json:"type"`
	Reason   string `json:"reason"`
	Involved struct {
		Kind string `json:"kind"`
	} `json:"involvedObject"`
	Source struct {
		Component string `json:"component"`
	} `json:"source"`
	Reporter string `json:"reportingComponent"`
	Count    int    `json:"count"`
	First    string `json:"firstTimestamp"`
	Last     string `json:"lastTimestamp"`
	Time     string `json:"eventTime"`
	Series   struct {
		Count int    `json:"count"`
		Last  string `json:"lastObservedTime"`
	} `json:"series"`
}

// summary counts events that are alike.
type summary map[evidence.EventCount]*evidence.EventCount

func (s summary) add(e *event) {
	one := evidence.EventCount{Namespace: e.Namespace, Type: short(e.Type), Reason: short(e.Reason), Kind: short(e.Involved.Kind),
		Reporter: short(cmp.Or(e.Reporter, e.Source.Component))}
	key := one
	if s[key] == nil && len(s) >= maxEventGroups {
		one = evidence.EventCount{Type: other, Reason: other, Kind: other}
		key = one
	}
	sum := s[key]
	if sum == nil {
		sum = &one
		s[key] = sum
	}
	sum.Count += max(e.Count, e.Series.Count, 1)
	first, last := cmp.Or(e.First, e.Time, e.Created), cmp.Or(e.Series.Last, e.Last, e.Time, e.Created)
	if sum.First == "" || first != "" && first < sum.First {
		sum.First = first
	}
	sum.Last = max(sum.Last, last)
}

// short bounds a word that anybody may choose.
func short(word string) string {
	const most = 128 // as the API has it for reasons
	if len(word) > most {
		return other
	}
	return word
}

func (s summary) write(w io.Writer) (int, error) {
	all := make([]*evidence.EventCount, 0, len(s))
	for _, e := range s {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *evidence.EventCount) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Reason, b.Reason),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Reporter, b.Reporter))
	})
	out := evidence.NewListWriter(w, evidence.ManifestAPIVersion, "EventCount")
	for _, e := range all {
		if err := out.Add(e); err != nil {
			return 0, err
		}
	}
	return out.Close()
}

// events are summed up while they are read; none is kept.
func (c *collector) events(ctx context.Context) error {
	list := evidence.List{Resource: eventsAsked, Kind: "Event", Page: 500}
	binary, _ := wire.Of[event](list.Kind)
	access, err := c.whole(ctx, list, c.opts.PageSize, func(page int) error {
		return c.file(evidence.EventsFile, list.Path(), func(w io.Writer) (int, error) {
			sum := summary{}
			err := c.pages(ctx, listing{list: list, page: page, wire: binary,
				decode: func(in io.Reader, each func(any) error) (evidence.Listing, error) {
					return evidence.DecodeList(in, func(e *event) error { return each(e) })
				},
				each: func(o any) error {
					if e, ok := o.(*event); ok {
						sum.add(e)
					}
					return nil
				},
				done: func(total int) { c.progress(eventsAsked, total) }})
			if err != nil {
				return 0, err
			}
			return sum.write(w)
		})
	})
	if err != nil {
		return err
	}
	c.note(eventsAsked, access)
	return nil
}
