// Package changelog reads the "Important Security Information" sections of
// Kubernetes' CHANGELOG-1.N.md files into claims. It looks at nothing else in
// them: a fix that a release note mentions elsewhere is not found here. Start
// at [Parse].
package changelog

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/source/lines"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// MaxSize bounds one file in bytes; the real ones are below 2 MiB.
const MaxSize = 16 << 20

var (
	release  = regexp.MustCompile(`^# (v\d+\.\d+\.\d+\S*)\s*$`)
	section  = regexp.MustCompile(`(?i)^#+\s+Important Security Information`)
	advisory = regexp.MustCompile(`^#+\s+(CVE-\d{4}-\d+)\s*:?\s*(.*)$`)
	heading  = regexp.MustCompile(`^#{1,3}\s`)
	affected = regexp.MustCompile(`(?i)^\*\*affected versions?\*\*\s*:?|^#+\s*affected versions?`)
	fixed    = regexp.MustCompile(`(?i)^\*\*fixed versions?\*\*\s*:?|^#+\s*fixed versions?`)
	vector   = regexp.MustCompile(`(?i)CVSS:[0-9.]+(?:/[A-Za-z]+:[A-Za-z]+)+`)
	marked   = regexp.MustCompile(`^(?:\*\*|#)`)
)

// block is one advisory under one release.
type block struct {
	cve, title      string
	affected, fixed []string
	vector          string
}

// Parse reads one CHANGELOG file named name. The same advisory is printed
// under every release that fixed it; the claim joins their lines. URL is the
// file of that name upstream.
func Parse(name string, r io.Reader) ([]claim.Claim, error) {
	lr := &io.LimitedReader{R: r, N: MaxSize + 1}
	var blocks []block
	var list *[]string
	current, inside := -1, false
	sc := bufio.NewScanner(lr)
	sc.Buffer(make([]byte, 64<<10), 1<<20)
	for sc.Scan() {
		line := strings.TrimSpace(sc.Text())
		switch {
		case section.MatchString(line):
			inside, current, list = true, -1, nil
			continue
		case !inside:
			continue
		}
		if m := advisory.FindStringSubmatch(line); m != nil {
			blocks = append(blocks, block{cve: m[1], title: m[2]})
			current, list = len(blocks)-1, nil
			continue
		}
		if release.MatchString(line) || heading.MatchString(line) && !affected.MatchString(line) && !fixed.MatchString(line) {
			inside = false
			continue
		}
		if current < 0 {
			continue
		}
		b := &blocks[current]
		if v := vector.FindString(line); v != "" && b.vector == "" {
			b.vector = v
		}
		switch {
		case affected.MatchString(line):
			list = &b.affected
		case fixed.MatchString(line):
			list = &b.fixed
		case marked.MatchString(line):
			list = nil
		case list != nil && line != "":
			*list = append(*list, line)
		}
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	if lr.N <= 0 {
		return nil, fmt.Errorf("reading %q: larger than %d MiB; no changelog is", name, MaxSize>>20)
	}
	return claims(name, blocks), nil
}

func claims(name string, blocks []block) []claim.Claim {
	var ids []string
	joined := map[string]*block{}
	for _, b := range blocks {
		j, ok := joined[b.cve]
		if !ok {
			j = &block{cve: b.cve, title: b.title}
			joined[b.cve] = j
			ids = append(ids, b.cve)
		}
		for _, s := range b.affected {
			if !slices.Contains(j.affected, s) {
				j.affected = append(j.affected, s)
			}
		}
		for _, s := range b.fixed {
			if !slices.Contains(j.fixed, s) {
				j.fixed = append(j.fixed, s)
			}
		}
		if j.vector == "" {
			j.vector = b.vector
		}
	}
	var out []claim.Claim
	for _, id := range ids {
		b := joined[id]
		c := claim.Claim{
			CVE: id, Source: "changelog", Title: b.title,
			URL: "https://github.com/kubernetes/kubernetes/blob/master/CHANGELOG/" + name,
		}
		if v, _, err := claim.BaseVector(b.vector); err == nil {
			c.Vector = v
		}
		c.Components, c.Unparsed = lines.Parse(b.affected, b.fixed)
		out = append(out, c)
	}
	return out
}

// Join makes one claim of those that several CHANGELOG files give of one CVE:
// each file prints the whole advisory, so the stretches repeat.
func Join(in []claim.Claim) []claim.Claim {
	var out []claim.Claim
	for _, c := range in {
		i := slices.IndexFunc(out, func(o claim.Claim) bool { return o.CVE == c.CVE })
		if i < 0 {
			out = append(out, c)
			continue
		}
		o := &out[i]
		if o.Vector == "" {
			o.Vector = c.Vector
		}
		for _, add := range c.Components {
			j := slices.IndexFunc(o.Components, func(x claim.Component) bool { return x.Name == add.Name })
			if j < 0 {
				o.Components = append(o.Components, add)
				continue
			}
			x := &o.Components[j]
			for _, v := range add.Intervals {
				if !slices.Contains(x.Intervals, v) {
					x.Intervals = append(x.Intervals, v)
				}
			}
			x.Fixed = lines.Ascending(append(slices.Clone(x.Fixed), add.Fixed...))
			x.Intervals = lines.Split(x.Intervals, x.Fixed)
		}
		for _, s := range c.Unparsed {
			if !slices.Contains(o.Unparsed, s) {
				o.Unparsed = append(o.Unparsed, s)
			}
		}
	}
	for i := range out {
		for j := range out[i].Components {
			sortStretches(out[i].Components[j].Intervals)
		}
	}
	return out
}

func sortStretches(in []claim.Interval) {
	slices.SortFunc(in, func(a, b claim.Interval) int {
		if c := a.From.Compare(b.From); c != 0 {
			return c
		}
		return compareEnd(a.Before, b.Before)
	})
}

// compareEnd: no end is above every end.
func compareEnd(a, b version.Version) int {
	switch {
	case !a.Known() && !b.Known():
		return 0
	case !a.Known():
		return 1
	case !b.Known():
		return -1
	}
	return a.Compare(b)
}
