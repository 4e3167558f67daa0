package program

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name, version string
		want          string // empty: an error that holds wantErr
		wantErr       string
	}{
		{name: "kube-apiserver", version: "1.37.1", want: "kube-apiserver 1.37.1"},
		{name: "kube-apiserver", version: "v1.37.1", want: "kube-apiserver 1.37.1"},
		{name: "etcd", version: "3.7.0-rc.1", want: "etcd 3.7.0-rc.1"},
		{name: "kube-apiserver", version: "1.37", wantErr: `"1.37" is not an exact version`},
		{name: "kube-apiserver", version: "", wantErr: `"" is not an exact version`},
		{name: "kube-apiserver", version: "latest", wantErr: `"latest" is not an exact version`},
		{name: "kube-apiserver", version: "1.37.1/../../x", wantErr: "is not an exact version"},
		{name: "sh", version: "1.37.1", wantErr: `no program named "sh"`},
	} {
		got, err := Parse(tt.name, tt.version)
		if tt.wantErr != "" {
			if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
				t.Errorf("Parse(%q, %q) = %v, %v; want an error with %q", tt.name, tt.version, got, err, tt.wantErr)
			}
			continue
		}
		if err != nil || got.String() != tt.want {
			t.Errorf("Parse(%q, %q) = %v, %v; want %s", tt.name, tt.version, got, err, tt.want)
		}
	}
}

func TestSaysFindsWholeVersions(t *testing.T) {
	for _, tt := range []struct {
		text, version string
		want          bool
	}{
		{"Kubernetes v1.37.1\n", "1.37.1", true},
		{"etcd Version: 3.7.0\nGit SHA: Not provided\n", "3.7.0", true},
		{`kubeadm version: &version.Info{Major:"1", GitVersion:"v1.37.1", GitCommit:""}`, "1.37.1", true},
		{"Kubernetes v1.37.10\n", "1.37.1", false},
		{"Kubernetes v0.0.0-master+$Format:%H$\n", "1.37.1", false},
	} {
		if got := says(tt.text, tt.version); got != tt.want {
			t.Errorf("says(%q, %q) = %t, want %t", tt.text, tt.version, got, tt.want)
		}
	}
}
