package strict

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"runtime"
)

// Decode reads every object of an input in the order written: each document,
// each JSON value of a stream, each item of a kind: List. read turns one into
// a T; it runs on several goroutines at once and must not share state. Where
// read, or the text itself, noted mistakes, the error is an [Errors] and T is
// not to be used; the next object follows. Empty documents are skipped.
// Decoding ends after an error of the whole input (size, encoding, reading),
// which is an [*Error].
func Decode[T any](r io.Reader, file string, limits Limits, read func(*Node) T) iter.Seq2[T, error] {
	limits = limits.withDefaults()
	return func(yield func(T, error) bool) {
		data, fatal := readAll(r, file, limits)
		if fatal != nil {
			var zero T
			yield(zero, fatal)
			return
		}
		stop := make(chan struct{})
		defer close(stop)
		count := 0
		for answer := range dispatch(data, stop, func(p piece) []result[T] { return decode(p, file, limits, read) }) {
			for _, one := range <-answer {
				if count++; count > limits.Documents {
					var zero T
					yield(zero, &Error{File: file, Line: one.line, Msg: fmt.Sprintf("more than %d documents", limits.Documents), Hint: "split the file"})
					return
				}
				if !yield(one.value, one.err) {
					return
				}
			}
		}
	}
}

type result[T any] struct {
	value T
	line  int
	err   error
}

// batch is how much text a goroutine takes at a time.
const batch = 32 << 10

// dispatch hands batches of pieces to workers and gives their answers in the
// order of the input. Closing stop ends every goroutine.
func dispatch[R any](data []byte, stop <-chan struct{}, work func(piece) []R) <-chan chan []R {
	type job struct {
		pieces []piece
		answer chan []R
	}
	workers := runtime.GOMAXPROCS(0)
	jobs := make(chan job)
	answers := make(chan chan []R, 4*workers) // bounds what waits for the reader
	for range workers {
		go func() {
			for j := range jobs {
				var out []R
				for _, p := range j.pieces {
					out = append(out, work(p)...)
				}
				j.answer <- out // has room for one: never blocks
			}
		}()
	}
	go func() {
		defer close(answers)
		defer close(jobs)
		var next job
		size := 0
		send := func() bool {
			next.answer = make(chan []R, 1)
			select {
			case answers <- next.answer:
			case <-stop:
				return false
			}
			select {
			case jobs <- next:
			case <-stop:
				return false
			}
			next, size = job{}, 0
			return true
		}
		for p := range split(data) {
			next.pieces = append(next.pieces, p)
			if size += len(p.data); size >= batch && !send() {
				return
			}
		}
		if len(next.pieces) > 0 {
			send()
		}
	}()
	return answers
}

// decode reads one piece: no object, one, or the items of a short list.
func decode[T any](p piece, file string, limits Limits, read func(*Node) T) []result[T] {
	obj := &object{file: file, prefix: p.prefix, limits: limits}
	root := p.node(obj)
	if len(obj.errs) > 0 {
		return []result[T]{{line: p.line, err: obj.errs}}
	}
	if root == nil || root.kind == Null {
		return nil
	}
	if p.prefix != "" || !isList(root) {
		return []result[T]{apply(root, read)}
	}
	var out []result[T]
	for i, item := range root.Fields("apiVersion", "kind", "metadata", "items").Get("items").Items() {
		own := *obj
		own.prefix, own.errs = fmt.Sprintf("items[%d]", i), nil
		item.adopt(&own)
		item.parent = nil
		out = append(out, apply(item, read))
	}
	if len(obj.errs) > 0 {
		out = append(out, result[T]{line: root.line, err: obj.errs})
	}
	return out
}

func apply[T any](root *Node, read func(*Node) T) result[T] {
	value := read(root)
	if len(root.obj.errs) > 0 {
		return result[T]{line: root.line, err: root.obj.errs}
	}
	return result[T]{value: value, line: root.line}
}

// adopt moves n and what is below it to another object.
func (n *Node) adopt(obj *object) {
	n.obj = obj
	for _, p := range n.pairs {
		p.value.adopt(obj)
	}
	for _, item := range n.items {
		item.adopt(obj)
	}
}

func (p piece) node(obj *object) *Node {
	if p.json {
		return p.jsonNode(obj)
	}
	return p.yamlNode(obj)
}

// readAll reads an input that is no larger than the limit.
func readAll(r io.Reader, file string, limits Limits) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limits.Bytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	if int64(len(data)) > limits.Bytes {
		return nil, tooLarge(file, limits)
	}
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		return nil, &Error{File: file, Line: 1, Msg: "the text is UTF-16", Hint: "save the file as UTF-8"}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	for i, c := range data {
		if c == '\r' && i+1 < len(data) && data[i+1] != '\n' {
			data[i] = '\n' // a line break to YAML, so one to the line numbers too
		}
	}
	return data, nil
}

func tooLarge(file string, limits Limits) *Error {
	return &Error{File: file, Msg: fmt.Sprintf("larger than %s", size(limits.Bytes)), Hint: "split it into several files"}
}

func size(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// One is Decode for an input that holds one object, such as a configuration:
// none and a second one are errors.
func One[T any](r io.Reader, file string, limits Limits, read func(*Node) T) (T, error) {
	var out, zero T
	found := false
	at := func(n *Node) result[T] { return result[T]{value: read(n), line: n.line} }
	for one, err := range Decode(r, file, limits, at) {
		switch {
		case err != nil:
			return zero, err
		case found:
			return zero, &Error{File: file, Line: one.line, Msg: "holds a second document", Hint: "keep one in this file"}
		}
		out, found = one.value, true
	}
	if !found {
		return zero, &Error{File: file, Msg: "holds nothing but comments"}
	}
	return out, nil
}
