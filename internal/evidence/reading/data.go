package reading

import (
	_ "embed"
	"fmt"

	"go.yaml.in/yaml/v4"
)

//go:embed components.yaml
var componentsYAML []byte

//go:embed volumes.yaml
var volumesYAML []byte

// names is what the data files say.
type names struct {
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
