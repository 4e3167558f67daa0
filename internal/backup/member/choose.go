package member

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// Lag is by how many raft entries a member may be behind the one furthest
// ahead and still be asked first; a busy cluster is always a few behind.
const Lag = 1000

// order is which endpoints are asked, one after the other, for a snapshot:
// those that keep up in the order they were named, then those that lag, which
// may have caught up. Not one that is down, is a learner or has lost the
// others. notes say of each that is not asked first why.
func (s Seen) order() (order []Status, notes []string) {
	var furthest uint64
	for _, st := range s.Statuses {
		if st.Err == nil {
			furthest = max(furthest, st.Applied)
		}
	}
	var behind []Status
	for _, st := range s.Statuses {
		switch {
		case st.Err != nil:
			notes = append(notes, st.Err.Error())
		case st.Learner:
			notes = append(notes, st.name()+" is a learner, which serves no snapshot to rely on")
		case st.Alone:
			notes = append(notes, st.name()+" has lost the other members: it knows no leader")
		case furthest-st.Applied > Lag:
			notes = append(notes, fmt.Sprintf("%s lags: it is %d raft entries behind", st.name(), furthest-st.Applied))
			behind = append(behind, st)
		default:
			order = append(order, st)
		}
	}
	slices.SortStableFunc(behind, func(a, b Status) int { return cmp.Compare(b.Applied, a.Applied) })
	return append(order, behind...), notes
}

// UnfitError is a cluster of which no endpoint that was named can give a
// snapshot to rely on.
type UnfitError struct {
	Notes []string
	// Others are members that were not asked: "cp2 at https://10.0.0.12:2379".
	Others []string
	// Any: one that votes answered, and could give what it has; Learners: only
	// such as do not.
	Any, Learners bool

	last error
}

func (e *UnfitError) Error() string {
	return "no member of etcd that was asked can give a snapshot to rely on: " + strings.Join(e.Notes, "; ")
}

// Unwrap gives the last member's own reason.
func (e *UnfitError) Unwrap() error { return e.last }

// Hint says what still can be done.
func (e *UnfitError) Hint() string {
	if trust, ok := errors.AsType[*TrustError](e.last); ok {
		return trust.Hint()
	}
	switch {
	case len(e.Others) > 0:
		return "name the other members too: " + strings.Join(e.Others, ", ")
	case e.Learners:
		return "name a member that votes: `etcdctl member list` of one of them has their addresses"
	case e.Any:
		return "bring the quorum back first; to keep what there is until then, take a file with `etcdctl snapshot save` of the member that is furthest ahead: " +
			"it may lack the newest changes, and `fixline backup verify FILE` says whether it can be restored"
	}
	return "see whether etcd runs on the control-plane hosts: crictl ps -a --name etcd"
}

// unfit says why none was chosen, and which members there are besides. A
// member that has lost the others still knows their names.
func (s Seen) unfit(ctx context.Context, last error) error {
	e := &UnfitError{Notes: s.Notes, last: last}
	asked, learners := map[string]bool{}, 0
	for _, st := range s.Statuses {
		asked[st.Endpoint] = true
		switch {
		case st.Err == nil && st.Learner:
			learners++
		case st.Err == nil:
			asked[fmt.Sprintf("%x", st.Member)], e.Any = true, true
		case e.last == nil:
			e.last = st.Err
		}
	}
	e.Learners = learners > 0 && !e.Any
	for _, st := range s.Statuses {
		if st.Err != nil || st.Learner { // a learner does not say who there is
			continue
		}
		for _, m := range st.known(ctx) {
			if asked[m.ID] || m.Learner || slices.ContainsFunc(m.ClientURLs, func(u string) bool { return asked[u] }) || len(m.ClientURLs) == 0 {
				continue
			}
			asked[m.ID] = true
			e.Others = append(e.Others, m.Name+" at "+strings.Join(m.ClientURLs, ","))
		}
	}
	if len(s.Statuses) == 0 {
		e.Notes = []string{"no endpoint of etcd was named"}
	}
	return e
}

// known are the members as one endpoint knows them by itself; none where it
// does not say.
func (s Status) known(ctx context.Context) []Member {
	one, err := s.From.At(s.Endpoint)
	if err != nil {
		return nil
	}
	defer func() { _ = one.Close() }()
	ctx, cancel := context.WithTimeout(ctx, Timeout/4)
	defer cancel()
	list, err := one.MemberList(ctx, clientv3.WithSerializable())
	if err != nil {
		return nil
	}
	return members(list)
}
