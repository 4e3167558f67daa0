package catalog

import (
	"github.com/fixline-dev/fixline/internal/core/compat"
)

// Compat is everything known of what releases break in a cluster, besides API
// versions, which [APIs] has.
func Compat() (compat.Facts, error) {
	var f compat.Facts
	var err error
	if f.Settings, err = Settings(); err != nil {
		return f, err
	}
	if f.Lost, err = Lost(); err != nil {
		return f, err
	}
	if f.Admission, err = Admission(); err != nil {
		return f, err
	}
	if f.Addons, _, err = Addons(); err != nil {
		return f, err
	}
	if f.Brings, err = Kubeadm(); err != nil {
		return f, err
	}
	f.Stops, err = EtcdStops()
	return f, err
}
