package dump

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// hosts reads hosts/NODE/*. Files nobody reads are left alone.
func (d reader) hosts() error {
	nodes, err := fs.ReadDir(d.fsys, "hosts")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &InputError{File: "hosts", Err: plainPath(err)}
	}
	for _, node := range nodes {
		if !node.IsDir() {
			continue
		}
		host, err := d.host(path.Join("hosts", node.Name()))
		if err != nil {
			return err
		}
		d.b.Hosts[node.Name()] = host
	}
	return nil
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
		{"apt-madison*", func(h *evidence.Host, data []byte) error {
			offers, err := evidence.ReadMadison(data)
			if h.Offers == nil {
				h.Offers = []evidence.Offer{}
			}
			h.Offers = append(h.Offers, offers...)
			return err
		}},
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
			h.KubeletConfig, err = evidence.ReadYAML(data)
			return err
		}},
		{"static-pods.yaml", func(h *evidence.Host, data []byte) (err error) {
			h.StaticPods, err = evidence.ReadStaticPods(data)
			return err
		}},
	}
}

func (d reader) host(dir string) (evidence.Host, error) {
	h := evidence.Host{Access: map[string]evidence.Access{}}
	entries, err := fs.ReadDir(d.fsys, dir)
	if err != nil {
		return h, &InputError{File: dir, Err: plainPath(err)}
	}
	for _, kind := range hostFiles() {
		found := false
		for _, entry := range entries {
			if ok, _ := path.Match(kind.pattern, entry.Name()); !ok {
				continue
			}
			found = true
			file := path.Join(dir, entry.Name())
			if err := d.hostFile(&h, file, kind); err != nil {
				return h, err
			}
		}
		h.Access[kind.pattern] = evidence.Access{State: evidence.Read}
		if !found {
			h.Access[kind.pattern] = evidence.Access{State: evidence.Absent,
				Reason: strings.TrimSuffix(path.Join(dir, kind.pattern), "*") + " is not in the folder"}
		}
	}
	return h, nil
}

func (d reader) hostFile(h *evidence.Host, file string, kind hostFile) error {
	data, err := readSmall(d.fsys, file)
	if err != nil {
		return &InputError{File: file, Err: plainPath(err)}
	}
	if err := kind.read(h, data); err != nil {
		return d.bad(file, err)
	}
	return nil
}
