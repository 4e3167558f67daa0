package record

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// list is one list of objects: `kubectl get RESOURCE -A -o json --show-managed-fields > FILE`.
type list struct {
	file, path, apiVersion, kind string
}

// lists is every list that is recorded, in its stable version. There is no Secret in it, and of ConfigMaps only
// kube-system's.
func lists() []list {
	var all []list
	add := func(apiVersion string, kinds ...string) {
		prefix := "/apis/" + apiVersion + "/"
		if apiVersion == "v1" {
			prefix = "/api/v1/"
		}
		for _, kind := range kinds {
			all = append(all, list{plural(kind), prefix + plural(kind), apiVersion, kind})
		}
	}
	add("v1", "Node", "Pod", "Namespace", "Service", "ServiceAccount", "Event", "ResourceQuota", "LimitRange", "PersistentVolume", "PersistentVolumeClaim")
	all = append(all, list{"configmaps-kube-system", "/api/v1/namespaces/kube-system/configmaps", "v1", "ConfigMap"})
	add("apps/v1", "Deployment", "DaemonSet", "StatefulSet", "ReplicaSet")
	add("batch/v1", "Job", "CronJob")
	add("autoscaling/v2", "HorizontalPodAutoscaler")
	add("policy/v1", "PodDisruptionBudget")
	add("networking.k8s.io/v1", "Ingress", "NetworkPolicy")
	add("discovery.k8s.io/v1", "EndpointSlice")
	add("coordination.k8s.io/v1", "Lease")
	add("storage.k8s.io/v1", "StorageClass")
	add("scheduling.k8s.io/v1", "PriorityClass")
	add("certificates.k8s.io/v1", "CertificateSigningRequest")
	add("flowcontrol.apiserver.k8s.io/v1", "FlowSchema")
	add("apiregistration.k8s.io/v1", "APIService")
	add("apiextensions.k8s.io/v1", "CustomResourceDefinition")
	add("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "ValidatingAdmissionPolicy")
	add("rbac.authorization.k8s.io/v1", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
	add("resource.k8s.io/v1", "ResourceClaim")
	return all
}

// plural is the resource of a kind, as far as the kinds above go.
func plural(kind string) string {
	name := strings.ToLower(kind)
	switch {
	case strings.HasSuffix(name, "ss"):
		return name + "es"
	case strings.HasSuffix(name, "cy"):
		return strings.TrimSuffix(name, "y") + "ies"
	}
	return name + "s"
}

// lists records them all. A kind that this version does not serve is missing, as it is from kubectl.
func (r *recorder) lists(ctx context.Context) error {
	for _, l := range lists() {
		data, err := r.api.get(ctx, l.path)
		if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
			r.miss("%s.json: %s", l.file, short(err))
			continue
		}
		if err != nil {
			return fmt.Errorf("listing %s: %w", l.file, err)
		}
		text, err := l.asKubectl(data)
		if err != nil {
			return fmt.Errorf("reading the list of %s: %w", l.file, err)
		}
		if err := r.put(l.file+".json", text); err != nil {
			return err
		}
	}
	return nil
}

// asKubectl makes of a server's list the text that kubectl prints: a List whose objects carry their kind.
func (l list) asKubectl(data []byte) ([]byte, error) {
	var got struct {
		Items []map[string]any `json:"items"`
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber() // numbers stay as they were written
	if err := decoder.Decode(&got); err != nil {
		return nil, err
	}
	items := make([]any, 0, len(got.Items))
	for _, item := range got.Items {
		item["apiVersion"], item["kind"] = l.apiVersion, l.kind
		items = append(items, redact(item))
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "    ")
	err := encoder.Encode(map[string]any{"apiVersion": "v1", "kind": "List", "metadata": map[string]any{"resourceVersion": ""}, "items": items})
	return out.Bytes(), err
}
