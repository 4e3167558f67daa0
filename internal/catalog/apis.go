package catalog

import (
	_ "embed"
	"fmt"

	"github.com/fixline-dev/fixline/internal/catalog/lifecycle"
	"github.com/fixline-dev/fixline/internal/core/removal"
)

//go:embed data/api-lifecycle.json
var apisJSON []byte

// APIs is the embedded table of API versions: which release of Kubernetes, or
// of an add-on, serves which kind. lifecycle.Apply adds a user's rule files to
// it. An error means that the program was built from a broken file.
func APIs() (*removal.Table, error) {
	t, err := lifecycle.Decode(apisJSON)
	if err != nil {
		return nil, fmt.Errorf("loading the embedded api-lifecycle.json: %w", err)
	}
	return t, nil
}
