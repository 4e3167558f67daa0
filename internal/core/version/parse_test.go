package version

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// seen is what a Version says of itself, for tables.
type seen struct {
	Kind                 Kind
	Base, String, Suffix string
}

func look(v Version) seen { return seen{v.Kind(), v.Base().String(), v.String(), v.Suffix()} }

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want seen
	}{
		{"v1.34.2", seen{Release, "1.34.2", "1.34.2", ""}},
		{"4.13.1", seen{Release, "4.13.1", "4.13.1", ""}},
		{"0.0.0", seen{Release, "0.0.0", "0.0.0", ""}},
		{"2.0.0+incompatible", seen{Release, "2.0.0", "2.0.0", ""}},
		{"3.6.6-0", seen{Release, "3.6.6", "3.6.6", ""}},
		{"1.34.2-1.1", seen{Release, "1.34.2", "1.34.2", ""}},
		{"1.34.2-150500.1.1", seen{Release, "1.34.2", "1.34.2", ""}},
		{"1:1.7.2-1", seen{Release, "1.7.2", "1.7.2", ""}},

		{"v1.21.0-beta.1", seen{PreRelease, "1.21.0-beta.1", "1.21.0-beta.1", ""}},
		{"1.0.0-rc93", seen{PreRelease, "1.0.0-rc93", "1.0.0-rc93", ""}},
		{"v1.34.0-alpha.0.123+abcdef", seen{PreRelease, "1.34.0-alpha.0.123", "1.34.0-alpha.0.123", ""}},
		{"3.5.0-pre", seen{PreRelease, "3.5.0-pre", "3.5.0-pre", ""}},

		{"1.25.16-dirty", seen{Vendor, "1.25.16", "1.25.16-dirty", "dirty"}},
		{"1.25.16+dirty", seen{Vendor, "1.25.16", "1.25.16+dirty", "dirty"}},
		{"v1.28.15+rke2r1", seen{Vendor, "1.28.15", "1.28.15+rke2r1", "rke2r1"}},
		{"v1.30.2+k3s1", seen{Vendor, "1.30.2", "1.30.2+k3s1", "k3s1"}},
		{"v1.29.3+vmware.1", seen{Vendor, "1.29.3", "1.29.3+vmware.1", "vmware.1"}},
		{"v1.27.4-eks-2d98532", seen{Vendor, "1.27.4", "1.27.4-eks-2d98532", "eks-2d98532"}},
		{"v1.28.10-gke.1075001", seen{Vendor, "1.28.10", "1.28.10-gke.1075001", "gke.1075001"}},
		{"v1.25.4-hotfix.20221216", seen{Vendor, "1.25.4", "1.25.4-hotfix.20221216", "hotfix.20221216"}},
		{"v1.28.9+416ecaf", seen{Vendor, "1.28.9", "1.28.9+416ecaf", "416ecaf"}},
		{"v1.30.2-5+0a1b2c3d4e5f67", seen{Vendor, "1.30.2", "1.30.2-5+0a1b2c3d4e5f67", "5+0a1b2c3d4e5f67"}},
		{"1.1.0+dev", seen{Vendor, "1.1.0", "1.1.0+dev", "dev"}},
		{"1.35.0-alpha.1-gke.5", seen{Vendor, "1.35.0-alpha.1", "1.35.0-alpha.1-gke.5", "gke.5"}},
		{"v1.28.15-rc1+k3s1", seen{Vendor, "1.28.15-rc1", "1.28.15-rc1+k3s1", "k3s1"}},
		{"v1.35.0-alpha.0.12+0123abc-dirty", seen{Vendor, "1.35.0-alpha.0.12", "1.35.0-alpha.0.12+0123abc-dirty", "0123abc-dirty"}},

		{"1.6.20~ds1-1+deb12u3", seen{Distribution, "1.6.20", "1.6.20~ds1-1+deb12u3", "~ds1-1+deb12u3"}},
		{"1.7.24-0ubuntu1~22.04.2", seen{Distribution, "1.7.24", "1.7.24-0ubuntu1~22.04.2", "-0ubuntu1~22.04.2"}},
		{"1.7.27-1.el9", seen{Distribution, "1.7.27", "1.7.27-1.el9", "-1.el9"}},
		{"1.7.27-1.amzn2023.0.2", seen{Distribution, "1.7.27", "1.7.27-1.amzn2023.0.2", "-1.amzn2023.0.2"}},
		{"1.7.13-8.azl3", seen{Distribution, "1.7.13", "1.7.13-8.azl3", "-8.azl3"}},
		{"1.1.12^20240101git1a2b3c4-2.fc40", seen{Distribution, "1.1.12", "1.1.12^20240101git1a2b3c4-2.fc40", "^20240101git1a2b3c4-2.fc40"}},
		{"1.1.5+ds1", seen{Distribution, "1.1.5", "1.1.5+ds1", "+ds1"}},
		{"1.7.13-r0", seen{Distribution, "1.7.13", "1.7.13-r0", "-r0"}},
		{"2:1.27.1-13.1.rhaos4.14.git956c5f7.el9", seen{Distribution, "1.27.1", "1.27.1-13.1.rhaos4.14.git956c5f7.el9", "-13.1.rhaos4.14.git956c5f7.el9"}},
		// Runtimes are packaged from pre-releases too.
		{"1.0.0~rc93+ds1-5+deb11u5", seen{Distribution, "1.0.0-rc93", "1.0.0~rc93+ds1-5+deb11u5", "~rc93+ds1-5+deb11u5"}},
		{"1.0.0-73.rc95.module+el8.5.0", seen{Distribution, "1.0.0-rc95", "1.0.0-73.rc95.module+el8.5.0", "-73.rc95.module+el8.5.0"}},
		{"1.20.5+really1.20.2-1", seen{Distribution, "1.20.2", "1.20.5+really1.20.2-1", "+really1.20.2-1"}},

		{"v0.0.0-20221216123456-0123456789ab", seen{Pseudo, "0.0.0", "0.0.0-20221216123456-0123456789ab", "20221216123456-0123456789ab"}},
		{"v1.2.4-0.20221216123456-0123456789ab", seen{Pseudo, "1.2.4", "1.2.4-0.20221216123456-0123456789ab", "0.20221216123456-0123456789ab"}},
	} {
		v, err := Parse(tt.in)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.in, err)
			continue
		}
		if diff := cmp.Diff(tt.want, look(v)); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", tt.in, diff)
		}
		if v.Raw() != tt.in {
			t.Errorf("Parse(%q).Raw() = %q", tt.in, v.Raw())
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", "no version: the text is empty"},
		{"1.34", `"1.34" is a minor line, not a version: the patch number is missing, as in 1.34.0`},
		{"v1.30", `"v1.30" is a minor line, not a version: the patch number is missing, as in 1.30.0`},
		{"1", `"1" is not a version: the minor and patch numbers are missing, as in 1.34.2`},
		{"latest", `"latest" is not a version such as 1.34.2`},
		{"unknown", `"unknown" is not a version such as 1.34.2`},
		{"1.34.x", `"1.34.x" is not a version such as 1.34.2`},
		{"vv1.34.2", `"vv1.34.2" is not a version such as 1.34.2`},
		{" 1.34.2", `" 1.34.2" is not a version such as 1.34.2`},
		{"1.34.2 ", `"1.34.2 " is not a version such as 1.34.2: " " is left over`},
		{"1.34.2.1", `"1.34.2.1" is not a version such as 1.34.2: ".1" is left over`},
		{"1.34.2-", `"1.34.2-" is not a version such as 1.34.2: nothing follows "-"`},
		{"1.34.2-gke;rm", `"1.34.2-gke;rm" is not a version such as 1.34.2: ";rm" is left over`},
		{"1.34.2~; rm", `"1.34.2~; rm" is not a version such as 1.34.2: "; rm" is left over`},
		{"1.34.2\n~1", `is left over`},
		{"1.034.2", `"1.034.2" is not a version such as 1.34.2`},
		{"2024.01.05", `"2024.01.05" is not a version such as 1.34.2`},
		{"1.34.9999999999", `"1.34.9999999999" is not a version such as 1.34.2`},
		{"sha256:" + strings.Repeat("a", 64), "is not a version"},
		{strings.Repeat("1", 1<<20), "longer than 256 characters"},
	} {
		v, err := Parse(tt.in)
		if err == nil {
			t.Errorf("Parse(%.40q) = %v, want an error", tt.in, v)
			continue
		}
		if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Parse(%.40q) error %q, want %q", tt.in, err, tt.want)
		}
		if v.Known() || v.String() != "" {
			t.Errorf("Parse(%.40q) returned a readable version with its error: %v", tt.in, v)
		}
	}
}

