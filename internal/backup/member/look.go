package member

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Lag is by how many raft entries a member may be behind the one furthest
// ahead and still be taken for a snapshot; a busy cluster is always a few behind.
const Lag = 1000

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
	Member   uint64
	Version  string // of the server: "3.6.6"
	Storage  string // of its storage: "3.6.0"; "" before 3.6
	Bytes    int64  // of its database file
	Applied  uint64 // raft entries
	Learner  bool
	Err      error // it did not answer
}

// Seen is one look at a cluster.
type Seen struct {
	ClusterID string
	Members   []Member
	Statuses  []Status // one for each endpoint, in their order
	// Alarms are raised: "NOSPACE on cp1", "CORRUPT on cp2".
	Alarms []string
	// Revision is the newest one a quorum agrees on at the time of the look.
	Revision int64
}

// Look asks every endpoint how it is, and the cluster for its members, alarms
// and revision. The error is of a cluster where no endpoint answers, or that
// has no quorum.
func (c *Cluster) Look(ctx context.Context) (Seen, error) {
	var s Seen
	var last error
	for _, e := range c.o.Endpoints {
		st := c.status(ctx, e)
		if st.Err != nil {
			last = st.Err
		}
		s.Statuses = append(s.Statuses, st)
	}
	if !slices.ContainsFunc(s.Statuses, func(st Status) bool { return st.Err == nil }) {
		if last == nil {
			last = errors.New("no endpoint of etcd was named")
		}
		return s, last
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	list, err := c.MemberList(ctx)
	if err != nil {
		return s, Said(strings.Join(c.o.Endpoints, ", "), err)
	}
	s.ClusterID = fmt.Sprintf("%x", list.Header.ClusterId)
	names := map[uint64]string{}
	for _, m := range list.Members {
		names[m.ID] = m.Name
		s.Members = append(s.Members, Member{ID: fmt.Sprintf("%x", m.ID), Name: m.Name,
			PeerURLs: append([]string{}, m.PeerURLs...), ClientURLs: append([]string{}, m.ClientURLs...), Learner: m.IsLearner})
	}
	slices.SortFunc(s.Members, func(a, b Member) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	alarms, err := c.AlarmList(ctx)
	if err != nil {
		return s, Said(strings.Join(c.o.Endpoints, ", "), err)
	}
	for _, a := range alarms.Alarms {
		s.Alarms = append(s.Alarms, fmt.Sprintf("%s on %s", a.Alarm, names[a.MemberID]))
	}
	slices.Sort(s.Alarms)
	// A linearizable read: what it says, a quorum agreed on.
	now, err := c.Get(ctx, "fixline")
	if err != nil {
		return s, Said(strings.Join(c.o.Endpoints, ", "), err)
	}
	s.Revision = now.Header.Revision
	return s, nil
}

func (c *Cluster) status(ctx context.Context, endpoint string) Status {
	ctx, cancel := context.WithTimeout(ctx, Timeout/2)
	defer cancel()
	a, err := c.Status(ctx, endpoint)
	if err != nil {
		if why := c.o.probe(endpoint); why != nil {
			err = why
		}
		return Status{Endpoint: endpoint, Err: Said(endpoint, err)}
	}
	return Status{Endpoint: endpoint, Member: a.Header.MemberId, Version: a.Version, Storage: a.StorageVersion, Bytes: a.DbSize,
		Applied: a.RaftAppliedIndex, Learner: a.IsLearner}
}

// Choose picks the endpoint a snapshot is taken from: the first that answered,
// is no learner and is not behind. notes say of each other one why not.
func (s Seen) Choose() (chosen Status, notes []string, err error) {
	var furthest uint64
	for _, st := range s.Statuses {
		if st.Err == nil {
			furthest = max(furthest, st.Applied)
		}
	}
	found := false
	for _, st := range s.Statuses {
		switch {
		case st.Err != nil:
			notes = append(notes, st.Endpoint+" did not answer: "+st.Err.Error())
		case st.Learner:
			notes = append(notes, st.Endpoint+" is a learner, which serves no snapshot to rely on")
		case furthest-st.Applied > Lag:
			notes = append(notes, fmt.Sprintf("%s lags: it is %d raft entries behind", st.Endpoint, furthest-st.Applied))
		case !found:
			chosen, found = st, true
		}
	}
	if !found {
		return chosen, notes, fmt.Errorf("no endpoint can give a snapshot: %s", strings.Join(notes, "; "))
	}
	return chosen, notes, nil
}
