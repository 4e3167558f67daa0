package evidence

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxObject bounds one object of a list. etcd refuses requests over 1.5 MiB
// by default, so no real object is near it.
const MaxObject = 16 << 20

// Listing is what a list says of itself.
type Listing struct {
	Kind     string
	ItemKind string // of the first object; "" where objects do not say
	Continue string
	Items    int
}

// DecodeList reads one Kubernetes list from r, object by object, so that
// memory is bounded by the largest object and not by the list. each gets a
// fresh value per item, which it may keep; its error ends the reading. Errors
// of the input carry the byte offset they arose at as an *OffsetError.
func DecodeList[T any](r io.Reader, each func(*T) error) (Listing, error) {
	in := &bounded{r: r, left: MaxObject}
	dec := json.NewDecoder(in)
	var l Listing
	fail := func(err error) (Listing, error) {
		if keep, ok := errors.AsType[*keepError](err); ok {
			return l, keep.err
		}
		return l, &OffsetError{Offset: dec.InputOffset(), Err: plain(err)}
	}
	if t, err := dec.Token(); err != nil {
		return fail(err)
	} else if t != json.Delim('{') {
		return fail(fmt.Errorf("a Kubernetes list was expected, found %v", t))
	}
	seen := false
	for dec.More() {
		in.left = MaxObject
		key, err := dec.Token()
		if err != nil {
			return fail(err)
		}
		switch key {
		case "items":
			seen = true
			if err := decodeItems(dec, in, &l, each); err != nil {
				return fail(err)
			}
		case "kind":
			err = dec.Decode(&l.Kind)
		case "metadata":
			var meta struct {
				Continue string `json:"continue"`
			}
			err = dec.Decode(&meta)
			l.Continue = meta.Continue
		default:
			var skip json.RawMessage
			err = dec.Decode(&skip)
		}
		if err != nil {
			return fail(err)
		}
	}
	if _, err := dec.Token(); err != nil {
		return fail(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fail(errors.New("something follows the list; one file holds one list"))
	}
	if !seen {
		return fail(fmt.Errorf("a Kubernetes list was expected, found kind %q without items", l.Kind))
	}
	return l, nil
}

func decodeItems[T any](dec *json.Decoder, in *bounded, l *Listing, each func(*T) error) error {
	open, err := dec.Token()
	if err != nil || open == nil { // "items": null is an empty list
		return err
	}
	if open != json.Delim('[') {
		return fmt.Errorf("items is no list: it begins with %v", open)
	}
	for dec.More() {
		in.left = MaxObject
		item := new(T)
		if err := decodeItem(dec, l, item); err != nil {
			return fmt.Errorf("object %d: %w", l.Items+1, err)
		}
		l.Items++
		if err := each(item); err != nil {
			return &keepError{err}
		}
	}
	_, err = dec.Token()
	return err
}

// decodeItem decodes one object, and of the first one its kind as well: a
// file that holds another resource than its name says would otherwise read as
// objects without content.
func decodeItem[T any](dec *json.Decoder, l *Listing, item *T) error {
	if l.Items > 0 {
		return dec.Decode(item)
	}
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return err
	}
	var typed struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(raw, &typed); err != nil {
		return err
	}
	l.ItemKind = typed.Kind
	return json.Unmarshal(raw, item)
}

// keepError is an error of who takes the objects, not of the input.
type keepError struct{ err error }

func (e *keepError) Error() string { return e.err.Error() }

// OffsetError is an error at a place of the input: Offset is the end of what
// was understood, in bytes from its start. The error is in what follows.
type OffsetError struct {
	Offset int64
	Err    error
}

func (e *OffsetError) Error() string { return fmt.Sprintf("at byte %d: %v", e.Offset, e.Err) }
func (e *OffsetError) Unwrap() error { return e.Err }

// plain names an early end for what it is.
func plain(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends in the middle of an object")
	}
	return err
}

// bounded lets no more than left bytes through until left is set again.
type bounded struct {
	r    io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("one object is larger than %d MiB, which no Kubernetes object is", MaxObject>>20)
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
