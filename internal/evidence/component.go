package evidence

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

//go:embed data/images.yaml
var imagesYAML []byte

// image is one row of data/images.yaml.
type image struct {
	Component string   `yaml:"component"`
	Scope     string   `yaml:"scope"`
	Images    []string `yaml:"images"`
}

// images is parsed once. The file is part of the program and a test parses it,
// so damage is a broken build and panics.
//
//nolint:gochecknoglobals // parsed once, never written
var images = sync.OnceValue(func() []image {
	var file struct {
		Components []image `yaml:"components"`
	}
	if err := yaml.Unmarshal(imagesYAML, &file); err != nil {
		panic(fmt.Sprintf("reading the embedded images.yaml: %v", err))
	}
	return file.Components
})

// coreNames are components a container of kube-system is named after, also
// where its image is not: RKE2 runs all of them from one image.
func coreNames() []string {
	return []string{
		inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler, inventory.CloudControllerManager,
		inventory.KubeProxy, inventory.Etcd,
	}
}

var architecture = regexp.MustCompile(`-(?:amd64|arm64|arm|ppc64le|s390x)$`)

// Component is the component a container of p is, by its image or, in
// kube-system, by its name: "kube-apiserver", "coredns". ok is false for what
// is no part of this cluster; name is then set where it is a control plane's
// program outside kube-system.
func (p Pod) Component(c Container) (name string, ok bool) {
	system := p.Namespace == "kube-system"
	if system && slices.Contains(coreNames(), c.Name) {
		return c.Name, true
	}
	img, err := version.ParseImage(c.Image)
	if err != nil {
		return "", false
	}
	path := "/" + architecture.ReplaceAllString(img.Repository, "")
	for _, i := range images() {
		if slices.ContainsFunc(i.Images, func(end string) bool { return strings.HasSuffix(path, "/"+end) }) {
			return i.Component, system || i.Scope == "any"
		}
	}
	return "", false
}
