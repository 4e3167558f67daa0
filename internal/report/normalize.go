package report

import (
	"reflect"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/core/board"
	"github.com/fixline-dev/fixline/internal/core/rehearsal"
	"github.com/fixline-dev/fixline/internal/core/scan"
)

// Normalize gives a copy of r in which every nil list is an empty one, so that
// the JSON never holds null where the contract promises a list. It shares
// nothing with r.
func Normalize(r assess.Result) assess.Result {
	return rebuild(r, unchanged)
}

func unchanged(s string) string { return s }

// makeVisible is Normalize, with every string made safe to print.
func makeVisible(r assess.Result) assess.Result { return rebuild(r, Visible) }

// rebuild copies r deeply and passes every string through text. It works by
// reflection so that a field added to the result later cannot be forgotten.
func rebuild[T assess.Result | assess.ClusterResult | scan.Result | board.Board | rehearsal.Rehearsal](r T, text func(string) string) T {
	var out T
	copyInto(reflect.ValueOf(&out).Elem(), reflect.ValueOf(r), text)
	return out
}

func copyInto(dst, src reflect.Value, text func(string) string) {
	switch src.Kind() {
	case reflect.String:
		dst.SetString(text(src.String()))
	case reflect.Struct:
		for i := range src.NumField() {
			copyInto(dst.Field(i), src.Field(i), text)
		}
	case reflect.Slice:
		dst.Set(reflect.MakeSlice(src.Type(), src.Len(), src.Len()))
		for i := range src.Len() {
			copyInto(dst.Index(i), src.Index(i), text)
		}
	case reflect.Pointer:
		if !src.IsNil() {
			dst.Set(reflect.New(src.Type().Elem()))
			copyInto(dst.Elem(), src.Elem(), text)
		}
	default:
		dst.Set(src)
	}
}
