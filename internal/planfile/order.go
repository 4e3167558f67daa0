package planfile

import "runtime"

// batch is the text of some steps that follow each other.
type batch struct {
	text []byte
	err  error
}

// inOrder makes the text of n steps on every core, and hands it to take in
// order, many steps at once. A few batches are ahead at a time and their memory
// is used again, so that a plan of thousands of nodes is never in memory as
// text. What is taken must not be kept. The first error ends it.
func inOrder(n int, text func(to []byte, i int) ([]byte, error), take func(text []byte) error) error {
	const size = 64
	ahead := 2 * runtime.GOMAXPROCS(0)
	ready := make(chan chan batch, ahead)
	used := make(chan []byte, ahead)
	go func() {
		defer close(ready)
		for at := 0; at < n; at += size {
			done := make(chan batch, 1)
			ready <- done
			var to []byte
			select {
			case to = <-used:
			default:
			}
			go func() { done <- batchOf(to[:0], at, min(at+size, n), text) }()
		}
	}()
	var failed error
	for done := range ready { // to the end also after an error: nobody is left waiting
		b := <-done
		if failed == nil {
			if failed = take(b.text); failed == nil {
				failed = b.err
			}
		}
		select {
		case used <- b.text:
		default:
		}
	}
	return failed
}

func batchOf(to []byte, from, end int, text func([]byte, int) ([]byte, error)) batch {
	b := batch{text: to}
	for i := from; i < end && b.err == nil; i++ {
		b.text, b.err = text(b.text, i)
	}
	return b
}
