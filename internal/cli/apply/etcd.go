package apply

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/backup/member"
	"github.com/fixline-dev/fixline/internal/backup/node"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/remote"
)

// etcd holds the gate about etcd's members, each asked at its own host as the
// API server there does.
type etcd struct {
	reach  func(ctx context.Context, node string) (remote.Runner, error)
	places []string // nodes with an API server

	mu   sync.Mutex
	ways map[string]*member.Cluster
}

// Holds answers the gate.
func (e *etcd) Holds(ctx context.Context, gate string, _ *plan.Step) (bool, string, error) {
	if gate != plan.GateEtcdHealthy {
		return false, "", &apply.UnknownGateError{Gate: gate}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	var ways []*member.Cluster
	for _, p := range e.places {
		way, err := e.way(ctx, p)
		if err != nil {
			return false, "", err
		}
		ways = append(ways, way)
	}
	seen, err := member.Look(ctx, ways...)
	var unfit *member.UnfitError
	if err != nil && !errors.As(err, &unfit) {
		return false, "", err
	}
	if err != nil {
		return false, err.Error(), nil
	}
	if len(seen.Alarms) > 0 {
		return false, fmt.Sprintf("alarms are raised: %v", seen.Alarms), nil
	}
	answered := map[uint64]bool{}
	for _, s := range seen.Statuses {
		switch {
		case s.Err != nil:
			e.drop()
			return false, fmt.Sprintf("%s does not answer: %v", s.Endpoint, s.Err), nil
		case s.Alone:
			return false, fmt.Sprintf("%s knows no leader", s.Endpoint), nil
		}
		answered[s.Member] = true
	}
	return true, fmt.Sprintf("%d of %d members answer, know a leader and keep up; no alarm is raised", len(answered), len(seen.Members)), nil
}

// way is the connection through one host.
func (e *etcd) way(ctx context.Context, place string) (*member.Cluster, error) {
	if w := e.ways[place]; w != nil {
		return w, nil
	}
	r, err := e.reach(ctx, place)
	if err != nil {
		return nil, err
	}
	files, err := node.Read(ctx, r)
	if err != nil {
		return nil, err
	}
	config, err := files.TLS()
	if err != nil {
		return nil, fmt.Errorf("on %s: %w", place, err)
	}
	dial := func(ctx context.Context, network, address string) (conn net.Conn, err error) {
		r, err := e.reach(ctx, place) // the connection may be another one by now
		if err != nil {
			return nil, err
		}
		return r.Dial(ctx, network, address)
	}
	w, err := member.Connect(member.Options{Endpoints: files.Etcd.Endpoints, TLS: config, Host: files.Name, Dial: dial})
	if err != nil {
		return nil, err
	}
	if e.ways == nil {
		e.ways = map[string]*member.Cluster{}
	}
	e.ways[place] = w
	return w, nil
}

// drop ends the connections, which are made anew at the next question.
func (e *etcd) drop() {
	for place, w := range e.ways {
		_ = w.Close() // nothing is lost with it
		delete(e.ways, place)
	}
}
