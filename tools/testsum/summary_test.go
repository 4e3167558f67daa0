package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// module writes a small module, so that a change of go test's own stream is noticed here.
func module(t *testing.T, test string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":          "module example.test\n\ngo 1.26.0\n",
		"a/a_test.go":     "package a\n\nimport \"testing\"\n\n" + test,
		"none/nothing.go": "package none\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestSummary(t *testing.T) {
	for _, tt := range []struct {
		name, test string
		pass       bool
		want       []string
		hidden     string
	}{
		{
			name:   "passes",
			test:   "func TestA(t *testing.T) { t.Log(\"noise\"); t.Run(\"sub\", func(t *testing.T) {}) }",
			pass:   true,
			want:   []string{"ok  \texample.test/a\t", "2 tests in 1 packages in 1s: 2 passed, 0 failed, 0 skipped\n"},
			hidden: "noise",
		},
		{
			name: "fails",
			test: "func TestA(t *testing.T) {}\nfunc TestB(t *testing.T) { t.Error(\"it broke\") }",
			want: []string{"it broke", "--- FAIL: TestB", "FAIL\texample.test/a", "failed: example.test/a TestB\n", ": 1 passed, 1 failed, 0 skipped\n"},
		},
		{
			name: "panics",
			test: "func TestA(t *testing.T) { panic(\"oh\") }",
			want: []string{"panic: oh", "failed: example.test/a TestA\n"},
		},
		{
			name: "does not build",
			test: "func TestA(t *testing.T) { missing() }",
			want: []string{"undefined: missing", "failed: example.test/a\n", "0 tests"},
		},
		{
			name: "skips and says why",
			test: "func TestA(t *testing.T) { t.Skip(\"needs a floppy disk\") }\nfunc TestB(t *testing.T) {}",
			pass: true,
			want: []string{"skipped: example.test/a TestA: needs a floppy disk\n", ": 1 passed, 0 failed, 1 skipped\n"},
		},
		{
			name: "skips in silence",
			test: "func TestA(t *testing.T) { t.SkipNow() }",
			want: []string{"skipped: example.test/a TestA: NO REASON GIVEN\n", "error: 1 tests were skipped without a reason\n"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("GOWORK", "off")
			var out strings.Builder
			s := summary{out: &out}
			err := s.run(module(t, tt.test), []string{"./..."})
			pass := s.print(&out, time.Second)
			if pass != tt.pass || (err == nil) != (len(s.failed) == 0) {
				t.Errorf("pass %t, error %v; want pass %t. Output:\n%s", pass, err, tt.pass, &out)
			}
			for _, want := range tt.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("the output misses %q:\n%s", want, &out)
				}
			}
			if tt.hidden != "" && strings.Contains(out.String(), tt.hidden) {
				t.Errorf("the output holds %q:\n%s", tt.hidden, &out)
			}
		})
	}
}

func TestReasonIsTheLastThingSaid(t *testing.T) {
	got := reason([]string{"=== RUN   TestA\n", "    a_test.go:3: first\n", "    a_test.go:4: because\n", "--- SKIP: TestA (0.00s)\n"})
	if got != "because" {
		t.Errorf("reason = %q", got)
	}
}
