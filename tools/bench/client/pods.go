package main

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// day is when everything happened.
func day(minutes int) metav1.Time {
	return metav1.NewTime(time.Date(2026, 11, 1, 0, minutes, 0, 0, time.UTC))
}

func uid(n int) types.UID { return types.UID(fmt.Sprintf("6f0e4c1a-0000-4000-8000-%012x", n)) }

// newPod is a replica of a Deployment with a sidecar, as it runs.
func newPod(n int, namespace string) object {
	name := app(n)
	meta := named(fmt.Sprintf("%s-7c9f6d5b84-%05d", name, n), namespace, name)
	meta.GenerateName = name + "-7c9f6d5b84-"
	meta.Labels["pod-template-hash"] = "7c9f6d5b84"
	meta.Annotations = map[string]string{
		"checksum/config": fmt.Sprintf("%064x", n), "prometheus.io/scrape": "true", "prometheus.io/port": "9090",
		"kubectl.kubernetes.io/restartedAt": "2026-10-30T09:12:44Z",
	}
	meta.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: name + "-7c9f6d5b84", UID: uid(n % 1500),
		Controller: ptr(true), BlockOwnerDeletion: ptr(true)}}
	spec := podSpec(name)
	spec.NodeName = fmt.Sprintf("node-%03d", n%250)
	return &corev1.Pod{ObjectMeta: meta, Spec: spec, Status: podStatus(n, spec)}
}

// podSpec is that of a web service: probes, limits, a security context, variables from everywhere.
func podSpec(name string) corev1.PodSpec {
	probe := func(path string) *corev1.Probe {
		return &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromString("http")}},
			InitialDelaySeconds: 10, PeriodSeconds: 10, TimeoutSeconds: 2}
	}
	quantities := func(cpu, memory string) corev1.ResourceRequirements {
		list := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
		return corev1.ResourceRequirements{Requests: list, Limits: list}
	}
	tight := &corev1.SecurityContext{AllowPrivilegeEscalation: ptr(false), ReadOnlyRootFilesystem: ptr(true), RunAsNonRoot: ptr(true),
		Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}}
	mounts := []corev1.VolumeMount{{Name: "config", MountPath: "/etc/app", ReadOnly: true}, {Name: "tls", MountPath: "/etc/tls", ReadOnly: true}, {Name: "tmp", MountPath: "/tmp"}}
	return corev1.PodSpec{
		ServiceAccountName: "default",
		PriorityClassName:  "",
		SecurityContext:    &corev1.PodSecurityContext{RunAsUser: ptr[int64](10001), FSGroup: ptr[int64](10001), SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}},
		InitContainers: []corev1.Container{{Name: "migrate", Image: "registry.example/team/" + name + ":2.14.3", Args: []string{"migrate", "--wait"},
			Env: variables(4), Resources: quantities("50m", "64Mi"), SecurityContext: tight, VolumeMounts: mounts}},
		Containers: []corev1.Container{
			{Name: "app", Image: "registry.example/team/" + name + ":2.14.3", Args: []string{"serve", "--config=/etc/app/app.yaml", "--listen=:8080"},
				Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}, {Name: "metrics", ContainerPort: 9090}},
				Env:   variables(12), Resources: quantities("250m", "512Mi"), LivenessProbe: probe("/healthz"), ReadinessProbe: probe("/readyz"),
				SecurityContext: tight, VolumeMounts: mounts},
			{Name: "proxy", Image: "registry.example/mesh/proxy:1.27.3", Args: []string{"proxy", "sidecar", "--domain=$(POD_NAMESPACE).svc.cluster.local"},
				Ports: []corev1.ContainerPort{{Name: "mesh", ContainerPort: 15090}}, Env: variables(6), Resources: quantities("100m", "128Mi"),
				ReadinessProbe: probe("/ready"), SecurityContext: tight, VolumeMounts: mounts[:2]},
		},
		Volumes: []corev1.Volume{
			{Name: "config", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: name + "-config"}}}},
			{Name: "tls", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: name + "-tls"}}},
			{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
		},
		Tolerations: []corev1.Toleration{{Key: "dedicated", Operator: corev1.TolerationOpEqual, Value: "general", Effect: corev1.TaintEffectNoSchedule}},
		TopologySpreadConstraints: []corev1.TopologySpreadConstraint{{MaxSkew: 1, TopologyKey: "topology.kubernetes.io/zone", WhenUnsatisfiable: corev1.ScheduleAnyway,
			LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app.kubernetes.io/instance": name}}}},
	}
}

func variables(n int) []corev1.EnvVar {
	out := []corev1.EnvVar{
		{Name: "POD_NAME", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}},
		{Name: "POD_NAMESPACE", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.namespace"}}},
		{Name: "DATABASE_PASSWORD", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "database"}, Key: "password"}}},
	}
	for i := len(out); i < n; i++ {
		out = append(out, corev1.EnvVar{Name: fmt.Sprintf("APP_SETTING_%d", i), Value: fmt.Sprintf("https://service-%d.internal.example:8443/v1", i)})
	}
	return out
}

func podStatus(n int, spec corev1.PodSpec) corev1.PodStatus {
	at := day(n)
	ip := fmt.Sprintf("10.%d.%d.%d", 64+n>>16, n>>8&255, n&255)
	status := corev1.PodStatus{Phase: corev1.PodRunning, StartTime: &at, QOSClass: corev1.PodQOSGuaranteed, PodIP: ip, PodIPs: []corev1.PodIP{{IP: ip}}}
	host := fmt.Sprintf("10.0.%d.%d", n%250>>8, n%250)
	status.HostIP, status.HostIPs = host, []corev1.HostIP{{IP: host}}
	for _, t := range []corev1.PodConditionType{"PodReadyToStartContainers", corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady, corev1.PodScheduled} {
		status.Conditions = append(status.Conditions, corev1.PodCondition{Type: t, Status: corev1.ConditionTrue, LastTransitionTime: at})
	}
	of := func(c corev1.Container, i int, state corev1.ContainerState) corev1.ContainerStatus {
		digest := fmt.Sprintf("%064x", len(c.Image)*7919+i)
		return corev1.ContainerStatus{Name: c.Name, Image: c.Image, ImageID: c.Image + "@sha256:" + digest, Ready: true, Started: ptr(true),
			ContainerID: fmt.Sprintf("containerd://%064x", n*10+i), State: state}
	}
	for i, c := range spec.InitContainers {
		status.InitContainerStatuses = append(status.InitContainerStatuses, of(c, i, corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			Reason: "Completed", StartedAt: at, FinishedAt: at, ContainerID: fmt.Sprintf("containerd://%064x", n*10+i)}}))
	}
	for i, c := range spec.Containers {
		status.ContainerStatuses = append(status.ContainerStatuses, of(c, i+5, corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at}}))
	}
	return status
}
