package board

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
	"github.com/fixline-dev/fixline/internal/core/board"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/report"
)

// cluster is one API server and kubelets on w1, w2...
func cluster(server string, kubelets ...string) inventory.Cluster {
	c := inventory.Cluster{Name: "prod", Instances: []inventory.Instance{{Component: "kube-apiserver", Node: "cp1", Version: version.MustParse(server)}}}
	for i, v := range kubelets {
		c.Instances = append(c.Instances, inventory.Instance{Component: "kubelet", Node: fmt.Sprintf("w%d", i+1), Version: version.MustParse(v)})
	}
	return c
}

// watched plays looks, 5 seconds apart; a nil cluster is a server that does
// not answer. After the last one the run is interrupted.
func watched(t *testing.T, show func(io.Writer) display, looks ...*inventory.Cluster) (string, board.Board, error) {
	t.Helper()
	o := &Options{Factory: factory.New("fixline", terminal.Test(nil, io.Discard, io.Discard), func(string) string { return "" })}
	o.Policy.Value, o.Target = "upstream", "1.35.4"
	o.AsOf.Day = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	o.Factory.DataDir = t.TempDir()
	basis, _, err := o.basis()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n, now := 0, time.Date(2026, 11, 20, 10, 3, 0, 0, time.UTC)
	w := &watcher{
		look: func(context.Context) (inventory.Cluster, error) {
			n++
			if looks[n-1] == nil {
				return inventory.Cluster{}, errors.New("connection refused")
			}
			return *looks[n-1], nil
		},
		judge: func(c inventory.Cluster) board.Board { return o.board(basis, c) },
		wait: func(ctx context.Context) error {
			if n == len(looks) {
				cancel()
			}
			now = now.Add(5 * time.Second)
			return ctx.Err()
		},
		now:  func() time.Time { return now },
		show: show(&out),
	}
	b, err := w.run(ctx)
	return out.String(), b, err
}

func inLines(out io.Writer) display { return &lines{out: out} }

func is(c inventory.Cluster) *inventory.Cluster { return &c }

