package labtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/lab/engine"
)

// Down removes the lab and fails the test for whatever stays: containers, volumes, networks, processes, mounts, control
// groups, files. Other labs may come and go meanwhile.
func (l *Lab) Down(t *testing.T) {
	t.Helper()
	ids := l.engine(t, "ps", "--all", "--quiet", "--no-trunc", "--filter", "label="+engine.LabelLab+"="+l.Spec.Name)
	if len(ids) < l.Spec.ControlPlanes+l.Spec.Workers {
		t.Fatalf("the lab has containers %q, fewer than its hosts", ids)
	}
	volumes := l.engine(t, append([]string{"inspect", "--format", "{{range .Mounts}}{{.Name}} {{end}}"}, ids...)...)
	if len(volumes) == 0 {
		t.Fatal("the lab's containers have no volumes: whether they stay cannot be seen")
	}
	if found, err := l.Manager.Down(t.Context(), l.Spec.Name); err != nil || !found {
		t.Fatalf("Down = %t, %v", found, err)
	}
	for _, left := range l.inventory(t) {
		if slices.Contains(ids, left) || slices.Contains(volumes, left) || strings.Contains(left, l.Spec.Name) {
			t.Errorf("the engine still has %q", left)
		}
	}
	l.leftOver(t, ids)
}

// inventory is all that the engine holds, but images: the ids of containers, the names of volumes and networks.
func (l *Lab) inventory(t *testing.T) []string {
	t.Helper()
	return slices.Concat(l.engine(t, "ps", "--all", "--quiet", "--no-trunc"), l.engine(t, "volume", "ls", "--quiet"),
		l.engine(t, "network", "ls", "--format", "{{.Name}}"))
}

// engine runs one command of the engine and returns its words.
func (l *Lab) engine(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := l.Engine.Output(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// leftOver looks for what an engine does not list: processes, mounts, control groups, files.
func (l *Lab) leftOver(t *testing.T, ids []string) {
	t.Helper()
	ours := func(text string) bool {
		return slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(text, id) })
	}
	cgroups, err := filepath.Glob("/proc/[0-9]*/cgroup")
	if err != nil || len(cgroups) == 0 {
		t.Fatalf("this machine lists no processes: %v", err)
	}
	for _, path := range append(cgroups, "/proc/self/mountinfo") {
		if data, err := os.ReadFile(path); err == nil && ours(string(data)) {
			t.Errorf("%s still speaks of the lab's containers:\n%s", path, data)
		}
	}
	err = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && ours(d.Name()) {
			t.Errorf("the control group %s is left", path)
		}
		return nil // a group that goes away while we look is not ours
	})
	if err != nil {
		t.Error(err)
	}
	left, err := filepath.Glob(filepath.Join(l.Store.Dir, "labs", l.Spec.Name+"*"))
	if err != nil || len(left) > 0 {
		t.Errorf("files are left: %q, %v", left, err)
	}
}
