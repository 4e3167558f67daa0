package planfile

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
)

// TestInOrder: texts that are made side by side come out in their order, and
// the first error ends the run with nobody left waiting.
func TestInOrder(t *testing.T) {
	const n = 5000
	var got []byte
	number := func(to []byte, i int) ([]byte, error) { return fmt.Append(to, i, " "), nil }
	err := inOrder(n, number, func(text []byte) error { got = append(got, text...); return nil })
	var want []byte
	for i := range n {
		want = fmt.Append(want, i, " ")
	}
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, or not in order", err)
	}
	bad := errors.New("bad")
	taken := 0
	err = inOrder(n, func(to []byte, i int) ([]byte, error) {
		if i == 1000 {
			return to, bad
		}
		return append(to, 'x'), nil
	}, func(text []byte) error { taken += len(text); return nil })
	if !errors.Is(err, bad) || taken != 1000 {
		t.Errorf("%v after %d", err, taken)
	}
	if err := inOrder(n, number, func([]byte) error { return bad }); !errors.Is(err, bad) {
		t.Error(err)
	}
	if err := inOrder(0, nil, nil); err != nil {
		t.Error(err)
	}
}
