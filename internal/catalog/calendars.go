package catalog

import (
	_ "embed"
	"fmt"

	"github.com/fixline-dev/fixline/internal/catalog/calendar"
	"github.com/fixline-dev/fixline/internal/catalog/skewrules"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/support"
)

//go:embed data/releases.json
var releasesJSON []byte

//go:embed data/skew.json
var skewJSON []byte

// Calendars are the embedded release calendars by product: kubernetes, etcd,
// containerd, coredns, runc, eks, gke, aks. The file form carries the sources with their URL
// and day. An error means that the program was built from a broken file.
func Calendars() (map[string]*support.Calendar, calendar.File, error) {
	f, err := calendar.Decode(releasesJSON)
	if err != nil {
		return nil, f, fmt.Errorf("loading the embedded releases.json: %w", err)
	}
	c, err := f.Values()
	if err != nil {
		return nil, f, fmt.Errorf("loading the embedded releases.json: %w", err)
	}
	return c, f, nil
}

// SkewRules is the embedded version-skew policy.
func SkewRules() (skew.Rules, error) {
	r, err := skewrules.Decode(skewJSON)
	if err != nil {
		return skew.Rules{}, fmt.Errorf("loading the embedded skew.json: %w", err)
	}
	return r, nil
}
