package planfile

import (
	"errors"
	"fmt"
	"testing"
)

// TestInOrder: texts that are made side by side come out in their order, and
// the first error ends the run with nobody left waiting.
func TestInOrder(t *testing.T) {
	const n = 5000
	next := 0
	err := inOrder(n, func(i int) ([]byte, error) { return fmt.Append(nil, i), nil }, func(i int, text []byte) error {
		if i != next || string(text) != fmt.Sprint(i) {
			t.Fatalf("%s came as %d, after %d", text, i, next-1)
		}
		next++
		return nil
	})
	if err != nil || next != n {
		t.Errorf("%d of %d, %v", next, n, err)
	}
	bad := errors.New("bad")
	taken := 0
	err = inOrder(n, func(i int) ([]byte, error) {
		if i == 1000 {
			return nil, bad
		}
		return nil, nil
	}, func(int, []byte) error { taken++; return nil })
	if !errors.Is(err, bad) || taken != 1000 {
		t.Errorf("%v after %d", err, taken)
	}
	if err := inOrder(n, func(int) ([]byte, error) { return nil, nil }, func(i int, _ []byte) error {
		if i == 3 {
			return bad
		}
		return nil
	}); !errors.Is(err, bad) {
		t.Error(err)
	}
	if err := inOrder(0, nil, nil); err != nil {
		t.Error(err)
	}
}
