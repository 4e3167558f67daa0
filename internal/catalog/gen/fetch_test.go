package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func archive(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	for name, content := range files {
		if err := tw.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(tw, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sumOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func TestFetch(t *testing.T) {
	good := archive(t, map[string]string{
		"repo-abc/data/osv/GO-1.json": "one",
		"repo-abc/data/osv/GO-2.json": "two, not wanted",
		"repo-abc/README.md":          "words",
		"repo-abc/data/../../evil":    "outside",
	})
	huge := archive(t, map[string]string{"repo-abc/data/osv/GO-1.json": strings.Repeat("x", maxFile+1)})
	mux := http.NewServeMux()
	serve := func(path string, body []byte) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) })
	}
	serve("/good", good)
	serve("/huge", huge)
	serve("/text", []byte("no archive"))
	serve("/cut", good[:len(good)/2])
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	server := httptest.NewServer(mux)
	defer server.Close()

	one := map[string]string{"vulndb/osv/GO-1.json": sumOf("one")}
	tests := []struct {
		name, path string
		sums       map[string]string
		err        string // "" = none
	}{
		{"verified", "/good", one, ""},
		{"changed", "/good", map[string]string{"vulndb/osv/GO-1.json": sumOf("other")}, "the file was changed"},
		{"a file is missing", "/good", map[string]string{"vulndb/osv/GO-9.json": sumOf("one")}, "GO-9.json is not in it"},
		{"nothing is listed", "/good", nil, "lists no file"},
		{"too large", "/huge", one, "larger than allowed"},
		{"no archive", "/text", one, "no .tar.gz"},
		{"cut off", "/cut", one, "EOF"},
		{"not there", "/nowhere", one, "404"},
		{"no answer", "/slow", one, "deadline"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			into := t.TempDir()
			m := manifest{Sources: []sourceDoc{
				{Folder: "mails", Hand: "https://example.org"},
				{Folder: "vulndb", Archive: server.URL + tt.path, Strip: 1, Below: "data"},
			}}
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			err := fetchAll(ctx, server.Client(), m, tt.sums, into, io.Discard)
			if tt.err == "" && err != nil {
				t.Fatal(err)
			}
			if tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Fatalf("want an error with %q, got %v", tt.err, err)
			}
			got, _ := os.ReadFile(filepath.Join(into, "vulndb", "osv", "GO-1.json"))
			if (tt.err == "") != (string(got) == "one") {
				t.Errorf("written: %q", got)
			}
			if _, err := os.Stat(filepath.Join(into, "vulndb", "osv", "GO-2.json")); err == nil {
				t.Error("a file nobody listed was written")
			}
		})
	}
}

// Every source of the manifest is either kept by hand or listed in the sums.
func TestManifestIsComplete(t *testing.T) {
	var m manifest
	if err := loadYAML(filepath.Join(here().gen, "sources.yaml"), &m); err != nil {
		t.Fatal(err)
	}
	sums, err := loadSums(filepath.Join(here().gen, "sources.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range m.Sources {
		listed := 0
		for name := range sums {
			if strings.HasPrefix(name, s.Folder+"/") {
				listed++
			}
		}
		if s.Licence == "" || s.Date == "" || s.About == "" {
			t.Errorf("%s: about, date and licence belong to it", s.Folder)
		}
		if (s.Hand == "") != (listed > 0) {
			t.Errorf("%s: by hand from %q, and %d files in sources.sum", s.Folder, s.Hand, listed)
		}
		if s.Archive != "" && !strings.Contains(s.Archive, s.Commit) {
			t.Errorf("%s: the archive is not of the commit", s.Folder)
		}
	}
}
