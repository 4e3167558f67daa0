package helm

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// maxRelease bounds an unpacked release. The API server takes no object over
// 1.5 MiB by default, and text packs about ten to one; what is larger is a bomb.
const maxRelease = 32 << 20

// Content is what is kept of a stored release.
type Content struct {
	Chart   string // "web-1.2.3"
	Objects []evidence.ReleaseObject
	// Unreadable says why Objects is empty or incomplete, in words that quote
	// nothing of the release; "" where it is whole.
	Unreadable string
}

// record is the part of a release that is looked at; values, notes and
// templates have no field here
// (https://github.com/helm/helm/blob/v3.19.0/pkg/release/release.go).
type record struct {
	Chart struct {
		Metadata struct {
			Name    string `json:"name"`
			Version string `json:"version"`
		} `json:"metadata"`
	} `json:"chart"`
	Manifest string `json:"manifest"`
	Hooks    []struct {
		Manifest string `json:"manifest"`
	} `json:"hooks"`
}

// Decode reads a release as Helm stores it: base64 of JSON, gzipped or, from
// the first versions of Helm, not. It never fails as a whole; Unreadable says
// what could not be understood, and what could be is there.
func Decode(text string) Content {
	if text == "" {
		return Content{Unreadable: `it has no key "release", as Helm 3 stores one`}
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return Content{Unreadable: "it is no base64"}
	}
	data, err = unpack(data)
	if err != nil {
		return Content{Unreadable: err.Error()}
	}
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return Content{Unreadable: "it is no JSON of a release"}
	}
	var out Content
	if name := r.Chart.Metadata; chartName.MatchString(name.Name + "-" + name.Version) {
		out.Chart = name.Name + "-" + name.Version
	}
	objects, bad := walk(r.Manifest)
	out.Objects = objects
	for n, hook := range r.Hooks {
		objects, wrong := walk(hook.Manifest)
		for i := range objects {
			objects[i].Hook = true
		}
		out.Objects = append(out.Objects, objects...)
		for _, w := range wrong {
			bad = append(bad, fmt.Sprintf("hook %d: %s", n+1, w))
		}
	}
	out.Unreadable = few(bad)
	return out
}

var chartName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{1,200}$`)

// unpack takes the gzip off. Its errors are fixed texts.
func unpack(data []byte) ([]byte, error) {
	if !bytes.HasPrefix(data, []byte{0x1f, 0x8b, 0x08}) {
		return data, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, errors.New("its gzip header is damaged")
	}
	out, err := io.ReadAll(io.LimitReader(z, maxRelease+1))
	switch {
	case err != nil:
		return nil, errors.New("its gzip data is damaged or cut short")
	case len(out) > maxRelease:
		return nil, fmt.Errorf("it unpacks to more than %d MiB, which no release is", maxRelease>>20)
	}
	return out, nil
}

// few joins reasons and counts those that are too many to name.
func few(reasons []string) string {
	const most = 5
	if len(reasons) > most {
		reasons = append(reasons[:most:most], fmt.Sprintf("%d more", len(reasons)-most))
	}
	return strings.Join(reasons, "; ")
}
