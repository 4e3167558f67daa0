package signature

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/strict"
)

// Trusted is a key that is believed, and for what.
type Trusted struct {
	Public
	Name  string   // whose it is; "" = whoever the signature names
	Roles []string // nil = any
}

// For says why a statement signed with t's key is not believed, "" where it is.
func (t Trusted) For(s Statement) string {
	switch {
	case t.Roles != nil && !slices.Contains(t.Roles, s.Role):
		return fmt.Sprintf("its key is trusted for %s, not for %s", strings.Join(t.Roles, ", "), s.Role)
	case t.Name != "" && t.Name != s.Name:
		return fmt.Sprintf("its key is that of %q, but it is signed as %q", t.Name, s.Name)
	}
	return ""
}

// LoadTrusted reads a file of trusted keys: kind TrustedKeys, a list of {name,
// roles, publicKey}. roles are those a key may sign for and must be some of known.
func LoadTrusted(path string, known []string) ([]Trusted, error) {
	f, err := strict.Open(path, strict.Limits{Bytes: 1 << 20})
	if err != nil {
		return nil, fmt.Errorf("reading the trusted keys: %w", err)
	}
	defer f.Close()
	return readTrusted(f, path, known)
}

func readTrusted(r io.Reader, file string, known []string) ([]Trusted, error) {
	return strict.One(r, file, strict.Limits{Bytes: 1 << 20}, func(n *strict.Node) []Trusted {
		if n.Kind() != strict.Map || n.Get("kind").Text() != "TrustedKeys" || n.Get("apiVersion").Text() != "fixline.dev/v1alpha1" {
			n.Report("is no file of trusted keys", "begin with apiVersion: fixline.dev/v1alpha1 and kind: TrustedKeys")
			return nil
		}
		n.Fields("apiVersion", "kind", "keys")
		var out []Trusted
		for _, item := range n.Get("keys").Items() {
			out = append(out, trusted(item, known))
			if i := len(out) - 1; slices.ContainsFunc(out[:i], func(t Trusted) bool { return t.public != nil && t.ID() == out[i].ID() }) {
				item.Report("holds a key that is already there", "give one key all its roles in one place")
			}
		}
		if len(out) == 0 {
			n.Get("keys").Report("names no key", "a list of {name, roles, publicKey}")
		}
		return out
	})
}

func trusted(n *strict.Node, known []string) Trusted {
	n.Fields("name", "roles", "publicKey")
	t := Trusted{Name: n.Get("name").Required(), Roles: []string{}}
	for _, role := range n.Get("roles").Items() {
		t.Roles = append(t.Roles, role.Enum(known...))
	}
	if len(t.Roles) == 0 {
		n.Get("roles").Report("names no role", "what this key may sign for")
	}
	if text := n.Get("publicKey").Required(); text != "" {
		key, err := ParsePublic(text)
		if err != nil {
			n.Get("publicKey").Report(err.Error(), "paste what openssl pkey -pubout prints, after publicKey: |")
		}
		t.Public = key
	}
	return t
}
