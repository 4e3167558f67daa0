package evidence

import (
	"encoding/json"
	"io"
)

// ListWriter writes a Kubernetes list an object per line, so that it can be
// searched and compared with ordinary tools and written in constant memory.
type ListWriter struct {
	w     io.Writer
	items int
	err   error
}

// NewListWriter begins a list of objects of kind in apiVersion.
func NewListWriter(w io.Writer, apiVersion, kind string) *ListWriter {
	l := &ListWriter{w: w}
	head, err := json.Marshal(map[string]string{"apiVersion": apiVersion, "kind": kind + "List"})
	if err != nil {
		l.err = err
		return l
	}
	l.write(head[:len(head)-1])
	l.write([]byte(`,"items":[`))
	return l
}

// Add writes one object; its error is the writer's, and final.
func (l *ListWriter) Add(object any) error {
	text, err := json.Marshal(object)
	if err != nil {
		return err
	}
	if l.items > 0 {
		l.write([]byte(","))
	}
	l.write([]byte("\n"))
	l.write(text)
	l.items++
	return l.err
}

// Close ends the list and returns how many objects it holds.
func (l *ListWriter) Close() (int, error) {
	l.write([]byte("\n]}\n"))
	return l.items, l.err
}

func (l *ListWriter) write(p []byte) {
	if l.err == nil {
		_, l.err = l.w.Write(p)
	}
}
