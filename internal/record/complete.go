package record

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/record/decision"
	"github.com/fixline-dev/fixline/internal/record/journal"
)

// report adds what is missing, and the answer in one sentence.
func (v *view) report() Report {
	if v.decision != nil {
		v.signOffs()
		v.coverage()
		v.backup()
		v.verification()
		v.findings()
		v.readiness()
	}
	v.remarks()
	v.State, v.Summary = v.answer()
	return v.Report
}

func (v *view) answer() (State, string) {
	switch {
	case len(v.Mismatches) == 1:
		return Altered, "altered: " + v.Mismatches[0].String()
	case len(v.Mismatches) > 1:
		return Altered, fmt.Sprintf("altered: %s; and %d more", v.Mismatches[0], len(v.Mismatches)-1)
	case len(v.Missing) == 1:
		return Incomplete, "incomplete: " + v.Missing[0].Why
	case len(v.Missing) > 1:
		return Incomplete, fmt.Sprintf("incomplete: %s; and %d more", v.Missing[0].Why, len(v.Missing)-1)
	}
	return Verified, fmt.Sprintf("verified: every file and all %d entries match, signed up to entry %d by trusted keys", v.Journal.Entries, v.Journal.TrustedTo)
}

// signOffs: each required role needs a signature of what is there now.
func (v *view) signOffs() {
	if len(v.decision.SignOffs) == 0 && !slices.ContainsFunc(v.Signatures, SignedState.counts) {
		v.miss("sign-off", Before, "%s", v.lacking("", "no signature by a trusted key, and the record names no role that has to sign"))
	}
	for _, role := range v.decision.SignOffs {
		if !slices.ContainsFunc(v.Signatures, func(s SignedState) bool { return s.Role == role && s.counts() }) {
			v.miss("sign-off/"+role, Before, "%s", v.lacking(role, "nobody has signed as "+role))
		}
	}
}

// lacking says why the signatures of role do not do; "" is any role.
func (v *view) lacking(role, none string) string {
	var reasons []string
	for _, s := range v.Signatures {
		switch {
		case role != "" && s.Role != role:
		case !s.Trusted:
			reasons = append(reasons, fmt.Sprintf("the signature of %q as %s is not counted: %s %s", s.Name, s.Role, s.Why, s.KeyID))
		case len(s.Changed) > 0:
			reasons = append(reasons, fmt.Sprintf("%q signed as %s, but %s was written anew since (entry %d)", s.Name, s.Role, s.Changed[0], v.notes[s.Changed[0]].Entry))
		}
	}
	if len(reasons) == 0 {
		return none
	}
	return strings.Join(reasons, "; ")
}

// coverage: what came after the last trusted signature, anybody may have added.
func (v *view) coverage() {
	j := v.Journal
	if j.TrustedTo == 0 || j.After == 0 && j.FilesNew == 0 {
		return
	}
	files := ""
	if j.FilesNew > 0 {
		files = fmt.Sprintf(", and %d files, %s", j.FilesNew, v.uncovered()[0])
	}
	v.miss("journal/coverage", After, "signed up to entry %d; %d entries after the signature are not covered%s", j.TrustedTo, j.After, files)
}

// backup: that it was proven is said by the last such entry.
func (v *view) backup() {
	b := v.decision.Backup
	if !b.Required && !policy.BackupAlways(string(v.decision.Cluster.Provider)) {
		return
	}
	if b.Location == "" || b.Restore == "" {
		v.miss("backup/restore", Before, "record.yaml does not say where the backup is and how it is restored")
	}
	e, ok := v.last(journal.BackupProven)
	if !ok {
		v.miss("backup", Before, "the backup is not proven: no test restore is in the journal")
		return
	}
	p, err := readProof(e.Data)
	if err == nil {
		err = v.listed(p.Evidence)
	}
	if err != nil {
		v.miss("backup", Before, "the backup is not proven: entry %d: %v", e.Seq, err)
		return
	}
	v.proven()
}

