package strict

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// cluster is an inventory of twelve instances, as fleets are declared.
func cluster(i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: fixline.dev/v1alpha1\nkind: ClusterInventory\nmetadata: {name: c%d, owner: payments-platform}\nspec:\n  environment: production\n  provider: kubeadm\n  components:\n", i)
	for k := range 12 {
		fmt.Fprintf(&b, "  - {component: kubelet, version: v1.34.%d, node: w%d, os: linux, pool: general, zone: a}\n", k%3, k)
	}
	return b.String()
}

func clusterJSON(i int) string {
	var parts []string
	for k := range 12 {
		parts = append(parts, fmt.Sprintf(`{"component":"kubelet","version":"v1.34.%d","node":"w%d","os":"linux","pool":"general","zone":"a"}`, k%3, k))
	}
	return fmt.Sprintf(`{"apiVersion":"fixline.dev/v1alpha1","kind":"ClusterInventory","metadata":{"name":"c%d","owner":"payments-platform"},"spec":{"environment":"production","provider":"kubeadm","components":[%s]}}`, i, strings.Join(parts, ","))
}

// BenchmarkDecode reads a thousand clusters in each of the forms they come in.
func BenchmarkDecode(b *testing.B) {
	var docs, list, lines, jsonList []string
	for i := range 1000 {
		docs = append(docs, cluster(i))
		list = append(list, "- "+strings.TrimSpace(strings.ReplaceAll(cluster(i), "\n", "\n  "))+"\n")
		lines = append(lines, clusterJSON(i))
		jsonList = append(jsonList, clusterJSON(i))
	}
	for _, bb := range []struct{ name, text string }{
		{"yaml-documents", strings.Join(docs, "---\n")},
		{"yaml-list", "kind: List\nitems:\n" + strings.Join(list, "")},
		{"json-lines", strings.Join(lines, "\n")},
		{"json-list", `{"kind":"List","items":[` + strings.Join(jsonList, ",") + `]}`},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(bb.text)))
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for _, err := range Decode(bytes.NewReader([]byte(bb.text)), "in", Limits{}, func(n *Node) int { return len(n.Get("spec").Get("components").Items()) }) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				if n != 1000 {
					b.Fatalf("%d clusters", n)
				}
			}
		})
	}
}
