package live

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/evidence/dump"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/evidence/reading"
	"github.com/fixline-dev/fixline/lab/record"
	"github.com/fixline-dev/fixline/lab/seed"
)

// A recording of the lab reads as the cluster does, and the program takes it; no Secret was asked for to make it.
func TestLabRecording(t *testing.T) {
	v := versions()[len(versions())-1]
	s := start(t, v)
	admin := s.as(s.Admin())
	scenario, err := seed.Find("half-way-worker-missed")
	if err != nil {
		t.Fatal(err)
	}
	if err := (seed.Lab{Config: admin, Other: "1.33.4", Progress: io.Discard}).Seed(t.Context(), scenario); err != nil {
		t.Fatal(err)
	}
	recorder, err := s.ClientCert("recorder", "system:masters")
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "recording")
	var said bytes.Buffer
	err = record.Write(t.Context(), out, record.Options{Config: s.as(recorder), Now: time.Now(), Origin: record.Origin{Scenarios: []string{scenario.Name}}, Progress: &said})
	if err != nil {
		t.Fatal(err)
	}
	if said.Len() > 0 {
		t.Errorf("something was not recorded: %s", &said)
	}

	live := reading.Cluster(read(t, admin, kube.Options{Version: "1.2.3"}), reading.Options{Name: "test"})
	folder, err := dump.Read(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(live, reading.Cluster(folder, reading.Options{Name: "test"}), sameVersions); diff != "" {
		t.Errorf("live and recording differ (-live +recording):\n%s", diff)
	}
	nodes, err := os.ReadFile(filepath.Join(out, "nodes.json"))
	if err != nil || !bytes.Contains(nodes, []byte(`"managedFields": [`)) || !bytes.Contains(nodes, []byte(`"manager": "fixline-lab"`)) {
		t.Errorf("the nodes have no managed fields, %v", err)
	}

	audit, err := os.ReadFile(s.AuditLog())
	if err != nil {
		t.Fatal(err)
	}
	requests := 0
	for line := range strings.Lines(string(audit)) {
		if !strings.Contains(line, `"username":"recorder"`) {
			continue
		}
		requests++
		if strings.Contains(line, `"resource":"secrets"`) || strings.Contains(line, `"k8s.io/deprecated":"true"`) {
			t.Errorf("the recording asked for %s", line)
		}
	}
	if requests < 40 {
		t.Errorf("the audit log has %d requests of the recording", requests)
	}

	program := filepath.Join(t.TempDir(), "fixline")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/fixline")
	build.Dir = filepath.Join("..", "..") // in the product's own module
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building fixline: %v\n%s", err, out)
	}
	text, err := exec.CommandContext(t.Context(), program, "assess", "--bundle", out, "--as-of", "2026-11-20", "--all").Output()
	if !strings.Contains(string(text), "1.33.4") {
		t.Errorf("assess does not see the kubelet of w2 (%v):\n%s", err, text)
	}
}
