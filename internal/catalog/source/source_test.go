package source_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog/source"
)

var read = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

var samples = map[string]struct {
	text   string
	format source.Format
	claims int
}{
	"osv.json":        {`{"id":"CVE-2026-0001","affected":[{"package":{"name":"kubelet"},"ranges":[{"type":"SEMVER","events":[{"introduced":"1.33.0"},{"fixed":"1.33.9"}]}]}]}`, source.OSV, 1},
	"osv-list.json":   {`[{"schema_version":"1.6.0","id":"CVE-2026-0002","affected":[{"package":{"name":"kubelet"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}]`, source.OSV, 1},
	"index.json":      {`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"CVE-2026-0003","summary":"x","content_text":""}]}`, source.Feed, 1},
	"cve.json":        {`{"dataType":"CVE_RECORD","cveMetadata":{"cveId":"CVE-2026-0004"},"containers":{"cna":{"affected":[{"product":"kubelet","versions":[{"version":"1.33.0","lessThan":"1.33.9","status":"affected"}]}]}}}`, source.CVERecord, 1},
	"own.yaml":        {"# a note\napiVersion: fixline.dev/v1alpha1\nkind: Advisory\nmetadata: {name: CVE-2026-0005}\nspec:\n  components: [{component: kubelet, affected: all}]\n", source.Own, 1},
	"own-list.yaml":   {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: fixline.dev/v1alpha1\n  kind: Advisory\n  metadata: {name: CVE-2026-0006}\n  spec:\n    components: [{component: kubelet, affected: all}]\n", source.Own, 1},
	"kubernetes.json": {`[{"cycle":"1.36","eol":"2027-06-28","latest":"1.36.4"}]`, source.EndOfLife, 0},
	"v1.json":         {`{"result":{"name":"etcd","releases":[{"name":"3.6","eolFrom":null,"isEol":false}]}}`, source.EndOfLife, 0},
	"containerd.md":   {"---\npermalink: /containerd\nreleases:\n- {releaseCycle: '2.3', eol: 2028-04-30}\n---\ntext: [\n", source.EndOfLife, 0},
	"schedule.yaml":   {"# Use schedule-builder\n---\nschedules:\n- {release: 1.30, endOfLifeDate: 2025-06-28}\n", source.Schedule, 0},
	"eol.yaml":        {"branches:\n- {release: 1.22, endOfLifeDate: '2022-12-08', finalPatchRelease: 1.22.17}\n", source.Schedule, 0},
	"releases.json":   {`{"apiVersion":"fixline.dev/v1alpha1","kind":"ReleaseCalendar","calendars":[{"product":"kubernetes","through":"2026-11-20","minors":[{"minor":"1.37"}]}]}`, source.Calendar, 0},
}

func TestDetectAndRead(t *testing.T) {
	for name, s := range samples {
		format, err := source.Detect(name, []byte(s.text))
		if err != nil || format != s.format {
			t.Errorf("%s: detected %q, %v; want %q", name, format, err, s.format)
		}
		l, err := source.Read(name, []byte("\xef\xbb\xbf"+s.text), read)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(l.Claims) != s.claims || (len(l.Calendars) == 1) == (s.claims == 1) || len(l.Files) != 1 {
			t.Errorf("%s: %d claims, %d calendars, files %v", name, len(l.Claims), len(l.Calendars), l.Files)
		}
	}
	for name, text := range map[string]string{"empty": " ", "text": "hello", "json": `{"a":1}`, "list": "[]", "broken": `{"id":"CVE-2026-1"`, "other": "apiVersion: v1\nkind: Pod\n"} {
		if f, err := source.Detect(name, []byte(text)); err == nil {
			t.Errorf("%s: detected %q", name, f)
		}
	}
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func archive(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
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
	return b.Bytes()
}

func TestFolderAndZipReadTheSame(t *testing.T) {
	files := map[string]string{"README.md": "# Data", "sub/notes.txt": "x", ".git/x.json": "{}", "sub/broken.json": "{"}
	for name, s := range samples {
		files["sub/"+name] = s.text
	}
	dir := t.TempDir()
	write(t, dir, files)
	outside := filepath.Join(t.TempDir(), "outside.yaml")
	if err := os.WriteFile(outside, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link.yaml")); err != nil {
		t.Fatal(err)
	}
	folder, err := source.Open(dir, read)
	if err != nil {
		t.Fatal(err)
	}
	zipped := filepath.Join(t.TempDir(), "all.zip")
	if err := os.WriteFile(zipped, archive(t, files), 0o600); err != nil {
		t.Fatal(err)
	}
	packed, err := source.Open(zipped, read)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []source.Loaded{folder, packed} {
		if len(l.Claims) != 6 || len(l.Written) != 2 || len(l.Calendars) != 6 || len(l.Files) != len(samples) {
			t.Errorf("%d claims, %d written, %d calendars, %d files", len(l.Claims), len(l.Written), len(l.Calendars), len(l.Files))
		}
		found := ""
		for _, w := range l.Warnings {
			if strings.HasPrefix(w, "left out: ") {
				found += w
			}
		}
		if !strings.Contains(found, "broken.json") || strings.Contains(found, "README") || strings.Contains(found, "link") {
			t.Errorf("left out: %s", found)
		}
	}
	var names [2][]string
	for i, l := range []source.Loaded{folder, packed} {
		for _, f := range l.Files {
			names[i] = append(names[i], fmt.Sprint(filepath.Base(f.Name), f.Format, f.Claims, f.Calendars))
		}
	}
	if diff := cmp.Diff(names[0], names[1]); diff != "" {
		t.Errorf("folder and zip differ:\n%s", diff)
	}
}

func TestAMistakeInAnAdvisoryWrittenByHandIsAnError(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"good.json": samples["osv.json"].text, "mine.yaml": strings.Replace(samples["own.yaml"].text, "affected", "afected", 1)})
	_, err := source.Open(dir, read)
	if err == nil || !strings.Contains(err.Error(), "mine.yaml:6") {
		t.Errorf("error %v names no file and line", err)
	}
}

func TestHostileArchivesAreRefused(t *testing.T) {
	big := strings.Repeat(" ", 65<<20)
	for name, files := range map[string]map[string]string{
		"leads out of it":        {"../../etc/x.json": samples["osv.json"].text},
		"larger than the 64 MiB": {"bomb.json": big},
		"none of its":            {"a.txt": "x"},
		"the name":               {`..\x.json`: "x"},
	} {
		_, err := source.Read("x.zip", archive(t, files), read)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v does not say %q", err, name)
		}
	}
	if _, err := source.Read("x.zip", []byte("PK\x03\x04 and no more"), read); err == nil {
		t.Error("a broken zip is no error")
	}
}

func TestOpenRefusesWhatIsNoFile(t *testing.T) {
	if _, err := source.Open(filepath.Join(t.TempDir(), "absent"), read); err == nil {
		t.Error("an absent file is no error")
	}
	huge := filepath.Join(t.TempDir(), "huge.json")
	if err := os.WriteFile(huge, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, 2<<30); err != nil {
		t.Fatal(err)
	}
	if _, err := source.Open(huge, read); err == nil || !strings.Contains(err.Error(), "2048 MiB") {
		t.Errorf("a 2 GiB file: %v", err)
	}
}
