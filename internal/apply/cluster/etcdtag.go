package cluster

import (
	"context"
	"encoding/json"
	"fmt"

	v1 "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
)

// Where kubeadm keeps what it was told
// (kubernetes/cmd/kubeadm/app/constants: KubeadmConfigConfigMap).
const (
	configMap     = "kubeadm-config"
	configMapPart = "ClusterConfiguration"
)

// etcdTag are the hands of steps that pin etcd's image or free it again.
type etcdTag struct{ c *Cluster }

// Look implements [apply.Hands].
func (t etcdTag) Look(ctx context.Context, s *plan.Step) (progress.Look, error) {
	m, err := t.config(ctx)
	if err != nil {
		return progress.Look{}, err
	}
	is, err := readTag(m.Data[configMapPart])
	switch {
	case err != nil:
		return progress.Look{State: progress.Unclear, Says: err.Error()}, nil //nolint:nilerr // it was looked at: a person has to
	case is == s.To:
		return progress.Look{State: progress.There, Says: "etcd.local.imageTag is " + orNone(is)}, nil
	}
	return progress.Look{State: progress.Before, Says: "etcd.local.imageTag is " + orNone(is)}, nil
}

// Do changes that one value. Somebody who edits the ConfigMap meanwhile wins.
func (t etcdTag) Do(ctx context.Context, s *plan.Step, log *apply.Log) error {
	m, err := t.config(ctx)
	if err != nil {
		return err
	}
	was, err := readTag(m.Data[configMapPart])
	if err != nil {
		return err
	}
	if was == s.To {
		return nil
	}
	text, err := writeTag(m.Data[configMapPart], s.To)
	if err != nil {
		return err
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"resourceVersion": m.ResourceVersion}, "data": map[string]any{configMapPart: text}})
	if err != nil {
		return doing("changing "+configMap, err)
	}
	began := t.c.o.Now()
	_, err = t.c.api.Core.ConfigMaps(namespace).Patch(ctx, configMap, types.MergePatchType, patch, meta.PatchOptions{FieldManager: "fixline"})
	t.c.ran(log, fmt.Sprintf("set etcd.local.imageTag of configmap %s/%s from %s to %s", namespace, configMap, orNone(was), orNone(s.To)), began, err)
	if err != nil {
		return doing("changing "+configMap, err)
	}
	log.Fact("tag-before", was)
	log.Note("etcd.local.imageTag was " + orNone(was))
	return nil
}

func (t etcdTag) config(ctx context.Context) (*v1.ConfigMap, error) {
	m, err := t.c.api.Core.ConfigMaps(namespace).Get(ctx, configMap, meta.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("getting configmap %s/%s: %w", namespace, configMap, err)
	}
	if m.Data[configMapPart] == "" {
		return nil, fmt.Errorf("configmap %s/%s holds no %s: kubeadm keeps its settings there", namespace, configMap, configMapPart)
	}
	return m, nil
}

func orNone(tag string) string {
	if tag == "" {
		return "not set"
	}
	return tag
}
