package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/remote"
)

// Collect looks at one host and writes hosts/NODE/* to sink: a file or a note
// for each probe, and where that is not to be had a note for the host. Its
// error is that of the sink, or of ctx; why a host gave nothing is Looked.Err.
func Collect(ctx context.Context, r remote.Runner, sink evidence.Sink, opts Options) (Looked, error) {
	return collect(ctx, r, sink, opts, r.Name(), func(string) error { return nil })
}

// collect is Collect of a host that the user called by a name; claim refuses a
// node that another host has been taken for.
func collect(ctx context.Context, r remote.Runner, sink evidence.Sink, opts Options, called string, claim func(node string) error) (Looked, error) {
	l := look{r: r, sink: sink, opts: opts, result: Looked{Host: r.Name(), Node: opts.Node}}
	asking := ctx
	if opts.Timeout > 0 {
		var cancel context.CancelFunc
		asking, cancel = context.WithTimeoutCause(ctx, opts.Timeout, fmt.Errorf("no answer within %s", opts.Timeout))
		defer cancel()
	}
	all, err := l.ask(asking)
	if ctx.Err() != nil {
		return l.result, context.Cause(ctx)
	}
	if len(all) == 0 {
		return l.none(err), nil
	}
	files, failed := l.parse(all)
	is, unclear := nodeName(opts, []string{r.Name(), called}, l.found)
	if unclear != nil {
		return l.none(fmt.Errorf("on %s: %w", r.Name(), unclear)), nil
	}
	dir, ok := folder(is.name)
	if !ok {
		return l.none(fmt.Errorf("on %s: %q cannot be the name of a node", r.Name(), is.name)), nil
	}
	if err := claim(is.name); err != nil {
		return l.none(err), nil // under its own name: the node's folder is another host's
	}
	l.result.Node, l.result.IsNode = is.name, is.isNode
	if is.certain {
		l.result.KubeletServing = l.found.serving
	}
	return l.result, l.write(dir, files, failed, err)
}

// look is one look at one host.
type look struct {
	r      remote.Runner
	sink   evidence.Sink
	opts   Options
	found  found
	clock  *evidence.HostClock
	by     string
	noRoot error
	at     string
	result Looked
}

// ask runs the clock and the probes: two round trips, and a third where root
// is not to be had. The answers are what came, whatever the error.
func (l *look) ask(ctx context.Context) (map[string]answer, error) {
	if err := l.time(ctx); err != nil {
		if _, ok := errors.AsType[*remote.ExitError](err); !ok {
			return nil, err
		}
	}
	text, mark := script(Probes())
	l.at, l.by = l.opts.Now().UTC().Format(time.RFC3339), "root"
	result, err := l.r.Run(ctx, remote.Command{Script: text, Root: true})
	if _, refused := errors.AsType[*remote.SudoError](err); refused {
		l.noRoot, l.by = err, l.r.User()
		result, err = l.r.Run(ctx, remote.Command{Script: text})
	}
	return answers(result.Stdout, mark), err
}

// time compares clocks: the host's, taken to be of the middle of the round trip.
func (l *look) time(ctx context.Context) error {
	before := l.opts.Now()
	result, err := l.r.Run(ctx, remote.Command{Script: "date -u +%s.%N"})
	trip := l.opts.Now().Sub(before)
	if err != nil {
		return err
	}
	at, grain, ok := hostTime(string(result.Stdout))
	if !ok {
		return nil // write notes that there is no clock
	}
	offset := at.Sub(before.Add(trip / 2))
	l.clock = &evidence.HostClock{OffsetMS: offset.Milliseconds(), RoundTripMS: (trip + grain).Milliseconds()}
	return nil
}

// hostTime reads seconds and nanoseconds since 1970. A date(1) that knows no
// nanoseconds leaves %N or nothing after the point: then it is half a second
// after, and grain a second.
func hostTime(text string) (at time.Time, grain time.Duration, ok bool) {
	whole, part, _ := strings.Cut(strings.TrimSpace(text), ".")
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, 0, false
	}
	nanos, err := strconv.ParseInt(part, 10, 64)
	if err != nil {
		nanos, grain = int64(500*time.Millisecond), time.Second
	}
	return time.Unix(sec, nanos), grain, true
}

// parse turns answers into files; failed holds the probes that gave none, or
// not all, by name.
func (l *look) parse(all map[string]answer) (files map[string][]file, failed map[string]evidence.Access) {
	files, failed = map[string][]file{}, map[string]evidence.Access{}
	for _, p := range Probes() {
		a := all[p.Name]
		access, usable := state(p, a)
		if p.Root && l.noRoot != nil && access.State == evidence.Failed {
			access.Reason += "; " + said(l.noRoot, l.r.Name())
		}
		if access.State != evidence.Read {
			failed[p.Name] = access
		}
		if !usable {
			continue
		}
		got, err := parsers()[p.Name](&l.found, a.out)
		if err != nil {
			if access.State == evidence.Read {
				failed[p.Name] = evidence.Access{State: evidence.Failed, Reason: remote.OneLine(p.From+": "+err.Error(), 300)}
			}
		}
		files[p.Name] = got
	}
	return files, failed
}

