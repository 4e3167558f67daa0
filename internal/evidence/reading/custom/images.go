package custom

import (
	"cmp"
	"maps"
	"slices"

	"github.com/fixline-dev/fixline/internal/core/custom"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// versionLabel is where charts write the version of what a pod runs
// (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/).
const versionLabel = "app.kubernetes.io/version"

// image collects one tag of one repository.
type image struct {
	custom.Image
	nodes, labels map[string]bool
}

// images are those of pods that are not done, each tag once, sorted. Init
// containers have ended and are not among them, but for sidecars.
func images(b *evidence.Bundle) []custom.Image {
	byName := map[string]*image{}
	for _, p := range b.Pods {
		if p.Done() {
			continue
		}
		seen := map[string]bool{}
		for _, c := range slices.Concat(sidecars(p.Spec.InitContainers), p.Spec.Containers) {
			key := key(c.Image, p.Labels[versionLabel])
			i := byName[key]
			if i == nil {
				i = &image{Image: read(c.Image, p.Labels[versionLabel]), nodes: map[string]bool{}, labels: map[string]bool{}}
				byName[key] = i
			}
			if !seen[key] {
				i.Pods++
			}
			seen[key] = true
			if p.Spec.NodeName != "" {
				i.nodes[p.Spec.NodeName] = true
			}
			for name, value := range p.Labels {
				i.labels[name+"="+value] = true
			}
		}
	}
	var out []custom.Image
	for _, i := range byName {
		i.Nodes, i.Labels = slices.Sorted(maps.Keys(i.nodes)), slices.Sorted(maps.Keys(i.labels))
		out = append(out, i.Image)
	}
	slices.SortFunc(out, func(a, b custom.Image) int {
		return cmp.Or(cmp.Compare(a.Repository, b.Repository), cmp.Compare(a.Tag, b.Tag), a.Version.Compare(b.Version))
	})
	return out
}

func sidecars(init []evidence.Container) []evidence.Container {
	return slices.DeleteFunc(slices.Clone(init), func(c evidence.Container) bool { return c.RestartPolicy != "Always" })
}

// key keeps images without a readable tag apart by the label that stands for it.
func key(ref, label string) string {
	if i, err := version.ParseImage(ref); err == nil && i.Version.Known() {
		return i.Repository + ":" + i.Tag
	}
	return ref + " " + label
}

// read is an image with the version its tag says, else the label.
func read(ref, label string) custom.Image {
	i, err := version.ParseImage(ref)
	if err != nil {
		return custom.Image{Repository: ref, Unread: err.Error()}
	}
	out := custom.Image{Repository: i.Repository, Tag: i.Tag, Version: i.Version, Unread: i.Unread}
	if out.Version.Known() {
		return out
	}
	if v, err := version.Parse(label); label != "" && err == nil {
		out.Version, out.Unread = v, ""
	}
	return out
}
