package pack

import (
	"errors"
	"testing"
)

// FuzzArchive: whatever the bytes of a packed bundle are, reading them ends,
// with what the manifest vouches for or with an InputError.
func FuzzArchive(f *testing.F) {
	a, b := file("nodes.json", "{}"), file("hosts/n1/dpkg.txt", "kubelet 1")
	whole := tarOf(f, manifestOf(f, nil, a, b), a, b)
	f.Add(zip(f, whole))
	f.Add(zip(f, whole)[:100])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, packed []byte) { check(t, packed) })
}

// FuzzTar is the same behind the compression, which few changes survive. Run it
// with -fuzzminimizetime 10x: making an archive smaller takes longer than finding one.
func FuzzTar(f *testing.F) {
	a, b := file("nodes.json", "{}"), file("hosts/n1/dpkg.txt", "kubelet 1")
	f.Add(tarOf(f, manifestOf(f, nil, a, b), a, b))
	f.Add(tarOf(f, manifestOf(f, nil, a), a, b))
	f.Fuzz(func(t *testing.T, archive []byte) { check(t, zip(t, archive)) })
}

// FuzzManifest is the same for the manifest alone.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(manifestOf(f, nil, file("nodes.json", "{}")).data))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := decodeManifest(data)
		if _, ok := errors.AsType[*InputError](err); err != nil && !ok {
			t.Fatal(err)
		}
		if err != nil {
			return
		}
		text, err := encodeManifest(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeManifest(text); err != nil {
			t.Fatalf("read, written and not read again: %v\n%s", err, text)
		}
	})
}

func check(t *testing.T, packed []byte) {
	t.Helper()
	got, err := read(t, packed)
	if _, ok := errors.AsType[*InputError](err); err != nil && !ok {
		t.Fatalf("%v is no InputError", err)
	}
	if err == nil && got == nil {
		t.Fatal("neither read nor refused")
	}
}
