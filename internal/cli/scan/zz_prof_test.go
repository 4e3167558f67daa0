package scan

import (
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/manifest"
	"github.com/fixline-dev/fixline/internal/report"
)

func TestZZProf(t *testing.T) {
	path := os.Getenv("ZZ")
	if path == "" {
		t.Skip()
	}
	f, _ := os.Create("/tmp/prof/cpu")
	pprof.StartCPUProfile(f)
	time.AfterFunc(20*time.Second, func() { pprof.StopCPUProfile(); f.Close(); os.Exit(3) })
	r, err := scanned(t, path, "--target", "1.36")
	_ = err
	t.Log(len(r.Findings))
	pprof.StopCPUProfile()
	f.Close()
	_ = manifest.Read
	_ = report.Text
	_ = io.Discard
	runtime.GC()
	m, _ := os.Create("/tmp/prof/mem")
	pprof.Lookup("allocs").WriteTo(m, 0)
	m.Close()
}
