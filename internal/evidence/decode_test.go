package evidence

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeList(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []string
		listing  Listing
		err      string // a part of the message; "" = none
		offset   int64
	}{
		{name: "kubectl", in: `{"apiVersion":"v1","items":[{"kind":"Pod","metadata":{"name":"a"}},{"kind":"Pod","metadata":{"name":"b"}}],"kind":"List","metadata":{"resourceVersion":""}}`,
			want: []string{"a", "b"}, listing: Listing{Kind: "List", ItemKind: "Pod", Items: 2}},
		{name: "a page", in: `{"kind":"PodList","metadata":{"continue":"tok","remainingItemCount":3},"items":[{"metadata":{"name":"a"}}]}`,
			want: []string{"a"}, listing: Listing{Kind: "PodList", Continue: "tok", Items: 1}},
		{name: "null items", in: `{"kind":"PodList","items":null}`, listing: Listing{Kind: "PodList"}},
		{name: "one object", in: `{"kind":"Pod","metadata":{"name":"a"}}`, err: `found kind "Pod" without items`},
		{name: "no object", in: `[]`, err: "a Kubernetes list was expected"},
		{name: "empty", in: ``, err: "it ends in the middle"},
		{name: "cut short", in: `{"items":[{"metadata":{"name":"a"}},{"metadata":{"na`, want: []string{"a"}, err: "it ends in the middle"},
		{name: "a syntax error", in: "{\"items\":[\n{\"metadata\":{\"name\":\"a\"}},\n{x}]}", want: []string{"a"}, err: "invalid character 'x'", offset: 37},
		{name: "a wrong type", in: `{"items":[{"metadata":{"name":7}}]}`, err: "number"},
		{name: "two lists", in: `{"items":[]}{"items":[]}`, err: "something follows the list"},
		{name: "too deep", in: `{"items":[` + strings.Repeat("[", 20000), err: "exceeded max depth"},
		{name: "an object without end", in: `{"items":[{"metadata":{"name":"` + strings.Repeat("x", 2*MaxObject), err: "larger than 16 MiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			listing, err := DecodeList(strings.NewReader(tt.in), func(o *Object) error { got = append(got, o.Name); return nil })
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
			if tt.err == "" {
				if err != nil || listing != tt.listing {
					t.Errorf("got %+v, %v; want %+v", listing, err, tt.listing)
				}
				return
			}
			at, ok := errors.AsType[*OffsetError](err)
			if !ok || !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("error %v, want an OffsetError with %q", err, tt.err)
			}
			if tt.offset != 0 && at.Offset != tt.offset {
				t.Errorf("offset %d, want %d", at.Offset, tt.offset)
			}
		})
	}
}

// TestDecodeListStreams: a list far larger than one object may be is read
// object by object.
func TestDecodeListStreams(t *testing.T) {
	in, out := io.Pipe()
	go func() {
		fmt.Fprint(out, `{"items":[`)
		junk := strings.Repeat("x", 1<<20)
		for n := range 40 {
			if n > 0 {
				fmt.Fprint(out, ",")
			}
			fmt.Fprintf(out, `{"metadata":{"name":"p%d"},"status":{"junk":%q}}`, n, junk)
		}
		fmt.Fprint(out, `]}`)
		_ = out.Close()
	}()
	got, err := DecodeList(in, func(*Object) error { return nil })
	if err != nil || got.Items != 40 {
		t.Errorf("got %+v, %v; want 40 objects", got, err)
	}
}

func FuzzDecodeList(f *testing.F) {
	f.Add([]byte(`{"items":[{"spec":{"volumes":[{"name":"a","csi":{"driver":"d"}}]}}]}`))
	f.Add([]byte(`{"items":[{}],"metadata":{"continue":"x"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, list := range Collected() {
			b := New("fuzz")
			if _, err := b.Decode(list, strings.NewReader(string(data))); err == nil {
				b.Forget(list)
			}
		}
	})
}

// TestForget: what was read of one list goes, its siblings stay.
func TestForget(t *testing.T) {
	const items = `{"items":[{"metadata":{"name":"a","namespace":"n"}},{"metadata":{"name":"b"}}]}`
	for _, list := range Lists() {
		b := New("test")
		for _, l := range Lists() {
			if _, err := b.Decode(l, strings.NewReader(items)); err != nil {
				t.Fatal(err)
			}
		}
		before := size(b)
		b.Forget(list)
		if size(b) >= before {
			t.Errorf("%s: nothing was forgotten", list.Resource)
		}
		if list.Resource != Pods && len(b.Pods) == 0 {
			t.Errorf("%s: pods were forgotten too", list.Resource)
		}
	}
}

func size(b *Bundle) int {
	return len(b.Nodes) + len(b.Pods) + len(b.Namespaces) + len(b.Services) + len(b.PersistentVolumes) + len(b.DaemonSets) +
		len(b.NetworkPolicies) + len(b.Ingresses) + len(b.StorageClasses) + len(b.APIServices) + len(b.CRDs) + len(b.ValidatingWebhooks) +
		len(b.MutatingWebhooks) + len(b.AdmissionPolicies) + len(b.ResourceClaims) + len(b.Roles) + len(b.Bindings)
}
