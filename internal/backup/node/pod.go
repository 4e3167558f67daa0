package node

import (
	"errors"
	"path"
	"strings"

	"sigs.k8s.io/yaml"
)

// pod is what is read of a static pod manifest.
type pod struct {
	Spec struct {
		Containers []struct {
			Image         string
			Command, Args []string
			VolumeMounts  []struct{ Name, MountPath string }
		}
		Volumes []struct {
			Name     string
			HostPath *struct{ Path string }
		}
	}
}

func parse(text []byte) (pod, error) {
	var p pod
	if err := yaml.Unmarshal(text, &p); err != nil {
		return p, err
	}
	if len(p.Spec.Containers) == 0 {
		return p, errors.New("it is no static pod: it has no containers")
	}
	return p, nil
}

func (p pod) words() []string {
	c := p.Spec.Containers[0]
	return append(append([]string{}, c.Command...), c.Args...)
}

// flag is the value of --name=value or --name value; the last wins, as with the
// programs themselves.
func (p pod) flag(name string) string {
	value, words := "", p.words()
	for i, w := range words {
		if v, ok := strings.CutPrefix(w, "--"+name+"="); ok {
			value = v
		} else if w == "--"+name && i+1 < len(words) {
			value = words[i+1]
		}
	}
	return value
}

// paths are all absolute paths that flags name.
func (p pod) paths() []string {
	var out []string
	for _, w := range p.words() {
		if _, v, ok := strings.Cut(w, "="); ok {
			w = v
		}
		for _, one := range split(w) {
			if strings.HasPrefix(one, "/") {
				out = append(out, path.Clean(one))
			}
		}
	}
	return out
}

// host is where a path of the container is on the host.
func (p pod) host(at string) string {
	best, to := "", ""
	for _, m := range p.Spec.Containers[0].VolumeMounts {
		mount := path.Clean(m.MountPath)
		if len(mount) <= len(best) || at != mount && !strings.HasPrefix(at, mount+"/") {
			continue
		}
		for _, v := range p.Spec.Volumes {
			if v.Name == m.Name && v.HostPath != nil {
				best, to = mount, v.HostPath.Path
			}
		}
	}
	if best == "" {
		return at
	}
	return path.Join(to, strings.TrimPrefix(at, best))
}

// version is the image's tag without v.
func (p pod) version() string {
	image, _, _ := strings.Cut(p.Spec.Containers[0].Image, "@")
	i := strings.LastIndexByte(image, ':')
	if i < 0 || strings.ContainsRune(image[i:], '/') {
		return ""
	}
	return strings.TrimPrefix(image[i+1:], "v")
}
