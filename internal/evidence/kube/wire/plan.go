package wire

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// message says what of a protobuf message goes where: by the number of a field,
// what sets it in the struct that is read into.
type message map[protowire.Number]setter

// setter puts one value of the wire into the struct to. A repeated field calls
// it once for each element.
type setter func(to reflect.Value, kind protowire.Type, data []byte, varint uint64) error

// read fills to, a struct, with the fields of data that are in the plan.
func (m message) read(data []byte, to reflect.Value) error {
	return fields(data, func(n protowire.Number, kind protowire.Type, value []byte, varint uint64) error {
		set, ok := m[n]
		if !ok {
			return nil
		}
		return set(to, kind, value, varint)
	})
}

// fields walks over a message.
func fields(data []byte, each func(n protowire.Number, kind protowire.Type, value []byte, varint uint64) error) error {
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return errDamaged
		}
		data = data[n:]
		var value []byte
		var varint uint64
		switch kind {
		case protowire.BytesType:
			value, n = protowire.ConsumeBytes(data)
		case protowire.VarintType:
			varint, n = protowire.ConsumeVarint(data)
		default:
			n = protowire.ConsumeFieldValue(number, kind, data)
		}
		if n < 0 {
			return errDamaged
		}
		if err := each(number, kind, value, varint); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

var errDamaged = errors.New("it is no protobuf of its kind")

// plan pairs the fields of to, a struct of ours, with those of the API's type
// by their JSON names. A field the API's type does not have stays empty, as it
// does from JSON. The error says that a field cannot be read.
func plan(to, api reflect.Type) (message, error) {
	known := map[string]field{}
	collect(api, nil, known)
	out := message{}
	for i := range to.NumField() {
		f := to.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" && f.Anonymous {
			return nil, fmt.Errorf("%s: %s has no name of its own", to, f.Name)
		}
		from, ok := known[name]
		if !ok || name == "-" {
			continue
		}
		set, err := value(f.Type, from.Type)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", to, f.Name, err)
		}
		out.put(from.numbers, func(to reflect.Value, kind protowire.Type, data []byte, varint uint64) error {
			return set(to.Field(i), kind, data, varint)
		})
	}
	return out, nil
}

// put places a setter under the numbers that lead to it: more than one where
// JSON inlines a message.
func (m message) put(numbers []protowire.Number, set setter) {
	if len(numbers) == 1 {
		m[numbers[0]] = set
		return
	}
	inner := message{}
	if old := m[numbers[0]]; old != nil {
		first, rest := old, message{}
		rest.put(numbers[1:], set)
		m[numbers[0]] = func(to reflect.Value, kind protowire.Type, data []byte, varint uint64) error {
			if err := first(to, kind, data, varint); err != nil {
				return err
			}
			return rest.read(data, to)
		}
		return
	}
	inner.put(numbers[1:], set)
	m[numbers[0]] = func(to reflect.Value, kind protowire.Type, data []byte, _ uint64) error {
		if kind != protowire.BytesType {
			return errDamaged
		}
		return inner.read(data, to)
	}
}

// field is a field of an API type and the numbers that lead to it.
type field struct {
	reflect.Type

	numbers []protowire.Number
}

// collect finds the fields of an API type by their JSON names. Their tags hold
// both: `json:"name,omitempty" protobuf:"bytes,1,opt,name=name"`.
func collect(api reflect.Type, under []protowire.Number, into map[string]field) {
	for i := range api.NumField() {
		f := api.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		parts := strings.Split(f.Tag.Get("protobuf"), ",")
		if len(parts) < 2 {
			continue
		}
		number, err := strconv.Atoi(parts[1])
		if err != nil {
			continue
		}
		numbers := append(under[:len(under):len(under)], protowire.Number(number))
		if name == "" && f.Type.Kind() == reflect.Struct {
			collect(f.Type, numbers, into)
			continue
		}
		into[name] = field{f.Type, numbers}
	}
}

