package policyfile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/strict"
)

func environments() []string { return []string{"development", "staging", "production"} }

func providers() []string {
	return []string{"kubeadm", "eks", "gke", "aks", "rke2", "k3s", "other", "unknown"}
}

// rules reads what a policy says of changes; a part that is left out keeps the
// default's.
func rules(n *strict.Node, p *policy.Policy) {
	if n.Has("signers") {
		p.Signing = signing(n.Get("signers"))
	}
	if n.Has("waivers") {
		p.Waivers = waivers(n.Get("waivers"))
	}
	if n.Has("freezes") {
		p.Freezes = windows(n.Get("freezes"), true)
	}
	if n.Has("maintenance") {
		p.Maintenance = windows(n.Get("maintenance"), false)
	}
	if r := n.Get("rehearsal").Fields("environments", "exceptProviders"); n.Has("rehearsal") {
		list(r, "environments", &p.Rehearsal.Environments, environments())
		list(r, "exceptProviders", &p.Rehearsal.ExceptProviders, providers())
	}
	ages := n.Get("maxAge").Fields(policy.AtPlan, policy.AtApply)
	maxAges(ages.Get(policy.AtPlan), p.Ages.Plan)
	maxAges(ages.Get(policy.AtApply), p.Ages.Apply)
	back := n.Get("rollback").Fields("triggers", "notTriggers")
	list(back, "triggers", &p.Rollback.Triggers, nil)
	list(back, "notTriggers", &p.Rollback.NotTriggers, nil)
	emergency(n.Get("emergency"), &p.Emergency)
	if n.Get("kubeadm").Fields("ignorePreflightErrors").Has("ignorePreflightErrors") {
		p.Preflight = preflight(n.Get("kubeadm").Get("ignorePreflightErrors"))
	}
}

// list replaces a list where the map holds it. values are those allowed; nil
// allows any text.
func list(n *strict.Node, key string, into *[]string, values []string) {
	if n.Has(key) {
		*into = texts(n.Get(key), values)
	}
}

func texts(n *strict.Node, values []string) []string {
	var out []string
	for _, item := range n.Items() {
		text := item.Required()
		if values != nil {
			text = item.Enum(values...)
		}
		out = append(out, text)
	}
	return out
}

// some is texts that may not be empty: no role at all would read as nobody.
func some(n *strict.Node, values []string, why string) []string {
	out := texts(n, values)
	if len(out) == 0 && !n.Failed() {
		n.Report("names nothing", why)
	}
	return out
}

func signing(n *strict.Node) []policy.Signing {
	var out []policy.Signing
	always := false
	for _, item := range n.Items() {
		item.Fields("roles", "environments", "severities")
		s := policy.Signing{Roles: some(item.Get("roles"), policy.Roles(), "name "+strings.Join(policy.Roles(), ", ")),
			Environments: texts(item.Get("environments"), environments()), Severities: texts(item.Get("severities"), policy.Severities())}
		always = always || len(s.Environments) == 0 && len(s.Severities) == 0
		out = append(out, s)
	}
	if !always && !n.Failed() {
		n.Report("leaves changes that nobody signs", "add - {roles: [platform]}, without environments and severities")
	}
	return out
}

func waivers(n *strict.Node) []policy.Waiver {
	var out []policy.Waiver
	for _, item := range n.Items() {
		item.Fields("findings", "roles", "maxDays")
		w := policy.Waiver{Roles: some(item.Get("roles"), policy.Roles(), "name who may waive"), MaxDays: -1}
		for _, f := range item.Get("findings").Items() {
			w.Findings = append(w.Findings, pattern(f))
		}
		if len(w.Findings) == 0 && !n.Failed() {
			item.Get("findings").Report("names nothing", `write findings: ["API-*"]`)
		}
		if days(item.Get("maxDays"), &w.MaxDays); w.MaxDays < 0 && !n.Failed() {
			item.Get("maxDays").Report("is required", "a number of days")
		}
		out = append(out, w)
	}
	return out
}

// pattern is a code, or a family such as "API-*". One that matches no code
// would waive nothing silently.
func pattern(n *strict.Node) string {
	text := n.Required()
	prefix, family := strings.CutSuffix(text, "*")
	known := slices.ContainsFunc(finding.All(), func(c finding.Code) bool {
		return c.Code == text || family && strings.HasPrefix(c.Code, prefix)
	})
	switch {
	case text == "":
	case policy.NeverWaived(text):
		n.Report(text+" can never be waived", "no policy takes away the proven backup, the skew check or the verification; remove the line")
	case !known:
		n.Report(fmt.Sprintf("%q matches no finding", text), `such as API-001 or "API-*"; docs/findings.md lists them`)
	}
	return text
}

// maxAges changes single ages: what a file leaves out is still asked for.
func maxAges(n *strict.Node, into map[string]time.Duration) {
	limits := policy.AgeLimits()
	n.Fields(policy.Evidence, policy.Backup, policy.Rehearsed, policy.Catalogue)
	for kind, limit := range limits {
		age, ok := duration(n.Get(kind))
		switch {
		case !ok:
		case age > limit:
			n.Get(kind).Report(fmt.Sprintf("%s is too old for what a change rests on", n.Get(kind).Text()), fmt.Sprintf("%dd at most", int(limit.Hours()/24)))
		default:
			into[kind] = age
		}
	}
}

// duration is "90m", "24h" or "7d".
func duration(n *strict.Node) (time.Duration, bool) {
	text := n.Text()
	if text == "" {
		return 0, false
	}
	d, err := time.ParseDuration(text)
	if whole, ok := strings.CutSuffix(text, "d"); ok {
		var count int
		count, err = strconv.Atoi(whole)
		d = time.Duration(count) * 24 * time.Hour
		if count > maxDays {
			d = -1
		}
	}
	if err != nil || d <= 0 {
		n.Report(fmt.Sprintf("%q is no age", text), "such as 90m, 24h or 7d")
		return 0, false
	}
	return d, true
}

// emergency: its keys are all it can shorten.
func emergency(n *strict.Node, e *policy.Emergency) {
	n.Fields("declaredBy", "signers", "reviewDays", "ignoresFreezes", "ignoresMaintenance")
	if n.Has("declaredBy") {
		e.DeclaredBy = some(n.Get("declaredBy"), policy.Roles(), "name the roles that may declare an emergency")
	}
	if n.Has("signers") {
		e.Signers = some(n.Get("signers"), policy.Roles(), "an emergency shortens approvals, it does not do without: name a role")
	}
	days(n.Get("reviewDays"), &e.ReviewDays)
	if v, ok := n.Get("ignoresFreezes").Bool(); ok {
		e.IgnoresFreezes = v
	}
	if v, ok := n.Get("ignoresMaintenance").Bool(); ok {
		e.IgnoresMaintenance = v
	}
}
