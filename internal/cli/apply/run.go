package apply

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/apply/client"
	"github.com/fixline-dev/fixline/internal/apply/host"
	"github.com/fixline-dev/fixline/internal/apply/lock"
	"github.com/fixline-dev/fixline/internal/cli/agree"
	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/record/keys"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/record"
	"github.com/fixline-dev/fixline/internal/report"
)

// run does what the options say and ends with the code of the contract.
func (o *Options) run(ctx context.Context) error {
	c, err := o.change()
	if err != nil {
		return err
	}
	switch {
	case o.DryRun:
		v := o.preview(c)
		return o.Output.Data(o.Factory, v, v.text)
	case o.TakeAsDone != "" || o.DoAgain != "":
		return o.decide(c)
	}
	if err := o.ready(c); err != nil {
		return err
	}
	if err := o.ask(c); err != nil {
		return err
	}
	r, err := record.Open(o.Dir, record.Options{Now: o.Factory.Now, Program: "fixline " + build.Version()})
	if err != nil {
		return keys.Ended(err)
	}
	for _, said := range r.Said() {
		o.Factory.IO.Notef("note: %s", said)
	}
	err = o.carry(ctx, c, r)
	if closed := r.Close(); err == nil {
		err = closed
	}
	return err
}

// ask wants a yes to the plan, once: a plan that was begun was agreed to, and
// another plan has another hash.
func (o *Options) ask(c *change) error {
	if o.Yes == "" && startOf(c.record.Entries(), c.plan.Hash) != nil {
		return nil
	}
	return agree.To(o.Factory, o.Yes, c.plan.Hash, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "This takes cluster %s from %s to %s, %s; --dry-run shows every command.\nPlan %s",
			report.Visible(c.plan.Cluster), report.Visible(c.plan.From), report.Visible(c.plan.Target), noun(len(c.plan.Steps), "step"), c.plan.Hash)
		return err
	})
}

// carry carries the plan out, with the record open. The first Ctrl-C is a wish to
// stop: what is in flight ends in order.
func (o *Options) carry(stop context.Context, c *change, r *record.Record) error {
	ctx := context.WithoutCancel(stop)
	began := o.Factory.Now()
	api, err := o.api()
	if err != nil {
		return err
	}
	if c.begun {
		if err := o.await(ctx, stop.Done(), api.Ready, 2*time.Second); err != nil {
			return err
		}
	}
	w, err := o.wire(ctx, c, r, api)
	if err != nil {
		return ending(err)
	}
	defer w.close()
	held, err := lock.Acquire(ctx, api, lock.Holder{Record: identity(c), Plan: c.plan.Hash, Host: hostname(), Run: rand.Text()}, o.TakeOver, o.Factory.Now)
	if err != nil {
		return ending(err)
	}
	if held.Former != nil && held.Former.Record != identity(c) {
		o.Factory.IO.Notef("note: the lock was taken over from the record %s", held.Former.Record)
	}
	out, err := o.within(ctx, stop, c, r, w, held)
	if err != nil && out.Ending == apply.Finished { // the change is whole, and something of the run was left
		return errors.Join(ending(err), o.tell(c, out, began))
	}
	if err != nil {
		return ending(err)
	}
	return o.tell(c, out, began)
}