func TestParsePackage(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     seen
	}{
		{"kubelet", "1.34.2-1.1", seen{Release, "1.34.2", "1.34.2", ""}},
		{"kubeadm", "1.34.2-150500.1.1", seen{Release, "1.34.2", "1.34.2", ""}},
		{"kubectl", "1.31.0~rc.1-1.1", seen{PreRelease, "1.31.0-rc.1", "1.31.0-rc.1", ""}},
		{"kubelet", "1.27.3-1.fc39", seen{Distribution, "1.27.3", "1.27.3-1.fc39", "-1.fc39"}},
		{"cri-o", "1.34.2-1.1", seen{Release, "1.34.2", "1.34.2", ""}},
		{"cri-o", "1.25.2-1", seen{Distribution, "1.25.2", "1.25.2-1", "-1"}},
		{"containerd", "1.7.25-1", seen{Distribution, "1.7.25", "1.7.25-1", "-1"}},
		{"containerd.io", "1:1.7.2-1", seen{Distribution, "1.7.2", "1.7.2-1", "-1"}},
		{"containerd", "1.7.25", seen{Release, "1.7.25", "1.7.25", ""}},
		{"runc", "1.1.5+ds1-1+deb12u1", seen{Distribution, "1.1.5", "1.1.5+ds1-1+deb12u1", "+ds1-1+deb12u1"}},
		{"runc", "1.0.0-rc93+incompatible", seen{Distribution, "1.0.0-rc93", "1.0.0-rc93+incompatible", "+incompatible"}},
		{"containerd", "1.7.11-k3s2", seen{Vendor, "1.7.11", "1.7.11-k3s2", "k3s2"}},
	} {
		v, err := ParsePackage(tt.name, tt.in)
		if err != nil {
			t.Errorf("ParsePackage(%q, %q): %v", tt.name, tt.in, err)
			continue
		}
		if diff := cmp.Diff(tt.want, look(v)); diff != "" {
			t.Errorf("ParsePackage(%q, %q) (-want +got):\n%s", tt.name, tt.in, diff)
		}
	}
	if v, err := ParsePackage("containerd", "1.7"); err == nil {
		t.Errorf("ParsePackage of a minor line = %v, want an error", v)
	}
}

func TestParseMinor(t *testing.T) {
	for in, want := range map[string]Minor{"1.34": {1, 34}, "v1.30": {1, 30}, "0.0": {}} {
		if got, err := ParseMinor(in); err != nil || got != want {
			t.Errorf("ParseMinor(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "1", "1.", ".1", "1.3x", "1.34.2", "1.-3", "01.3", "1.9999999999"} {
		if got, err := ParseMinor(in); err == nil {
			t.Errorf("ParseMinor(%q) = %v, want an error", in, got)
		}
	}
}
