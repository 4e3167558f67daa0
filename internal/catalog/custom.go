package catalog

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog/addonrules"
	"github.com/fixline-dev/fixline/internal/core/custom"
)

//go:embed data/addons.yaml
var addonsYAML []byte

// Addons is what is known of add-ons, and the day it was looked at. An error
// means that the program was built from a broken file.
func Addons() ([]custom.Rule, time.Time, error) {
	files, err := addonrules.Read(bytes.NewReader(addonsYAML), "addons.yaml")
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("loading the embedded addons.yaml: %w", err)
	}
	var rules []custom.Rule
	var day time.Time
	for _, f := range files {
		rules = append(rules, f.Addons...)
		if f.Date.After(day) {
			day = f.Date
		}
	}
	return rules, day, nil
}

// WithAddons adds the rules of a user's file to rules; file names it in errors,
// which name line and field as well. What the file says counts before what
// rules say of the same add-on.
func WithAddons(rules []custom.Rule, r io.Reader, file string) ([]custom.Rule, error) {
	files, err := addonrules.Read(r, file)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		rules = custom.Merge(rules, f.Addons)
	}
	return rules, nil
}
