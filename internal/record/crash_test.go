package record

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/record/journal"
)

// asChild makes this test binary write a record until it is killed.
const asChild = "RECORD_TEST_WRITE"

func TestMain(m *testing.M) {
	dir := os.Getenv(asChild)
	if dir == "" {
		os.Exit(m.Run())
	}
	r, err := Open(dir, options())
	if err != nil {
		panic(err)
	}
	fmt.Println("open")
	for n := 0; ; n++ {
		if _, err := r.AddEvidence(fmt.Sprintf("log-%d.txt", len(r.Entries())), strings.NewReader(strings.Repeat("x", n))); err != nil {
			panic(err)
		}
		if _, err := r.Append(journal.Note, map[string]string{"text": strings.Repeat("y", n)}); err != nil {
			panic(err)
		}
	}
}

// child starts a run that writes the record.
func child(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asChild+"="+dir)
	cmd.Stderr = os.Stderr
	says, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if line, err := bufio.NewReader(says).ReadString('\n'); line != "open\n" {
		t.Fatalf("%q, %v", line, err)
	}
	return cmd
}

// TestKilled: a run that is killed, wherever it was, leaves a record that the
// next one mends; while it lives nobody else writes, and its name is said.
func TestKilled(t *testing.T) {
	r, dir := planned(t)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	for round := range 8 {
		cmd := child(t, dir)
		_, err := Open(dir, options())
		locked, ok := errors.AsType[*LockedError](err)
		if !ok || locked.Holder.PID != cmd.Process.Pid || !strings.Contains(err.Error(), fmt.Sprintf("process %d on host", cmd.Process.Pid)) {
			t.Fatalf("%v: want the process that has it open", err)
		}
		if v := verify(t, dir); len(v.Mismatches) > 0 {
			t.Errorf("while it is being written: %s", v.Summary)
		}
		grown(t, dir, int64(700*round+97))
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if v := verify(t, dir); len(v.Mismatches) > 0 || !strings.Contains(parts(v), "closed") {
			t.Errorf("killed: %s", v.Summary)
		}
		again := must[*Record](t)(Open(dir, options()))
		if len(again.Said()) == 0 || !strings.Contains(again.Said()[0], "ended without closing the record") {
			t.Errorf("said %q", again.Said())
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
		if v := verify(t, dir); len(v.Mismatches) > 0 || strings.Contains(parts(v), "closed") {
			t.Errorf("mended: %s, missing %s", v.Summary, parts(v))
		}
	}
}

// grown waits until the journal is larger than it was.
func grown(t *testing.T, dir string, by int64) {
	t.Helper()
	size := func() int64 {
		return must[os.FileInfo](t)(os.Stat(filepath.Join(dir, JournalFile))).Size()
	}
	for before := size(); size() < before+by; {
		runtime.Gosched()
	}
}

// TestTornAtEveryByte: the last entry cut anywhere, its line feed included, is
// moved aside, said and noted; the entries before it stay as they were.
func TestTornAtEveryByte(t *testing.T) {
	r, dir := planned(t)
	must[journal.Entry](t)(r.Append(journal.Note, map[string]string{"text": "the last"}))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, JournalFile)
	text := must[[]byte](t)(os.ReadFile(path))
	start := bytes.LastIndexByte(text[:len(text)-1], '\n') + 1
	for cut := start + 1; cut < len(text); cut++ {
		copied := filepath.Join(t.TempDir(), "c")
		if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(copied, JournalFile), text[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		if v := verify(t, copied); v.State != Incomplete || !strings.Contains(parts(v), "journal/last-line") {
			t.Fatalf("cut at %d: %s", cut, v.Summary)
		}
		r := must[*Record](t)(Open(copied, options()))
		if len(r.Said()) != 1 || !strings.Contains(r.Said()[0], fmt.Sprintf("its %d bytes are in journal.torn-1", cut-start)) {
			t.Fatalf("cut at %d: said %q", cut, r.Said())
		}
		must[journal.Entry](t)(r.Append(journal.Note, map[string]string{"text": "goes on"}))
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		got := must[[]byte](t)(os.ReadFile(filepath.Join(copied, JournalFile)))
		aside := must[[]byte](t)(os.ReadFile(filepath.Join(copied, "journal.torn-1")))
		if !bytes.HasPrefix(got, text[:start]) || !bytes.Equal(aside, text[start:cut]) || !bytes.Contains(got[start:], []byte(`"kind":"recovered"`)) {
			t.Fatalf("cut at %d: %q and %q", cut, got[start:], aside)
		}
		if v := verify(t, copied); len(v.Mismatches) > 0 || strings.Contains(parts(v), "journal") {
			t.Fatalf("cut at %d: %s %s", cut, v.Summary, parts(v))
		}
	}
}

// TestMendingIsCutOff: what mends can be killed too, after each of its steps.
func TestMendingIsCutOff(t *testing.T) {
	for name, left := range map[string]func(dir string, text []byte){
		"torn copied, not cut": func(dir string, _ []byte) { write(t, dir, "journal.torn-1", `{"data"`) },
		"torn cut, not noted": func(dir string, text []byte) {
			write(t, dir, "journal.torn-1", `{"data"`)
			write(t, dir, JournalFile, string(text))
		},
		"an older torn in place": func(dir string, _ []byte) { write(t, dir, "journal.torn-1", "older") },
	} {
		r, dir := planned(t)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		text := must[[]byte](t)(os.ReadFile(filepath.Join(dir, JournalFile)))
		write(t, dir, JournalFile, string(text)+`{"data"`)
		left(dir, text)
		open(t, dir)
		if v := verify(t, dir); len(v.Mismatches) > 0 {
			t.Errorf("%s: %s", name, v.Summary)
		}
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestPending: between its entry and its place a file is not lost, and what no
// entry notes is no part of the record.
func TestPending(t *testing.T) {
	r, dir := planned(t)
	e := must[journal.Entry](t)(r.AddEvidence("a.txt", strings.NewReader("hello")))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	sum := r.notes["evidence/a.txt"].SHA256
	if err := os.Rename(filepath.Join(dir, "evidence/a.txt"), filepath.Join(dir, pending+sum)); err != nil {
		t.Fatal(err)
	}
	write(t, dir, pending+"new", "half")
	write(t, dir, pending+strings.Repeat("0", 64), "nobody's")
	if v := verify(t, dir); len(v.Mismatches) > 0 || !strings.Contains(parts(v), "closed closed closed") {
		t.Errorf("%s: %s", v.Summary, parts(v))
	}
	r = open(t, dir)
	if len(r.Said()) != 3 || !strings.Contains(strings.Join(r.Said(), "\n"), "put evidence/a.txt in place") {
		t.Errorf("said %q", r.Said())
	}
	if v := verify(t, dir); len(v.Mismatches) > 0 || len(r.Entries()) != e.Seq {
		t.Errorf("%s", v.Summary)
	}
}

// TestFailedWrite: an entry that could not be written is taken back, and
// nothing is written after it.
func TestFailedWrite(t *testing.T) {
	r, dir := planned(t)
	before := must[[]byte](t)(os.ReadFile(filepath.Join(dir, JournalFile)))
	if _, err := r.AddEvidence("bad.txt", failing{}); err == nil || !strings.Contains(err.Error(), "no more of it") {
		t.Errorf("%v", err)
	}
	must[journal.Entry](t)(r.AddEvidence("good.txt", strings.NewReader("x")))
	write(t, dir, JournalFile, string(before))
	if _, err := r.Append(journal.Note, struct{}{}); err == nil || !strings.Contains(err.Error(), "something else wrote to it") {
		t.Errorf("%v", err)
	}
	if _, err := r.AddEvidence("later.txt", strings.NewReader("x")); err == nil {
		t.Error("written on top of what something else wrote")
	}
}

type failing struct{}

func (failing) Read(p []byte) (int, error) { return copy(p, "some"), errors.New("no more of it") }

var _ io.Reader = failing{}
