package backup

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/fixline-dev/fixline/internal/backup/archive"
	"github.com/fixline-dev/fixline/internal/backup/guide"
	"github.com/fixline-dev/fixline/internal/backup/node"
	"github.com/fixline-dev/fixline/internal/backup/prove"
)

// files adds what must come back with etcd.
func (w *taking) files(ctx context.Context, into *archive.Writer, m *archive.Manifest) error {
	for _, h := range w.Hosts {
		for _, f := range h.Files {
			name := path.Join(archive.HostsDir, h.Name, f.Path)
			if _, err := into.Add(name, int64(len(f.Content)), f.Mode, strings.NewReader(string(f.Content))); err != nil {
				return err
			}
		}
		m.Coverage = append(m.Coverage, h.Gaps...)
	}
	if w.Export == nil {
		return nil
	}
	return w.export(ctx, into, m)
}

func (w *taking) export(ctx context.Context, into *archive.Writer, m *archive.Manifest) error {
	in := "" // a temporary folder
	if w.scratch != nil {
		in = w.scratch.Dir // which goes with us whatever ends us
	}
	dir, err := os.MkdirTemp(in, "fixline-export-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	at := path.Join(dir, path.Base(archive.ExportFile))
	w.Step("exporting the workloads for comparison")
	if err := w.Export(ctx, at); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		m.Coverage = append(m.Coverage, archive.Gap{Check: "export", Reason: err.Error(), Required: true})
		return nil
	}
	f, err := os.Open(at)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	_, err = into.Add(archive.ExportFile, info.Size(), 0o600, f)
	return err
}

// manifest is what is known before the snapshot.
func (w *taking) manifest() archive.Manifest {
	m := archive.Manifest{Cluster: w.Cluster, Taken: stamp(w.began), Program: w.Program, Coverage: append([]archive.Gap{}, w.Coverage...),
		Encryption: archive.Encryption{Providers: []string{}},
		Etcd: archive.Etcd{ClusterID: w.seen.ClusterID, Members: w.seen.Members, Endpoint: w.chosen.Endpoint, Version: w.chosen.Version,
			Alarms: append([]string{}, w.seen.Alarms...), Before: w.seen.Revision}}
	if w.chosen.Storage != "" {
		m.Etcd.Storage = &w.chosen.Storage
	}
	if w.Kubernetes != "" {
		m.Kubernetes = &w.Kubernetes
	}
	in := guide.Input{Cluster: w.Cluster, File: w.name(), Sealed: len(w.Recipients) > 0, Etcd: w.chosen.Version,
		Token: "restored-" + w.base(), External: len(w.Hosts) > 0}
	members := map[string]node.Files{}
	for _, h := range w.Hosts {
		in.Hosts = append(in.Hosts, guide.Host{Folder: path.Join(archive.HostsDir, h.Name), Node: h.Member, Login: h.Login, User: h.User})
		in.External, in.Port = in.External && h.Member == "", h.Port
		members[h.Member] = h
		if h.Encryption != "" {
			m.Encryption.Config, in.Encryption = &h.Encryption, h.Encryption
			if text := h.Content(h.Encryption); text != nil {
				m.Encryption.Included = true
				if providers, err := prove.Providers(text); err == nil {
					m.Encryption.Providers = providers
				} else {
					m.Coverage = append(m.Coverage, archive.Gap{Check: "encryption", Reason: h.Encryption + ": " + err.Error(), Required: true})
				}
			}
		}
	}
	for _, one := range w.seen.Members {
		in.Members = append(in.Members, guide.Member{Name: one.Name, PeerURLs: one.PeerURLs, DataDir: members[one.Name].DataDir,
			WALDir: members[one.Name].WALDir})
	}
	m.Restore = guide.Restore(in)
	return m
}

// beside writes the clear manifest.
func (w *taking) beside(ctx context.Context, b archive.Beside) error {
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	pending, err := w.Store.Create(ctx, w.base()+archive.BesideSuffix)
	if err != nil {
		return &StoreError{err}
	}
	defer pending.Abort()
	if _, err := pending.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("writing %s: %w", w.Store.Where(w.base()+archive.BesideSuffix), err)
	}
	return pending.Commit()
}
