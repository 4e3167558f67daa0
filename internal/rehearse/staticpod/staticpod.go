// Package staticpod reads the static pod manifest of a kube-apiserver and makes
// of it the command line of a rehearsal: the cluster's real flags, their paths
// in the private folder, and nothing left that would call out. It decides which
// flags are kept, replaced or left out, and says each that is not kept. It
// starts nothing. Start at [Parse] and [Pod.Rewrite].
package staticpod

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// Pod is what a manifest says of the API server.
type Pod struct {
	// Image is the container's: "registry.k8s.io/kube-apiserver:v1.34.2".
	Image string
	Flags []Flag
	Env   []string // NAME=VALUE, without what comes from elsewhere

	mounts []mount
}

// Flag is one of the command line, without its dashes. One without a value is
// one that stands alone, which means true.
type Flag struct {
	Name  string
	Value string
	Bare  bool
}

// String is the flag as it is given to a program.
func (f Flag) String() string {
	if f.Bare {
		return "--" + f.Name
	}
	return "--" + f.Name + "=" + f.Value
}

// mount is a folder or file of the host in the container.
type mount struct{ in, host string }

// Parse reads a manifest. The container is the one that runs kube-apiserver.
func Parse(text []byte) (Pod, error) {
	var pod corev1.Pod
	if err := yaml.Unmarshal(text, &pod); err != nil {
		return Pod{}, err
	}
	for _, c := range pod.Spec.Containers {
		words := append(slices.Clone(c.Command), c.Args...)
		if len(words) == 0 || path.Base(words[0]) != "kube-apiserver" {
			continue
		}
		flags, err := parseFlags(words[1:])
		if err != nil {
			return Pod{}, err
		}
		p := Pod{Image: c.Image, Flags: flags, mounts: mounts(pod.Spec.Volumes, c.VolumeMounts)}
		for _, e := range c.Env {
			if e.ValueFrom == nil {
				p.Env = append(p.Env, e.Name+"="+e.Value)
			}
		}
		return p, nil
	}
	return Pod{}, errors.New("no container in it runs kube-apiserver by its name: spec.containers[].command[0]")
}

// parseFlags takes --name=value, --name value and --name.
func parseFlags(words []string) ([]Flag, error) {
	var out []Flag
	for i := 0; i < len(words); i++ {
		name, dashes := strings.CutPrefix(words[i], "--")
		if !dashes || name == "" {
			return nil, fmt.Errorf("the word %q of the command is no flag", words[i])
		}
		f := Flag{Name: name}
		if n, v, ok := strings.Cut(name, "="); ok {
			f.Name, f.Value = n, v
		} else if i+1 < len(words) && !strings.HasPrefix(words[i+1], "--") {
			i++
			f.Value = words[i]
		} else {
			f.Bare = true
		}
		f.Name = strings.ReplaceAll(f.Name, "_", "-") // as kube-apiserver itself reads names
		out = append(out, f)
	}
	return out, nil
}

func mounts(volumes []corev1.Volume, in []corev1.VolumeMount) []mount {
	hosts := map[string]string{}
	for _, v := range volumes {
		if v.HostPath != nil {
			hosts[v.Name] = v.HostPath.Path
		}
	}
	var out []mount
	for _, m := range in {
		if host, ok := hosts[m.Name]; ok {
			out = append(out, mount{path.Clean(m.MountPath), path.Join(host, m.SubPath)})
		}
	}
	// The longest first: a mount in a mounted folder is the nearer one.
	slices.SortFunc(out, func(a, b mount) int { return len(b.in) - len(a.in) })
	return out
}

// host is where a path of the container is on the host.
func (p Pod) host(in string) string {
	in = path.Clean(in)
	for _, m := range p.mounts {
		if in == m.in {
			return m.host
		}
		if rest, ok := strings.CutPrefix(in, m.in+"/"); ok {
			return path.Join(m.host, rest)
		}
	}
	return in
}

// Value is the last value of a flag, as the program takes it.
func (p Pod) Value(name string) (string, bool) {
	for _, f := range slices.Backward(p.Flags) {
		if f.Name == name {
			return f.Value, true
		}
	}
	return "", false
}

// Args are the flags as they are, for a program that only reads them.
func (p Pod) Args() []string {
	out := make([]string, len(p.Flags))
	for i, f := range p.Flags {
		out[i] = f.String()
	}
	return out
}
