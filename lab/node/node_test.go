package node

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestMirror(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"deb822", map[string]string{"etc/apt/sources.list.d/debian.sources": "Types: deb\n# old\nURIs: http://mirror.example/debian\nSuites: bookworm\n"}, "http://mirror.example/debian"},
		{"one line", map[string]string{"etc/apt/sources.list": "# a comment\ndeb [signed-by=/k] https://mirror.example/debian/ bookworm main\n"}, "https://mirror.example/debian"},
		{"others do not count", map[string]string{
			"etc/apt/sources.list":                  "deb http://security.example/debian-security bookworm-security main\n",
			"etc/apt/sources.list.d/vendor.list":    "deb https://vendor.example/apt stable main\n",
			"etc/apt/sources.list.d/zz-debian.list": "deb http://mirror.example/debian bookworm main\n",
		}, "http://mirror.example/debian"},
		{"none", nil, "http://deb.debian.org/debian"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			machine := fstest.MapFS{}
			for name, text := range tt.files {
				machine[name] = &fstest.MapFile{Data: []byte(text)}
			}
			if got := Mirror(machine); got != tt.want {
				t.Errorf("Mirror = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRefNamesItsRecipe(t *testing.T) {
	ref, err := Ref()
	if err != nil || !strings.HasPrefix(ref, "lab.invalid/node:") || len(ref) != len("lab.invalid/node:")+12 {
		t.Errorf("Ref = %q, %v", ref, err)
	}
	if again, err := Ref(); err != nil || again != ref {
		t.Errorf("Ref again = %q, %v; want %q", again, err, ref)
	}
}

func TestContainerdConfigNamesPause(t *testing.T) {
	data, err := ContainerdConfig("registry.k8s.io/pause:3.10.2")
	if err != nil || !strings.Contains(string(data), `sandbox_image = "registry.k8s.io/pause:3.10.2"`) || strings.Contains(string(data), "@") {
		t.Errorf("ContainerdConfig = %s, %v", data, err)
	}
}
