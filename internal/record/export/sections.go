package export

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/record"
	"github.com/fixline-dev/fixline/internal/record/decision"
)

// section is one part of a record, in the same words in every form.
type section struct {
	Title string
	Lines []string // sentences, each a paragraph or an item
	Heads []string
	Rows  [][]string
}

func (s section) empty() bool { return len(s.Lines) == 0 && len(s.Rows) == 0 }

// title names the change.
func title(r record.Report) string {
	d := r.Decision()
	if d == nil {
		return "change record"
	}
	return fmt.Sprintf("change %s of cluster %s, %s -> %s", d.ID, d.Cluster.Name, d.Change.From, d.Change.Target)
}

// verdict is what the verification says: the answer comes first.
func verdict(r record.Report) []section {
	wrong := section{Title: "Does not match"}
	for _, m := range r.Mismatches {
		wrong.Lines = append(wrong.Lines, m.String())
	}
	lacks := section{Title: "Missing", Heads: []string{"part", "needed", "why"}}
	for _, m := range r.Missing {
		when := "before the change"
		if m.Phase == record.After {
			when = "to count as done"
		}
		lacks.Rows = append(lacks.Rows, []string{m.Part, when, m.Why})
	}
	return []section{wrong, lacks, signatures(r), {Title: "Notes", Lines: r.Notes}}
}

func signatures(r record.Report) section {
	s := section{Title: "Signatures", Heads: []string{"role", "name", "signed", "entries", "believed", "key"}}
	for _, g := range r.Signatures {
		believed := "yes"
		switch {
		case !g.Trusted:
			believed = "no: " + g.Why
		case len(g.Changed) > 0:
			believed = "yes, but since then written anew: " + strings.Join(g.Changed, ", ")
		}
		s.Rows = append(s.Rows, []string{g.Role, g.Name, g.SignedAt, fmt.Sprintf("1 to %d of %d", g.UpTo, r.Journal.Entries), believed, g.KeyID})
	}
	if len(s.Rows) == 0 {
		s.Lines = []string{"Nobody has signed."}
	}
	return s
}

// decided are the parts of record.yaml.
func decided(r record.Report) []section {
	d := r.Decision()
	if d == nil {
		return nil
	}
	return []section{ready(r), why(d), mapping(d), rejected(d), findings(r), skew(d), backup(d), rollback(d), checks(d), mitigations(d), people(d), followUps(d)}
}

// ready is the plan's table as it stands now.
func ready(r record.Report) section {
	s := section{Title: "Readiness", Heads: []string{"state", "row", "age", "why"}}
	s.add("Not known: ", r.ReadinessWhy)
	for _, row := range r.Readiness {
		age := "-"
		if row.Age != nil {
			age = *row.Age
		}
		s.Rows = append(s.Rows, []string{string(row.State), row.Row, age, row.Why})
	}
	return s
}

func why(d *decision.Decision) section {
	s := section{Title: "Reason"}
	if len(d.Reason.Advisories) > 0 {
		s.Lines = append(s.Lines, "Advisories: "+strings.Join(d.Reason.Advisories, ", "))
	}
	s.add("", d.Reason.Text)
	s.add("Target: ", d.Change.Why)
	s.add("Due: ", d.Change.Due)
	s.add("By way of: ", decision.Text(strings.Join(d.Change.Hops, ", ")))
	s.add("Judged as of: ", decision.Text(d.AsOf))
	s.add("Data of: ", d.Catalog)
	s.add("SHA-256 of the policy: ", d.PolicyHash)
	return s
}

func (s *section) add(label string, text decision.Text) {
	if text != "" {
		s.Lines = append(s.Lines, label+string(text))
	}
}

func mapping(d *decision.Decision) section {
	s := section{Title: "From advisory to target", Heads: []string{"advisory", "verdict", "where", "fixed in", "closed by", "why"}}
	for _, m := range d.Mapping {
		s.Rows = append(s.Rows, []string{m.Advisory, m.Verdict, strings.Join(m.Components, ", "), strings.Join(m.FixedIn, ", "), or(m.Target, "not by this change"), string(m.Why)})
	}
	return s
}

func rejected(d *decision.Decision) section {
	s := section{Title: "Turned down", Heads: []string{"version", "why"}}
	for _, x := range d.Rejected {
		s.Rows = append(s.Rows, []string{x.Version, x.Reason})
	}
	return s
}

