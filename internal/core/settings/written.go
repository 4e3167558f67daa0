package settings

import (
	"path"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Written is what kubeadm itself writes into the static pods it makes, of every
// minor From to Through.
type Written struct {
	From, Through version.Minor
	Flags         []WrittenFlag
	// Volumes are the names kubeadm gives the volumes it mounts, and
	// MountedPaths where it mounts them, by component; a name may end in "*",
	// a path may hold a {variable}.
	Volumes, MountedPaths map[string][]string
	// Security are the flags that decide who may do what, who is recorded and
	// what is encrypted; a name may end in "*". Inputs are those that name a
	// file without which the component does not start.
	Security, Inputs map[string][]string
	Source           string // URL
}

// WrittenFlag is one flag kubeadm writes.
type WrittenFlag struct {
	Component, Name string
	// Value is what kubeadm writes: a text with {variables} of the
	// ClusterConfiguration, or "*" for a value that is the node's own. Or are
	// other values it writes in cases the API does not show.
	Value string
	Or    []string
	// From and Through bound the minors that write it; zero for no bound.
	From, Through version.Minor
	// When names what the ClusterConfiguration must have: localEtcd,
	// externalEtcd, podSubnet, clusterName; "" = always. Unless names a declared
	// argument with which it is not written.
	When, Unless string
	// Optional: kubeadm of these minors may also leave it out.
	Optional bool
}

// Covers reports whether the table says anything of a minor.
func (w Written) Covers(m version.Minor) bool {
	return m.Compare(w.From) >= 0 && m.Compare(w.Through) <= 0
}

// secure reports whether a flag decides security.
func (w Written) secure(component, flag string) bool { return named(w.Security[component], flag) }

// named reports whether a name is among patterns, which may end in "*".
func named(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		start, wild := strings.CutSuffix(p, "*")
		return p == name || wild && strings.HasPrefix(name, start)
	})
}

func (f WrittenFlag) by(m version.Minor) bool {
	none := version.Minor{}
	return (f.From == none || m.Compare(f.From) >= 0) && (f.Through == none || m.Compare(f.Through) <= 0)
}

// applies reports whether kubeadm writes the flag for a ClusterConfiguration.
func (f WrittenFlag) applies(k *kubeadm.Told) bool {
	if f.Unless != "" && declares(k, f.Component, f.Unless) {
		return false
	}
	switch f.When {
	case "localEtcd":
		return k.ExternalEtcd == nil
	case "externalEtcd":
		return k.ExternalEtcd != nil
	case "podSubnet":
		return k.PodSubnet != ""
	case "clusterName":
		return k.ClusterName != ""
	}
	return true
}

// allows reports whether value is one that kubeadm writes there. A variable
// the ClusterConfiguration does not have allows any.
func (f WrittenFlag) allows(k *kubeadm.Told, value string) bool {
	if f.Value == "*" || slices.Contains(f.Or, value) {
		return true
	}
	want, ok := fill(k, f.Value)
	return !ok || equal(want, value)
}

// fill puts the values of the ClusterConfiguration into a text; false where
// it has none.
func fill(k *kubeadm.Told, text string) (string, bool) {
	external := k.ExternalEtcd
	if external == nil {
		external = &kubeadm.ExternalEtcd{}
	}
	for name, value := range map[string]string{
		"certificatesDir": k.CertificatesDir, "clusterName": k.ClusterName, "dnsDomain": k.DNSDomain, "podSubnet": k.PodSubnet,
		"serviceSubnet": k.ServiceSubnet, "etcdDataDir": k.EtcdDataDir, "externalEtcdServers": strings.Join(external.Endpoints, ","),
		"externalEtcdCAFile": external.CAFile, "externalEtcdCertFile": external.CertFile, "externalEtcdKeyFile": external.KeyFile,
	} {
		if !strings.Contains(text, "{"+name+"}") {
			continue
		}
		if value == "" {
			return "", false
		}
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text, true
}

// values are what a ClusterConfiguration declares for a flag, in its order.
func values(k *kubeadm.Told, component, flag string) []string {
	var out []string
	for _, a := range k.Declared[component].Args {
		if strings.TrimLeft(a.Name, "-") == flag {
			out = append(out, a.Value)
		}
	}
	return out
}

func declares(k *kubeadm.Told, component, flag string) bool {
	return len(values(k, component, flag)) > 0
}

// covers reports whether a path is inside what the component's next static pod
// mounts.
func (w Written) covers(k *kubeadm.Told, component, file string) bool {
	var mounts []string
	for _, v := range k.Declared[component].Volumes {
		mounts = append(mounts, v.MountPath)
	}
	for _, p := range w.MountedPaths[component] {
		if filled, ok := fill(k, p); ok {
			mounts = append(mounts, filled)
		}
	}
	file = path.Clean(file)
	return slices.ContainsFunc(mounts, func(m string) bool {
		m = path.Clean(m)
		return file == m || m == "/" || strings.HasPrefix(file, m+"/")
	})
}

// equal compares two values of a flag as its component reads them: True is
// true, and a list is the same in another order.
func equal(a, b string) bool {
	a, b = strings.Trim(strings.TrimSpace(a), `"'`), strings.Trim(strings.TrimSpace(b), `"'`)
	if a == b || same(a, "true") && same(b, "true") || same(a, "false") && same(b, "false") {
		return true
	}
	as, bs := strings.Split(a, ","), strings.Split(b, ",")
	slices.Sort(as)
	slices.Sort(bs)
	return slices.Equal(as, bs)
}
