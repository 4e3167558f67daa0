package removal

import (
	"fmt"
	"testing"
)

// BenchmarkJoin joins what a large repository of manifests holds.
func BenchmarkJoin(b *testing.B) {
	t := &testing.T{}
	table := world(t)
	kinds := []GVK{k("networking.k8s.io/v1", "Ingress"), k("autoscaling/v2", "HorizontalPodAutoscaler"), k("extensions/v1beta1", "Ingress"), k("example.org/v1", "Thing")}
	var uses []Use
	for i := range 30_000 {
		uses = append(uses, Use{GVK: kinds[i%len(kinds)], Namespace: "n", Name: fmt.Sprintf("o%d", i), Source: File, File: fmt.Sprintf("f%d.yaml", i/3), Line: i % 3, Document: i%3 + 1})
	}
	b.ReportAllocs()
	for b.Loop() {
		if n := len(Join(table, Move{Target: m("1.30")}, uses)); n != 7500 {
			b.Fatal(n)
		}
	}
}
