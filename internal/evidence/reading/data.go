package reading

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

//go:embed components.yaml
var componentsYAML []byte

//go:embed volumes.yaml
var volumesYAML []byte

// names is what the data files say.
type names struct {
	Components []struct {
		Component string   `yaml:"component"`
		Scope     string   `yaml:"scope"`
		Images    []string `yaml:"images"`
	} `yaml:"components"`
	Packages []struct {
		Package   string `yaml:"package"`
		Component string `yaml:"component"`
	} `yaml:"packages"`
	Plugins []struct {
		Source       string   `yaml:"source"`
		Provisioners []string `yaml:"provisioners"`
	} `yaml:"plugins"`
}

// load parses the embedded files. They are part of the program and a test
// parses them, so damage is a broken build and panics.
func load() names {
	var n names
	for _, data := range [][]byte{componentsYAML, volumesYAML} {
		if err := yaml.Unmarshal(data, &n); err != nil {
			panic(fmt.Sprintf("reading an embedded file: %v", err))
		}
	}
	return n
}

var architecture = regexp.MustCompile(`-(?:amd64|arm64|arm|ppc64le|s390x)$`)

// component is the component an image repository is, and whether it counts
// outside kube-system too; "" = none that is known.
func (n names) component(repository string) (name string, anywhere bool) {
	path := "/" + architecture.ReplaceAllString(repository, "")
	for _, c := range n.Components {
		for _, image := range c.Images {
			if strings.HasSuffix(path, "/"+image) {
				return c.Component, c.Scope == "any"
			}
		}
	}
	return "", false
}
