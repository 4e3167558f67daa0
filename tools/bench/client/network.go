package main

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// newService has no address of its own: those are few, and the server writes one more object for each.
func newService(n int, namespace string) object {
	name := app(n)
	return &corev1.Service{ObjectMeta: named(name, namespace, name), Spec: corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone,
		Selector: selector(name).MatchLabels, Ports: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromString("http")}, {Name: "metrics", Port: 9090}}}}
}

func newEndpointSlice(n int, namespace string) object {
	name := app(n)
	o := &discoveryv1.EndpointSlice{ObjectMeta: named(fmt.Sprintf("%s-%05d", name, n), namespace, name), AddressType: discoveryv1.AddressTypeIPv4,
		Ports: []discoveryv1.EndpointPort{{Name: ptr("http"), Port: ptr[int32](8080), Protocol: ptr(corev1.ProtocolTCP)}}}
	o.Labels[discoveryv1.LabelServiceName] = name
	for i := range 7 {
		o.Endpoints = append(o.Endpoints, discoveryv1.Endpoint{Addresses: []string{fmt.Sprintf("10.64.%d.%d", n>>8&255, n&255|i<<3&255)}, NodeName: ptr(fmt.Sprintf("node-%03d", (n+i)%250)), Zone: ptr("zone-a"),
			Conditions: discoveryv1.EndpointConditions{Ready: ptr(true), Serving: ptr(true), Terminating: ptr(false)},
			TargetRef:  &corev1.ObjectReference{Kind: "Pod", Namespace: namespace, Name: fmt.Sprintf("%s-7c9f6d5b84-%05d", name, n+i), UID: uid(n + i)}})
	}
	return o
}

func newNetworkPolicy(n int, namespace string) object {
	name := app(n)
	return &networkingv1.NetworkPolicy{ObjectMeta: named(name, namespace, name), Spec: networkingv1.NetworkPolicySpec{PodSelector: *selector(name),
		PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
		Ingress:     []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{PodSelector: selector("gateway")}}}}}}
}

func newIngress(n int, namespace string) object {
	name := app(n)
	return &networkingv1.Ingress{ObjectMeta: named(name, namespace, name), Spec: networkingv1.IngressSpec{IngressClassName: ptr("internal"),
		Rules: []networkingv1.IngressRule{{Host: name + ".example", IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
			Paths: []networkingv1.HTTPIngressPath{{Path: "/", PathType: ptr(networkingv1.PathTypePrefix), Backend: networkingv1.IngressBackend{
				Service: &networkingv1.IngressServiceBackend{Name: name, Port: networkingv1.ServiceBackendPort{Name: "http"}}}}}}}}}}}
}
