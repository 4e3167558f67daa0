package host

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/evidence"
)

func system(found *found, out []byte) ([]file, error) {
	s := evidence.System{Addresses: []string{}}
	for _, line := range lines(out) {
		key, value, _ := strings.Cut(line, "=")
		value = strings.Trim(strings.TrimSpace(value), `"'`)
		switch key {
		case "hostname":
			s.Hostname = value
		case "os.ID":
			s.OS = value
		case "os.VERSION_ID":
			s.OSVersion = value
		case "arch":
			s.Architecture = value
		case "address":
			s.Addresses = append(s.Addresses, value)
		case "swap":
			s.SwapKiB, _ = strconv.ParseInt(value, 10, 64) // awk prints a number
		case "memory":
			s.MemoryKiB, _ = strconv.ParseInt(value, 10, 64)
		case "synchronized":
			if value == "yes" || value == "no" {
				yes := value == "yes"
				found.synchronized = &yes
			}
		}
	}
	if s.Hostname == "" {
		return nil, errors.New("it names no host")
	}
	found.system = s
	return document("system.json", s, 0)
}

// sections are what follows each line "file PATH".
func sections(out []byte) (paths []string, bodies map[string][]byte) {
	bodies = map[string][]byte{}
	at := ""
	for _, line := range lines(out) {
		if path, ok := strings.CutPrefix(line, "file "); ok {
			at = path
			paths = append(paths, path)
			continue
		}
		bodies[at] = append(append(bodies[at], line...), '\n')
	}
	return paths, bodies
}

func kubeconfigs(found *found, out []byte) ([]file, error) {
	all := []evidence.Kubeconfig{}
	paths, bodies := sections(out)
	for _, path := range paths {
		k := evidence.Kubeconfig{Path: path}
		for _, line := range lines(bodies[path]) {
			key, value, _ := strings.Cut(strings.TrimLeft(line, " -"), ":")
			value = strings.Trim(strings.TrimSpace(value), `"'`)
			switch key {
			case "server":
				k.Server = plainURL(value)
			case "client-certificate":
				k.CertificateFile = value
			case "client-certificate-data":
				text, err := base64.StdEncoding.DecodeString(value)
				if err != nil {
					return nil, fmt.Errorf("%s: client-certificate-data is no base64", path)
				}
				certs, err := parseCertificates(path, text)
				if err != nil {
					return nil, err
				}
				k.Certificate = &certs[0].Certificate
				found.node(certs[0])
			}
		}
		all = append(all, k)
	}
	return document("kubeconfigs.json", all, len(all))
}

func certificates(found *found, out []byte) ([]file, error) {
	all := []evidence.Certificate{}
	var bad error // of some files; the others count all the same
	paths, bodies := sections(out)
	for _, p := range paths {
		certs, err := parseCertificates(p, bodies[p])
		if err != nil {
			bad = errors.Join(bad, err)
			continue
		}
		for _, c := range certs {
			all = append(all, c.Certificate)
		}
		switch base := path.Base(p); {
		case base == "kubelet-client-current.pem":
			found.node(certs[0])
		case base == "kubelet-server-current.pem", base == "kubelet.crt" && found.serving == nil:
			found.serving = nil
			for _, c := range certs {
				found.serving = append(found.serving, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.der})...)
			}
		}
	}
	if len(all) == 0 {
		return nil, bad
	}
	files, err := document("certificates.json", all, len(all))
	if err == nil && found.serving != nil {
		files = append(files, file{"kubelet-serving.crt", found.serving, 0})
	}
	return files, cmp.Or(err, bad)
}

// certificate is one that was read, with the name it was issued for.
type certificate struct {
	evidence.Certificate
	commonName string
	der        []byte
}

// node remembers which node a kubelet's client certificate is of
// (https://kubernetes.io/docs/reference/access-authn-authz/node/).
func (f *found) node(c certificate) {
	if name, ok := strings.CutPrefix(c.commonName, "system:node:"); ok {
		f.nodes = append(f.nodes, name)
	}
}

// parseCertificates reads PEM; the file has at least one certificate. A block
// of another type is not looked at: none should be there.
func parseCertificates(path string, text []byte) ([]certificate, error) {
	var all []certificate
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		text = rest
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		sum := sha256.Sum256(block.Bytes)
		all = append(all, certificate{evidence.Certificate{
			Path: path, Subject: c.Subject.String(), Issuer: c.Issuer.String(), CA: c.IsCA, Fingerprint: hex.EncodeToString(sum[:]),
			NotBefore: c.NotBefore.UTC().Format(time.RFC3339), NotAfter: c.NotAfter.UTC().Format(time.RFC3339),
		}, c.Subject.CommonName, block.Bytes})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s holds no certificate", path)
	}
	return all, nil
}

func disks(_ *found, out []byte) ([]file, error) {
	all := []evidence.Disk{}
	for _, line := range lines(out) {
		f := strings.Fields(line)
		if f[0] == "database" && len(f) == 2 {
			n, err := strconv.ParseInt(f[1], 10, 64)
			for i := range all {
				if all[i].For == "etcd" && err == nil {
					all[i].UsedKiB = n / 1024
				}
			}
			continue
		}
		disk, inodes, ok := bytes.Cut([]byte(line), []byte(" inodes"))
		d, n := strings.Fields(string(disk)), strings.Fields(string(inodes))
		// for path device size used free capacity mount
		if len(d) < 8 || !ok {
			return nil, fmt.Errorf("%q is no line of df -P", line)
		}
		size, err1 := strconv.ParseInt(d[3], 10, 64)
		free, err2 := strconv.ParseInt(d[5], 10, 64)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("%q is no line of df -P", line)
		}
		one := evidence.Disk{For: d[0], Path: d[1], Device: d[2], Mount: strings.Join(d[7:], " "), SizeKiB: size, FreeKiB: free, FreeFiles: -1}
		if len(n) >= 4 && n[1] != "0" {
			if files, err := strconv.ParseInt(n[3], 10, 64); err == nil {
				one.FreeFiles = files
			}
		}
		all = append(all, one)
	}
	return document("disks.json", all, len(all))
}

func backups(_ *found, out []byte) ([]file, error) {
	all := []evidence.KubeadmBackup{}
	for _, line := range lines(out) {
		f := strings.SplitN(line, " ", 3)
		if len(f) != 3 {
			return nil, fmt.Errorf("%q is no line of the probe", line)
		}
		at, err1 := strconv.ParseInt(f[0], 10, 64)
		size, err2 := strconv.ParseInt(f[1], 10, 64)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("%q is no line of the probe", line)
		}
		all = append(all, evidence.KubeadmBackup{Path: f[2], Modified: time.Unix(at, 0).UTC().Format(time.RFC3339), SizeKiB: size, Note: evidence.NotABackup})
	}
	return document("kubeadm-backups.json", all, len(all))
}
