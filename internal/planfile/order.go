package planfile

import "runtime"

// batch are the texts of some steps that follow each other.
type batch struct {
	texts [][]byte
	err   error
}

// inOrder makes a text of each of n steps on every core, and hands them to take
// in their order. A few batches are ahead at a time, so that a plan of thousands
// of nodes is never in memory as text. The first error ends it.
func inOrder(n int, text func(i int) ([]byte, error), take func(i int, text []byte) error) error {
	const size = 256
	ready := make(chan chan batch, 2*runtime.GOMAXPROCS(0))
	go func() {
		defer close(ready)
		for at := 0; at < n; at += size {
			done := make(chan batch, 1)
			ready <- done
			go func() { done <- batchOf(at, min(at+size, n), text) }()
		}
	}()
	var failed error
	at := 0
	for done := range ready { // to the end also after an error: nobody is left waiting
		b := <-done
		for _, t := range b.texts {
			if failed == nil {
				failed = take(at, t)
			}
			at++
		}
		if failed == nil {
			failed = b.err
		}
	}
	return failed
}

func batchOf(from, to int, text func(i int) ([]byte, error)) batch {
	b := batch{texts: make([][]byte, 0, to-from)}
	for i := from; i < to; i++ {
		t, err := text(i)
		if err != nil {
			b.err = err
			return b
		}
		b.texts = append(b.texts, t)
	}
	return b
}