func (v *view) verification() {
	e, ok := v.last(journal.Verification)
	if !ok {
		v.miss("verification", After, "the change is not verified: no checks after it are in the journal")
		return
	}
	r, err := readResult(e.Data)
	if err == nil {
		err = v.listed(r.Evidence)
	}
	switch {
	case err != nil:
		v.miss("verification", After, "the change is not verified: entry %d: %v", e.Seq, err)
	case r.Result != Pass:
		v.miss("verification", After, "the checks after the change ended with %s (entry %d): %s", r.Result, e.Seq, r.Why)
	default:
		v.newer(e.Seq)
	}
}

// newer: what was checked before the last step says nothing of what is there now.
func (v *view) newer(than int) {
	for _, kind := range []journal.Kind{journal.StepIntent, journal.StepDone, journal.StepFailed} {
		if e, ok := v.last(kind); ok && e.Seq > than {
			v.miss("verification", After, "the change is not verified: entry %d (%s) came after the checks of entry %d", e.Seq, kind, than)
			return
		}
	}
}

func (v *view) listed(paths []string) error {
	for _, p := range paths {
		if n, ok := v.notes[p]; !ok || n.Kind != journal.Evidence {
			return fmt.Errorf("it names %q, which is no evidence of the record", p)
		}
	}
	return nil
}

// last is the last entry of a kind.
func (v *view) last(kind journal.Kind) (journal.Entry, bool) {
	for _, e := range slices.Backward(v.log.Entries) {
		if e.Kind == kind {
			return e, true
		}
	}
	return journal.Entry{}, false
}

// findings: needs-review, open blockers, and waivers that are over.
func (v *view) findings() {
	asOf := v.o.AsOf
	if e, ok := v.last(journal.Closed); ok {
		if at, err := time.Parse(time.RFC3339, e.Time); err == nil && at.Before(asOf) {
			asOf = at
			v.Notes = append(v.Notes, fmt.Sprintf("the change was closed on %s: waivers are judged as of that day", at.Format(time.DateOnly)))
		}
	}
	for _, s := range v.decision.Standings(v.laterWaivers(), asOf) {
		now := FindingNow{Code: s.Code, Object: s.Object, Severity: s.Severity, State: s.State}
		if s.Waiver != nil && s.State != decision.Settled {
			now.By, now.Until = decision.Text(s.Waiver.By), decision.Text(s.Waiver.Until)
			now.State = "waived"
			if s.Expired {
				now.State = "waiver-expired"
			}
		}
		v.Findings = append(v.Findings, now)
		if why := s.Unsettled(); why != "" {
			v.miss("finding/"+s.Code, Before, "%s", why)
		}
	}
}

// laterWaivers are those of the journal.
func (v *view) laterWaivers() []decision.Waiver {
	var out []decision.Waiver
	for _, e := range v.log.Entries {
		if e.Kind != journal.Waiver {
			continue
		}
		w, err := readWaiver(e.Data)
		if err != nil {
			v.Notes = append(v.Notes, fmt.Sprintf("entry %d is no waiver and counts as none: %v", e.Seq, err))
			continue
		}
		out = append(out, w)
	}
	return out
}

// remarks are what a reader should know besides.
func (v *view) remarks() {
	if n := v.Journal.Torn; n > 0 {
		v.miss("journal/last-line", After, "the journal ends in the middle of an entry (%d bytes): a run was stopped, or is writing; the next one that writes moves it aside", n)
	}
	before := ""
	for _, e := range v.log.Entries {
		if e.Time < before {
			v.Notes = append(v.Notes, fmt.Sprintf("entry %d is dated %s, before the entry in front of it: a clock was set back", e.Seq, e.Time))
		}
		before = max(before, e.Time)
		if e.Kind == journal.Recovered {
			v.Notes = append(v.Notes, fmt.Sprintf("entry %d: a torn line was moved aside", e.Seq))
		}
	}
	roles := map[string]string{}
	for _, s := range v.Signatures {
		if other, ok := roles[s.KeyID]; ok && other != s.Role {
			v.Notes = append(v.Notes, fmt.Sprintf("one key signs as %s and as %s: %s", other, s.Role, s.KeyID))
		}
		roles[s.KeyID] = s.Role
	}
}
