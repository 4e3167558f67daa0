package policyfile

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/policy"
)

func TestRules(t *testing.T) {
	const text = head + `Policy
signers:
- {roles: [platform, security]}
waivers:
- {findings: [API-001, "CRD-*"], roles: [security], maxDays: 3}
freezes:
- name: year end
  from: "2026-12-18 18:00"
  to: 2027-01-06
  timezone: Europe/Berlin
  environments: [production]
  overrides: [{severity: critical, approver: security}, {affectedScore: 7, approver: platform}]
- {name: exact, from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00+01:00"}
maintenance:
- {name: nights, from: Tue 22:00, to: Wed 02:00}
rehearsal: {environments: [staging, production], exceptProviders: []}
maxAge: {apply: {backup: 90m, evidence: 2d}}
rollback: {triggers: [it burns]}
emergency: {declaredBy: [security], reviewDays: 1, ignoresFreezes: false}
kubeadm: {ignorePreflightErrors: [{check: Mem, owner: ann, reason: it is a lab}]}
`
	p, err := ReadPolicy(strings.NewReader(text), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := policy.Default()
	want.Signing = []policy.Signing{{Roles: []string{"platform", "security"}}}
	want.Waivers = []policy.Waiver{{Findings: []string{"API-001", "CRD-*"}, Roles: []string{"security"}, MaxDays: 3}}
	want.Rehearsal = policy.Rehearsal{Environments: []string{"staging", "production"}}
	want.Ages.Apply[policy.Backup], want.Ages.Apply[policy.Evidence] = 90*time.Minute, 48*time.Hour
	want.Rollback.Triggers = []string{"it burns"}
	want.Emergency.DeclaredBy, want.Emergency.ReviewDays, want.Emergency.IgnoresFreezes = []string{"security"}, 1, false
	want.Preflight = []policy.Preflight{{Check: "Mem", Owner: "ann", Reason: "it is a lab"}}
	windows := append(append([]policy.Window{}, p.Freezes...), p.Maintenance...)
	p.Freezes, p.Maintenance = nil, nil
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got := []string{}
	for _, w := range windows {
		line := w.Name + " " + w.From.UTC().Format(time.RFC3339) + " " + w.To.UTC().Format(time.RFC3339)
		if w.Weekly != nil {
			line = w.Name + " " + w.Weekly.FromDay.String() + " " + w.Weekly.ToDay.String() + " " + w.Weekly.Location.String()
		}
		got = append(got, line)
	}
	if diff := cmp.Diff([]string{"year end 2026-12-18T17:00:00Z 2027-01-06T23:00:00Z", "exact 2026-01-01T00:00:00Z 2026-01-01T23:00:00Z", "nights Tuesday Wednesday UTC"}, got); diff != "" {
		t.Errorf("windows (-want +got):\n%s", diff)
	}
	if o := windows[0].Overrides; len(o) != 2 || o[0] != (policy.Override{Severity: "critical", Approver: "security"}) || o[1] != (policy.Override{AffectedScore: 7, Approver: "platform"}) {
		t.Errorf("overrides %+v", o)
	}
}

func TestRuleMistakes(t *testing.T) {
	const w = "freezes:\n- "
	for in, want := range map[string]string{
		"freeze: []":  `p.yaml:3: freeze: unknown key "freeze"`,
		"signers: []": "p.yaml:3: signers: leaves changes that nobody signs",
		"signers:\n- {roles: [security], severities: [high]}":                                                      "p.yaml:4: signers: leaves changes that nobody signs",
		"signers:\n- {roles: []}":                                                                                  "p.yaml:4: signers[0].roles: names nothing",
		"signers:\n- {roles: [platfrom]}":                                                                          `p.yaml:4: signers[0].roles[0]: "platfrom" is not one of platform, workload-owner, security`,
		"waivers:\n- {findings: [SKEW-002], roles: [platform], maxDays: 1}":                                        "p.yaml:4: waivers[0].findings[0]: SKEW-002 can never be waived",
		`waivers: [{findings: ["BACKUP-*"], roles: [platform], maxDays: 1}]`:                                       "p.yaml:3: waivers[0].findings[0]: BACKUP-* can never be waived",
		"waivers:\n- {findings: [API-999], roles: [platform], maxDays: 1}":                                         `p.yaml:4: waivers[0].findings[0]: "API-999" matches no finding`,
		`waivers: [{findings: ["APX-*"], roles: [platform], maxDays: 1}]`:                                          `p.yaml:3: waivers[0].findings[0]: "APX-*" matches no finding`,
		"waivers:\n- {findings: [API-001], roles: [platform]}":                                                     "p.yaml:4: waivers[0].maxDays: is required",
		"waivers:\n- {roles: [platform], maxDays: 1}":                                                              "p.yaml:4: waivers[0].findings: names nothing",
		w + "{name: a, from: 2026-01-02, to: 2026-01-01}":                                                          "p.yaml:4: freezes[0].to: is not after from",
		w + "{name: a, from: 2026-01-02}":                                                                          "p.yaml:4: freezes[0].to: is required",
		w + "{from: 2026-01-01, to: 2026-01-02}":                                                                   "p.yaml:4: freezes[0].name: is required",
		w + "{name: a, from: soon, to: 2026-01-02}":                                                                `p.yaml:4: freezes[0].from: "soon" is no time`,
		w + "{name: a, from: Fri 16:00, to: 2026-01-02}":                                                           `p.yaml:4: freezes[0].to: "2026-01-02" is no time of a week`,
		w + "{name: a, from: Fri 25:00, to: Mon 06:00}":                                                            `p.yaml:4: freezes[0].from: "Fri 25:00" is no time of a week`,
		w + "{name: a, from: Fri 16:00, to: Fri 16:00}":                                                            "p.yaml:4: freezes[0].to: is when it begins",
		w + "{name: a, from: 2026-01-01, to: 2026-01-02, timezone: Berlin}":                                        `p.yaml:4: freezes[0].timezone: "Berlin" is no time zone`,
		w + "{name: a, from: 2026-01-01, to: 2026-01-02, timezone: Local}":                                         `p.yaml:4: freezes[0].timezone: "Local" is no time zone`,
		w + "{name: a, from: 2026-01-01, to: 2026-01-02, overrides: [{approver: security}]}":                       "p.yaml:4: freezes[0].overrides[0]: says nothing of how urgent",
		w + "{name: a, from: 2026-01-01, to: 2026-01-02, overrides: [{severity: high}]}":                           "p.yaml:4: freezes[0].overrides[0].approver: is required",
		w + "{name: a, from: 2026-01-01, to: 2026-01-02}\n- {name: a, from: 2026-01-01, to: 2026-01-02}":           `p.yaml:5: freezes[1].name: "a" is the name of another one`,
		"maintenance:\n- {name: a, from: 2026-01-01, to: 2026-01-02, overrides: []}":                               `p.yaml:4: maintenance[0].overrides: unknown key "overrides"`,
		"rehearsal: {environments: [prod]}":                                                                        `p.yaml:3: rehearsal.environments[0]: "prod" is not one of`,
		"maxAge: {apply: {backup: 8d}}":                                                                            "p.yaml:3: maxAge.apply.backup: 8d is too old",
		"maxAge: {apply: {backup: 0}}":                                                                             `p.yaml:3: maxAge.apply.backup: "0" is no age`,
		"maxAge: {apply: {backup: 99999999999999999d}}":                                                            `p.yaml:3: maxAge.apply.backup: "99999999999999999d" is no age`,
		"maxAge: {apply: {backup: never}}":                                                                         `p.yaml:3: maxAge.apply.backup: "never" is no age`,
		"maxAge: {verify: {}}":                                                                                     `p.yaml:3: maxAge.verify: unknown key "verify"`,
		"emergency: {backup: false}":                                                                               `p.yaml:3: emergency.backup: unknown key "backup"`,
		"emergency: {skipVerification: true}":                                                                      `p.yaml:3: emergency.skipVerification: unknown key "skipVerification"`,
		"kubeadm: {ignorePreflightErrors: [SystemVerification]}":                                                   "p.yaml:3: kubeadm.ignorePreflightErrors[0]: expected a map",
		"kubeadm: {ignorePreflightErrors: [{check: Mem, reason: small}]}":                                          "p.yaml:3: kubeadm.ignorePreflightErrors[0].owner: is required",
		"kubeadm: {ignorePreflightErrors: [{check: Mem, owner: ann}]}":                                             "p.yaml:3: kubeadm.ignorePreflightErrors[0].reason: is required",
		"kubeadm: {ignorePreflightErrors: [{owner: ann, reason: all}]}":                                            "p.yaml:3: kubeadm.ignorePreflightErrors[0].check: is required",
		"kubeadm: {ignorePreflightErrors: [{check: All, owner: ann, reason: hurry}]}":                              `p.yaml:3: kubeadm.ignorePreflightErrors[0].check: "All" ignores whatever kubeadm finds`,
		"kubeadm: {ignorePreflightErrors: [{check: 'A,B', owner: ann, reason: x}]}":                                `p.yaml:3: kubeadm.ignorePreflightErrors[0].check: "A,B" is no preflight check`,
		"kubeadm: {ignorePreflightErrors: [{check: Mem, owner: a, reason: x}, {check: mem, owner: b, reason: y}]}": `p.yaml:3: kubeadm.ignorePreflightErrors[1].check: "mem" is there already`,
		"kubeadm: {ignoreErrors: []}":                                                                              `p.yaml:3: kubeadm.ignoreErrors: unknown key "ignoreErrors"`,
		"emergency: {signers: []}":                                                                                 "p.yaml:3: emergency.signers: names nothing",
		"emergency: {ignoresFreezes: perhaps}":                                                                     "p.yaml:3: emergency.ignoresFreezes: expected true or false",
	} {
		_, err := ReadPolicy(strings.NewReader(head+"Policy\n"+in+"\n"), "p.yaml")
		expect(t, in, err, want)
	}
}

// TestRole: who accepts may say in which role; a plan asks for it.
func TestRole(t *testing.T) {
	const entry = "Ignore\nentries:\n- {finding: API-001, object: Ingress/shop/web, owner: shop, role: ROLE, reason: r, expires: 2026-12-31}\n"
	got, err := ReadIgnore(strings.NewReader(head+strings.Replace(entry, "ROLE", "workload-owner", 1)), "i.yaml")
	if err != nil || got[0].Role != "workload-owner" {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = ReadIgnore(strings.NewReader(head+strings.Replace(entry, "ROLE", "boss", 1)), "i.yaml")
	expect(t, "role", err, `i.yaml:4: entries[0].role: "boss" is not one of platform, workload-owner, security`)
}
