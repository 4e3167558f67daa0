package wire

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Numbers of the fields of metav1.Time and resource.Quantity.
const (
	timeSeconds    = 1
	quantityString = 1
)

// timestamp is a metav1.Time, as JSON writes it: whole seconds in UTC; "" where
// it is not set, which is a message without fields.
func timestamp(to reflect.Value, _ protowire.Type, data []byte, _ uint64) error {
	if len(data) == 0 {
		return nil
	}
	var seconds int64
	err := fields(data, func(n protowire.Number, _ protowire.Type, _ []byte, varint uint64) error {
		if n == timeSeconds {
			seconds = int64(varint)
		}
		return nil
	})
	to.SetString(time.Unix(seconds, 0).UTC().Format(time.RFC3339))
	return err
}

// quantity is a resource.Quantity in the form the server writes everywhere.
func quantity(to reflect.Value, _ protowire.Type, data []byte, _ uint64) error {
	return fields(data, func(n protowire.Number, _ protowire.Type, value []byte, _ uint64) error {
		if n == quantityString {
			to.SetString(string(value))
		}
		return nil
	})
}

// unmarshaler is what every message of the API is.
type unmarshaler interface{ Unmarshal(data []byte) error }

// throughJSON reads a value by way of the API's own type and its JSON: slow,
// for what decodes JSON in its own way.
func throughJSON(api reflect.Type) (setter, error) {
	for api.Kind() == reflect.Pointer {
		api = api.Elem()
	}
	if api.Kind() == reflect.Slice && api.Elem().Kind() == reflect.Uint8 {
		return func(to reflect.Value, _ protowire.Type, data []byte, _ uint64) error {
			text, err := json.Marshal(data)
			if err != nil {
				return err
			}
			return json.Unmarshal(text, to.Addr().Interface())
		}, nil
	}
	if !reflect.PointerTo(api).Implements(reflect.TypeFor[unmarshaler]()) {
		return nil, fmt.Errorf("%s is no message", api)
	}
	return func(to reflect.Value, kind protowire.Type, data []byte, _ uint64) error {
		if kind != protowire.BytesType {
			return errDamaged
		}
		object := reflect.New(api)
		m, ok := object.Interface().(unmarshaler)
		if !ok {
			return errDamaged
		}
		if err := m.Unmarshal(data); err != nil {
			return errDamaged
		}
		text, err := json.Marshal(object.Interface())
		if err != nil {
			return err
		}
		return json.Unmarshal(text, to.Addr().Interface())
	}, nil
}
