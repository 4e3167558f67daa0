package settings

import (
	"time"

	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Hidden stands where a value was not kept: it is set, and what to is not known.
const Hidden = kubeadm.Hidden

// LostFacts is everything [Lost] judges by.
type LostFacts struct {
	Written  Written
	Corefile Corefile
	// Known is what releases take: no remedy writes down what they refuse.
	Known Facts
	// CoreDNS is the version that kubeadm of a release brings; false where
	// that is not known. nil: never known.
	CoreDNS func(kubernetes version.Version) (version.Version, bool)
	// AsOf is the day, Window how long the upgrade may take from then on.
	AsOf   time.Time
	Window time.Duration
}
