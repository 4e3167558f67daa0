package helm

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
)

// Both forms a server may answer in hold the same.
func TestForms(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	drivers := Drivers()
	for _, tt := range []struct {
		driver Driver
		list   runtime.Object
	}{
		{drivers[0], &corev1.SecretList{Items: []corev1.Secret{{Data: map[string][]byte{"release": []byte("H4sI\x00"), "other": []byte("x")}}, {}}}},
		{drivers[1], &corev1.ConfigMapList{Items: []corev1.ConfigMap{{Data: map[string]string{"release": "H4sI\x00", "other": "x"}}, {}}}},
	} {
		tt.list.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{Version: "v1", Kind: tt.driver.Kind + "List"})
		text, err := json.Marshal(tt.list)
		if err != nil {
			t.Fatal(err)
		}
		var packed bytes.Buffer
		if err := protobuf.NewSerializer(scheme, scheme).Encode(tt.list, &packed); err != nil {
			t.Fatal(err)
		}
		data, ok := bytes.CutPrefix(packed.Bytes(), []byte(protobufPrefix))
		if !ok {
			t.Fatal("the prefix is another")
		}
		want := []string{"H4sI\x00", ""}
		for form, read := range map[string]func() ([]string, error){
			"JSON":     func() ([]string, error) { return fromJSON(text, tt.driver) },
			"protobuf": func() ([]string, error) { return fromProtobuf(data, tt.driver) },
		} {
			got, err := read()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s of %s (-want +got):\n%s", form, tt.driver.Kind, diff)
			}
		}
		if _, err := fromProtobuf(data[:len(data)/2], tt.driver); err == nil {
			t.Errorf("half a %s is taken for one", tt.driver.Kind)
		}
	}
}
