package version

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var testDigest = "sha256:" + strings.Repeat("0a", 32)

func TestParseImage(t *testing.T) {
	type want struct {
		Repository, Name, Tag, Digest string
		Kind                          Kind
		Version, Unread               string
	}
	for _, tt := range []struct {
		in   string
		want want
	}{
		{"registry.k8s.io/kube-apiserver:v1.34.2", want{"registry.k8s.io/kube-apiserver", "kube-apiserver", "v1.34.2", "", Release, "1.34.2", ""}},
		{"registry.k8s.io/etcd:3.6.6-0", want{"registry.k8s.io/etcd", "etcd", "3.6.6-0", "", Release, "3.6.6", ""}},
		{"registry.k8s.io/coredns/coredns:v1.14.6@" + testDigest, want{"registry.k8s.io/coredns/coredns", "coredns", "v1.14.6", testDigest, Release, "1.14.6", ""}},
		{"localhost:5000/kube-proxy:v1.35.7-gke.1", want{"localhost:5000/kube-proxy", "kube-proxy", "v1.35.7-gke.1", "", Vendor, "1.35.7-gke.1", ""}},
		{"Registry.Example.com:5000/a/b", want{"Registry.Example.com:5000/a/b", "b", "", "", Unreadable, "", `the image has no tag: what runs is whatever "latest" was when it was pulled`}},
		{"[fd00::1]:5000/etcd:3.6.6-0", want{"[fd00::1]:5000/etcd", "etcd", "3.6.6-0", "", Release, "3.6.6", ""}},
		{"etcd", want{"etcd", "etcd", "", "", Unreadable, "", `the image has no tag: what runs is whatever "latest" was when it was pulled`}},
		{"registry.k8s.io/kube-proxy@" + testDigest, want{"registry.k8s.io/kube-proxy", "kube-proxy", "", testDigest, Unreadable, "", unreadDigest}},
		{testDigest, want{"", "", "", testDigest, Unreadable, "", unreadDigest}},
		{"docker-pullable://registry.k8s.io/kube-proxy@" + testDigest, want{"registry.k8s.io/kube-proxy", "kube-proxy", "", testDigest, Unreadable, "", unreadDigest}},
		{"a/coredns:latest", want{"a/coredns", "coredns", "latest", "", Unreadable, "", `the tag "latest" names no version`}},
		{"a/coredns:stable", want{"a/coredns", "coredns", "stable", "", Unreadable, "", `the tag "stable" names no version`}},
		{"a/kubectl:1.36", want{"a/kubectl", "kubectl", "1.36", "", Unreadable, "", `the tag "1.36" names the minor line 1.36, not one patch release`}},
		{"a/kubectl:1.36-alpine", want{"a/kubectl", "kubectl", "1.36-alpine", "", Unreadable, "", `the tag "1.36-alpine" names the minor line 1.36, not one patch release`}},
		{"a/b:4f2e9ab", want{"a/b", "b", "4f2e9ab", "", Unreadable, "", `the tag "4f2e9ab" names no version`}},
	} {
		img, err := ParseImage(tt.in)
		if err != nil {
			t.Errorf("ParseImage(%q): %v", tt.in, err)
			continue
		}
		got := want{img.Repository, img.Name, img.Tag, img.Digest, img.Version.Kind(), img.Version.String(), img.Unread}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("ParseImage(%q) (-want +got):\n%s", tt.in, diff)
		}
	}
}

// TestTags: a flavour of a release is that release, a vendor's build is not.
func TestTags(t *testing.T) {
	for _, tt := range []struct {
		tag  string
		kind Kind
		text string
	}{
		{"v1.31.2-minimal", Release, "1.31.2"},
		{"v3.29.1-linux-amd64", Release, "3.29.1"},
		{"1.2.3-alpine3.20", Release, "1.2.3"},
		{"1.2.3-debian-12", Release, "1.2.3"},
		{"3.6.6-0-arm64", Release, "3.6.6"},
		{"v1.15.1-windows-amd64-ltsc2022", Release, "1.15.1"},
		{"v1.34.2-nanoserver-1809", Release, "1.34.2"},
		{"v1.35.0-rc.1-amd64", PreRelease, "1.35.0-rc.1"},
		{"1.9.0-eksbuild.1", Vendor, "1.9.0-eksbuild.1"},
		{"1.9.0-eksbuild.1-linux-amd64", Vendor, "1.9.0-eksbuild.1"},
		{"v1.29.3_vmware.1", Vendor, "1.29.3+vmware.1"},
		{"v1.28.15-rke2r1-build20241023", Vendor, "1.28.15-rke2r1-build20241023"},
		{"v1.34.2-hardened", Vendor, "1.34.2-hardened"},
		{"v0.0.0-20221216123456-0123456789ab", Pseudo, "0.0.0-20221216123456-0123456789ab"},
		{"amd64", Unreadable, ""},
		{"2024.01.05", Unreadable, ""},
	} {
		img, err := ParseImage("example.com/a:" + tt.tag)
		if err != nil {
			t.Errorf("tag %q: %v", tt.tag, err)
		} else if img.Version.Kind() != tt.kind || img.Version.String() != tt.text {
			t.Errorf("tag %q = %v %q, want %v %q", tt.tag, img.Version.Kind(), img.Version, tt.kind, tt.text)
		} else if (img.Unread == "") != (tt.kind != Unreadable) {
			t.Errorf("tag %q: Unread is %q", tt.tag, img.Unread)
		}
	}
}

func TestParseImageErrors(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", "a path element is empty"},
		{"registry.k8s.io//etcd:3.6.6-0", "a path element is empty"},
		{"registry.k8s.io/Etcd:3.6.6-0", `"Etcd" is not lower case`},
		{"Etcd", `"Etcd" is not lower case`},
		{"registry.k8s.io/etcd:", `"" is no tag`},
		{"registry.k8s.io/etcd:3.6.6+1", `"3.6.6+1" is no tag`},
		{"registry.k8s.io/etcd:3.6.6-0@sha256:abc", `"sha256:abc" is no sha256 digest`},
		{"registry.k8s.io/etcd@", `"" is no sha256 digest`},
		{"reg:99999999/etcd", `"reg:99999999" is no path element`},
		{"etcd :3.6.6", `"etcd " is no path element`},
		{strings.Repeat("a/", 1<<20), "longer than 1024 characters"},
	} {
		img, err := ParseImage(tt.in)
		if err == nil {
			t.Errorf("ParseImage(%.40q) = %+v, want an error", tt.in, img)
		} else if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ParseImage(%.40q) error %q, want %q", tt.in, err, tt.want)
		}
	}
}