// state is what became of a probe, and whether what it printed is of use: also
// a part of it is, where the rest could not be read.
func state(p Probe, a answer) (access evidence.Access, usable bool) {
	switch {
	case !a.begun:
		return evidence.Access{State: evidence.Failed, Reason: "the host was not asked: its time was over, or it was lost"}, false
	case !a.whole:
		return evidence.Access{State: evidence.Failed, Reason: "the answer was cut off: the host's time was over, or it was lost"}, false
	case a.status == 0:
		return evidence.Access{State: evidence.Read}, true
	case a.status == absent:
		return evidence.Access{State: evidence.Absent, Reason: a.said}, false
	case a.status == 124 || a.status == 137: // of timeout(1)
		return evidence.Access{State: evidence.Failed, Reason: fmt.Sprintf("it took more than %d seconds", p.Seconds)}, len(a.out) > 0
	}
	reason := fmt.Sprintf("it ended with status %d", a.status)
	if a.said != "" {
		reason = a.said
	}
	return evidence.Access{State: evidence.Failed, Reason: reason}, len(strings.TrimSpace(string(a.out))) > 0
}

// write gives sink every file, and a note for each: what is there, and what is not.
func (l *look) write(dir string, files map[string][]file, failed map[string]evidence.Access, lost error) error {
	for _, p := range Probes() {
		written := map[string]bool{}
		for _, f := range files[p.Name] {
			if err := l.put(dir, p.From, f); err != nil {
				return err
			}
			written[f.name] = true
		}
		access, bad := failed[p.Name]
		for _, name := range p.Files {
			switch {
			case bad && (written[name] || !anyOf(p.Files, written)):
				if lost != nil && access.State == evidence.Failed && !written[name] {
					access.Reason = remote.OneLine(access.Reason+": "+said(lost, l.r.Name()), 400)
				}
				l.note(dir+"/"+name, access)
			case written[name]:
				l.note(dir+"/"+name, evidence.Access{State: evidence.Read})
			case !bad && !anyOf(p.Files, written):
				l.note(dir+"/"+name, evidence.Access{State: evidence.Absent, Reason: "the host has none"})
			}
		}
	}
	if l.clock == nil {
		l.note(dir+"/clock.json", evidence.Access{State: evidence.Failed, Reason: "date -u +%s.%N printed no time"})
		return nil
	}
	l.clock.Synchronized = l.found.synchronized
	l.result.Clock = &evidence.Clock{Of: dir, At: l.at, Ahead: float64(l.clock.OffsetMS) / 1000, Within: float64(l.clock.RoundTripMS) / 2000}
	clock, err := document("clock.json", l.clock, 0)
	if err != nil {
		return err
	}
	l.note(dir+"/clock.json", evidence.Access{State: evidence.Read})
	return l.put(dir, "date -u", clock[0])
}

func anyOf(names []string, written map[string]bool) bool {
	for _, n := range names {
		if written[n] {
			return true
		}
	}
	return false
}

func (l *look) put(dir, from string, f file) error {
	l.result.Files++
	return l.sink.File(dir+"/"+f.name, evidence.Origin{From: l.r.Name() + ": " + from, By: l.by, At: l.at}, func(w io.Writer) (int, error) {
		_, err := w.Write(f.data)
		return f.items, err
	})
}

func (l *look) note(asked string, access evidence.Access) {
	if access.State != evidence.Read {
		l.result.Gaps++
	}
	l.sink.Note(evidence.Check{Asked: asked, State: access.State, Reason: access.Reason})
}

// none is a host that gave nothing.
func (l *look) none(err error) Looked {
	if err == nil {
		err = fmt.Errorf("on %s: the probes printed nothing", l.r.Name())
	}
	l.result.Err = err
	Lost(l.sink, l.result.Host, l.result.Node, err)
	l.result.Gaps++
	return l.result
}

// Lost notes a host that could not be looked at: under its node where that is
// known, else under what it is called.
func Lost(sink evidence.Sink, host, node string, err error) {
	name := node
	if name == "" {
		name = host
	}
	reason := said(err, host)
	var hint interface{ Hint() string }
	if errors.As(err, &hint) {
		reason += "; " + hint.Hint()
	}
	sink.Note(evidence.Check{Asked: "hosts/" + name, State: evidence.Failed, Reason: remote.OneLine(reason, 1000)})
}
