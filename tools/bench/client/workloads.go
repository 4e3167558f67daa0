package main

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func selector(name string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{"app.kubernetes.io/instance": name}}
}

func template(name string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels(name)}, Spec: podSpec(name)}
}

func newDeployment(n int, namespace string) object {
	name := app(n)
	meta := named(name, namespace, name)
	meta.Annotations["deployment.kubernetes.io/revision"] = "3"
	return &appsv1.Deployment{ObjectMeta: meta,
		Spec: appsv1.DeploymentSpec{Replicas: ptr[int32](7), Selector: selector(name), Template: template(name)},
		Status: appsv1.DeploymentStatus{Replicas: 7, ReadyReplicas: 7, AvailableReplicas: 7, UpdatedReplicas: 7, Conditions: []appsv1.DeploymentCondition{
			{Type: appsv1.DeploymentAvailable, Status: corev1.ConditionTrue, Reason: "MinimumReplicasAvailable", LastTransitionTime: day(n), LastUpdateTime: day(n)},
			{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: "NewReplicaSetAvailable", LastTransitionTime: day(n), LastUpdateTime: day(n)}}}}
}

func newReplicaSet(n int, namespace string) object {
	name := app(n)
	meta := named(fmt.Sprintf("%s-%08x", name, n), namespace, name)
	meta.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: name, UID: uid(n % 1500), Controller: ptr(true), BlockOwnerDeletion: ptr(true)}}
	return &appsv1.ReplicaSet{ObjectMeta: meta, Spec: appsv1.ReplicaSetSpec{Replicas: ptr[int32](7), Selector: selector(name), Template: template(name)},
		Status: appsv1.ReplicaSetStatus{Replicas: 7, ReadyReplicas: 7, AvailableReplicas: 7, FullyLabeledReplicas: 7}}
}

func newStatefulSet(n int, namespace string) object {
	name := fmt.Sprintf("database-%03d", n)
	return &appsv1.StatefulSet{ObjectMeta: named(name, namespace, name),
		Spec:   appsv1.StatefulSetSpec{Replicas: ptr[int32](3), Selector: selector(name), Template: template(name), ServiceName: name},
		Status: appsv1.StatefulSetStatus{Replicas: 3, ReadyReplicas: 3, CurrentReplicas: 3}}
}

func newDaemonSet(n int, namespace string) object {
	name := fmt.Sprintf("agent-%02d", n)
	return &appsv1.DaemonSet{ObjectMeta: named(name, namespace, name), Spec: appsv1.DaemonSetSpec{Selector: selector(name), Template: template(name)},
		Status: appsv1.DaemonSetStatus{DesiredNumberScheduled: 250, CurrentNumberScheduled: 250, NumberReady: 250}}
}

func jobSpec(name string) batchv1.JobSpec {
	t := template(name)
	t.Spec.RestartPolicy = corev1.RestartPolicyNever
	return batchv1.JobSpec{Template: t, BackoffLimit: ptr[int32](2)}
}

func newJob(n int, namespace string) object {
	name := fmt.Sprintf("report-%05d", n)
	return &batchv1.Job{ObjectMeta: named(name, namespace, name), Spec: jobSpec(name)}
}

func newCronJob(n int, namespace string) object {
	name := fmt.Sprintf("report-%03d", n)
	return &batchv1.CronJob{ObjectMeta: named(name, namespace, name),
		Spec: batchv1.CronJobSpec{Schedule: "*/15 * * * *", JobTemplate: batchv1.JobTemplateSpec{Spec: jobSpec(name)}}}
}

func newBudget(n int, namespace string) object {
	name := app(n)
	return &policyv1.PodDisruptionBudget{ObjectMeta: named(name, namespace, name),
		Spec:   policyv1.PodDisruptionBudgetSpec{MinAvailable: ptr(intstr.FromInt32(5)), Selector: selector(name)},
		Status: policyv1.PodDisruptionBudgetStatus{CurrentHealthy: 7, DesiredHealthy: 5, ExpectedPods: 7, DisruptionsAllowed: 2}}
}

func newAutoscaler(n int, namespace string) object {
	name := app(n)
	return &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: named(name, namespace, name), Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
		ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: name}, MinReplicas: ptr[int32](3), MaxReplicas: 12,
		Metrics: []autoscalingv2.MetricSpec{{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{Name: corev1.ResourceCPU,
			Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: ptr[int32](70)}}}}}}
}
