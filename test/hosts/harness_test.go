package hosts

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/lab/cluster"
	"github.com/fixline-dev/fixline/lab/labtest"
)

// world is a lab and the program that looks at it.
type world struct {
	*labtest.Lab
	// program is the path of fixline.
	program string
}

// up makes a lab, or skips the test where there can be none, and builds the program. A process number is added to the
// name. The lab is removed when the test ends; w.Down does so earlier and fails the test for what stays.
func up(t *testing.T, spec cluster.Spec) world {
	t.Helper()
	w := world{Lab: labtest.Up(t, spec), program: filepath.Join(t.TempDir(), "fixline")}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", w.program, "./cmd/fixline")
	build.Dir = filepath.Join("..", "..") // in the product's own module
	// As `make build` does: it may be copied to a host.
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building fixline: %v\n%s", err, out)
	}
	return w
}

// fixline runs the program against the live lab, as its administrator, and returns what it prints and its exit code.
func (w world) fixline(t *testing.T, args ...string) (stdout string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), w.program, append(args, "--kubeconfig", w.Folder.Kubeconfig())...)
	// What a user has set is not asked: no configuration, no imported data, no FIXLINE_ twin of a flag.
	home := t.TempDir()
	cmd.Dir, cmd.Env = home, []string{"HOME=" + home}
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	t.Logf("fixline %s: exit code %d\n%s", strings.Join(args, " "), cmd.ProcessState.ExitCode(), &said)
	return out.String(), cmd.ProcessState.ExitCode()
}

// assess runs fixline assess -o json with more flags, wants this exit code, and returns the lab's result and the whole.
func (w world) assess(t *testing.T, wantCode int, args ...string) (assess.ClusterResult, assess.Result) {
	t.Helper()
	out, code := w.fixline(t, append([]string{"assess", "-o", "json"}, args...)...)
	if code != wantCode {
		t.Errorf("fixline assess %s: exit code %d, want %d:\n%s", strings.Join(args, " "), code, wantCode, out)
	}
	var r assess.Result
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("reading what fixline assess printed: %v\n%s", err, out)
	}
	if len(r.Clusters) != 1 {
		t.Fatalf("fixline assess found %d clusters, want the lab alone", len(r.Clusters))
	}
	return r.Clusters[0], r
}

// instances are a result's components with their versions, as COMPONENT/NODE VERSION, for those named.
func instances(c assess.ClusterResult, components ...string) []string {
	var all []string
	for _, want := range components {
		for _, i := range c.Instances {
			if i.Component == want {
				all = append(all, i.Component+"/"+or(i.Node)+" "+or(i.Version))
			}
		}
	}
	return all
}

// or is the text, and a dash where there is none.
func or(text *string) string {
	if text == nil {
		return "-"
	}
	return *text
}
