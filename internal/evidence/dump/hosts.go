package dump

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// folders reads what a folder may hold of single machines: hosts/NODE/*,
// kubelets/NODE/configz.json, apiservers/ADDRESS/metrics.txt. Files nobody
// reads are left alone.
func (p plain) folders(ctx context.Context) error {
	for _, top := range []string{hostsFolder, kubeletsFolder, serversFolder} {
		nodes, err := fs.ReadDir(p.fsys, top)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return &InputError{File: top, Err: plainPath(err)}
		}
		for _, node := range nodes {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !node.IsDir() {
				continue
			}
			if err := p.folder(path.Join(top, node.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

const (
	hostsFolder    = "hosts"
	kubeletsFolder = "kubelets"
	serversFolder  = "apiservers"
)

// folder reads the files of one machine; of a host, what is missing is noted.
func (p plain) folder(dir string) error {
	entries, err := fs.ReadDir(p.fsys, dir)
	if err != nil {
		return &InputError{File: dir, Err: plainPath(err)}
	}
	for _, entry := range entries {
		if err := p.folderEntry(path.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	if top, node := path.Split(dir); top == hostsFolder+"/" {
		d := p.host(node)
		for _, kind := range hostFiles() {
			if _, there := d.Access[kind.pattern]; !there {
				d.Access[kind.pattern] = evidence.Access{State: evidence.Absent,
					Reason: strings.TrimSuffix(path.Join(dir, kind.pattern), "*") + " is not in the folder"}
			}
		}
		p.b.Hosts[node] = d
	}
	return nil
}

func (p plain) folderEntry(file string) error {
	if !p.reads(file) {
		return nil
	}
	f, err := openFile(p.fsys, file, maxSmall)
	if err != nil {
		return &InputError{File: file, Err: plainPath(err)}
	}
	defer f.Close()
	return p.folderFile(file, f)
}

// hostFile is one kind of file and how it fills a Host. A name may be a
// pattern; every file it matches is read.
type hostFile struct {
	pattern string
	read    func(*evidence.Host, []byte) error
}

func hostFiles() []hostFile {
	return []hostFile{
		{"dpkg.txt", func(h *evidence.Host, data []byte) (err error) {
			h.Packages, err = evidence.ReadDpkg(data)
			h.PackagesFrom = "dpkg"
			return err
		}},
		{"rpm.txt", func(h *evidence.Host, data []byte) (err error) {
			h.Packages, err = evidence.ReadRPM(data)
			h.PackagesFrom = "rpm"
			return err
		}},
		{"apt-madison*", offers("apt-cache madison")},
		{"dnf-list.txt", offers("dnf list")},
		{"versions.txt", func(h *evidence.Host, data []byte) error {
			h.ReadVersions(data)
			return nil
		}},
		{"kubeadm-flags.env", func(h *evidence.Host, data []byte) (err error) {
			h.KubeletFlags, err = evidence.ReadKubeletFlags(data)
			return err
		}},
		{"configz.json", func(h *evidence.Host, data []byte) (err error) {
			h.Configz, err = evidence.ReadConfigz(data)
			return err
		}},
		{"kubelet-config.yaml", func(h *evidence.Host, data []byte) (err error) {
			h.KubeletConfig, err = evidence.ReadKubeletConfig(data)
			return err
		}},
		{"static-pods.yaml", func(h *evidence.Host, data []byte) (err error) {
			h.StaticPods, err = evidence.ReadStaticPods(data)
			return err
		}},
		{"kubelet-cmdline.txt", func(h *evidence.Host, data []byte) (err error) {
			h.KubeletCommand, err = evidence.ReadKubeletCommand(data)
			return err
		}},
		{"holds.txt", func(h *evidence.Host, data []byte) (err error) {
			h.Holds, err = evidence.ReadHolds(data)
			return err
		}},
		{"candidates.json", document(func(h *evidence.Host) any { return &h.Candidates })},
		{"repositories.json", document(func(h *evidence.Host) any { return &h.Repositories })},
		{"updates.json", document(func(h *evidence.Host) any { return &h.Updates })},
		{"system.json", document(func(h *evidence.Host) any { return &h.System })},
		{"clock.json", document(func(h *evidence.Host) any { return &h.Clock })},
		{"certificates.json", document(func(h *evidence.Host) any { return &h.Certificates })},
		{"kubeconfigs.json", document(func(h *evidence.Host) any { return &h.Kubeconfigs })},
		{"disks.json", document(func(h *evidence.Host) any { return &h.Disks })},
		{"kubeadm-backups.json", document(func(h *evidence.Host) any { return &h.Backups })},
	}
}

// offers reads what a package source offers, in several files where there are.
func offers(program string) func(*evidence.Host, []byte) error {
	return func(h *evidence.Host, data []byte) error {
		more, err := evidence.ReadMadison(data)
		if h.Offers == nil {
			h.Offers = []evidence.Offer{}
		}
		h.Offers, h.OffersFrom = append(h.Offers, more...), program
		return err
	}
}

// document reads one JSON file into the field it belongs to.
func document(field func(*evidence.Host) any) func(*evidence.Host, []byte) error {
	return func(h *evidence.Host, data []byte) error { return evidence.ReadHostJSON(data, field(h)) }
}

// host is what is known of a host so far.
func (d reader) host(node string) evidence.Host {
	h := d.b.Hosts[node]
	if h.Access == nil {
		h.Access = map[string]evidence.Access{}
	}
	return h
}

// reads reports whether folderFile takes anything from file.
func (d reader) reads(file string) bool {
	top, _, name := parts(file)
	switch top {
	case hostsFolder:
		return hostFileOf(name) != nil
	case kubeletsFolder:
		return name == configzFile
	case serversFolder:
		return name == metricsFile
	}
	return false
}

const (
	configzFile = "configz.json"
	metricsFile = string(evidence.MetricsText) + ".txt"
)

// parts splits hosts/NODE/FILE; all are "" where a path has another form.
func parts(file string) (top, node, name string) {
	p := strings.Split(file, "/")
	if len(p) != 3 {
		return "", "", ""
	}
	return p[0], p[1], p[2]
}

// hostFileOf is the kind of host file that name is; nil where it is none.
func hostFileOf(name string) *hostFile {
	for _, kind := range hostFiles() {
		if ok, _ := path.Match(kind.pattern, name); ok {
			return &kind
		}
	}
	return nil
}

// folderFile reads one file of one machine. What nobody reads yet is left alone.
func (d reader) folderFile(file string, r io.Reader) error {
	if !d.reads(file) {
		return nil
	}
	top, node, name := parts(file)
	if top == serversFolder {
		m, err := d.metricsOf(file, r)
		if err != nil {
			return err
		}
		if d.b.ServerMetrics == nil {
			d.b.ServerMetrics = map[string]*evidence.Metrics{}
		}
		d.b.ServerMetrics[node] = m
		return nil
	}
	// kubelets/NODE/configz.json is what the API gave, the same as a host's own.
	kind, h := hostFileOf(name), d.host(node)
	data, err := readSmall(file, r)
	if err != nil {
		return err
	}
	if err := kind.read(&h, data); err != nil {
		return d.bad(file, err)
	}
	h.Access[kind.pattern] = evidence.Access{State: evidence.Read}
	d.b.Hosts[node] = h
	return nil
}

// hostCoverage notes with a host of which something was read what else was
// asked there. One of which nothing was read is in Bundle.Access alone: it is
// no source of anything.
func (d reader) hostCoverage(c evidence.Check) {
	top, node, name := parts(c.Asked)
	h, known := d.b.Hosts[node]
	if !known || c.State == evidence.Read || top != hostsFolder && top != kubeletsFolder {
		return
	}
	if kind := hostFileOf(name); kind != nil {
		name = kind.pattern
	}
	if h.Access[name].State != evidence.Read {
		h.Access[name] = evidence.Access{State: c.State, Reason: c.Reason, Rule: c.Rule}
	}
}
