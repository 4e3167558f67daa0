package collect

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/hosts"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
)

type notes map[string]evidence.Check

func (n notes) File(string, evidence.Origin, func(io.Writer) (int, error)) error { return nil }
func (n notes) Note(c evidence.Check)                                            { n[c.Asked] = c }

// TestTargets: each host once, as it was named most exactly; what cannot be
// asked is a gap.
func TestTargets(t *testing.T) {
	nodes := []kube.Node{
		{Name: "cp1", Addresses: []string{"10.0.0.11"}}, {Name: "w1", Addresses: []string{"10.0.0.21"}}, {Name: "w2", Addresses: []string{"10.0.0.22"}},
		{Name: "w3", Addresses: []string{"10.0.0.23"}}, {Name: "win", OS: "windows", Addresses: []string{"10.0.0.24"}}, {Name: "lost"},
	}
	file := filepath.Join(t.TempDir(), "hosts.yaml")
	text := "apiVersion: fixline.dev/v1alpha1\nkind: HostInventory\nhosts: [{node: cp1, address: cp1.example}, {address: w2}]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o := hosts.Options{Hosts: []string{"root@nodes", "me@10.0.0.21:2222", "bastion"}, File: file}
	if err := o.Validate(); err != nil {
		t.Fatal(err)
	}
	way, err := o.Prepare(factory.New("fixline", terminal.Test(nil, io.Discard, io.Discard), func(string) string { return "" }))
	if err != nil {
		t.Fatal(err)
	}
	seen := notes{}
	var got []string
	for _, target := range targets(way, nodes, seen) {
		got = append(got, target.Name+"="+target.Node)
	}
	want := []string{"cp1.example=cp1", "w2=", "me@10.0.0.21:2222=", "bastion=", "root@10.0.0.23=w3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(seen) != 2 || seen["hosts/win"].State != evidence.NotAsked || seen["hosts/lost"].State != evidence.Failed {
		t.Errorf("noted: %v", seen)
	}
	if targets(way, nil, seen); seen["hosts/nodes"].State != evidence.Failed {
		t.Errorf("nodes that were not read: %v", seen)
	}
}
