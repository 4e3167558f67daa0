package catalog

import (
	"github.com/fixline-dev/fixline/internal/core/datastore"
	"github.com/fixline-dev/fixline/internal/core/inventory"
)

// EtcdStops are the versions etcd must stop at on the way to another: the
// cautions of etcd, so that an assessment and a plan say the same.
func EtcdStops() ([]datastore.Stop, error) {
	cautions, err := Cautions()
	if err != nil {
		return nil, err
	}
	var out []datastore.Stop
	for _, c := range cautions {
		if c.Component == inventory.Etcd {
			out = append(out, datastore.Stop{Below: c.Below, Crossing: c.Crossing, Text: c.Text, Source: c.Source})
		}
	}
	return out, nil
}
