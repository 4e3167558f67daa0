package admission

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/selector"
)

// Webhook is one webhook of a configuration.
type Webhook struct {
	Configuration string // its kind and name: "ValidatingWebhookConfiguration/kyverno"
	Name          string
	Namespace     string // of its service; "" = it has a URL
	Service       string
	Port          int    // of its service; 0 = 443
	URL           string // scheme and host
	// Authorities are the certificates of its caBundle.
	Authorities []Authority
	Rules       []Rule
	// FailurePolicy, MatchPolicy and SideEffects as they are written; "" = the
	// default of admissionregistration.k8s.io/v1 (Fail, Equivalent).
	FailurePolicy, MatchPolicy, SideEffects string
	Timeout                                 int      // seconds; 0 = 10
	Reviews                                 []string // versions of AdmissionReview it takes
	Namespaces, Objects                     selector.Selector
	Conditions                              []string // names of its matchConditions
}

// Authority is a certificate that a webhook's own is checked against.
type Authority struct {
	Subject     string
	From, Until time.Time
}

func (w Webhook) closed() bool { return w.FailurePolicy != "Ignore" }

func (w Webhook) object() string { return w.Configuration + " webhook " + w.Name }

// rescue is why a webhook can always be got rid of.
const rescue = "no webhook is ever asked about webhook configurations themselves, so its configuration can be changed or deleted also while it does not answer"

// webhooks judges every webhook by itself.
func (j *judge) webhooks() {
	var dry []string
	for _, w := range j.c.Webhooks {
		all := j.match(w)
		sure, possible := split(all)
		j.answers(w, sure, possible)
		j.authorities(w, sure, possible)
		j.reviews(w, sure, possible)
		if len(all) > 0 && w.SideEffects != "None" && w.SideEffects != "NoneOnDryRun" {
			dry = append(dry, w.object()+": sideEffects "+orNone(w.SideEffects))
		}
	}
	if len(dry) > 0 {
		j.add(finding.New("ADM-011", "Webhooks", fmt.Sprintf("%s would have every dry run refused that it is asked about", counted(len(dry), "webhook")), dry...))
	}
}

func split(all []asked) (sure, possible []asked) {
	for _, a := range all {
		if a.sure == selector.Yes {
			sure = append(sure, a)
		} else {
			possible = append(possible, a)
		}
	}
	return sure, possible
}

func orNone(s string) string {
	if s == "" {
		return "is not set"
	}
	return s
}

// answers judges whether a webhook answers what it is asked.
func (j *judge) answers(w Webhook, sure, possible []asked) {
	if len(sure)+len(possible) == 0 {
		return
	}
	b := backend{says: "it answers at " + w.URL + ", outside of what was read"}
	if w.URL == "" {
		b = j.backend(w.Namespace, w.Service, w.Port)
	}
	evidence := slices.Concat([]string{b.says}, j.lines(w, sure, possible))
	what := shorts(sure)
	switch {
	case !w.closed() && b.health == dead:
		j.add(finding.New("ADM-006", w.object(), fmt.Sprintf("nothing answers behind it: each %s waits for it, up to %d seconds, and then goes on without it", shorts(slices.Concat(sure, possible)), w.timeout()), evidence...))
	case !w.closed():
	case b.health == dead && len(sure) == 0:
		j.add(finding.New("ADM-004", w.object(), fmt.Sprintf("nothing answers behind it, and it may be asked about %s: %s", shorts(possible), possible[0].why), evidence...))
	case b.health == dead:
		f := finding.New("ADM-001", w.object(), fmt.Sprintf("nothing answers behind it, so the API server refuses %s%s", what, w.itself(sure)), evidence...)
		f.Evidence = append(f.Evidence, rescue)
		j.add(f)
	case b.health == unclear:
		j.add(finding.New("ADM-005", w.object(), fmt.Sprintf("where it does not answer, the API server refuses %s", shorts(slices.Concat(sure, possible))), evidence...))
	case b.health == alone:
		f := finding.New("ADM-003", w.object(), fmt.Sprintf("%s: the drain of that node leaves nothing that answers, and the API server then refuses %s%s", b.says, shorts(slices.Concat(sure, possible)), w.itself(sure)), evidence[1:]...)
		f.Evidence = append(f.Evidence, rescue)
		j.add(f)
	default:
		itself := w.itself(sure)
		f := finding.New("ADM-002", w.object(), fmt.Sprintf("an upgrade asks it about %s, and goes on only while it answers%s", shorts(slices.Concat(sure, possible)), itself), evidence...)
		if itself == "" { // as it is of every policy engine that is well
			f.Severity = finding.Info
		}
		j.add(f)
	}
}

// timeout is how long the API server waits for an answer, in seconds.
func (w Webhook) timeout() int {
	if w.Timeout == 0 {
		return 10
	}
	return w.Timeout
}

// itself says that a webhook is asked about its own pods, so that it cannot
// come back once it is gone (https://github.com/kyverno/kyverno/issues/7576).
func (w Webhook) itself(sure []asked) string {
	for _, a := range sure {
		if a.request.Name() == "pods" && slices.Contains(a.operations, "CREATE") && slices.Contains(a.namespaces, w.Namespace) {
			return "; it is asked about new pods of its own namespace " + w.Namespace + ", so it cannot come back by itself"
		}
	}
	return ""
}

