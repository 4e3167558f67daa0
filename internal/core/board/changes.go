package board

import (
	"fmt"
	"strings"
)

// Change is what happened to instances between two looks; those it happened to
// alike are one.
type Change struct {
	Component string
	Nodes     []string // or hosts; "" where one has neither
	From, To  *string  // versions; nil = not read
	// Was and Is are the states; Was is "" for one that was not there, Is for
	// one that is gone.
	Was, Is State
	Why     string // of the state it is in now
}

// Compare says what changed from one board of a cluster to a later one, in the
// order of the later one; what is gone comes last. A row whose target alone
// changed did not change.
func Compare(before, after Board) []Change {
	old, left := map[rowKey][]Row{}, map[rowKey]int{}
	for _, r := range before.Rows {
		old[keyOf(r)] = append(old[keyOf(r)], r)
	}
	var all changes
	for _, r := range after.Rows {
		k := keyOf(r)
		n := left[k]
		left[k]++
		if n >= len(old[k]) {
			all.add(r, Change{Component: r.Component, To: r.Current, Is: r.State, Why: r.Why})
			continue
		}
		was := old[k][n]
		if same(was.Current, r.Current) && (was.State == r.State || settled(was.State) && settled(r.State)) {
			continue
		}
		all.add(r, Change{Component: r.Component, From: was.Current, To: r.Current, Was: was.State, Is: r.State, Why: r.Why})
	}
	seen := map[rowKey]int{}
	for _, r := range before.Rows {
		k := keyOf(r)
		if seen[k]++; seen[k] > left[k] {
			all.add(r, Change{Component: r.Component, From: r.Current, Was: r.State})
		}
	}
	return all.list
}

// settled: between these there is nothing to tell but the version.
func settled(s State) bool { return s == Legal || s == Done }

type rowKey struct{ component, node string }

func keyOf(r Row) rowKey { return rowKey{r.Component, orEmpty(r.Node)} }

// changes folds those that are alike.
type changes struct {
	list []Change
	at   map[string]int
}

func (c *changes) add(r Row, ch Change) {
	if c.at == nil {
		c.at = map[string]int{}
	}
	key := strings.Join([]string{ch.Component, orEmpty(ch.From), orEmpty(ch.To), string(ch.Was), string(ch.Is), ch.Why}, "\x00")
	i, known := c.at[key]
	if !known {
		i = len(c.list)
		c.at[key] = i
		c.list = append(c.list, ch)
	}
	c.list[i].Nodes = append(c.list[i].Nodes, orEmpty(r.Node))
}

// Sentence says the change: "kubelet on w2 moved 1.34.2 -> 1.35.4 since
// 10:03:05". since is when the earlier look was; "" leaves it out. Of many
// nodes the first two are named. That a move made something illegal is for the
// board's own answer to say.
func (c Change) Sentence(since string) string {
	what := c.Component
	if where := someOf(c.Nodes); where != "" {
		what += " on " + where
	}
	if since != "" {
		since = " since " + since
	}
	switch {
	case c.Was == "":
		return what + " is new, at " + orUnknown(c.To) + since
	case c.Is == "":
		return what + " is gone" + since + "; it was at " + orUnknown(c.From)
	case !same(c.From, c.To):
		return what + fmt.Sprintf(" moved %s -> %s", orUnknown(c.From), orUnknown(c.To)) + since
	case c.Why != "":
		return what + " is " + string(c.Is) + " now: " + c.Why
	}
	return what + " is " + string(c.Is) + " now; it was " + string(c.Was)
}

// someOf names a few nodes and counts the others.
func someOf(nodes []string) string {
	const few = 3
	if len(nodes) <= few {
		return strings.Join(nodes, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(nodes[:few-1], ", "), len(nodes)-few+1)
}

func same(a, b *string) bool { return orEmpty(a) == orEmpty(b) && (a == nil) == (b == nil) }

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func orUnknown(s *string) string {
	if s == nil {
		return "an unknown version"
	}
	return *s
}
