package main

import (
	"encoding/base64"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// What `make bench` says it measures on is what it measures on.
func TestMix(t *testing.T) {
	counts, total := map[string]int{}, 0
	for _, k := range mix() {
		if k.count%10 != 0 {
			t.Errorf("%d %s: a tenth of it is no number of objects", k.count, k.resource.Resource)
		}
		counts[k.resource.Resource] += k.count
		total += k.count
	}
	if total != 50_000 || counts["pods"] != 10_000 || counts["configmaps"] != 20_000 || counts["secrets"] != 5000 {
		t.Errorf("%d objects: %v", total, counts)
	}
}

// An object has one name and content, whenever and by whom it is made.
func TestObjects(t *testing.T) {
	for _, k := range mix() {
		names := map[string]bool{}
		for n := range k.count {
			if n >= 120 && n < k.count-20 {
				continue
			}
			o := k.make(n, "team-07")
			key := o.GetNamespace() + "/" + o.GetName()
			if o.GetName() == "" || names[key] {
				t.Errorf("%s %d is called %q, as another is", k.resource.Resource, n, key)
			}
			names[key] = true
		}
	}
}

// Helm's large releases are 50 to 200 KB, as those of monitoring stacks are.
func TestReleaseSizes(t *testing.T) {
	for n := range 40 {
		s, ok := newRelease(n, "team-01").(*corev1.Secret)
		if !ok {
			t.Fatal("a release is no Secret")
		}
		size := len(s.Data["release"])
		if large := n%4 == 0; large != (size >= 50_000) || size > 200_000 {
			t.Errorf("release %d has %d bytes", n, size)
		}
		if _, err := base64.StdEncoding.DecodeString(string(s.Data["release"])); err != nil {
			t.Errorf("release %d: %v", n, err)
		}
	}
}
