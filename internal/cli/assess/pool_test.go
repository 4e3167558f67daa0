package assess

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func numbers(n int, end error) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range n {
			if !yield(i, nil) {
				return
			}
		}
		if end != nil {
			yield(0, end)
		}
	}
}

func TestInOrder(t *testing.T) {
	var got, want []int
	for i := range 500 {
		want = append(want, i*i)
	}
	// The first items take longest; their answers still come first.
	square := func() func(int) int {
		return func(i int) int {
			if i%100 == 0 {
				time.Sleep(time.Millisecond)
			}
			return i * i
		}
	}
	err := inOrder(context.Background(), numbers(500, nil), 4, square, func(r int) error { got = append(got, r); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestInOrderEndsAtTheFirstError(t *testing.T) {
	bad := errors.New("bad")
	same := func() func(int) int { return func(i int) int { return i } }
	if err := inOrder(context.Background(), numbers(5, bad), 2, same, func(int) error { return nil }); !errors.Is(err, bad) {
		t.Errorf("error of the source: %v", err)
	}
	if err := inOrder(context.Background(), numbers(500, nil), 2, same, func(int) error { return bad }); !errors.Is(err, bad) {
		t.Errorf("error of emit: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := inOrder(ctx, numbers(500, nil), 2, same, func(int) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
