package host

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// file is one file of hosts/NODE/.
type file struct {
	name  string
	data  []byte
	items int
}

// parser turns what a probe printed into files; none where it says nothing. With
// an error they are what could be read of it.
// What it prints raw was already reduced; everything else goes through a type
// of package evidence, which keeps what it knows and nothing else.
type parser func(found *found, out []byte) ([]file, error)

// found is what one probe tells the look at the host itself.
type found struct {
	system       evidence.System
	synchronized *bool
	// nodes are the names the kubelet's client certificates were issued for.
	nodes   []string
	serving []byte
}

func parsers() map[string]parser {
	return map[string]parser{
		"system":          system,
		"versions":        versions,
		"packages":        installed,
		"holds":           holds,
		"offers":          offers,
		"candidates":      candidates,
		"repositories":    repositories,
		"updates":         updates,
		"static-pods":     staticPods,
		"kubelet-flags":   kubeletFlags,
		"kubelet-cmdline": kubeletCommand,
		"kubelet-config":  kubeletConfig,
		"kubeconfigs":     kubeconfigs,
		"certificates":    certificates,
		"disks":           disks,
		"kubeadm-backups": backups,
	}
}

// document is a file in JSON.
func document(name string, v any, items int) ([]file, error) {
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return nil, err
	}
	return []file{{name, append(data, '\n'), items}}, nil
}

func lines(out []byte) []string {
	var all []string
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) != "" {
			all = append(all, line)
		}
	}
	return all
}

func versions(_ *found, out []byte) ([]file, error) {
	var h evidence.Host
	h.ReadVersions(out)
	if h.Kernel == "" && h.Containerd == "" && h.CRIO == "" {
		return nil, fmt.Errorf("it names no version")
	}
	return []file{{"versions.txt", out, 0}}, nil
}

func installed(_ *found, out []byte) ([]file, error) {
	kind, rest, _ := bytes.Cut(out, []byte("\n"))
	name, read := "dpkg.txt", evidence.ReadDpkg
	if string(kind) == "rpm" {
		name, read = "rpm.txt", evidence.ReadRPM
	}
	packages, err := read(rest)
	if err != nil {
		return nil, err
	}
	if packages == nil {
		return nil, fmt.Errorf("it lists none of the packages of a Kubernetes node")
	}
	return []file{{name, rest, len(packages)}}, nil
}

func holds(_ *found, out []byte) ([]file, error) {
	names, err := evidence.ReadHolds(out)
	if err != nil {
		return nil, err
	}
	text := ""
	for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
		text += name + "\n"
	}
	return []file{{"holds.txt", []byte(text), len(names)}}, nil
}

func staticPods(_ *found, out []byte) ([]file, error) {
	pods, err := evidence.ReadStaticPods(out)
	if err != nil {
		return nil, reduced(err)
	}
	var text bytes.Buffer
	for _, pod := range pods {
		data, err := json.Marshal(struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
			evidence.Pod
		}{"v1", "Pod", pod})
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&text, "---\n%s\n", data) // JSON is YAML
	}
	return []file{{"static-pods.yaml", text.Bytes(), len(pods)}}, nil
}

func kubeletFlags(_ *found, out []byte) ([]file, error) {
	flags, err := evidence.ReadKubeletFlags(out)
	if err != nil {
		return nil, reduced(err)
	}
	return []file{{"kubeadm-flags.env", []byte("KUBELET_KUBEADM_ARGS=\"" + strings.Join(flags, " ") + "\"\n"), 0}}, nil
}

func kubeletCommand(_ *found, out []byte) ([]file, error) {
	words, err := evidence.ReadKubeletCommand(out)
	if err != nil {
		return nil, reduced(err)
	}
	return []file{{"kubelet-cmdline.txt", []byte(strings.Join(words, "\n") + "\n"), 0}}, nil
}

func kubeletConfig(_ *found, out []byte) ([]file, error) {
	config, err := evidence.ReadKubeletConfig(out)
	if err != nil {
		return nil, reduced(err)
	}
	data, err := yaml.Marshal(config)
	if err != nil {
		return nil, err
	}
	return []file{{"kubelet-config.yaml", data, 0}}, nil
}

// reduced is what may be said of a file that cannot be read: not what stood in
// it, which a parser's message quotes.
func reduced(error) error { return fmt.Errorf("it cannot be parsed, so nothing of it was kept") }
