package feed

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/source/lines"
	"github.com/fixline-dev/fixline/internal/catalog/source/names"
	"github.com/fixline-dev/fixline/internal/catalog/source/osv"
)

// What a claim without readable versions says instead of lines.
const (
	noDetails = "the issue has no details yet (placeholder)"
	noLines   = "the issue names no versions under a heading for affected or fixed versions"
)

// read is what the body says of one CVE: its OSV block first, then its prose.
// alone: the body is about this CVE only.
func (it item) read(id string, table names.Names, alone bool) (claim.Claim, []string) {
	prose := it.prose(table, alone)
	warnings := []string{}
	for _, block := range it.blocks() {
		c, err := parseBlock(id, block)
		if err != nil {
			warnings = append(warnings, fmt.Sprintf("%s: its OSV block was not understood (%s); its prose is used", id, err))
			continue
		}
		if c == nil {
			continue // about another CVE of the same issue
		}
		if len(prose.Components) > 0 && !same(prose.Components, c.Components) {
			warnings = append(warnings, fmt.Sprintf("%s: its OSV block and its version lines differ; the block is used", id))
		}
		if c.Vector == "" {
			c.Vector = prose.Vector
		}
		return *c, warnings
	}
	for _, l := range prose.Unparsed {
		warnings = append(warnings, fmt.Sprintf("%s: unparsed: %s", id, l))
	}
	return prose, warnings
}

// blocks are the OSV texts of the item: fenced blocks of the body whose info
// string says osv, and the field the feed may carry them in.
func (it item) blocks() []string {
	out := fenced(it.Text)
	var own struct {
		OSV json.RawMessage `json:"osv"`
	}
	if len(it.Own) > 0 && json.Unmarshal(it.Own, &own) == nil && len(own.OSV) > 0 && own.OSV[0] == '{' {
		out = append(out, string(own.OSV))
	}
	return out
}

var fence = regexp.MustCompile("^\\s*(`{3,}|~{3,})\\s*(.*?)\\s*$")

// fenced returns the contents of code blocks whose info string holds the word
// osv ("json osv").
func fenced(text string) []string {
	var out []string
	var open string
	var osvBlock bool
	var body []string
	for _, l := range split(text) {
		m := fence.FindStringSubmatch(l)
		switch {
		case open == "" && m != nil:
			open, body = m[1], nil
			osvBlock = slices.Contains(strings.Fields(strings.ToLower(m[2])), "osv")
		case open != "" && m != nil && m[2] == "" && strings.HasPrefix(m[1], open):
			if osvBlock {
				out = append(out, strings.Join(body, "\n"))
			}
			open = ""
		case open != "":
			body = append(body, l)
		}
	}
	return out
}