// value sets a value of type to from one of the API's type.
func value(to, api reflect.Type) (func(to reflect.Value, kind protowire.Type, data []byte, varint uint64) error, error) {
	switch {
	case own(to):
		return throughJSON(api)
	case to.Kind() == reflect.Pointer:
		set, err := value(to.Elem(), api)
		if err != nil {
			return nil, err
		}
		return func(v reflect.Value, kind protowire.Type, data []byte, varint uint64) error {
			if v.IsNil() {
				v.Set(reflect.New(to.Elem()))
			}
			return set(v.Elem(), kind, data, varint)
		}, nil
	case api.Kind() == reflect.Pointer:
		return value(to, api.Elem())
	}
	switch to.Kind() {
	case reflect.String:
		return text(api)
	case reflect.Bool:
		if api.Kind() == reflect.Bool {
			return func(v reflect.Value, _ protowire.Type, _ []byte, varint uint64) error {
				v.SetBool(varint != 0)
				return nil
			}, nil
		}
	case reflect.Int, reflect.Int32, reflect.Int64:
		if api.Kind() == reflect.Int32 || api.Kind() == reflect.Int64 {
			return func(v reflect.Value, _ protowire.Type, _ []byte, varint uint64) error {
				v.SetInt(int64(varint))
				return nil
			}, nil
		}
	case reflect.Struct:
		return structure(to, api)
	case reflect.Slice:
		return slice(to, api)
	case reflect.Map:
		return mapping(to, api)
	}
	return throughJSON(api)
}

// own reports whether a type decodes JSON in its own way.
func own(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) || reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

func structure(to, api reflect.Type) (setter, error) {
	if api.Kind() != reflect.Struct || special(api) {
		return throughJSON(api)
	}
	inner, err := plan(to, api)
	if err != nil {
		return nil, err
	}
	return func(v reflect.Value, kind protowire.Type, data []byte, _ uint64) error {
		if kind != protowire.BytesType {
			return errDamaged
		}
		return inner.read(data, v)
	}, nil
}

// special are API types whose JSON is not that of their fields.
func special(api reflect.Type) bool {
	return reflect.PointerTo(api).Implements(reflect.TypeFor[json.Marshaler]())
}

func slice(to, api reflect.Type) (setter, error) {
	if api.Kind() != reflect.Slice || api.Elem().Kind() == reflect.Uint8 || special(api) {
		return throughJSON(api)
	}
	set, err := value(to.Elem(), api.Elem())
	if err != nil {
		return nil, err
	}
	// Numbers come one by one: the API's messages pack none.
	return func(v reflect.Value, kind protowire.Type, data []byte, varint uint64) error {
		n := v.Len()
		if n < v.Cap() {
			v.SetLen(n + 1)
		} else {
			grown := reflect.MakeSlice(to, n+1, 2*n+2)
			reflect.Copy(grown, v)
			v.Set(grown)
		}
		return set(v.Index(n), kind, data, varint)
	}, nil
}

// mapping reads maps of strings, or of quantities as strings.
func mapping(to, api reflect.Type) (setter, error) {
	if to.Key().Kind() != reflect.String || to.Elem().Kind() != reflect.String || api.Kind() != reflect.Map || api.Key().Kind() != reflect.String {
		return nil, fmt.Errorf("%s from %s", to, api)
	}
	set, err := text(api.Elem())
	if err != nil {
		return nil, err
	}
	return func(v reflect.Value, kind protowire.Type, data []byte, _ uint64) error {
		if kind != protowire.BytesType {
			return errDamaged
		}
		if v.IsNil() {
			v.Set(reflect.MakeMap(to))
		}
		key, elem := reflect.New(to.Key()).Elem(), reflect.New(to.Elem()).Elem()
		err := fields(data, func(n protowire.Number, kind protowire.Type, value []byte, varint uint64) error {
			if n == 1 {
				key.SetString(string(value))
				return nil
			}
			return set(elem, kind, value, varint)
		})
		if err == nil {
			v.SetMapIndex(key, elem)
		}
		return err
	}, nil
}

// text sets a string.
func text(api reflect.Type) (setter, error) {
	switch api {
	case reflect.TypeFor[metav1.Time]():
		return timestamp, nil
	case reflect.TypeFor[resource.Quantity]():
		return quantity, nil
	}
	if api.Kind() == reflect.String {
		return func(v reflect.Value, kind protowire.Type, data []byte, _ uint64) error {
			if kind != protowire.BytesType {
				return errDamaged
			}
			v.SetString(string(data))
			return nil
		}, nil
	}
	return throughJSON(api)
}
