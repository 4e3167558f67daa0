package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// random is the same for the same object on every machine.
func random(kind, n int) *rand.Rand { return rand.New(rand.NewPCG(uint64(kind), uint64(n))) }

// words are what texts of about size bytes are made of; drawn at random they pack about as well as YAML does.
func words(r *rand.Rand, size int) string {
	list := strings.Fields(`server listen timeout upstream backend cache retry limit buffer metrics exporter queue broker
		replica shard index schema migration tenant region zone cluster token issuer audience header cookie session
		true false enabled disabled info warn error debug https localhost 8080 9090 30s 5m 100Mi 250m worker pool`)
	var b strings.Builder
	for b.Len() < size {
		fmt.Fprintf(&b, "%s.%s: %s-%x\n", list[r.IntN(len(list))], list[r.IntN(len(list))], list[r.IntN(len(list))], r.Uint32())
	}
	return b.String()
}

// app is what belongs to the application that object n is of; several objects share one.
func app(n int) string { return fmt.Sprintf("app-%04d", n%1500) }

func labels(name string) map[string]string {
	return map[string]string{
		"app.kubernetes.io/name": name, "app.kubernetes.io/instance": name, "app.kubernetes.io/version": "2.14.3",
		"app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": name + "-4.7.1", "team": "payments-platform",
	}
}

func named(name, namespace, label string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: namespace, Labels: labels(label), Annotations: map[string]string{
		"meta.helm.sh/release-name": label, "meta.helm.sh/release-namespace": namespace,
	}}
}

func ptr[T any](v T) *T { return &v }
