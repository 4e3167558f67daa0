package proving

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fixline-dev/fixline/internal/backup/prove"
	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/record/keys"
	"github.com/fixline-dev/fixline/internal/core/readiness"
	"github.com/fixline-dev/fixline/internal/record"
	"github.com/fixline-dev/fixline/internal/record/journal"
	"github.com/fixline-dev/fixline/internal/record/proof"
	"github.com/fixline-dev/fixline/internal/report"
	"github.com/fixline-dev/fixline/internal/report/layout"
)

// Text writes a proof for people.
func Text(w io.Writer, p prove.Proof, width int) error {
	word := map[prove.State]string{prove.Pass: "PROVEN", prove.Fail: "NOT PROVEN", prove.Unknown: "NOT PROVEN (not known)"}[p.Result]
	columns := 100 // as elsewhere where the screen has no width
	if width > 0 {
		columns = max(width, 40)
	}
	for i, line := range layout.Wrap(report.Visible(word+"  "+p.Why), columns) {
		if i > 0 {
			line = "  " + line
		}
		fmt.Fprintln(w, line)
	}
	fmt.Fprintln(w)
	table := layout.Table{Heads: []string{"CHECK", "RESULT", "WHY"}, Flexible: []int{2}}
	for _, c := range p.Checks {
		table.Row(c.Check, string(c.State), report.Visible(c.Why))
	}
	for _, line := range table.Lines(columns) {
		fmt.Fprintln(w, line)
	}
	return nil
}

// Evidence appends the proof to a change record: as evidence whatever it
// says, and as a proven backup where it is one.
func Evidence(f *factory.Factory, dir string, p prove.Proof) (err error) {
	if dir == "" {
		return nil
	}
	r, err := record.Open(dir, record.Options{Now: f.Now, Program: "fixline " + build.Version()})
	if err != nil {
		return exit.BadInput(err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	defer func() {
		if err == nil {
			err = keys.Counts(f, dir, readiness.ProvenBackup, "")
		}
	}()
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	name := proof.BackupPrefix + strings.NewReplacer(":", "", "-", "").Replace(p.At) + ".json"
	if _, err := r.AddEvidence(name, bytes.NewReader(append(text, '\n'))); err != nil {
		return err
	}
	if p.Result != prove.Pass {
		f.IO.Notef("note: the record has the attempt as evidence/%s, and no proven backup", name)
		return nil
	}
	_, err = r.Append(journal.BackupProven, record.BackupProof{Evidence: []string{record.EvidenceDir + "/" + name}, How: p.Why})
	return err
}
