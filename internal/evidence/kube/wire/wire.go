// Package wire reads Kubernetes lists in protobuf, which a server makes several
// times as fast as JSON, straight into the types of package evidence. It keeps
// no whitelist of its own: which fields are read is decided by the JSON names
// that those types have, and the API's own types say which number each has on
// the wire. A field no evidence type has is skipped unread. It never asks a
// server. Start at [For].
package wire

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"reflect"

	"google.golang.org/protobuf/encoding/protowire"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// Accept asks for protobuf, or JSON from a server that has none.
const Accept = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON

// prefix stands before every protobuf object of Kubernetes
// (https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding).
const prefix = "k8s\x00"

// Numbers of the fields of runtime.Unknown, TypeMeta, every list and ListMeta.
const (
	unknownType, unknownRaw = 1, 2
	typeKind                = 2
	listMeta, listItems     = 1, 2
	metaContinue            = 3
)

// Decoder reads lists of one kind.
type Decoder struct {
	item message
	make func() any
}

// For is the decoder of a list; false where the API has no type for its objects
// or one that does not hold what is kept of them: then JSON is to be asked for.
func For(list evidence.List) (*Decoder, bool) {
	gv, err := schema.ParseGroupVersion(list.APIVersion())
	if err != nil {
		return nil, false
	}
	return newDecoder(gv.WithKind(list.Kind), func() any { return list.New() })
}

// Of is the decoder of a kind of the core API into values of T.
func Of[T any](kind string) (*Decoder, bool) {
	return newDecoder(schema.GroupVersionKind{Version: "v1", Kind: kind}, func() any { return new(T) })
}

func newDecoder(gvk schema.GroupVersionKind, empty func() any) (*Decoder, bool) {
	object, err := scheme.Scheme.New(gvk)
	if err != nil {
		return nil, false
	}
	item, err := plan(reflect.TypeOf(empty()).Elem(), reflect.TypeOf(object).Elem())
	if err != nil {
		return nil, false
	}
	return &Decoder{item: item, make: empty}, true
}

// Is reports whether an answer is protobuf.
func Is(in *bufio.Reader) bool {
	head, _ := in.Peek(len(prefix)) // shorter where the answer is
	return string(head) == prefix
}

// Each reads one list and hands each object on, trimmed where it can be; the
// error of each ends the reading. Errors of the input are
// *[evidence.OffsetError].
func (d *Decoder) Each(in *bufio.Reader, each func(object any) error) (evidence.Listing, error) {
	r := &reader{in: in}
	var out evidence.Listing
	var own error
	err := r.list(&out, func(item []byte) error {
		object := d.make()
		if err := d.item.read(item, reflect.ValueOf(object).Elem()); err != nil {
			return err
		}
		if kept, ok := object.(evidence.Kept); ok {
			kept.Trim()
		}
		out.Items++
		own = each(object)
		return own
	})
	switch {
	case own != nil:
		return out, own
	case err != nil:
		return out, &evidence.OffsetError{Offset: r.at, Err: err}
	}
	return out, nil
}

// Continue is the continue token of a list of which in holds the beginning; ""
// where there is none.
func Continue(head []byte) string {
	r := &reader{in: bufio.NewReader(bytes.NewReader(head))}
	var out evidence.Listing
	// The head is cut somewhere, so it ends with an error unless an item came.
	_ = r.list(&out, func([]byte) error { return errEnough })
	return out.Continue
}

var errEnough = errors.New("an item came")

// reader reads a list as it comes, so that memory holds one object.
type reader struct {
	in     *bufio.Reader
	at     int64
	buffer []byte
}

var errCut = errors.New("it ends in the middle of an object")

func (r *reader) list(out *evidence.Listing, item func([]byte) error) error {
	head, err := r.bytes(uint64(len(prefix)))
	if err != nil || string(head) != prefix {
		return errors.New("a Kubernetes list in protobuf was expected")
	}
	seen := false
	for {
		number, size, err := r.field()
		if errors.Is(err, io.EOF) && seen {
			return nil
		}
		switch {
		case err != nil:
			return cut(err)
		case number == unknownType:
			err = r.message(size, func(n protowire.Number, data []byte) error {
				if n == typeKind {
					out.Kind = string(data)
				}
				return nil
			})
		case number == unknownRaw:
			seen = true
			err = r.items(size, out, item)
		default:
			_, err = r.bytes(size)
		}
		if err != nil {
			return err
		}
	}
}

// items reads the list itself, which is size bytes.
func (r *reader) items(size uint64, out *evidence.Listing, item func([]byte) error) error {
	end := r.at + int64(size)
	if end < r.at {
		return errLarge
	}
	for r.at < end {
		number, size, err := r.field()
		switch {
		case err != nil:
			return cut(err)
		case size > uint64(max(end-r.at, 0)):
			return errLonger
		}
		switch number {
		case listMeta:
			err = r.message(size, func(n protowire.Number, data []byte) error {
				if n == metaContinue {
					out.Continue = string(data)
				}
				return nil
			})
		case listItems:
			var data []byte
			if data, err = r.bytes(size); err == nil {
				err = item(data)
			}
		default:
			_, err = r.bytes(size)
		}
		if err != nil {
			return err
		}
	}
	if r.at != end {
		return errLonger
	}
	return nil
}

var errLonger = errors.New("the list is longer than it says")

// field reads a key; size is that of what follows. io.EOF where nothing follows.
func (r *reader) field() (protowire.Number, uint64, error) {
	key, err := r.varint()
	if err != nil {
		return 0, 0, err
	}
	number, kind := protowire.DecodeTag(key)
	if number < protowire.MinValidNumber {
		return 0, 0, errors.New("a field has no valid number")
	}
	switch kind {
	case protowire.BytesType:
		size, err := r.varint()
		return number, size, cut(err)
	case protowire.VarintType: // none of ours; read and be done
		_, err := r.varint()
		return number, 0, cut(err)
	}
	return 0, 0, fmt.Errorf("a field has type %d, which no list has", kind)
}

func (r *reader) varint() (uint64, error) {
	head, _ := r.in.Peek(binary.MaxVarintLen64) // shorter at the end
	if len(head) == 0 {
		return 0, io.EOF
	}
	v, n := binary.Uvarint(head)
	if n <= 0 {
		return 0, errCut
	}
	discarded, err := r.in.Discard(n)
	r.at += int64(discarded)
	return v, err
}

var errLarge = fmt.Errorf("one object is larger than %d MiB, which no Kubernetes object is", evidence.MaxObject>>20)

// bytes are valid until the next call.
func (r *reader) bytes(size uint64) ([]byte, error) {
	if size > evidence.MaxObject {
		return nil, errLarge
	}
	if uint64(cap(r.buffer)) < size {
		r.buffer = make([]byte, size+size/4)
	}
	data := r.buffer[:size]
	n, err := io.ReadFull(r.in, data)
	r.at += int64(n)
	return data, cut(err)
}

// message reads one that is small and hands on its fields that are bytes.
func (r *reader) message(size uint64, field func(protowire.Number, []byte) error) error {
	data, err := r.bytes(size)
	if err != nil {
		return err
	}
	return fields(data, func(n protowire.Number, kind protowire.Type, value []byte, _ uint64) error {
		if kind != protowire.BytesType {
			return nil
		}
		return field(n, value)
	})
}

func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errCut
	}
	return err
}
