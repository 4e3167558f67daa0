package wire

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// list is one of n objects with random content, as a server sends it in both
// forms.
func list(t *testing.T, l evidence.List, seed uint64, n int, continued string) (asJSON, asProtobuf []byte) {
	t.Helper()
	gv, err := schema.ParseGroupVersion(l.APIVersion())
	if err != nil {
		t.Fatal(err)
	}
	out, err := scheme.Scheme.New(gv.WithKind(l.Kind + "List"))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 1))
	var items []runtime.Object
	for range n {
		o, err := scheme.Scheme.New(gv.WithKind(l.Kind))
		if err != nil {
			t.Fatal(err)
		}
		fill(r, reflect.ValueOf(o).Elem(), 0)
		o.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{}) // as items of lists are
		items = append(items, o)
	}
	if err := meta.SetList(out, items); err != nil {
		t.Fatal(err)
	}
	m, err := meta.ListAccessor(out)
	if err != nil {
		t.Fatal(err)
	}
	m.SetContinue(continued)
	out.GetObjectKind().SetGroupVersionKind(gv.WithKind(l.Kind + "List"))
	asJSON, err = json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme).Encode(out, &b); err != nil {
		t.Fatal(err)
	}
	return asJSON, b.Bytes()
}

// fill sets about every field of a value.
func fill(r *rand.Rand, v reflect.Value, depth int) {
	if depth > 14 || r.IntN(12) == 0 {
		return
	}
	switch at := v.Addr().Interface().(type) {
	case *metav1.Time:
		*at = metav1.NewTime(time.Unix(int64(r.Uint32()), 0))
		return
	case *metav1.MicroTime:
		*at = metav1.NewMicroTime(time.Unix(int64(r.Uint32()), 123456000))
		return
	case *resource.Quantity:
		*at = *resource.NewMilliQuantity(r.Int64N(1e9), resource.DecimalSI)
		return
	case *intstr.IntOrString:
		*at = []intstr.IntOrString{intstr.FromInt32(7), intstr.FromString("50%")}[r.IntN(2)]
		return
	case *metav1.FieldsV1:
		*at = *metav1.NewFieldsV1(`{"f:spec":{}}`)
		return
	case *runtime.RawExtension, *metav1.TypeMeta:
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("word-%d \"<ü>\"", r.IntN(1000)))
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int32, reflect.Int64:
		v.SetInt(int64(r.Int32()) - 1<<30)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem(), depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(r, v.Field(i), depth+1)
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte("bytes"))
			return
		}
		n := 1 + r.IntN(4)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(r, v.Index(i), depth+1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 3 {
			key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			key.SetString(fmt.Sprintf("key-%d", r.IntN(100)))
			fill(r, elem, depth+1)
			v.SetMapIndex(key, elem)
		}
	}
}

// onlyJSON are the lists whose kinds the API has no type for in client-go.
func onlyJSON() []evidence.Resource {
	return []evidence.Resource{evidence.APIServices, evidence.CRDs}
}

// What is read of a list is the same in both forms, whatever stands in it.
func TestSameAsJSON(t *testing.T) {
	for _, l := range evidence.Collected() {
		t.Run(string(l.Resource), func(t *testing.T) {
			d, ok := For(l)
			if !ok {
				for _, r := range onlyJSON() {
					if r == l.Resource {
						return
					}
				}
				t.Fatal("there is no decoder")
			}
			for seed := range uint64(60) {
				asJSON, asProtobuf := list(t, l, seed, 3, "go-on")
				var want, got []any
				wantList, err := l.Each(bytes.NewReader(asJSON), func(o any) error { want = append(want, o); return nil })
				if err != nil {
					t.Fatal(err)
				}
				gotList, err := d.Each(bufio.NewReader(bytes.NewReader(asProtobuf)), func(o any) error { got = append(got, o); return nil })
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(written(t, want), written(t, got)); diff != "" {
					t.Fatalf("seed %d (-JSON +protobuf):\n%s", seed, diff)
				}
				wantList.ItemKind = "" // protobuf says it of the list alone
				if diff := cmp.Diff(wantList, gotList); diff != "" {
					t.Fatalf("seed %d (-JSON +protobuf):\n%s", seed, diff)
				}
				if token := Continue(asProtobuf[:min(len(asProtobuf), 200)]); token != "go-on" {
					t.Fatalf("the token is %q", token)
				}
			}
		})
	}
}

// written is what a bundle would hold.
func written(t *testing.T, objects []any) string {
	t.Helper()
	out, err := json.MarshalIndent(objects, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func pods() evidence.List { return evidence.Lists()[1] }

// An answer that is cut anywhere is an error, never a shorter list.
func TestCut(t *testing.T) {
	d, _ := For(pods())
	_, whole := list(t, pods(), 1, 2, "")
	for n := 0; n < len(whole); n += 101 {
		_, err := d.Each(bufio.NewReader(bytes.NewReader(whole[:n])), func(any) error { return nil })
		if err == nil {
			t.Fatalf("%d of %d bytes are taken for a whole list", n, len(whole))
		}
	}
}

func TestDamaged(t *testing.T) {
	d, _ := For(pods())
	for _, tt := range []struct{ name, in, want string }{
		{"no protobuf", "{}", "in protobuf was expected"},
		{"an object of a gigabyte", prefix + "\x12\xff\xff\xff\xff\x0f\x12\xff\xff\xff\x7f", "larger than"},
		{"longer than it says", prefix + "\x12\x03\x12\x04abcd", "longer than it says"},
		{"another type of field", prefix + "\x11abcdefgh", "type 1"},
		{"number 0", prefix + "\x02\x01a", "no valid number"},
	} {
		_, err := d.Each(bufio.NewReader(strings.NewReader(tt.in)), func(any) error { return nil })
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func FuzzEach(f *testing.F) {
	f.Add([]byte(prefix + "\x12\x04\x12\x02\x0a\x00"))
	f.Add([]byte(prefix))
	f.Fuzz(func(t *testing.T, in []byte) {
		d, _ := For(pods())
		_, _ = d.Each(bufio.NewReader(bytes.NewReader(in)), func(any) error { return nil })
		Continue(in)
	})
}
