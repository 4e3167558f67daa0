package settings

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/kubeadm"
)

// volumes names those a static pod mounts that nobody declared: the next
// manifest is without them, and what they held is gone from the pod.
func (l *loss) volumes(component string) {
	byHand := map[string][]string{}
	for _, r := range l.kubeadm.Running {
		if r.Component != component {
			continue
		}
		for _, v := range r.Volumes {
			declared := slices.ContainsFunc(l.kubeadm.Declared[component].Volumes, func(d kubeadm.Volume) bool { return d.Name == v })
			if !declared && !named(l.facts.Written.Volumes[component], v) {
				byHand[v] = append(byHand[v], r.Node)
			}
		}
	}
	for _, v := range slices.Sorted(maps.Keys(byHand)) {
		f := finding.New("SET-019", component+"/volume/"+v,
			fmt.Sprintf("the volume %s of %s on %s stands in no ClusterConfiguration: `kubeadm upgrade` writes the manifest without it", v, component, strings.Join(byHand[v], ", ")), unseenPatches)
		f.Remedy = fmt.Sprintf("`kubectl -n kube-system edit cm kubeadm-config`, and under %s.extraVolumes add it with name, hostPath and mountPath as in /etc/kubernetes/manifests/%s.yaml", section(component), component)
		if component == inventory.Etcd {
			f.Remedy = "kubeadm has no extraVolumes for etcd: pass it as a patch with `kubeadm upgrade --patches`"
		}
		l.add(f)
	}
}

// inputs names files the ClusterConfiguration has a component read that the
// next static pod would not have: it mounts kubeadm's own folders and
// extraVolumes, and nothing else.
func (l *loss) inputs(component string) {
	for _, flag := range l.facts.Written.Inputs[component] {
		for _, file := range values(l.kubeadm, component, flag) {
			if !path.IsAbs(file) || l.facts.Written.covers(l.kubeadm, component, file) {
				continue
			}
			f := finding.New("SET-022", component+"/--"+flag,
				fmt.Sprintf("the ClusterConfiguration has %s read %s, and neither kubeadm nor extraVolumes mounts it: %s does not start after `kubeadm upgrade`", component, file, component), unseenPatches)
			f.Remedy = fmt.Sprintf("add {name: %s, hostPath: %s, mountPath: %s, readOnly: true} under %s.extraVolumes of kubeadm-config", flag, file, file, section(component))
			if component == inventory.Etcd {
				f.Remedy = "kubeadm has no extraVolumes for etcd: keep the file below the folder of etcd's certificates, or pass the volume as a patch with `kubeadm upgrade --patches`"
			}
			l.add(f)
		}
	}
}
