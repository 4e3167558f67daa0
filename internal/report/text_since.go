package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/assess"
)

// since prints only what changed. Clusters without a change are counted by
// status, so that "no change" cannot be read as "no problem".
func (p *printer) since(r assess.Result) {
	changes := r.Since.Changes
	p.wrap(0, fmt.Sprintf("%s since %s.", plural(len(changes), "change", "changes"), r.Since.AsOf))
	var names []string
	for _, c := range r.Clusters {
		if !slices.Contains(names, c.Name) {
			names = append(names, c.Name)
		}
	}
	for _, c := range changes { // clusters that are gone now
		if !slices.Contains(names, c.Cluster) {
			names = append(names, c.Cluster)
		}
	}
	for _, name := range names {
		p.sinceCluster(r, name)
	}
	if unchanged := unchangedLine(r); unchanged != "" {
		p.line(0, "")
		p.wrap(0, unchanged)
	}
}

func (p *printer) sinceCluster(r assess.Result, name string) {
	first := true
	for _, change := range r.Since.Changes {
		if change.Cluster != name {
			continue
		}
		if first {
			first = false
			p.line(0, "")
			p.sinceStatus(r, name)
		}
		p.hang(2, "", changeLine(change))
	}
}

func (p *printer) sinceStatus(r assess.Result, name string) {
	for _, c := range r.Clusters {
		if c.Name == name {
			p.status(c, r.Catalog)
			return
		}
	}
	p.wrap(0, oneLine(name)+"  is not part of this run")
}

func changeLine(c assess.Change) string {
	switch {
	case c.Before == nil && c.After == nil:
		return c.What
	case c.Before == nil:
		return fmt.Sprintf("%s: new, %s", c.What, *c.After)
	case c.After == nil:
		return fmt.Sprintf("%s: gone, was %s", c.What, *c.Before)
	}
	return fmt.Sprintf("%s: %s -> %s", c.What, *c.Before, *c.After)
}

func unchangedLine(r assess.Result) string {
	counts := map[string]int{}
	var order []string
	total := 0
	for _, c := range r.Clusters {
		if slices.ContainsFunc(r.Since.Changes, func(x assess.Change) bool { return x.Cluster == c.Name }) {
			continue
		}
		total++
		word := statusOf(c, r.Catalog).Word
		if counts[word] == 0 {
			order = append(order, word)
		}
		counts[word]++
	}
	if total == 0 {
		return ""
	}
	parts := make([]string, len(order))
	for i, word := range order {
		parts[i] = fmt.Sprintf("%d %s", counts[word], word)
	}
	return fmt.Sprintf("Unchanged: %s (%s).", plural(total, "cluster", "clusters"), strings.Join(parts, ", "))
}
