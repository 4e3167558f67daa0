package pack

import (
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// BenchmarkFlat writes a list of a gigabyte into a packed bundle and reads it
// back, and reports how large the heap has been by the end of each.
func BenchmarkFlat(b *testing.B) {
	type object struct{ Name, Filler string }
	filler := fmt.Sprintf("%0900d", 7)
	for b.Loop() {
		out := filepath.Join(b.TempDir(), "b.tar.zst")
		w, err := Create(out, Options{})
		if err != nil {
			b.Fatal(err)
		}
		err = w.File("pods.json", evidence.Origin{}, func(to io.Writer) (int, error) {
			list := evidence.NewListWriter(to, "v1", "Pod")
			for i := range 1_100_000 {
				if err := list.Add(object{fmt.Sprint("pod-", i), filler}); err != nil {
					return 0, err
				}
			}
			return list.Close()
		})
		if err != nil {
			b.Fatal(err)
		}
		done, err := w.Commit(about())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(inUse(), "MB-written")
		r, err := Open(out)
		if err != nil {
			b.Fatal(err)
		}
		if err := r.Each(b.Context(), func(_ evidence.File, in io.Reader) error { _, err := io.Copy(io.Discard, in); return err }); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(inUse(), "MB-read")
		b.SetBytes(done.Bytes)
	}
}

// inUse is what the heap took from the system so far, in MB: its peak.
func inUse() float64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapSys) / 1e6
}
