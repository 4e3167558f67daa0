package main

import (
	"archive/zip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func TestCommittedFileIsTheOutput(t *testing.T) {
	got, err := build(".")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../../data/api-lifecycle.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("run go run ./internal/catalog/gen/lifecycle (-committed +made):\n%s", diff)
	}
}

// TestObservedIsOfTheModules: what modules.json lists is what was read, and
// each with its checksum.
func TestObservedIsOfTheModules(t *testing.T) {
	var m modules
	var o observed
	if err := load("modules.json", &m); err != nil {
		t.Fatal(err)
	}
	if err := load("observed.json", &o); err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, mod := range m.Modules {
		for _, v := range append(mod.Versions, mod.Preview) {
			if v != "" {
				want = append(want, mod.Path+"@"+v)
			}
		}
	}
	for _, r := range o.Read {
		got = append(got, r.Module+"@"+r.Version)
		if len(r.Sum) < 40 {
			t.Errorf("%s@%s has no sum", r.Module, r.Version)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("run go run ./internal/catalog/gen/lifecycle -observe (-listed +read):\n%s", diff)
	}
	if m.Date != o.Date {
		t.Errorf("read on %s, listed on %s", o.Date, m.Date)
	}
}

func TestParseModule(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.zip")
	write := func(files map[string]string) {
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z := zip.NewWriter(f)
		for name, text := range files {
			w, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write(map[string]string{
		"k8s.io/api@v0.30.0/batch/v1beta1/register.go": `package v1beta1
const GroupName = "batch"
var SchemeGroupVersion = schema.GroupVersion{Group: GroupName, Version: "v1beta1"}
func addKnownTypes(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(SchemeGroupVersion, &JobTemplate{}, &CronJob{}, &CronJobList{}, &metav1.Status{})
	return nil
}`,
		"k8s.io/api@v0.30.0/batch/v1beta1/zz_generated.prerelease-lifecycle.go": `package v1beta1
func (in *CronJob) APILifecycleIntroduced() (major, minor int) { return 1, 8 }
func (in *CronJob) APILifecycleDeprecated() (major, minor int) { return 1, 21 }
func (in *CronJob) APILifecycleReplacement() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "batch", Version: "v1", Kind: "CronJob"}
}
func (in *CronJob) APILifecycleRemoved() (major, minor int) { return 1, 25 }
func (in *CronJobList) APILifecycleRemoved() (major, minor int) { return 1, 99 }`,
		"k8s.io/kube-aggregator@v0.30.0/examples/pkg/apis/v1/register.go": `package v1
var SchemeGroupVersion = schema.GroupVersion{Group: "example", Version: "v1"}
func addKnownTypes(scheme *runtime.Scheme) { scheme.AddKnownTypes(SchemeGroupVersion, &Example{}) }`,
	})
	got, err := parseModule(file)
	if err != nil {
		t.Fatal(err)
	}
	at := func(n int) version.Minor { return version.Minor{Major: 1, Minor: n} }
	want := map[removal.GVK]life{
		{Group: "batch", Version: "v1beta1", Kind: "CronJob"}: {Introduced: at(8), Deprecated: at(21), Removed: at(25), Listed: true,
			Replacement: removal.GVK{Group: "batch", Version: "v1", Kind: "CronJob"}},
		{Group: "batch", Version: "v1beta1", Kind: "JobTemplate"}: {},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	write(map[string]string{"k8s.io/api@v0.30.0/batch/v1beta1/register.go": `package v1beta1
const GroupName = "batch"
var SchemeGroupVersion = schema.GroupVersion{Group: GroupName, Version: "v1beta1"}`,
		"k8s.io/api@v0.30.0/batch/v1beta1/zz_generated.prerelease-lifecycle.go": `package v1beta1
func (in *CronJob) APILifecycleRemoved() (major, minor int) { return major(), 25 }`})
	if _, err := parseModule(file); err == nil {
		t.Error("an answer that is no constant was accepted")
	}
}

// TestLifecycle: the earlier of "removed in" and "the first release without
// the type" ends a kind, and the newest release has the word about the future.
func TestLifecycle(t *testing.T) {
	all := []string{"1.16", "1.17", "1.18", "1.19", "1.20", "1.21", "1.22"}
	var scanned []version.Minor
	for _, s := range all {
		m, err := version.ParseMinor(s)
		if err != nil {
			t.Fatal(err)
		}
		scanned = append(scanned, m)
	}
	for _, tt := range []struct {
		name, v                       string
		spans                         []span
		introduced, removed, verified string
		fails                         bool
	}{
		{"the method decides", "v1beta1", []span{{From: "1.16", To: "1.18"}, {From: "1.19", To: "1.22", Introduced: "1.8", Removed: "1.21"}}, "1.8", "1.21", "lifecycle", false},
		{"the types go first", "v1alpha1", []span{{From: "1.18", To: "1.19", Introduced: "1.18", Deprecated: "1.21", Removed: "1.24"}}, "1.18", "1.20", "types", false},
		{"a removal that moved", "v1beta1", []span{{From: "1.17", To: "1.18", Introduced: "1.17", Removed: "1.20"}, {From: "1.19", To: "1.22", Introduced: "1.17", Removed: "1.25"}}, "1.17", "1.25", "lifecycle", false},
		{"a removal before the methods", "v1beta1", []span{{From: "1.16", To: "1.18"}, {From: "1.19", To: "1.22", Introduced: "1.1", Removed: "1.16"}}, "1.1", "1.16", "lifecycle", false},
		{"stable, and the method came late", "v1", []span{{From: "1.16", To: "1.20"}, {From: "1.21", To: "1.22", Introduced: "1.19"}}, "", "", "lifecycle", false},
		{"announced before the type came", "v1alpha1", []span{{From: "1.18", To: "1.22", Introduced: "1.17"}}, "1.18", "", "lifecycle", false},
		{"gone and back", "v1beta1", []span{{From: "1.16", To: "1.17"}, {From: "1.20", To: "1.22"}}, "", "", "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := sighting{Module: apiModule, Group: "g.k8s.io", Version: tt.v, Kind: "Thing", Spans: tt.spans}
			l, err := s.lifecycle(scanned)
			if (err != nil) != tt.fails {
				t.Fatal(err)
			}
			if err == nil && (write(l.Introduced) != tt.introduced || write(l.Removed) != tt.removed || l.Verified != tt.verified) {
				t.Errorf("introduced %q, removed %q, by %s", write(l.Introduced), write(l.Removed), l.Verified)
			}
		})
	}
}