func findings(r record.Report) section {
	s := section{Title: "Findings and waivers", Heads: []string{"code", "severity", "object", "state", "waived by", "until", "message"}}
	for i, f := range r.Findings {
		s.Rows = append(s.Rows, []string{f.Code, f.Severity, string(f.Object), f.State, string(f.By), string(f.Until), r.Decision().Findings[i].Message})
	}
	for _, w := range r.Decision().Waivers {
		s.Lines = append(s.Lines, fmt.Sprintf("%s waived by %s until %s: %s", strings.TrimSpace(w.Finding+" "+string(w.Object)), w.By, w.Until, w.Why))
	}
	return s
}

func skew(d *decision.Decision) section {
	s := section{Title: "Expected version skew", Heads: []string{"component", "versions", "during", "why"}}
	for _, x := range d.Skew {
		s.Rows = append(s.Rows, []string{x.Component, x.Versions, string(x.During), string(x.Why)})
	}
	return s
}

func backup(d *decision.Decision) section {
	s := section{Title: "Backup"}
	if !d.Backup.Required {
		s.add("Not required: ", d.Backup.WhyNot)
	}
	s.add("Location: ", d.Backup.Location)
	s.add("Restore: ", d.Backup.Restore)
	return s
}

func rollback(d *decision.Decision) section {
	s := section{Title: "Rollback"}
	for _, t := range d.Rollback.Triggers {
		s.Lines = append(s.Lines, "Go back when: "+t)
	}
	for _, t := range d.Rollback.NotTriggers {
		s.Lines = append(s.Lines, "Do not go back for: "+t)
	}
	s.add("How: ", d.Rollback.How)
	return s
}

func checks(d *decision.Decision) section {
	s := section{Title: "Checks after the change", Heads: []string{"check", "command"}}
	for _, c := range d.Checks {
		s.Rows = append(s.Rows, []string{c.Text, string(c.Command)})
	}
	return s
}

func mitigations(d *decision.Decision) section {
	s := section{Title: "Mitigations until then", Heads: []string{"mitigation", "advisory", "since", "removal", "owner"}}
	for _, m := range d.Mitigations {
		s.Rows = append(s.Rows, []string{m.Text, string(m.Advisory), or(m.Since, "not in place"), string(m.Removal), string(m.Owner)})
	}
	return s
}

func people(d *decision.Decision) section {
	s := section{Title: "Owners", Heads: []string{"part", "name", "contact"}}
	for _, o := range d.Owners {
		s.Rows = append(s.Rows, []string{o.Part, o.Name, string(o.Contact)})
	}
	s.add("Has to sign: ", decision.Text(strings.Join(d.SignOffs, ", ")))
	return s
}

func followUps(d *decision.Decision) section {
	s := section{Title: "Follow-ups", Heads: []string{"what", "owner", "due", "state"}}
	for _, f := range d.FollowUps {
		state := "open"
		if f.Done {
			state = "done"
		}
		s.Rows = append(s.Rows, []string{f.Text, string(f.Owner), string(f.Due), state})
	}
	return s
}

// files are what the journal notes.
func files(r record.Report) section {
	s := section{Title: "Files", Heads: []string{"file", "bytes", "entry", "SHA-256"}}
	for _, f := range r.Files {
		s.Rows = append(s.Rows, []string{f.Path, strconv.FormatInt(f.Bytes, 10), strconv.Itoa(f.Entry), f.SHA256})
	}
	return s
}

// log is the journal: all of it, or the last few entries.
func log(r record.Report, most int) section {
	s := section{Title: "Journal", Heads: []string{"entry", "time", "kind", "data"}}
	entries := r.Entries()
	if left := len(entries) - most; most > 0 && left > 0 {
		s.Lines = append(s.Lines, fmt.Sprintf("%d earlier entries are not shown; %s has them.", left, record.JournalFile))
		entries = entries[left:]
	}
	for _, e := range entries {
		s.Rows = append(s.Rows, []string{strconv.Itoa(e.Seq), e.Time, string(e.Kind), string(e.Data)})
	}
	return s
}

func or(t decision.Text, none string) string {
	if t == "" {
		return none
	}
	return string(t)
}
