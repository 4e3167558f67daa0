package member

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// Member is one member as the cluster lists it, and as it answered.
type Member struct {
	ID         string   `json:"id"` // hexadecimal, as etcdctl prints it
	Name       string   `json:"name"`
	PeerURLs   []string `json:"peerURLs"`
	ClientURLs []string `json:"clientURLs"`
	Learner    bool     `json:"learner"`
}

// Status is what one endpoint answered.
type Status struct {
	Endpoint string
	// From is the connection that reaches it.
	From    *Cluster
	Member  uint64
	Version string // of the server: "3.6.6"
	Storage string // of its storage: "3.6.0"; "" before 3.6
	Bytes   int64  // of its database file
	Applied uint64 // raft entries
	Learner bool
	// Alone: it knows no leader, so it has lost the others.
	Alone bool
	Err   error // it did not answer
}

// name is what messages call the endpoint: with its host, because on every
// host of kubeadm it is https://127.0.0.1:2379.
func (s Status) name() string {
	if s.From == nil || s.From.o.Host == "" {
		return s.Endpoint
	}
	return s.Endpoint + " on " + s.From.o.Host
}

// Seen is one look at a cluster.
type Seen struct {
	ClusterID string
	Members   []Member
	Statuses  []Status // one for each endpoint of each connection, in their order
	// Alarms are raised: "NOSPACE on cp1", "CORRUPT on cp2".
	Alarms []string
	// Chosen is where the snapshot is taken from: a member that has just shown
	// that it knows all a quorum agreed on. Notes say of each other why not.
	Chosen Status
	Notes  []string
	// Revision is the newest one a quorum agreed on, as Chosen had it at the time.
	Revision int64
}

// Look asks every endpoint how it is, and chooses one: see [Seen.order]. It
// must then answer a linearizable read, which a member that is cut off or
// behind cannot; the next is tried where it does not. The error is an
// *[UnfitError] where none is fit.
func Look(ctx context.Context, ways ...*Cluster) (Seen, error) {
	s := Seen{Statuses: statuses(ctx, ways)}
	order, notes := s.order()
	s.Notes = notes
	var last error
	for _, st := range order {
		if ctx.Err() != nil {
			return s, context.Cause(ctx)
		}
		if last = s.ask(ctx, st); last == nil {
			s.Chosen = st
			return s, nil
		}
		s.Notes = append(s.Notes, st.name()+" does not know what the members agree on, so its snapshot may be an old one ("+last.Error()+")")
	}
	return s, s.unfit(ctx, last)
}

// statuses asks all endpoints at once: one that hangs must not hold up others.
func statuses(ctx context.Context, ways []*Cluster) []Status {
	var out []Status
	for _, c := range ways {
		for _, e := range c.o.Endpoints {
			out = append(out, Status{Endpoint: e, From: c})
		}
	}
	var all sync.WaitGroup
	for i := range out {
		all.Go(func() { out[i] = out[i].From.status(ctx, out[i].Endpoint) })
	}
	all.Wait()
	return out
}

func (c *Cluster) status(ctx context.Context, endpoint string) Status {
	ctx, cancel := context.WithTimeout(ctx, Timeout/2)
	defer cancel()
	// Beside the question, and ending it: etcd's client tries again until its time
	// is up where a port is closed or a certificate is not taken.
	probed := make(chan error, 1)
	go func() {
		why := c.o.probe(endpoint)
		if why != nil && !errors.Is(why, context.DeadlineExceeded) && !errors.Is(why, os.ErrDeadlineExceeded) {
			cancel()
		}
		probed <- why
	}()
	a, err := c.Status(ctx, endpoint)
	if err != nil {
		if why := <-probed; why != nil {
			err = why
		}
		st := Status{Endpoint: endpoint, From: c}
		st.Err = Said(st.name(), err)
		return st
	}
	return Status{Endpoint: endpoint, From: c, Member: a.Header.MemberId, Version: a.Version, Storage: a.StorageVersion, Bytes: a.DbSize,
		Applied: a.RaftAppliedIndex, Learner: a.IsLearner, Alone: a.Leader == 0}
}

// ask asks one endpoint alone for the cluster's members, alarms and revision.
func (s *Seen) ask(ctx context.Context, st Status) error {
	one, err := st.From.At(st.Endpoint)
	if err != nil {
		return err
	}
	defer func() { _ = one.Close() }()
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	// A linearizable read: what it says, a quorum agreed on, and this member has it.
	now, err := one.Get(ctx, "fixline")
	if err != nil {
		return Said(st.Endpoint, err)
	}
	list, err := one.MemberList(ctx)
	if err != nil {
		return Said(st.Endpoint, err)
	}
	alarms, err := one.AlarmList(ctx)
	if err != nil {
		return Said(st.Endpoint, err)
	}
	s.Revision = now.Header.Revision
	s.ClusterID = fmt.Sprintf("%x", list.Header.ClusterId)
	s.Members = members(list)
	names := map[uint64]string{}
	for _, m := range list.Members {
		names[m.ID] = m.Name
	}
	for _, a := range alarms.Alarms {
		s.Alarms = append(s.Alarms, fmt.Sprintf("%s on %s", a.Alarm, names[a.MemberID]))
	}
	slices.Sort(s.Alarms)
	return nil
}

func members(list *clientv3.MemberListResponse) []Member {
	var out []Member
	for _, m := range list.Members {
		out = append(out, Member{ID: fmt.Sprintf("%x", m.ID), Name: m.Name,
			PeerURLs: append([]string{}, m.PeerURLs...), ClientURLs: append([]string{}, m.ClientURLs...), Learner: m.IsLearner})
	}
	slices.SortFunc(out, func(a, b Member) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return out
}
