package program

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// mirror serves one program in the layout of dl.k8s.io.
func mirror(t *testing.T, content, checksum string) string {
	t.Helper()
	at := "/release/v1.99.1/bin/" + runtime.GOOS + "/" + runtime.GOARCH + "/kubeadm"
	mux := http.NewServeMux()
	mux.HandleFunc(at, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, content) })
	mux.HandleFunc(at+".sha256", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, checksum) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL + "/release"
}

func sum(content string) string {
	digest := sha256.Sum256([]byte(content))
	return hex.EncodeToString(digest[:])
}

const kubeadm = "#!/bin/sh\necho kubeadm version: v1.99.1\n"

func TestOfficialBinaries(t *testing.T) {
	store := Store{Dir: t.TempDir(), Progress: io.Discard, Binaries: mirror(t, kubeadm, sum(kubeadm)+"  kubeadm\n")}
	path, err := store.Path(t.Context(), Program{"kubeadm", "1.99.1"})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || string(data) != kubeadm || !strings.Contains(path, string(filepath.Separator)+"official"+string(filepath.Separator)) {
		t.Errorf("the file %q holds %q, %v; want it kept apart from built ones", path, data, err)
	}
	if entries, err := store.List(); err != nil || len(entries) != 1 || entries[0].Path != path {
		t.Errorf("List = %+v, %v", entries, err)
	}
	store.Binaries = "http://127.0.0.1:1" // what is there is not asked for again
	if again, err := store.Path(t.Context(), Program{"kubeadm", "1.99.1"}); err != nil || again != path {
		t.Errorf("Path again = %q, %v", again, err)
	}
}

func TestOfficialBinariesThatAreWrong(t *testing.T) {
	const other = "#!/bin/sh\necho kubeadm version: v1.99.2\n"
	for _, tt := range []struct{ name, content, checksum, want string }{
		{"checksum", kubeadm, sum("something else"), "has checksum " + sum(kubeadm)},
		{"no checksum", kubeadm, "", "has checksum"},
		{"another version inside", other, sum(other), "is not 1.99.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := Store{Dir: t.TempDir(), Progress: io.Discard, Binaries: mirror(t, tt.content, tt.checksum)}
			if path, err := store.Path(t.Context(), Program{"kubeadm", "1.99.1"}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Path = %q, %v; want an error with %q", path, err, tt.want)
			}
			if entries, err := store.List(); err != nil || len(entries) != 0 {
				t.Errorf("the store holds %+v, %v", entries, err)
			}
		})
	}
	store := Store{Dir: t.TempDir(), Progress: io.Discard, Binaries: mirror(t, kubeadm, sum(kubeadm))}
	if _, err := store.Path(t.Context(), Program{"kubeadm", "1.99.7"}); err == nil || !strings.Contains(err.Error(), "v1.99.7") || !strings.Contains(err.Error(), "404") {
		t.Errorf("Path of a version that is not there = %v", err)
	}
}
