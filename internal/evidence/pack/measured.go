package pack

import (
	"fmt"
	"hash"
	"io"
)

// measured counts and sums what goes through it. It keeps the error of what is
// behind it: whoever writes may wrap it beyond recognition.
type measured struct {
	to    io.Writer
	sum   hash.Hash
	bytes int64
	err   error
}

func (m *measured) Write(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	if m.bytes+int64(len(p)) > MaxFile {
		return 0, errTooLarge
	}
	n, err := m.to.Write(p)
	m.sum.Write(p[:n]) // a hash never fails
	m.bytes += int64(n)
	m.err = err
	return n, err
}

var errTooLarge = fmt.Errorf("it is larger than the %d MiB that are read of one file", MaxFile>>20)