// within holds everything around the run of the engine.
func (o *Options) within(ctx, stop context.Context, c *change, r *record.Record, w *wired, held *lock.Lock) (out apply.Outcome, err error) {
	// A change that was begun and is not finished keeps the cluster: nobody else
	// begins another meanwhile.
	release := !c.begun || held.Former == nil
	defer func() {
		if release {
			err = errors.Join(err, held.Release(ctx))
		}
	}()
	noWayBack, err := o.preflight(ctx, c, w)
	if err != nil {
		return out, err
	}
	if err := o.begin(ctx, c, r, w, noWayBack); err != nil {
		return out, early(c, err)
	}
	if err := w.hold(ctx, o, c, r); err != nil {
		return out, early(c, errors.Join(err, w.release(ctx, c, r)))
	}
	w.engine.Triggers = renewing{w.triggers, held}
	w.engine.Tell = o.follow(o.Factory.Now(), len(c.plan.Steps))
	out, err = w.engine.Run(ctx, stop.Done())
	o.Factory.Progress.Done()
	release = out.Ending == apply.Finished || out.Ending == apply.Blocked && !c.begun
	step := ""
	if out.Step != nil {
		step = out.Step.ID
	}
	over := Over{c.plan.Hash, string(out.Ending), step, out.Why, out.Done, len(c.plan.Steps)}
	_, noted := r.Append(runEnded, over)
	left := w.release(ctx, c, r)
	if left != nil && out.Ending != apply.Finished { // the next run does it: a host that is away ends none otherwise
		o.Factory.IO.Notef("note: what installs packages by itself still stands still: %v", left)
		left = nil
	}
	return out, errors.Join(err, left, noted)
}

// early gives an error before the first step of a run its code: one that goes on
// with a change has stopped as safely as it stood.
func early(c *change, err error) error {
	if _, coded := errors.AsType[*exit.Error](err); coded || !c.begun {
		return err
	}
	return &exit.Error{Code: exit.Stopped, Err: err}
}

// preflight asks the hosts for their packages, before the first change.
func (o *Options) preflight(ctx context.Context, c *change, w *wired) (noWayBack []string, err error) {
	if c.begun {
		return nil, nil
	}
	o.Factory.Progress.Step("asking the hosts for their packages")
	defer o.Factory.Progress.Done()
	found, err := w.host.Preflight(ctx, c.plan)
	if err != nil {
		return nil, &exit.Error{Code: exit.Findings, Err: fmt.Errorf("asking the hosts for their packages, before anything is changed: %w", err)}
	}
	var blocks []string
	for _, p := range found {
		if p.Blocks {
			blocks = append(blocks, "  "+p.Says)
			continue
		}
		noWayBack = append(noWayBack, p.Says)
		o.Factory.IO.Notef("note: %s", p.Says)
	}
	if len(blocks) > 0 {
		return nil, &exit.Error{Code: exit.Findings, Err: fmt.Errorf("packages of the plan cannot be had, so nothing was done:\n%s", strings.Join(blocks, "\n")), Hint: "mend the repositories, then the same command again"}
	}
	return noWayBack, nil
}

// begin writes down that a run begins, and the first one how the cluster stands.
func (o *Options) begin(ctx context.Context, c *change, r *record.Record, w *wired, noWayBack []string) error {
	b := Began{Plan: c.plan.Hash, By: account() + "@" + hostname(), Yes: "asked", Way: w.way, Note: o.OutsideWindow, NoWayBack: list(noWayBack)}
	if o.Yes != "" {
		b.Yes = "hash"
	}
	start, err := w.cluster.Start(ctx)
	if err != nil {
		return err
	}
	if startOf(c.record.Entries(), c.plan.Hash) == nil {
		b.Start = &start
	}
	now, err := w.cluster.Nodes(ctx)
	if err != nil {
		return err
	}
	if err := sameCluster(c, start.Nodes, now); err != nil {
		return err
	}
	_, err = r.Append(runBegan, b)
	return err
}

