package main

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The committed table is of the releases the list names, in their order.
// Making it anew needs the modules; this does not.
func TestCommittedTableIsOfTheModules(t *testing.T) {
	m, err := load("modules.json")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("../../data/kubeadm.json")
	if err != nil {
		t.Fatal(err)
	}
	have, err := decode(data)
	if err != nil {
		t.Fatal(err)
	}
	var again []byte
	refuse := func(path, version string) (string, string, error) {
		t.Errorf("run go run ./internal/catalog/gen/kubeadm: the table lacks %s", version)
		return "", "", os.ErrNotExist
	}
	err = read(m, have, refuse, func(f file) error {
		again, err = encode(f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(data), string(again)); diff != "" {
		t.Errorf("run go run ./internal/catalog/gen/kubeadm (-committed +of the list):\n%s", diff)
	}
}

const constants = `
const (
	DefaultEtcdVersion = "3.6.6-0"
	MinExternalEtcdVersion = "3.5.24-0"
	CoreDNSVersion = "v1.13.1"
	PauseVersion = "3.10.1"
)
var SupportedEtcdVersion = map[uint8]string{MAP}
`

func TestParse(t *testing.T) {
	for name, c := range map[string]struct{ entries, want string }{
		"by number":                  {`34: "3.6.5-0", 35: "3.6.9-0"`, "3.6.9-0"},
		"counted from itself":        {`uint8(getSkewedKubernetesVersion(-1).Minor()): "3.6.5-0", uint8(getSkewedKubernetesVersion(0).Minor()): "3.6.8-0"`, "3.6.8-0"},
		"the nearest below":          {`33: "3.5.24-0", 34: "3.6.5-0"`, "3.6.5-0"},
		"the nearest above":          {`37: "3.7.0-0", 36: "3.6.8-0"`, "3.6.8-0"},
		"the constant, without more": {``, "3.6.6-0"},
	} {
		got, err := parse("1.35.4", []byte("package constants\n"+strings.Replace(constants, "MAP", c.entries, 1)))
		want := release{Kubernetes: "1.35.4", Etcd: c.want, MinExternalEtcd: "3.5.24-0", CoreDNS: "1.13.1", Pause: "3.10.1"}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestParseRefusesWhatItDoesNotKnow(t *testing.T) {
	for entries, want := range map[string]string{
		`latest: "3.6.5-0"`: "neither a number nor",
		`35: newest`:        "no text",
		`uint8(getSkewedKubernetesVersion(n).Minor()): "3.6.5-0"`: "invalid syntax",
	} {
		_, err := parse("1.35.4", []byte("package constants\n"+strings.Replace(constants, "MAP", entries, 1)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", entries, err)
		}
	}
	for _, missing := range []string{"DefaultEtcdVersion", "MinExternalEtcdVersion", "CoreDNSVersion", "PauseVersion", "SupportedEtcdVersion"} {
		_, err := parse("1.35.4", []byte("package constants\n"+strings.Replace(constants, missing+" =", "Other =", 1)))
		if err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}

// A release that was read stays as it is; only what lacks is asked for.
func TestRunReadsWhatLacks(t *testing.T) {
	dir := t.TempDir()
	module := filepath.Join(dir, "m.zip")
	f, err := os.Create(module)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	w, err := z.Create("k8s.io/kubernetes@v1.35.4/constants.go")
	if err == nil {
		_, err = w.Write([]byte("package constants\n" + strings.Replace(constants, "MAP", "", 1)))
	}
	for _, err := range []error{err, z.Close(), f.Close(),
		os.WriteFile(filepath.Join(dir, "modules.json"), []byte(`{"date": "2026-11-30", "module": "k8s.io/kubernetes", "file": "constants.go", "releases": ["1.35.3", "1.35.4"]}`), 0o644),
		os.WriteFile(filepath.Join(dir, "out.json"), []byte(`{"releases": [{"kubernetes": "1.35.3", "etcd": "as it was"}]}`), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var asked []string
	err = run(dir, filepath.Join(dir, "out.json"), false, func(path, version string) (string, string, error) {
		asked = append(asked, path+"@"+version)
		return module, "h1:sum", nil
	})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "out.json"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"k8s.io/kubernetes@v1.35.4"}, asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	want := map[string]release{
		"1.35.3": {Kubernetes: "1.35.3", Etcd: "as it was"},
		"1.35.4": {Kubernetes: "1.35.4", Etcd: "3.6.6-0", MinExternalEtcd: "3.5.24-0", CoreDNS: "1.13.1", Pause: "3.10.1",
			Source: "https://github.com/kubernetes/kubernetes/blob/v1.35.4/constants.go", Sum: "h1:sum"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