func parseBlock(id, text string) (*claim.Claim, error) {
	claims, err := osv.Parse("osv block", strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	for i := range claims {
		if claims[i].CVE == id {
			if len(claims[i].Components) == 0 {
				return nil, fmt.Errorf("it names no affected versions")
			}
			return &claims[i], nil
		}
	}
	return nil, nil
}

func split(text string) []string {
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
}

// section of an issue body.
type section int

const (
	other section = iota
	affected
	fixed
	components
)

var (
	heading = regexp.MustCompile(`^\s*(?:#{1,6}\s*(.+?)\s*#*|\*\*([^*]+)\*\*:?|__([^_]+)__:?)\s*$`)
	later   = regexp.MustCompile(`(?i)\s*\((?:including|and)\s+all\s+(?:later|newer)[^)]*\)`)
	fixedIn = regexp.MustCompile(`(?i)^[\s*+-]*(?:fixed|patched|resolved|available)\s+in\s+`)
	bare    = regexp.MustCompile(`^[\s*+-]*(?:[<>=~]|v?\d)`)
	aside   = regexp.MustCompile(`^\s*(?:\*\*[^*]+:\*\*\s|[A-Za-z][^\d:]{0,80}:\s*$)`)
	capital = regexp.MustCompile(`\bV(\d+\.\d)`)
	vector  = regexp.MustCompile(`(?i)CVSS:3\.[01]/[A-Z]{1,3}:[A-Z](?:/[A-Z]{1,3}:[A-Z])+`)
	concern = regexp.MustCompile("(?i)(?:bug|issue|vulnerability|flaw)\\s+(?:only\\s+)?affects\\s+(?:the\\s+)?[`*]*([A-Za-z][A-Za-z-]+)")
)

// sectionOf reads a line as a heading; false: it is none. Old issues write
// their headings as plain lines, so the known words count alone too.
func sectionOf(l string) (section, bool) {
	text, marked := strings.TrimSpace(l), false
	if m := heading.FindStringSubmatch(l); m != nil {
		text, marked = m[1]+m[2]+m[3], true
	}
	word := strings.ToLower(strings.Trim(strings.TrimSpace(text), "*_: "))
	switch {
	case word == "affected versions" || word == "affected version" || word == "vulnerable versions" || word == "affected releases":
		return affected, true
	case word == "fixed versions" || word == "fixed version" || word == "patched versions" || strings.HasSuffix(word, "fixed in the following versions"):
		return fixed, true
	case word == "affected components" || word == "affected component" || word == "affected components and configurations":
		return components, true
	}
	// "Vulnerable configurations:" and "**Fix impact:** some clients break" begin
	// something else, too.
	return other, marked || aside.MatchString(l)
}

// prose reads the version lists of the body.
func (it item) prose(table names.Names, alone bool) claim.Claim {
	var c claim.Claim
	if strings.TrimSpace(it.Text) == "" || placeholder(it.Text) {
		c.Unparsed = []string{noDetails}
		return c
	}
	lists := sections(table, it.Text)
	c.Components, c.Unparsed = lines.Parse(lists[affected], lists[fixed])
	_, unread := lines.Parse(lists[affected], nil)
	c.Partial = len(unread) > 0
	c.Components = assign(c.Components, named(table, lists[components], it.Text))
	if len(c.Components) == 0 && len(c.Unparsed) == 0 {
		c.Unparsed = []string{noLines}
	}
	if found := distinct(vector.FindAllString(it.Text, -1)); alone && len(found) == 1 {
		if v, _, err := claim.BaseVector(found[0]); err == nil {
			c.Vector = v
		}
	}
	return c
}

func placeholder(text string) bool {
	t := strings.ToLower(strings.TrimSpace(text))
	return len(t) < 400 && (strings.Contains(t, "placeholder") || strings.Contains(t, "details will be populated"))
}

// sections are the lines of the body by what their heading says they are.
func sections(table names.Names, text string) [components + 1][]string {
	var lists [components + 1][]string
	at, inFence, code, about := other, false, false, ""
	for _, l := range split(text) {
		if m := fence.FindStringSubmatch(l); m != nil {
			inFence = !inFence
			code = inFence && m[2] != ""
			continue
		}
		if s, ok := sectionOf(l); ok && !inFence {
			if name := component(table, strings.Trim(strings.TrimSpace(l), "*_#: ")); s == other && name != "" && at != other {
				about = name // "kubelet:" over a list of its versions
				continue
			}
			at, about = s, ""
			continue
		}
		if code {
			continue // a program or data, not a list a person wrote
		}
		l = capital.ReplaceAllString(later.ReplaceAllString(l, ""), "v$1")
		if at == fixed {
			l = fixedIn.ReplaceAllString(l, "")
		}
		if about != "" && bare.MatchString(l) {
			l = about + " " + strings.TrimLeft(l, " -*+")
		}
		lists[at] = append(lists[at], l)
	}
	return lists
}

// named are the known components the issue says it is about.
func named(table names.Names, list []string, text string) []string {
	var out []string
	add := func(word string) {
		if c := component(table, word); c != "" && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	for _, l := range list {
		add(strings.TrimLeft(l, " -*+"))
	}
	for _, m := range concern.FindAllStringSubmatch(text, -1) {
		add(m[1])
	}
	return out
}

// component is the running component a word or two name; "" for none.
func component(table names.Names, words string) string {
	words = strings.ToLower(strings.Trim(words, "`*_.,:;()- "))
	if p, ok := table.Package(words); ok && len(p.Components) == 1 {
		return p.Components[0]
	}
	words = strings.TrimPrefix(words, "kubernetes ")
	for _, name := range []string{strings.ReplaceAll(words, " ", "-"), "kube-" + strings.ReplaceAll(words, " ", "-"), "kube-" + strings.ReplaceAll(words, " ", "")} {
		if table.Known(name) {
			return name // "controller manager", "API server"
		}
	}
	return ""
}

// assign gives stretches without a component to the components the issue
// names elsewhere.
func assign(in []claim.Component, to []string) []claim.Component {
	if len(to) == 0 || slices.ContainsFunc(in, func(c claim.Component) bool { return c.Name != "" }) {
		return in
	}
	out := []claim.Component{}
	for _, c := range in {
		for _, name := range to {
			c.Name = name
			out = append(out, c)
		}
	}
	return out
}

func distinct(in []string) []string {
	var out []string
	for _, s := range in {
		if s = strings.ToUpper(s); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
