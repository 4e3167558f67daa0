package pack

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// entryOf is one entry of an archive that a test makes by hand.
type entryOf struct {
	tar.Header
	data string
}

func file(name, data string) entryOf {
	return entryOf{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600, Size: int64(len(data))}, data}
}

// manifestOf vouches for files.
func manifestOf(t testing.TB, change func(*evidence.Manifest), files ...entryOf) entryOf {
	t.Helper()
	m := about()
	m.APIVersion, m.Kind, m.Schema = evidence.ManifestAPIVersion, evidence.ManifestKind, evidence.Schema
	m.Files, m.Coverage, m.Warnings, m.Clocks = []evidence.File{}, []evidence.Check{}, []string{}, []evidence.Clock{}
	for _, f := range files {
		sum := sha256.Sum256([]byte(f.data))
		m.Files = append(m.Files, evidence.File{Path: f.Name, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(f.data))})
	}
	if change != nil {
		change(&m)
	}
	text, err := encodeManifest(m)
	if err != nil {
		t.Fatal(err)
	}
	return file(evidence.ManifestFile, string(text))
}

func tarOf(t testing.TB, entries ...entryOf) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range entries {
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zip(t testing.TB, data []byte, opts ...zstd.EOption) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil, append([]zstd.EOption{zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	out := w.EncodeAll(data, nil)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

// read reads a packed bundle whole, as any reader does.
func read(t testing.TB, packed []byte) (map[string]string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "b.tar.zst")
	if err := os.WriteFile(path, packed, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path)
	if err != nil {
		return nil, err
	}
	return contents(t.Context(), r)
}

func contents(ctx context.Context, r *Reader) (map[string]string, error) {
	got := map[string]string{}
	err := r.Each(ctx, func(f evidence.File, in io.Reader) error {
		data, err := io.ReadAll(in)
		got[f.Path] = string(data)
		return err
	})
	return got, err
}

func TestBadArchives(t *testing.T) {
	a, b := file("nodes.json", "nodes"), file("pods.json", strings.Repeat("pods", 100))
	whole := tarOf(t, manifestOf(t, nil, a, b), a, b)
	changed := func(change func(*evidence.Manifest)) []byte {
		return zip(t, tarOf(t, manifestOf(t, change, a, b), a, b))
	}
	text := func(old, new string) []byte {
		m := manifestOf(t, nil, a, b)
		data := strings.Replace(m.data, old, new, 1)
		if data == m.data {
			t.Fatalf("%q is not in the manifest", old)
		}
		return zip(t, tarOf(t, file(evidence.ManifestFile, data), a, b))
	}
	with := func(entries ...entryOf) []byte {
		return zip(t, tarOf(t, slices.Concat([]entryOf{manifestOf(t, nil, a, b)}, entries)...))
	}
	special := func(name string, kind byte) entryOf {
		return entryOf{tar.Header{Typeflag: kind, Name: name, Linkname: "/etc/shadow", Mode: 0o600}, ""}
	}
	edited := file("pods.json", strings.Repeat("Pods", 100))
	zeros := strings.Repeat("\x00", 4<<20)
	for _, tt := range []struct {
		name   string
		packed []byte
		file   string // that the error names; "" is the bundle itself
		want   string
	}{
		{"nothing", nil, "", "the archive is empty"},
		{"no zstd", []byte("hello, world"), "", "not compressed with zstd"},
		{"no tar", zip(t, []byte(strings.Repeat("hello", 200))), "", "no tar archive"},
		{"compressed data cut short", zip(t, whole)[:200], "", "cut short"},
		{"the last byte is missing", func() []byte { p := zip(t, whole); return p[:len(p)-1] }(), "", "cut short"},
		{"tar cut short", zip(t, whole[:bytes.Index(whole, []byte("podspods"))+5]), "pods.json", "cut short"},
		{"tar cut between files", zip(t, whole[:bytes.Index(whole, []byte("pods.json\x00"))]), "pods.json", "the archive ends before it"},
		{"a bit that fell over", func() []byte {
			p := zip(t, whole, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithNoEntropyCompression(true))
			p[len(p)-3] ^= 1
			return p
		}(), "", "its checksum is wrong"},
		{"a window of 64 MiB", func() []byte {
			var out bytes.Buffer
			w, err := zstd.NewWriter(&out, zstd.WithWindowSize(64<<20))
			if err != nil {
				t.Fatal(err)
			}
			for range 40 { // more than a window, so that the frame says so
				if _, err := io.WriteString(w, zeros); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			return out.Bytes()
		}(), "", "asks for more than the 8 MiB of memory"},
		{"no manifest", zip(t, tarOf(t, a, b)), "", `its first entry is "nodes.json"`},
		{"the manifest is a link", zip(t, tarOf(t, special("bundle.json", tar.TypeSymlink))), "", "not the manifest"},
		{"a manifest without end", zip(t, tarOf(t, file("bundle.json", "{"+strings.Repeat(" ", MaxManifest)))), "bundle.json", "larger than the 64 MiB"},

		{"an edited file", with(a, edited), "pods.json", "changed or damaged after it was written"},
		{"a longer file", with(a, file("pods.json", b.data+"x")), "pods.json", "it has 401 bytes, the manifest says 400"},
		{"a missing file", with(a), "pods.json", "the archive ends before it"},
		{"missing files", with(), "nodes.json", "names it and 1 more"},
		{"another order", with(b, a), "nodes.json", "has pods.json in its place"},
		{"a file too many", with(a, b, file("x.json", "")), "x.json", "the manifest does not name it"},
		{"a file twice", with(a, b, b), "pods.json", "holds it twice"},
		{"a second manifest", with(a, b, manifestOf(t, nil)), "bundle.json", "holds it twice"},
		{"a link in place of a file", with(special("nodes.json", tar.TypeSymlink), b), "nodes.json", "has it as a link"},
		{"a hard link", with(a, special("pods.json", tar.TypeLink)), "pods.json", "has it as a link"},
		{"a device", with(a, special("pods.json", tar.TypeChar)), "pods.json", "has it as a device"},
		{"a folder", with(special("hosts/", tar.TypeDir), a, b), "hosts/", "has it as a folder"},
		{"an absolute path", with(file("/etc/passwd", ""), a, b), "/etc/passwd", "no path below the bundle"},
		{"a path out of the bundle", with(a, file("../x", "")), "../x", "no path below the bundle"},
		{"a path of Windows", with(a, file(`a\..\..\x`, "")), `a\..\..\x`, `not '\\'`},
		{"something after the end", zip(t, append(bytes.Clone(whole), "more"...)), "", "something follows"},
		{"a bomb after the end", zip(t, append(bytes.Clone(whole), zeros...)), "", "something follows"},

		{"a newer format", changed(func(m *evidence.Manifest) { m.Schema, m.Program = 2, "fixline v9.0.0" }), "bundle.json", "format 2, this program reads up to 1"},
		{"no format", text(`"schema": 1`, `"schema": 0`), "bundle.json", "no format 0"},
		{"another kind", text("EvidenceBundle", "Assessment"), "bundle.json", "no manifest of a bundle"},
		{"an unknown key", text(`"cluster"`, `"clusters"`), "bundle.json", `unknown key "clusters"`},
		{"a key twice", text(`"cluster": "prod"`, `"cluster": "prod", "cluster": "test"`), "bundle.json", "already set"},
		{"YAML", text("{", "apiVersion: x\n#{"), "bundle.json", "no JSON object"},
		{"two documents", text("{", "{}\n{"), "bundle.json", "no manifest of a bundle"},
		{"a bad time", text(about().Finished, "yesterday"), "bundle.json", "is no time such as"},
		{"no sum", changed(func(m *evidence.Manifest) { m.Files[0].SHA256 = "abc" }), "bundle.json", "no SHA-256 sum"},
		{"a name twice", changed(func(m *evidence.Manifest) { m.Files[1] = m.Files[0] }), "bundle.json", "named twice"},
		{"a manifest of paths above", changed(func(m *evidence.Manifest) { m.Files[0].Path = "../../etc/passwd" }), "bundle.json", "no path below the bundle"},
		{"a manifest that names itself", changed(func(m *evidence.Manifest) { m.Files[0].Path = "bundle.json" }), "bundle.json", "own name"},
		{"a size below nothing", text(`"bytes": 5`, `"bytes": -5`), "bundle.json", "whole numbers from 0"},
		{"a file of a tebibyte", changed(func(m *evidence.Manifest) { m.Files[0].Bytes = 1 << 40 }), "bundle.json", "more than the 1024 MiB"},
		{"files of nine gibibytes", changed(func(m *evidence.Manifest) {
			m.Files = nil
			for _, name := range strings.Split("abcdefghi", "") {
				m.Files = append(m.Files, evidence.File{Path: name, Bytes: MaxFile, SHA256: strings.Repeat("0", 64)})
			}
		}), "bundle.json", "more than 8 GiB together"},
		{"a state nobody knows", changed(func(m *evidence.Manifest) { m.Coverage = []evidence.Check{{Asked: "pods"}} }), "bundle.json", "has a reason"},
		{"asked twice", changed(func(m *evidence.Manifest) {
			m.Coverage = []evidence.Check{{Asked: "pods", State: evidence.Read}, {Asked: "pods", State: evidence.Read}}
		}), "bundle.json", "is there twice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(t, tt.packed)
			in, ok := errors.AsType[*InputError](err)
			if !ok {
				t.Fatalf("%v, %v: no InputError", got, err)
			}
			if tt.file == "" && strings.HasSuffix(in.File, "b.tar.zst") {
				tt.file = in.File
			}
			if in.File != tt.file || !strings.Contains(in.Error(), tt.want) || in.Hint() == "" {
				t.Errorf("%v\nhint: %s\nwant %q in %s", in, in.Hint(), tt.want, tt.file)
			}
		})
	}
	if got, err := read(t, zip(t, whole)); err != nil || got["pods.json"] != b.data || got["nodes.json"] != a.data {
		t.Errorf("the archive all of these were made of: %v, %v", got, err)
	}
}

// TestNewerRevision: what a newer revision adds may be overlooked.
func TestNewerRevision(t *testing.T) {
	a := file("nodes.json", "nodes")
	m := manifestOf(t, func(m *evidence.Manifest) { m.Revision = evidence.Revision + 1 }, a)
	var doc map[string]any
	if err := json.Unmarshal([]byte(m.data), &doc); err != nil {
		t.Fatal(err)
	}
	doc["signature"] = map[string]any{"by": "x"}
	doc["files"].([]any)[0].(map[string]any)["lines"] = 3
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := read(t, zip(t, tarOf(t, file("bundle.json", string(text)), a))); err != nil || got["nodes.json"] != "nodes" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestBadFolders(t *testing.T) {
	for _, tt := range []struct {
		name, file, want string
		do               func(dir string) error
	}{
		{"edited", "pods.json", "changed or damaged", func(d string) error { return os.WriteFile(filepath.Join(d, "pods.json"), []byte("ponds"), 0o600) }},
		{"cut short", "pods.json", "it has 2 bytes, the manifest says 5", func(d string) error { return os.Truncate(filepath.Join(d, "pods.json"), 2) }},
		{"removed", "hosts/cp1/dpkg.txt", "not there", func(d string) error { return os.Remove(filepath.Join(d, "hosts/cp1/dpkg.txt")) }},
		{"added", "hosts/cp1/x", "does not name it", func(d string) error { return os.WriteFile(filepath.Join(d, "hosts/cp1/x"), nil, 0o600) }},
		{"a link to the same", "pods.json", "but a link", func(d string) error {
			if err := os.Rename(filepath.Join(d, "pods.json"), filepath.Join(d, "../pods.json")); err != nil {
				return err
			}
			return os.Symlink("../pods.json", filepath.Join(d, "pods.json"))
		}},
		{"a folder that is a link", "hosts", "does not name it", func(d string) error {
			if err := os.Rename(filepath.Join(d, "hosts"), filepath.Join(d, "../hosts")); err != nil {
				return err
			}
			return os.Symlink("../hosts", filepath.Join(d, "hosts"))
		}},
		{"the manifest is a folder", "bundle.json", "but a folder", func(d string) error {
			os.Remove(filepath.Join(d, "bundle.json"))
			return os.Mkdir(filepath.Join(d, "bundle.json"), 0o700)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "b")
			write(t, dir, Options{})
			if err := tt.do(dir); err != nil {
				t.Fatal(err)
			}
			r, err := OpenFS(os.DirFS(dir))
			if err == nil {
				_, err = contents(t.Context(), r)
			}
			in, ok := errors.AsType[*InputError](err)
			if !ok || in.File != tt.file || !strings.Contains(in.Error(), tt.want) || in.Hint() == "" {
				t.Errorf("%v, want %q in %s", err, tt.want, tt.file)
			}
		})
	}
}

// TestBadContent: that a file was changed is said before what its reader made of it.
func TestBadContent(t *testing.T) {
	a := file("nodes.json", strings.Repeat("nodes", 1000))
	edited := file("nodes.json", strings.Repeat("Nodes", 1000))
	path := filepath.Join(t.TempDir(), "b.tar.zst")
	broken := errors.New("broken")
	for _, tt := range []struct {
		name string
		is   entryOf
		want string
	}{{"whole", a, "broken"}, {"edited", edited, "changed or damaged"}} {
		if err := os.WriteFile(path, zip(t, tarOf(t, manifestOf(t, nil, a), tt.is)), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		err = r.Each(t.Context(), func(_ evidence.File, in io.Reader) error {
			_, _ = in.Read(make([]byte, 10))
			return broken
		})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := contents(ctx, r); !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want canceled", err)
		}
	}
}