// TestWatchLines: into a pipe the board stands once, then what changed.
func TestWatchLines(t *testing.T) {
	partly := cluster("1.34.2")
	partly.Gaps = []inventory.Gap{{Check: "list nodes: kubelets", Reason: "connection refused", Required: true}}
	got, last, err := watched(t, inLines,
		is(cluster("1.34.2", "1.34.2", "1.34.2")), is(cluster("1.34.2", "1.34.2", "1.34.2")),
		is(cluster("1.34.2", "1.34.2", "1.35.4")), // somebody else
		nil, nil, &partly,
		is(cluster("1.35.4", "1.34.2", "1.35.4")))
	if err != nil {
		t.Fatal(err)
	}
	_, got, ok := strings.Cut(got, "legal  kubelet         w2    1.34.2   1.35.4\n")
	if !ok {
		t.Errorf("the board is not first: %s", got)
	}
	want := `10:03:10 kubelet on w2 moved 1.34.2 -> 1.35.4 since 10:03:05; illegal: stop; move kube-apiserver on cp1 from 1.34.2 to 1.35.4 next
10:03:15 the API server does not answer: connection refused
10:03:30 the API server answers again
10:03:30 kube-apiserver on cp1 moved 1.34.2 -> 1.35.4 since 10:03:10
10:03:30 kubelet on w2 is done now; it was illegal; legal; move kubelet on w1 from 1.34.2 to 1.35.4 next
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if code := codeOf(last, "blocker"); code != exit.OK {
		t.Errorf("it ends with %d", code)
	}
}

// TestWatchEndsWithTheLastBoard: an interrupted watch of an illegal board is a
// blocker, as the board itself is.
func TestWatchEndsWithTheLastBoard(t *testing.T) {
	_, last, err := watched(t, inLines, is(cluster("1.34.2", "1.34.2")), is(cluster("1.34.2", "1.36.0")))
	if err != nil || codeOf(last, "blocker") != exit.Findings {
		t.Errorf("%v, code %d", err, codeOf(last, "blocker"))
	}
	if _, _, err := watched(t, inLines, nil); err == nil || err.Error() != "connection refused" {
		t.Errorf("a first look that fails ends with %v", err)
	}
}

// TestWatchScreen: a terminal is drawn in place, and left as it was found.
func TestWatchScreen(t *testing.T) {
	onScreen := func(out io.Writer) display {
		return &screen{out: out, interval: 5 * time.Second, size: func() (int, int) { return 80, 14 }}
	}
	got, _, err := watched(t, onScreen, is(cluster("1.34.2", "1.34.2", "1.34.2")), is(cluster("1.34.2", "1.34.2", "1.35.4")), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, tail, ok := strings.Cut(got, leave)
	if !strings.HasPrefix(got, enter) || !ok || strings.Contains(tail, "\x1b") || !strings.HasPrefix(tail, "Fixline board of prod") {
		t.Errorf("the terminal is not left as it was found: %q", got)
	}
	frames := strings.Split(body, home)[1:]
	if len(frames) != 3 {
		t.Fatalf("%d frames, want 3", len(frames))
	}
	for i, want := range []string{"looked at 10:03:00, every 5s; Ctrl-C ends", "10:03:05 kubelet on w2 moved 1.34.2 -> 1.35.4 since 10:03:00; illegal: stop;",
		"has not answered since 10:03:10 (connection refused); last known"} {
		if !strings.Contains(frames[i], want) {
			t.Errorf("frame %d lacks %q: %s", i, want, frames[i])
		}
		if n := strings.Count(frames[i], "\n"); n > 13 {
			t.Errorf("frame %d has %d lines on a terminal of 14", i, n)
		}
	}
	if at := strings.Index(frames[1], "illegal  kubelet"); at < 0 || strings.Contains(frames[1][:at], "legal    kube-apiserver") {
		t.Errorf("what is illegal is not first where not all fits: %s", frames[1])
	}
	if !strings.Contains(frames[2], "more lines") {
		t.Errorf("what does not fit is not said: %s", frames[2])
	}
}

// TestWatchKeepsLittle: what a watch holds does not grow with the changes seen.
func TestWatchKeepsLittle(t *testing.T) {
	s := &screen{out: io.Discard, size: func() (int, int) { return 80, 24 }, opts: report.Options{}}
	for range 1000 {
		s.note(time.Time{}, strings.Repeat("x", 10_000))
	}
	if len(s.changes) != kept || cap(s.changes) > 2*kept+1 {
		t.Errorf("%d changes kept, room for %d", len(s.changes), cap(s.changes))
	}
	looks := func(n int) []*inventory.Cluster {
		var out []*inventory.Cluster
		even, odd := cluster("1.35.4", "1.34.2"), cluster("1.35.4", "1.35.4")
		for i := range n {
			out = append(out, []*inventory.Cluster{&even, &odd}[i%2])
		}
		return out
	}
	var before, after runtime.MemStats
	watchedQuietly := func(n int) {
		if _, _, err := watched(t, func(io.Writer) display { return &lines{out: io.Discard} }, looks(n)...); err != nil {
			t.Fatal(err)
		}
	}
	watchedQuietly(10)
	runtime.GC()
	runtime.ReadMemStats(&before)
	watchedQuietly(3000)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if after.HeapAlloc > before.HeapAlloc+8<<20 {
		t.Errorf("3000 looks left %d bytes behind", after.HeapAlloc-before.HeapAlloc)
	}
}

// TestWatchSaysThatAnAnswerIsLate: a server that neither answers nor refuses is
// said to be silent while it is waited for.
func TestWatchSaysThatAnAnswerIsLate(t *testing.T) {
	var out bytes.Buffer
	release, signal := make(chan struct{}), make(chan time.Time, 1)
	n := 0
	w := &watcher{
		look: func(ctx context.Context) (inventory.Cluster, error) {
			if n++; n == 2 {
				signal <- time.Time{}
				<-release
			}
			return cluster("1.34.2"), nil
		},
		judge: func(c inventory.Cluster) board.Board { return board.Compute(board.Input{Cluster: c}) },
		wait: func(context.Context) error {
			if n == 2 {
				return context.Canceled
			}
			return nil
		},
		now:  func() time.Time { return time.Date(2026, 11, 20, 10, 3, 0, 0, time.UTC) },
		late: func(time.Duration) <-chan time.Time { return signal },
	}
	w.show = &told{display: inLines(&out), called: func() { close(release) }}
	if _, err := w.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	want := "10:03:00 the API server does not answer: no answer yet\n10:03:00 the API server answers again\n"
	if !strings.HasSuffix(out.String(), want) {
		t.Errorf("%q does not end with %q", out.String(), want)
	}
}

// told calls back once it was said that the server is away.
type told struct {
	display
	called func()
}

func (d *told) away(b board.Board, since time.Time, why string, again bool) error {
	defer d.called()
	return d.display.away(b, since, why, again)
}

func TestPause(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := pause(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := pause(context.Background(), 0); err != nil {
		t.Error(err)
	}
}
