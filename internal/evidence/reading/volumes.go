package reading

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// volumes answers which volume plugins are in use: by pods, PersistentVolumes
// and StorageClasses. UseVolumePlugin alone, without a name, is answered when
// all three were read; then a plugin without an answer of its own is not in use.
func (r *reader) volumes() {
	users := map[string]map[string]bool{} // plugin: who uses it
	use := func(plugin, by string) {
		if plugin == "" {
			return
		}
		if users[plugin] == nil {
			users[plugin] = map[string]bool{}
		}
		users[plugin][by] = true
	}
	for _, p := range r.b.Pods {
		for _, v := range p.Spec.Volumes {
			for _, source := range v.Sources {
				use(source, "Pod/"+podName(p))
			}
			use(v.Driver, "Pod/"+podName(p))
		}
	}
	for _, pv := range r.b.PersistentVolumes {
		for _, source := range pv.Spec.Sources {
			use(source, "PersistentVolume/"+pv.Name)
		}
		use(pv.Spec.Driver, "PersistentVolume/"+pv.Name)
	}
	inTree := map[string]string{}
	for _, p := range r.names.Plugins {
		for _, provisioner := range p.Provisioners {
			inTree[provisioner] = p.Source
		}
	}
	for _, sc := range r.b.StorageClasses {
		use(sc.Provisioner, "StorageClass/"+sc.Name)
		use(inTree[sc.Provisioner], "StorageClass/"+sc.Name)
	}
	for _, plugin := range sortedKeys(users) {
		r.c.Facts.Uses[inventory.UseVolumePlugin+":"+plugin] = inventory.Answer{State: inventory.Yes, Evidence: "in use by " + some(sortedKeys(users[plugin]))}
	}
	if !r.readOrEmpty(evidence.Pods) || !r.readOrEmpty(evidence.PersistentVolumes) || !r.readOrEmpty(evidence.StorageClasses) {
		return
	}
	looked := fmt.Sprintf("%d pods, %d PersistentVolumes and %d StorageClasses", len(r.b.Pods), len(r.b.PersistentVolumes), len(r.b.StorageClasses))
	for _, p := range r.names.Plugins {
		for _, name := range append([]string{p.Source}, p.Provisioners...) {
			key := inventory.UseVolumePlugin + ":" + name
			if _, ok := r.c.Facts.Uses[key]; !ok {
				r.c.Facts.Uses[key] = inventory.Answer{State: inventory.No, Evidence: "none of " + looked + " uses it"}
			}
		}
	}
	all := inventory.Answer{State: inventory.No, Evidence: "none of " + looked + " uses a volume plugin"}
	if len(users) > 0 {
		all = inventory.Answer{State: inventory.Yes, Evidence: "all volume plugins in use are known, from " + looked}
	}
	r.c.Facts.Uses[inventory.UseVolumePlugin] = all
}
