package scan

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// auditEvent is a request for a version of HorizontalPodAutoscaler that is gone in 1.26.
func auditEvent(day int) string {
	return fmt.Sprintf(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","stage":"ResponseComplete","verb":"list","user":{"username":"keda"},"userAgent":"keda/v2.7.0","objectRef":{"resource":"horizontalpodautoscalers","apiGroup":"autoscaling","apiVersion":"v2beta2"},"responseStatus":{"code":200},"requestReceivedTimestamp":"2026-03-%02dT08:00:00.000000Z"}`+"\n", day)
}

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstded(t *testing.T, text string) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }() // nothing is written through it
	return z.EncodeAll([]byte(text), nil)
}

// TestAuditLogs: a folder of rotated logs, compressed in any way, counts as one
// log, and what is missing of a file is said.
func TestAuditLogs(t *testing.T) {
	many := strings.Repeat(auditEvent(1), 1000)
	for name, tc := range map[string]struct {
		files    map[string][]byte
		requests int
		gaps     []string // "required reason" of a file
		err      string
	}{
		"rotated": {files: map[string][]byte{"audit.log": []byte(auditEvent(3)), "audit-2026-03-02T08-00-00.000.log.gz": gzipped(t, auditEvent(2)), "audit.log.1.zst": zstded(t, auditEvent(1)),
			"notes.txt": []byte("not a log")}, requests: 3},
		"by content not by name": {files: map[string][]byte{"audit.log.gz": []byte(auditEvent(1)), "b.log": gzipped(t, auditEvent(2))}, requests: 2},
		"joined gzip":            {files: map[string][]byte{"a.log.gz": append(gzipped(t, auditEvent(1)), gzipped(t, auditEvent(2))...)}, requests: 2},
		"cut line":               {files: map[string][]byte{"a.log": []byte(auditEvent(1) + auditEvent(2)[:90])}, requests: 1, gaps: []string{"false its last line is cut"}},
		"cut gzip":               {files: map[string][]byte{"a.log": []byte(auditEvent(1)), "b.log.gz": gzipped(t, many)[:60]}, requests: -1, gaps: []string{"true the compressed file is cut"}},
		"cut zstd":               {files: map[string][]byte{"a.log": []byte(auditEvent(1)), "b.log.zst": zstded(t, many)[:40]}, requests: -1, gaps: []string{"true the compressed file is cut"}},
		"another log":            {files: map[string][]byte{"a.log": []byte(auditEvent(1)), "kubelet.log": []byte("I0301 started\n")}, requests: 1, gaps: []string{"true 1 of its lines"}},
		"none":                   {files: map[string][]byte{"notes.txt": []byte("x")}, err: "holds no log: names with .log"},
		"empty":                  {files: map[string][]byte{"a.log": {}, "b.log": {}}, err: "it holds no audit.k8s.io/v1 event"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "logs")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			one := ""
			for file, data := range tc.files {
				path := filepath.Join(dir, file)
				if err := os.WriteFile(path, data, 0o600); err != nil {
					t.Fatal(err)
				}
				if one == "" || file < filepath.Base(one) {
					one = path
				}
			}
			// A file of the folder that is named as well counts once.
			r, err := scanned(t, "--audit-log", dir, "--audit-log", one)
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Fatal(err)
				}
				return
			}
			if n := r.Counts.Requests; n != tc.requests && (tc.requests >= 0 || n < 1 || n > 1000) {
				t.Errorf("%d requests, want %d (%v)", n, tc.requests, err)
			}
			if len(r.Findings) != 1 || tc.requests > 1 && !strings.Contains(r.Findings[0].Message, fmt.Sprintf("requested %d times by keda", tc.requests)) {
				t.Errorf("%+v", r.Findings)
			}
			var gaps []string
			for _, g := range r.Coverage.Gaps {
				if g.File != nil {
					gaps = append(gaps, fmt.Sprintf("%t %s", g.Required, g.Reason))
				}
			}
			if len(gaps) != len(tc.gaps) || len(gaps) > 0 && !strings.HasPrefix(gaps[0], tc.gaps[0]) {
				t.Errorf("gaps %q, want %q", gaps, tc.gaps)
			}
		})
	}
}
