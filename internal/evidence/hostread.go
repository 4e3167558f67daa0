package evidence

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// The files of hosts/NODE/. Each reader takes the whole file, which the
// adapter has bounded.

// ReadDpkg reads `dpkg -l` lines or `dpkg-query -W` pairs; only installed
// packages are kept. nil where the file names none: no host has none, the
// command did not answer.
func ReadDpkg(data []byte) ([]Package, error) {
	var out []Package
	for n, line := range lines(data) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0, strings.HasPrefix(line, "Desired="), f[0][0] == '|', strings.HasPrefix(line, "+++"): // head of dpkg -l
		case len(f) == 2: // dpkg-query -W: name, version
			out = append(out, Package{strings.SplitN(f[0], ":", 2)[0], f[1]})
		case len(f) >= 3 && len(f[0]) >= 2 && f[0][1] == 'i': // desired, installed
			out = append(out, Package{strings.SplitN(f[1], ":", 2)[0], f[2]})
		case len(f) >= 3 && len(f[0]) <= 3: // removed, half-installed...
		default:
			return nil, fmt.Errorf("line %d: %q is no line of dpkg -l", n+1, clip(line))
		}
	}
	return out, nil
}

// ReadRPM reads `rpm -qa`: NAME-VERSION-RELEASE.ARCH, one per line; nil where
// the file names none.
func ReadRPM(data []byte) ([]Package, error) {
	var out []Package
	for n, line := range lines(data) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		arch := strings.LastIndexByte(line, '.')
		release := strings.LastIndexByte(line[:max(arch, 0)], '-')
		version := strings.LastIndexByte(line[:max(release, 0)], '-')
		if version <= 0 || strings.ContainsAny(line, " \t") {
			return nil, fmt.Errorf("line %d: %q is no line of rpm -qa", n+1, clip(line))
		}
		out = append(out, Package{line[:version], line[version+1 : arch]})
	}
	return out, nil
}

// ReadMadison reads `apt-cache madison PACKAGE`: name | version | source.
func ReadMadison(data []byte) ([]Offer, error) {
	out := []Offer{}
	for n, line := range lines(data) {
		f := strings.SplitN(line, "|", 3)
		if len(f) == 0 || strings.TrimSpace(line) == "" {
			continue
		}
		if len(f) != 3 {
			return nil, fmt.Errorf("line %d: %q is no line of apt-cache madison", n+1, clip(line))
		}
		out = append(out, Offer{strings.TrimSpace(f[0]), strings.TrimSpace(f[1]), strings.TrimSpace(f[2])})
	}
	return out, nil
}

// ReadVersions reads what containerd, runc, uname -r and
// `stat -f -c %T /sys/fs/cgroup` print, one after the other, into h.
func (h *Host) ReadVersions(data []byte) {
	for _, line := range lines(data) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case f[0] == "containerd" && len(f) >= 3: // containerd MODULE VERSION REVISION
			h.Containerd = f[2]
		case f[0] == "runc" && len(f) >= 3 && f[1] == "version":
			h.Runc = f[2]
		case f[0] == "crio" && len(f) >= 3 && f[1] == "version":
			h.CRIO = f[2]
		case f[0] == "tmpfs" || f[0] == "cgroup2fs":
			h.CgroupFS = f[0]
		case len(f) == 1 && f[0][0] >= '0' && f[0][0] <= '9' && h.Kernel == "":
			h.Kernel = f[0]
		}
	}
}

// ReadKubeletFlags reads kubeadm-flags.env: KUBELET_KUBEADM_ARGS="...".
func ReadKubeletFlags(data []byte) ([]string, error) {
	out := []string{}
	for n, line := range lines(data) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("line %d: %q is no NAME=VALUE", n+1, clip(line))
		}
		if name == "KUBELET_KUBEADM_ARGS" {
			out = append(out, strings.Fields(strings.Trim(value, `"'`))...)
		}
	}
	return TrimFlags("kubelet", out), nil
}

// ReadConfigz reads the kubelet's /configz.
func ReadConfigz(data []byte) (map[string]any, error) {
	var doc struct {
		Config map[string]any `json:"kubeletconfig"`
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		return nil, &OffsetError{Offset: dec.InputOffset(), Err: plain(err)}
	}
	if doc.Config == nil {
		return nil, errors.New(`it has no "kubeletconfig", as the kubelet's /configz has`)
	}
	TrimKubeletConfig(doc.Config)
	return doc.Config, nil
}

// ReadKubeletConfig reads a kubelet's config.yaml: one YAML document, reduced
// by [TrimKubeletConfig]. Aliases are refused beyond a small number by the
// library.
func ReadKubeletConfig(data []byte) (map[string]any, error) {
	var out map[string]any
	if err := yaml.Unmarshal(data, &out); err != nil {
		return nil, err
	}
	TrimKubeletConfig(out)
	return out, nil
}

// ReadStaticPods reads manifests of /etc/kubernetes/manifests, one YAML
// document each. What is no Pod is left out.
func ReadStaticPods(data []byte) ([]Pod, error) {
	out := []Pod{}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for n := 1; ; n++ {
		var doc map[string]any
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", n, err)
		}
		if doc["kind"] != "Pod" {
			continue
		}
		// Through JSON, so that one set of field names serves both.
		text, err := json.Marshal(doc)
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", n, err)
		}
		var pod Pod
		if err := json.Unmarshal(text, &pod); err != nil {
			return nil, fmt.Errorf("document %d: %w", n, err)
		}
		if pod.Annotations == nil {
			pod.Annotations = map[string]string{}
		}
		pod.Annotations["kubernetes.io/config.source"] = "file"
		pod.Trim()
		out = append(out, pod)
	}
}

func lines(data []byte) []string {
	var out []string
	s := bufio.NewScanner(bytes.NewReader(data))
	s.Buffer(nil, len(data)+1)
	for s.Scan() {
		out = append(out, s.Text())
	}
	return out
}

func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "..."
	}
	return s
}
