// Package hostfiles brings the files of a control plane's host into the private
// folder of a rehearsal: those its flags name, and those that these name in
// turn. Paths in configuration files are rewritten, and what would call out is
// taken out and said. It decides nothing about the cluster. Start at [Copy].
package hostfiles

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// Source holds the files a control plane's host had.
type Source interface {
	// Open opens the regular file at an absolute path of the host; the error
	// wraps fs.ErrNotExist where the source does not have it.
	Open(host string) (io.ReadCloser, error)
}

// Folder is a source: /etc/kubernetes as a folder, and in its folder "host" what
// was elsewhere, by whole path.
type Folder string

// kubernetes is where kubeadm keeps everything of the control plane.
const kubernetes = "/etc/kubernetes/"

// Open opens a file of the host.
func (d Folder) Open(host string) (io.ReadCloser, error) {
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	name := path.Join("host", path.Clean(host))
	if rest, ok := strings.CutPrefix(path.Clean(host), kubernetes); ok {
		name = rest
	}
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", host)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// maxFile is more than any key or configuration file has.
const maxFile = 16 << 20

// Read reads a file of the host whole.
func Read(s Source, host string) (_ []byte, err error) {
	f, err := s.Open(host)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s has more than %d MB", host, maxFile>>20)
	}
	return text, err
}

// Copier copies into one folder.
type Copier struct {
	From Source
	// To is the private folder; a file of the host is below it by its whole path.
	To string
	// Said are the changes made to files, in sentences.
	Said []string

	done map[string]bool
}

// At is where a file of the host goes.
func (c *Copier) At(host string) string {
	return filepath.Join(c.To, filepath.FromSlash(path.Clean(host)))
}

// Copy copies a file of the host, and what it names when it is a configuration
// file.
func (c *Copier) Copy(host string) error {
	if c.done[host] {
		return nil
	}
	if c.done == nil {
		c.done = map[string]bool{}
	}
	c.done[host] = true
	text, err := Read(c.From, host)
	if err != nil {
		return err
	}
	if text, err = c.configuration(host, text); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.At(host)), 0o700); err != nil {
		return err
	}
	return os.WriteFile(c.At(host), text, 0o600)
}

// ErrKMS is of an encryption at rest whose keys are in another program.
var ErrKMS = errors.New("the encryption at rest takes its keys from a KMS plugin, which a rehearsal neither starts nor calls: stored objects could not be read")

// configuration rewrites a configuration file of Kubernetes; other files come
// back as they are.
func (c *Copier) configuration(host string, text []byte) ([]byte, error) {
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil || doc["kind"] == nil {
		return text, nil //nolint:nilerr // what is no such document is some other file
	}
	switch doc["kind"] {
	case "EncryptionConfiguration", "EncryptionConfig":
		if uses(doc, "kms") {
			return nil, fmt.Errorf("%s: %w", host, ErrKMS)
		}
		return text, nil // it names no files, and keys are nobody's to rewrite
	case "AuthorizationConfiguration":
		c.withoutWebhooks(host, doc)
	case "AdmissionConfiguration":
		c.relative(host, doc)
	}
	changed, err := c.walk(doc)
	if err != nil {
		return nil, err
	}
	return yaml.Marshal(changed)
}

// uses reports whether a key is anywhere in the document.
func uses(v any, key string) bool {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if k == key || uses(inner, key) {
				return true
			}
		}
	case []any:
		for _, inner := range v {
			if uses(inner, key) {
				return true
			}
		}
	}
	return false
}

// withoutWebhooks takes webhook authorizers out.
func (c *Copier) withoutWebhooks(host string, doc map[string]any) {
	list, _ := doc["authorizers"].([]any)
	var kept []any
	for _, a := range list {
		if m, ok := a.(map[string]any); ok && m["type"] == "Webhook" {
			c.Said = append(c.Said, fmt.Sprintf("%s: without the authorizer %v of type Webhook: what it decides is not rehearsed", host, m["name"]))
			continue
		}
		kept = append(kept, a)
	}
	doc["authorizers"] = kept
}

// relative makes paths of plugins whole: they are relative to the file.
func (c *Copier) relative(host string, doc map[string]any) {
	list, _ := doc["plugins"].([]any)
	for _, p := range list {
		if m, ok := p.(map[string]any); ok {
			if at, _ := m["path"].(string); at != "" && !path.IsAbs(at) {
				m["path"] = path.Join(path.Dir(host), at)
			}
		}
	}
}

// walk copies what strings of the document name and puts in where it is now.
func (c *Copier) walk(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if v[k], err = c.walk(inner); err != nil {
				return nil, err
			}
		}
	case []any:
		for i, inner := range v {
			if v[i], err = c.walk(inner); err != nil {
				return nil, err
			}
		}
	case string:
		if !path.IsAbs(v) || strings.ContainsAny(v, "\n ") {
			return v, nil
		}
		switch err := c.Copy(v); {
		case errors.Is(err, fs.ErrNotExist):
			return v, nil // no file, such as a URL's path; or one the source lacks, which its reader will say
		case err != nil:
			return nil, err
		}
		return c.At(v), nil
	}
	return v, nil
}
