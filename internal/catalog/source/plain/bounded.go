package plain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ReadAll reads r whole, up to limit bytes; more is an error, never a cut. name
// names the input in errors.
func ReadAll(name string, r io.Reader, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	if int64(len(raw)) > limit {
		return nil, fmt.Errorf("reading %q: larger than the %d MiB allowed", name, limit>>20)
	}
	return raw, nil
}

// AtLine adds the line to an error of encoding/json, which counts bytes; any
// other error comes back as it is.
func AtLine(raw []byte, err error) error {
	offset := int64(-1)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	if offset < 0 || offset > int64(len(raw)) {
		return err
	}
	return fmt.Errorf("line %d: %w", 1+bytes.Count(raw[:offset], []byte("\n")), err)
}
