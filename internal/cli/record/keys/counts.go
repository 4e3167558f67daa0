package keys

import (
	"cmp"
	"fmt"
	"time"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/record"
)

// Cluster is the name of the cluster that the record dir is about, so that what
// is of another one can be refused before anything is done. An error is of a
// record that nothing can be added to.
func Cluster(dir string) (string, error) {
	r, err := record.Verify(dir, record.VerifyOptions{})
	if err != nil {
		return "", exit.BadInput(fmt.Errorf("--record: %w", err))
	}
	d := r.Decision()
	if d == nil || r.State == record.Altered {
		return "", exit.WithHint(exit.Usagef("--record: nothing is added to a record that is not what was written: %s", r.Summary), "fixline record verify %s", dir)
	}
	if f := r.Proofs().Facts; f != nil {
		return f.Cluster, nil
	}
	return d.Cluster.Name, nil
}

// Counts says whether what was just added to a record counts: how the row of the
// plan's readiness stands now. data is the day of the data that judges, "" = it
// is not asked.
func Counts(f *factory.Factory, dir, row, data string) error {
	r, err := record.Verify(dir, record.VerifyOptions{AsOf: f.Now().UTC().Truncate(24 * time.Hour), Now: f.Now(), Data: data})
	if err != nil {
		return Ended(err)
	}
	if r.ReadinessWhy != "" {
		f.IO.Notef("note: whether it counts for the change is not known: %s", r.ReadinessWhy)
	}
	for _, is := range r.Readiness {
		if is.Row == row {
			f.IO.Notef("the readiness of %s: %s %s: %s", cmp.Or(string(r.ID), dir), is.Row, is.State, is.Why)
		}
	}
	return nil
}
