package helm

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// content is what Helm stored under the key "release", as Helm wrote it. The
// object is asked for as a list of one name, so that the right to list is all
// that is needed; who may list Secrets may read them anyway.
func (c *client) content(ctx context.Context, r revision) (string, error) {
	request := func() *rest.Request {
		return c.rest.Get().AbsPath("/api/v1/namespaces/"+r.Namespace+"/"+r.driver.Resource).
			SetHeader("Accept", runtime.ContentTypeProtobuf+","+runtime.ContentTypeJSON).
			Param("fieldSelector", "metadata.name="+r.object)
	}
	var data []byte
	err := c.ask(ctx, request, func(body io.Reader) (err error) {
		data, err = io.ReadAll(io.LimitReader(body, evidence.MaxObject+1))
		return err
	})
	if err != nil {
		return "", err
	}
	if len(data) > evidence.MaxObject {
		return "", errBroken
	}
	read := fromJSON
	if packed, ok := bytes.CutPrefix(data, []byte(protobufPrefix)); ok {
		data, read = packed, fromProtobuf
	}
	stored, err := read(data, r.driver)
	switch {
	case err != nil:
		return "", err
	case len(stored) != 1:
		return "", &unreadable{why: "it was gone before it could be read"}
	}
	return stored[0], nil
}

var errBroken = &unreadable{why: "the object that stores it cannot be decoded, or is too large", content: true}

// protobufPrefix stands before every protobuf object of Kubernetes
// (https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding).
const protobufPrefix = "k8s\x00"

// fromProtobuf reads the releases of a list, in the form that a server makes
// with the least work.
func fromProtobuf(data []byte, d Driver) ([]string, error) {
	var whole runtime.Unknown
	if whole.Unmarshal(data) != nil {
		return nil, errBroken
	}
	var out []string
	if d.Kind == "Secret" {
		var list corev1.SecretList
		if list.Unmarshal(whole.Raw) != nil {
			return nil, errBroken
		}
		for _, o := range list.Items {
			out = append(out, string(o.Data["release"]))
		}
		return out, nil
	}
	var list corev1.ConfigMapList
	if list.Unmarshal(whole.Raw) != nil {
		return nil, errBroken
	}
	for _, o := range list.Items {
		out = append(out, o.Data["release"])
	}
	return out, nil
}

// fromJSON does the same for a server that answers JSON all the same.
func fromJSON(data []byte, d Driver) ([]string, error) {
	var list struct {
		Items []struct {
			Data struct {
				Release string `json:"release"`
			} `json:"data"`
		} `json:"items"`
	}
	if json.Unmarshal(data, &list) != nil {
		return nil, errBroken
	}
	var out []string
	for _, o := range list.Items {
		text := o.Data.Release
		if d.Kind == "Secret" {
			plain, err := base64.StdEncoding.DecodeString(text) // a Secret's own
			if err != nil {
				return nil, &unreadable{why: "the Secret's data is no base64", content: true}
			}
			text = string(plain)
		}
		out = append(out, text)
	}
	return out, nil
}
