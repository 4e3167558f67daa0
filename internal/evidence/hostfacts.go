package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The JSON files of hosts/NODE/, each a type of this file: what a look at a
// host gathers beyond what its own programs print.

// System is hosts/NODE/system.json.
type System struct {
	Hostname string `json:"hostname"`
	// Addresses are those of its interfaces, without loopback.
	Addresses []string `json:"addresses"`
	// OS and OSVersion are ID and VERSION_ID of os-release: "debian", "12".
	OS           string `json:"os"`
	OSVersion    string `json:"osVersion"`
	Architecture string `json:"architecture"` // as uname -m says it: "x86_64"
	SwapKiB      int64  `json:"swapKiB"`      // size of active swap; 0 is none
	MemoryKiB    int64  `json:"memoryKiB"`
}

// HostClock is hosts/NODE/clock.json.
type HostClock struct {
	// OffsetMS is how far the host's clock is ahead of the one it was compared
	// with, in milliseconds, half of the round trip taken off; it is not known
	// better than RoundTripMS/2.
	OffsetMS    int64 `json:"offsetMilliseconds"`
	RoundTripMS int64 `json:"roundTripMilliseconds"`
	// Synchronized is what the host itself says of NTP; nil where it does not.
	Synchronized *bool `json:"synchronized"`
}

// Candidate is one entry of hosts/NODE/candidates.json: what the package
// manager would install now.
type Candidate struct {
	Package   string `json:"package"`
	Installed string `json:"installed"` // "" = not installed
	Candidate string `json:"candidate"` // "" = none
}

// Repository is one entry of hosts/NODE/repositories.json: where the package
// manager reads from, without credentials.
type Repository struct {
	File    string   `json:"file"`
	Kind    string   `json:"kind"` // deb | rpm
	Name    string   `json:"name"` // of an rpm repository; "" else
	URL     string   `json:"url"`
	Suite   string   `json:"suite"`
	Enabled bool     `json:"enabled"`
	Exclude []string `json:"exclude"` // packages it is not used for, unless asked to
}

// Updates is hosts/NODE/updates.json.
type Updates struct {
	// Pending are packages with a newer version in the lists the host holds,
	// which were read at ListsAt (RFC 3339; "" = not known); null = not read.
	Pending []Update `json:"pending"`
	ListsAt string   `json:"listsAt"`
	// Automatic says whether the host installs updates by itself: "active",
	// "inactive", "not installed", or "" where it was not read; AutomaticBy is
	// the program.
	Automatic   string `json:"automatic"`
	AutomaticBy string `json:"automaticBy"`
}

// Update is a package that could be newer.
type Update struct {
	Package  string `json:"package"`
	From     string `json:"from"`
	To       string `json:"to"`
	Security bool   `json:"security"`
}

// Certificate is one entry of hosts/NODE/certificates.json: the public part.
type Certificate struct {
	Path        string `json:"path"`
	Subject     string `json:"subject"`
	Issuer      string `json:"issuer"`
	NotBefore   string `json:"notBefore"` // RFC 3339
	NotAfter    string `json:"notAfter"`
	Fingerprint string `json:"sha256"` // of the DER form, in hexadecimal
	CA          bool   `json:"ca"`
}

// Kubeconfig is one entry of hosts/NODE/kubeconfigs.json.
type Kubeconfig struct {
	Path   string `json:"path"`
	Server string `json:"server"` // "https://10.0.0.1:6443"
	// Certificate is the client certificate in it; nil where it names a file
	// (CertificateFile) or has none.
	Certificate     *Certificate `json:"certificate"`
	CertificateFile string       `json:"certificateFile"`
}

// Disk is one entry of hosts/NODE/disks.json: the file system that holds
// something.
type Disk struct {
	For       string `json:"for"` // etcd | images | kubelet | packages | configuration
	Path      string `json:"path"`
	Device    string `json:"device"`
	Mount     string `json:"mount"`
	SizeKiB   int64  `json:"sizeKiB"`
	FreeKiB   int64  `json:"freeKiB"`
	FreeFiles int64  `json:"freeFiles"` // inodes; -1 where the file system has no such limit
	// UsedKiB is the size of etcd's database, 0 for others.
	UsedKiB int64 `json:"usedKiB"`
}

// KubeadmBackup is one entry of hosts/NODE/kubeadm-backups.json: what kubeadm
// left under /etc/kubernetes/tmp. Note says that it is not an etcd backup.
type KubeadmBackup struct {
	Path     string `json:"path"`
	Modified string `json:"modified"` // RFC 3339
	SizeKiB  int64  `json:"sizeKiB"`
	Note     string `json:"note"`
}

// NotABackup is the Note of every [KubeadmBackup]: it is a copy of etcd's
// folder or of manifests, taken while kubeadm upgraded this one member, on the
// same disk, with no hash and no revision
// (https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/).
const NotABackup = "not an etcd backup: kubeadm's own copy on the same disk, for falling back within one upgrade"

// ReadHostJSON reads a file of hosts/NODE/ into to, one of the types above or a
// list of them. An unknown field is of a newer program and is left out.
func ReadHostJSON(data []byte, to any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(to); err != nil {
		return &OffsetError{Offset: dec.InputOffset(), Err: plain(err)}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return &OffsetError{Offset: dec.InputOffset(), Err: errors.New("something follows the document")}
	}
	return nil
}

// ReadHolds reads names of packages that are held, one per line, as
// `apt-mark showhold` prints them.
func ReadHolds(data []byte) ([]string, error) {
	out := []string{}
	for n, line := range lines(data) {
		name := strings.TrimSpace(line)
		if name == "" || name[0] == '#' {
			continue
		}
		if strings.ContainsAny(name, " \t") {
			return nil, fmt.Errorf("line %d: %q is no name of a package", n+1, clip(line))
		}
		out = append(out, strings.SplitN(name, ":", 2)[0])
	}
	return out, nil
}

// ReadKubeletCommand reads the words of the running kubelet's command line, one
// per line, reduced by [TrimFlags].
func ReadKubeletCommand(data []byte) ([]string, error) {
	words := []string{}
	for _, line := range lines(data) {
		if line != "" {
			words = append(words, line)
		}
	}
	return TrimFlags("kubelet", words), nil
}
