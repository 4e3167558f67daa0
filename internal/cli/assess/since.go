package assess

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/core/assess"
)

// maxEarlier bounds an earlier result; ten thousand clusters stay below it.
const maxEarlier = 2 << 30

// readEarlier reads the result of an earlier `assess -o json`; nil for "".
func readEarlier(path string) (*assess.Result, error) {
	if path == "" {
		return nil, nil
	}
	fail := func(err error) error {
		return exit.WithHint(exit.BadInput(fmt.Errorf("reading the earlier result: %w", err)),
			"--since wants a file written by: fixline assess -o json --output-file FILE")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fail(err)
	}
	defer file.Close()
	var r assess.Result
	dec := json.NewDecoder(bufio.NewReaderSize(io.LimitReader(file, maxEarlier), 1<<20))
	if err := dec.Decode(&r); err != nil {
		return nil, fail(fmt.Errorf("%s: at byte %d: %w", path, dec.InputOffset(), err))
	}
	if r.Kind != "Assessment" || r.APIVersion != "fixline.dev/v1alpha1" {
		return nil, fail(fmt.Errorf("%s: kind %q of %q is not an Assessment of fixline.dev/v1alpha1", path, r.Kind, r.APIVersion))
	}
	return &r, nil
}
