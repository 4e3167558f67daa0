package evidence

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	certificatesv1 "k8s.io/api/certificates/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	networkingv1 "k8s.io/api/networking/v1"
	nodev1 "k8s.io/api/node/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	resourcev1 "k8s.io/api/resource/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var update = flag.Bool("update", false, "write the golden files")

// TestKeptFields writes its own path into every text of a full object of every
// kind, and lists which of them a bundle then holds: the whitelist made
// visible. A field that appears here is published with every bundle, so it is
// a decision and not a side effect.
func TestKeptFields(t *testing.T) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, policyv1.AddToScheme, autoscalingv2.AddToScheme,
		networkingv1.AddToScheme, storagev1.AddToScheme, schedulingv1.AddToScheme, nodev1.AddToScheme, admissionv1.AddToScheme,
		flowcontrolv1.AddToScheme, certificatesv1.AddToScheme, coordinationv1.AddToScheme, resourcev1.AddToScheme,
		discoveryv1.AddToScheme, rbacv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	var got strings.Builder
	for _, list := range Collected() {
		group, version, _ := strings.Cut(list.APIVersion(), "/")
		if version == "" {
			group, version = "", group
		}
		var text []byte
		object, err := scheme.New(schema.GroupVersionKind{Group: group, Version: version, Kind: list.Kind})
		switch {
		case err == nil:
			fill(reflect.ValueOf(object).Elem(), "", 0)
			text = marshal(t, object)
		case list.Resource == CRDs || list.Resource == APIServices:
			// Their types are in modules of their own; what ours has no field for
			// is dropped all the same.
			text = marshal(t, fullByHand(list.Resource))
		default:
			t.Fatalf("%s: %v", list.Resource, err)
		}
		kept := trimmed(t, list, text)
		if again := trimmed(t, list, kept); !bytes.Equal(kept, again) {
			t.Errorf("%s changes when it is read back (-first +second):\n%s", list.Resource, cmp.Diff(string(kept), string(again)))
		}
		for _, path := range paths(kept) {
			fmt.Fprintf(&got, "%s %s\n", list.Resource, path)
		}
		for _, never := range []string{"env", "envFrom", "data", "stringData", "imagePullSecrets", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle",
			"command", "args", "volumeAttributes", "parameters", "token", "secretRef", "message", "request", "certificate", "note"} {
			if never == "message" && strings.HasSuffix(string(list.Resource), "policies") {
				continue // what a policy answers with is a part of the policy
			}
			for _, path := range paths(kept) {
				if slices.Contains(strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune(".[]", r) }), never) {
					t.Errorf("%s keeps %s", list.Resource, path)
				}
			}
		}
	}
	golden := filepath.Join("testdata", "kept-fields.txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("what a bundle holds of objects changed; if it may hold that: go test ./internal/evidence -update (-want +got):\n%s", diff)
	}
}

// trimmed is what a bundle holds of one object.
func trimmed(t *testing.T, list List, object []byte) []byte {
	t.Helper()
	var kept []byte
	_, err := list.Each(strings.NewReader(`{"items":[`+string(object)+`]}`), func(o any) error {
		kept = marshal(t, o)
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", list.Resource, err)
	}
	return kept
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

const marker = "~"

var marked = regexp.MustCompile(marker + `([A-Za-z0-9.\[\]{}/_-]+)` + marker)

// paths are those that are marked in a text, sorted.
func paths(text []byte) []string {
	var out []string
	for _, m := range marked.FindAllSubmatch(text, -1) {
		out = append(out, string(m[1]))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// fill writes into every text of v the path it has in JSON.
func fill(v reflect.Value, path string, depth int) {
	if depth > 14 {
		return
	}
	mark := marker + path + marker
	switch p := v.Addr().Interface().(type) {
	case *metav1.Time:
		p.Time = time.Unix(1, 0).UTC()
		return
	case *metav1.MicroTime:
		p.Time = time.Unix(1, 0).UTC()
		return
	case *resource.Quantity:
		*p = resource.MustParse("1")
		return
	case *intstr.IntOrString:
		*p = intstr.FromString(mark)
		return
	case *metav1.FieldsV1:
		p.SetRawBytes([]byte(`{"a":"` + mark + `"}`))
		return
	case *runtime.RawExtension:
		p.Raw = []byte(`{"a":"` + mark + `"}`)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(mark)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), path, depth+1)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte("x"))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), path+"[]", depth+1)
	case reflect.Map:
		value := reflect.New(v.Type().Elem()).Elem()
		fill(value, path+"{}", depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		keys := []string{"key"}
		if path == "metadata.annotations" {
			keys = []string{"note", "kubernetes.io/config.source", LastApplied}
		}
		for _, key := range keys {
			if len(keys) > 1 { // annotations: some are kept
				value = reflect.ValueOf(marker + path + "." + key + marker)
			}
			v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			at := path
			if name != "" {
				at = strings.TrimPrefix(path+"."+name, ".")
			} else if !strings.Contains(options, "inline") && !v.Type().Field(i).Anonymous {
				continue
			}
			if v.Field(i).CanSet() {
				fill(v.Field(i), at, depth+1)
			}
		}
	}
}

// fullByHand is an object whose type no module of this one has.
func fullByHand(r Resource) map[string]any {
	m := func(path string) string { return marker + path + marker }
	client := func(at string) map[string]any {
		return map[string]any{"url": "https://u:p@host/" + m(at+".url"), "token": m(at + ".token"),
			"service": map[string]any{"namespace": m(at + ".service.namespace"), "name": m(at + ".service.name"), "path": m(at + ".service.path")}}
	}
	meta := map[string]any{"name": m("metadata.name"), "annotations": map[string]any{"note": m("metadata.annotations.note")}, "labels": map[string]any{"a": m("metadata.labels{}")}}
	if r == APIServices {
		return map[string]any{"metadata": meta, "spec": map[string]any{"group": m("spec.group"), "version": m("spec.version"), "other": m("spec.other"),
			"service": map[string]any{"namespace": m("spec.service.namespace"), "name": m("spec.service.name")}},
			"status": map[string]any{"conditions": []any{map[string]any{"type": m("status.conditions[].type"), "message": m("status.conditions[].message")}}}}
	}
	return map[string]any{"metadata": meta, "spec": map[string]any{"group": m("spec.group"),
		"versions":   []any{map[string]any{"name": m("spec.versions[].name"), "schema": map[string]any{"description": m("spec.versions[].schema.description")}}},
		"conversion": map[string]any{"strategy": m("spec.conversion.strategy"), "webhook": map[string]any{"clientConfig": client("spec.conversion.webhook.clientConfig")}}},
		"status": map[string]any{"storedVersions": []any{m("status.storedVersions[]")}}}
}