// sameCluster: every node of the plan is there, and of a change under way one at
// least that was there when it began, by its UID: names are the same in many a
// cluster. Another cluster by the same name is not upgraded.
func sameCluster(c *change, was, nodes map[string]string) error {
	if c.begun {
		for name, uid := range was {
			if nodes[name] == uid {
				return nil // what became of the others the steps see
			}
		}
		if len(was) > 0 {
			return exit.WithHint(&exit.Error{Code: exit.Findings, Err: errors.New("the cluster of the kubeconfig is not the one the change was begun on: none of its nodes was there then")}, "name the cluster with --context")
		}
		return nil
	}
	var missing []string
	for i := range c.plan.Steps {
		s := &c.plan.Steps[i]
		if s.Kind != plan.Drain && s.Kind != plan.KubeletPackage && s.Kind != plan.KubeadmApply && s.Kind != plan.KubeadmNode {
			continue
		}
		if _, there := nodes[s.Node]; !there && !slices.Contains(missing, s.Node) {
			missing = append(missing, s.Node)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return exit.WithHint(&exit.Error{Code: exit.Findings, Err: fmt.Errorf("the cluster of the kubeconfig has no node %s: it is another one, or has changed since the plan was made", strings.Join(missing, ", "))},
		"name the cluster with --context, or plan anew")
}

// tell says how it ended.
func (o *Options) tell(c *change, out apply.Outcome, began time.Time) error {
	res := Result{APIVersion: "fixline.dev/v1alpha1", Kind: "ApplyResult", Record: o.Dir, Cluster: c.plan.Cluster, Target: c.plan.Target, Ending: string(out.Ending),
		Why: out.Why, Done: out.Done, Steps: len(c.plan.Steps), Seconds: o.Factory.Now().Sub(began).Round(time.Second).Seconds()}
	if out.Step != nil {
		res.Step = &out.Step.ID
	}
	code := exit.OK
	switch out.Ending {
	case apply.Finished:
		res.Next = fmt.Sprintf("fixline assess shows what is still affected; fixline record verify %s what is missing in the record", o.Dir)
	case apply.Reached:
		res.Next = fmt.Sprintf("fixline apply %s goes on", o.Dir)
	case apply.Blocked:
		code, res.Next = exit.Findings, "mend what is named, then the same command again; nothing was changed"
	case apply.Stopped:
		code, res.Next = exit.Stopped, fmt.Sprintf("mend what is named, if anything, then the same command again: fixline apply %s", o.Dir)
	case apply.Person:
		code = exit.Decide
		res.Next = "look at what is named"
		if res.Step != nil {
			res.Next += fmt.Sprintf("; then fixline apply %s --done %s, or --again %s, with --by and --why", o.Dir, *res.Step, *res.Step)
		}
	}
	if err := o.Output.Data(o.Factory, res, func(w io.Writer) error { return res.text(w) }); err != nil {
		return err
	}
	return exit.Result(code)
}

// ending gives errors their codes.
func ending(err error) error {
	var held *lock.HeldError
	var lost *lock.LostError
	var unknown *host.CommandError
	var interrupted *apply.InterruptedError
	var coded *exit.Error
	switch {
	case errors.As(err, &coded):
		return err
	case errors.As(err, &held), errors.As(err, &lost):
		return &exit.Error{Code: exit.Decide, Err: err}
	case errors.As(err, &unknown):
		return exit.WithHint(&exit.Error{Code: exit.Usage, Err: err}, "%s", unknown.Hint())
	case errors.As(err, &interrupted):
		return &exit.Error{Code: exit.Interrupted, Err: err}
	}
	return err
}

// identity tells a record from every other: two of the same cluster, target and
// day have the same id, and not the same first entry.
func identity(c *change) string {
	id := string(c.record.ID)
	if entries := c.record.Entries(); len(entries) > 0 {
		id += fmt.Sprintf(" (journal %.12s)", entries[0].Hash)
	}
	return id
}

// renewing renews the cluster's lock before anything new is begun, once the API
// answers, which the triggers wait for.
type renewing struct {
	apply.Triggers
	held *lock.Lock
}

func (r renewing) Pulled(ctx context.Context) (string, string, error) {
	trigger, seen, err := r.Triggers.Pulled(ctx)
	if err != nil || trigger != "" {
		return trigger, seen, err
	}
	var lost *lock.LostError
	if err := r.held.Renew(ctx); errors.As(err, &lost) { // somebody else changes the cluster now
		return "this change holds the cluster's lock no more", lost.Error(), nil
	} else if err != nil {
		return "", "", err
	}
	return "", "", nil
}

func (o *Options) api() (*client.Client, error) {
	cfg, err := o.Kube.ToRESTConfig()
	if err != nil {
		return nil, exit.BadInput(fmt.Errorf("reading the kubeconfig: %w", err))
	}
	return client.New(cfg, build.Version())
}

func hostname() string {
	h, err := os.Hostname()
	return cmp.Or(h, fmt.Sprint(err))
}

func account() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}
