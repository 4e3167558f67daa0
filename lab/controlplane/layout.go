package controlplane

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// layout says where everything of one control plane is: files below dir, ports on loopback.
type layout struct {
	dir                                           string
	etcdPort, etcdPeerPort, apiServerPort, cmPort int
}

// folder makes the folder: the named one, which must be empty, or a temporary one.
func folder(named string) (dir string, temporary bool, err error) {
	if named == "" {
		dir, err = os.MkdirTemp("", "fixline-lab-")
		return dir, true, err
	}
	if dir, err = filepath.Abs(named); err != nil {
		return "", false, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", false, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", false, err
	}
	if len(entries) > 0 {
		return "", false, fmt.Errorf("folder %q is not empty: name another one", dir)
	}
	return dir, false, nil
}

func newLayout(dir string) (layout, error) {
	l := layout{dir: dir}
	for _, sub := range []string{"logs", "pki/etcd", "etcd"} {
		if err := os.MkdirAll(l.file(sub), 0o700); err != nil {
			return layout{}, err
		}
	}
	// All listeners are open at once, so that no port is handed out twice.
	for _, port := range []*int{&l.etcdPort, &l.etcdPeerPort, &l.apiServerPort, &l.cmPort} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return layout{}, fmt.Errorf("finding a free port: %w", err)
		}
		defer listener.Close()
		*port = listener.Addr().(*net.TCPAddr).Port
	}
	return l, nil
}

func (l layout) file(elem ...string) string {
	return filepath.Join(append([]string{l.dir}, elem...)...)
}
func (l layout) pki(name string) string { return l.file("pki", name) }
func (l layout) auditPolicy() string    { return l.file("audit-policy.yaml") }
func (l layout) url(port int) string    { return "https://127.0.0.1:" + strconv.Itoa(port) }
