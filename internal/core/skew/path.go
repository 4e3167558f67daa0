package skew

import (
	"errors"
	"fmt"
	"time"

	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Errors of Path.
var (
	// ErrDown: the target is below the start.
	ErrDown = errors.New("an upgrade never goes down")
	// ErrNoHop: a minor on the way has no version that can be had.
	ErrNoHop = errors.New("no version of a minor on the way is offered")
)

// Path is the hops from one version to a target of the same component: each
// minor once, none skipped, the target last. A hop in between is the newest
// patch of its minor that is offered, or, where available is nil, that is
// public on the day of asOf. The target itself is taken as asked for. Equal
// versions need no hop. Errors wrap ErrDown or ErrNoHop and name the minor.
//
// Why every minor: https://kubernetes.io/releases/version-skew-policy/#kube-apiserver
// for Kubernetes, https://etcd.io/docs/latest/upgrades/ for etcd.
func Path(from, target version.Version, calendar support.Calendar, asOf time.Time, available []version.Version) ([]version.Version, error) {
	if !from.Known() || !target.Known() {
		return nil, fmt.Errorf("finding a path from %q to %q: a version is not readable", from.Raw(), target.Raw())
	}
	if target.Less(from) {
		return nil, fmt.Errorf("finding a path from %s to %s: %w", from, target, ErrDown)
	}
	hops := []version.Version{}
	if target.Compare(from) == 0 {
		return hops, nil
	}
	if from.Minor().Major != target.Minor().Major {
		return nil, fmt.Errorf("finding a path from %s to %s: the order of minors across majors is not known", from, target)
	}
	for m := from.Minor().Next(); m.Compare(target.Minor()) < 0; m = m.Next() {
		v, ok := newest(m, calendar, asOf, available)
		if !ok {
			return nil, fmt.Errorf("finding a path from %s to %s: %s: %w", from, target, m, ErrNoHop)
		}
		hops = append(hops, v)
	}
	return append(hops, target), nil
}

func newest(m version.Minor, calendar support.Calendar, asOf time.Time, available []version.Version) (version.Version, bool) {
	if available == nil {
		return calendar.Latest(m, asOf)
	}
	var best version.Version
	for _, v := range available {
		if v.Known() && v.Minor() == m && v.Base().Kind() == version.Release && best.Less(v) {
			best = v
		}
	}
	return best, best.Known()
}
