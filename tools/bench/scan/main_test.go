package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFolder: the folder is about what is promised: 1.4 kB a document, every kind in it.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	size, err := writeFolder(dir, 230)
	if err != nil {
		t.Fatal(err)
	}
	if each := size / (230 * documentsPerFile); each < 1200 || each > 1600 {
		t.Errorf("%d bytes a document, want about 1400", each)
	}
	var read strings.Builder
	if err := readAll(&read, dir); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*", "*.yaml"))
	if err != nil || len(files) != 230 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	all := ""
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all += string(data)
	}
	if n := strings.Count(all, "\napiVersion: "); n != 690 || int64(len(all)) != size || !strings.Contains(all, "extensions/v1beta1") {
		t.Errorf("%d documents in %d bytes, want 690 in %d", n, len(all), size)
	}
}

func TestCompare(t *testing.T) {
	if got := compare(point{files: 1}, point{files: 10}); !strings.Contains(got, "10x the files") {
		t.Error(got)
	}
}

// TestLarge: every layout holds as many objects as are asked for; those of JSON are JSON.
func TestLarge(t *testing.T) {
	for _, name := range layouts() {
		path := filepath.Join(t.TempDir(), name)
		size, err := writeLarge(path, name, 30)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(data), "/v1beta1"); n != 30 || int64(len(data)) != size || filepath.Ext(name) == ".json" && !json.Valid(data) {
			t.Errorf("%s: %d objects in %d bytes", name, n, size)
		}
	}
}
