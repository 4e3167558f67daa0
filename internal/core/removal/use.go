package removal

import (
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// Source is where an API version was seen.
type Source string

// Sources, strongest first: a file or a chart will be applied again, a writer
// has written, an annotation and a gauge are traces.
const (
	File          Source = "file"
	Helm          Source = "helm"
	ManagedFields Source = "managed-fields"
	LastApplied   Source = "last-applied"
	Metric        Source = "metric"
	Audit         Source = "audit"
)

// Sources lists every source, strongest first.
func Sources() []Source {
	return []Source{File, Helm, ManagedFields, LastApplied, Metric, Audit}
}

// Use is one place in which one API version was seen.
type Use struct {
	GVK
	// Namespace and Name of the object; "" where the source does not say
	// (metric, most audit lines, a manifest without a namespace).
	Namespace, Name string
	Source          Source

	// File, Line, Column and Document (from 1) say where a manifest is: of a
	// file, or of the rendered manifest of a Helm release. 0 where there is none.
	File                   string
	Line, Column, Document int
	// Where is the object that holds it, for what is not a file:
	// "Secret/NAMESPACE/NAME" of a Helm release, else "".
	Where string
	// Release is the Helm release, Revision its newest deployed revision.
	Release  string
	Revision int

	// Manager, Operation (Apply, Update) and Subresource of an entry of
	// managedFields, and when it wrote.
	Manager, Operation, Subresource string
	// Time of the last write or request; zero: not known.
	Time time.Time

	// Resource of a metric or audit line, "ingresses"; Kind may be "" there.
	Resource string
	// RemovedRelease is what the API server itself says of a metric's resource;
	// it holds where the table knows nothing. Zero: it says nothing.
	RemovedRelease version.Minor
	// User, UserAgent, Verb and Count of audit lines.
	User, UserAgent, Verb string
	Count                 int
	// Server is the API server a metric is of, Since when its process started
	// (zero: not known): its gauge stays 1 from the first request on.
	Server string
	Since  time.Time
}

// Bystander is a caller or writer that touches every API version without
// depending on any: what it does neither breaks nor blocks an upgrade.
type Bystander struct {
	Name string
	// User, UserAgent and Manager are matched whole, or as a prefix where they
	// end in "*". Empty ones are not compared; one that matches is enough.
	User, UserAgent, Manager []string
	Why, Source              string
}

// is reports whether b is who made u. A metric has no caller.
func (b Bystander) is(u *Use) bool {
	return matches(b.User, u.User) || matches(b.UserAgent, u.UserAgent) || matches(b.Manager, u.Manager)
}

func matches(patterns []string, text string) bool {
	return text != "" && slices.ContainsFunc(patterns, func(p string) bool {
		prefix, open := strings.CutSuffix(p, "*")
		return p == text || open && strings.HasPrefix(text, prefix)
	})
}

// strength orders sources, strongest first.
func (s Source) strength() int { return slices.Index(Sources(), s) }