// lines are what a webhook is asked about, and whether kube-system is among it.
func (j *judge) lines(w Webhook, sure, possible []asked) []string {
	var out []string
	system := false
	for _, a := range sure {
		out = append(out, "asked about "+a.words())
		system = system || slices.Contains(a.namespaces, "kube-system")
	}
	for _, a := range possible {
		out = append(out, "may be asked about "+a.words()+" ("+a.why+")")
		system = system || slices.Contains(a.namespaces, "kube-system")
	}
	switch {
	case system:
	case j.inNamespace(w, "kube-system") == selector.No:
		out = append(out, "kube-system is left out by its namespaceSelector")
	default:
		out = append(out, "nothing of kube-system that an upgrade writes")
	}
	if !w.Namespaces.Empty() && slices.ContainsFunc(sure, func(a asked) bool { return a.namespaces == nil }) {
		out = append(out, "its namespaceSelector leaves out nothing that has no namespace, such as nodes")
	}
	return out
}

// authorities judges the certificates a webhook's own is checked against. One
// that is still good is enough.
func (j *judge) authorities(w Webhook, sure, possible []asked) {
	all := slices.Concat(sure, possible)
	if len(w.Authorities) == 0 {
		if w.Service != "" && len(all) > 0 {
			f := finding.New("ADM-009", w.object(), "its caBundle holds no certificate, so its own is checked against what the API server's host trusts, which seldom knows a service of the cluster")
			f.Evidence = j.lines(w, sure, possible)
			j.add(f)
		}
		return
	}
	last := w.Authorities[0]
	var lines []string
	for _, a := range w.Authorities {
		if a.Until.After(last.Until) {
			last = a
		}
		lines = append(lines, fmt.Sprintf("caBundle: %s, %s to %s", a.Subject, a.From.Format(time.DateOnly), a.Until.Format(time.DateOnly)))
	}
	lines = append(lines, j.lines(w, sure, possible)...)
	var f finding.Found
	switch {
	case !slices.ContainsFunc(w.Authorities, func(a Authority) bool { return !j.q.AsOf.Before(a.From) }):
		f = finding.New("ADM-007", w.object(), fmt.Sprintf("its caBundle is not valid before %s: no call of it succeeds", w.Authorities[0].From.Format(time.DateOnly)), lines...)
	case !last.Until.After(j.q.AsOf):
		f = finding.New("ADM-007", w.object(), fmt.Sprintf("its caBundle expired %s ago, on %s: no call of it succeeds", days(last.Until, j.q.AsOf), last.Until.Format(time.DateOnly)), lines...)
	case last.Until.Before(j.q.AsOf.Add(j.q.Window)):
		f = finding.New("ADM-008", w.object(), fmt.Sprintf("its caBundle expires in %s, on %s", days(j.q.AsOf, last.Until), last.Until.Format(time.DateOnly)), lines...)
	default:
		return
	}
	j.consequence(&f, w, sure, possible)
}

// consequence adds what a webhook that cannot be called does to an upgrade, and
// lowers what is a blocker where it does nothing to one.
func (j *judge) consequence(f *finding.Found, w Webhook, sure, possible []asked) {
	switch {
	case !w.closed():
		f.Message += "; its failurePolicy is Ignore, so that requests then go on without it"
		f.Severity = lower(f.Severity)
	case len(sure) > 0:
		f.Message += "; the API server then refuses " + shorts(sure)
	case len(possible) > 0:
		f.Message += "; the API server may then refuse " + shorts(possible)
		f.Severity = lower(f.Severity)
	default:
		f.Message += "; an upgrade asks it nothing"
		f.Severity = lower(f.Severity)
	}
	j.add(*f)
}

func lower(s finding.Severity) finding.Severity {
	if s == finding.Blocker {
		return finding.Warning
	}
	return finding.Info
}

// reviews judges whether the API server and the webhook have a version of
// AdmissionReview in common, at every release of the way.
func (j *judge) reviews(w Webhook, sure, possible []asked) {
	spoken := func(older func(Review) bool) bool {
		for _, r := range j.q.Facts.Reviews {
			if slices.Contains(w.Reviews, r.Version) && !older(r) {
				return true
			}
		}
		return false
	}
	reviews := w.Reviews
	if len(reviews) == 0 { // the default of admissionregistration.k8s.io/v1beta1
		reviews = []string{"v1beta1"}
	}
	w.Reviews = reviews
	var speaks []string
	for _, r := range j.q.Facts.Reviews {
		speaks = append(speaks, r.Version+" since "+r.Since.String())
	}
	at := ""
	if j.c.Running.Known() && !spoken(func(r Review) bool { return j.c.Running.Minor().Compare(r.Since) < 0 }) {
		at = j.c.Running.String()
	}
	for _, h := range j.q.Hops {
		if at == "" && !spoken(func(r Review) bool { return h.Minor().Compare(r.Since) < 0 }) {
			at = h.String()
		}
	}
	if at == "" && !j.c.Running.Known() && len(j.q.Hops) == 0 && !spoken(func(Review) bool { return false }) {
		at = "any release"
	}
	if at == "" {
		return
	}
	f := finding.New("ADM-010", w.object(), fmt.Sprintf("it takes AdmissionReview %s alone, which the API server of %s does not send: no call of it succeeds", strings.Join(w.Reviews, ", "), at),
		slices.Concat([]string{"the API server sends " + strings.Join(speaks, ", ")}, j.lines(w, sure, possible))...)
	j.consequence(&f, w, sure, possible)
}
