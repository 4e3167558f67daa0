package version

import "testing"

func FuzzParse(f *testing.F) {
	for _, s := range []string{"v1.34.2", "1.25.16-dirty", "v1.28.15+rke2r1", "v1.27.4-eks-2d98532", "1.6.20~ds1-1+deb12u3",
		"1.7.27-1.el9", "1:1.7.2-1", "1.20.5+really1.20.2-1", "1.35.0-alpha.1-gke.5", "v0.0.0-20221216123456-0123456789ab", "1.34", ""} {
		f.Add("containerd", s)
		f.Add("kubelet", s)
	}
	f.Fuzz(func(t *testing.T, name, s string) {
		v, err := Parse(s)
		if (err == nil) != v.Known() {
			t.Fatalf("Parse(%q) = %v, %v: known without an error, or neither", s, v, err)
		}
		p, perr := ParsePackage(name, s)
		if (perr == nil) != (err == nil) || p.Compare(v) != 0 && p.Base().Kind() != PreRelease {
			t.Fatalf("ParsePackage(%q, %q) = %v, %v; Parse says %v, %v", name, s, p, perr, v, err)
		}
		if err != nil {
			return
		}
		if v.Compare(v.Base()) != 0 {
			t.Fatalf("%q differs from its base %v", s, v.Base())
		}
		again, err := Parse(v.String())
		if err != nil || again.Compare(v) != 0 || again.Kind() != v.Kind() {
			t.Fatalf("%q prints as %q, which reads as %v %v, %v", s, v.String(), again.Kind(), again, err)
		}
	})
}

func FuzzImage(f *testing.F) {
	for _, s := range []string{"registry.k8s.io/etcd:3.6.6-0", "localhost:5000/a@" + testDigest, testDigest, "a:latest",
		"a:v1.15.1-windows-amd64-ltsc2022", "A/b:1.2.3", "[::1]:5000/a:1.36", "a:v1.29.3_vmware.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		img, err := ParseImage(s)
		if err != nil {
			return
		}
		if (img.Unread == "") != img.Version.Known() {
			t.Fatalf("ParseImage(%q) = %+v: a version or a reason, never both or neither", s, img)
		}
		if img.Repository == "" && img.Digest == "" {
			t.Fatalf("ParseImage(%q) = %+v: nothing was read", s, img)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for _, s := range []string{"v1.34.2", "v1.27.4-eks-2d98532", "1.6.20~ds1-1+deb12u3"} {
		b.Run(s, func(b *testing.B) {
			for b.Loop() {
				if _, err := ParsePackage("containerd", s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
