package prove

import (
	"context"
	"fmt"
	"slices"
	"strings"

	clientv3 "go.etcd.io/etcd/client/v3"
	"sigs.k8s.io/yaml"

	"github.com/fixline-dev/fixline/internal/backup/member"
)

// sealedMark is how kube-apiserver begins a value it encrypted:
// k8s:enc:PROVIDER:VERSION:NAME:
// (https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/).
const sealedMark = "k8s:enc:"

// Providers lists the providers of an encryption configuration as
// PROVIDER/NAME, in its order: "secretbox/key1", "kms/vault"; identity is left
// out. The keys themselves are never given away.
func Providers(configuration []byte) ([]string, error) {
	keys, err := parse(configuration)
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, k := range keys {
		if id := k.provider + "/" + k.name; !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out, nil
}

// key is one of a configuration.
type key struct{ provider, name, secret string }

func parse(configuration []byte) ([]key, error) {
	type keyed struct {
		Keys []struct{ Name, Secret string }
	}
	var c struct {
		Kind      string
		Resources []struct {
			Providers []struct {
				AESCBC, AESGCM, Secretbox *keyed
				KMS                       *struct{ Name string }
			}
		}
	}
	if err := yaml.Unmarshal(configuration, &c); err != nil {
		return nil, err
	}
	if c.Kind != "EncryptionConfiguration" && c.Kind != "EncryptionConfig" {
		return nil, fmt.Errorf("its kind is %q, not EncryptionConfiguration", c.Kind)
	}
	var out []key
	for _, r := range c.Resources {
		for _, p := range r.Providers {
			for name, k := range map[string]*keyed{"aescbc": p.AESCBC, "aesgcm": p.AESGCM, "secretbox": p.Secretbox} {
				if k == nil {
					continue
				}
				for _, one := range k.Keys {
					out = append(out, key{name, one.Name, one.Secret})
				}
			}
			if p.KMS != nil {
				out = append(out, key{provider: "kms", name: p.KMS.Name})
			}
		}
	}
	return out, nil
}

// encryption holds what is encrypted in the restored etcd to the keys the
// backup has: without them it is noise.
func (in Input) encryption(ctx context.Context, server *Server, p *Proof) error {
	found := map[string]sample{}
	for _, r := range p.Resources {
		if r.Restored == 0 || r.Prefix == "" {
			continue
		}
		if err := marks(ctx, server.Cluster, r, found); err != nil {
			return err
		}
	}
	if len(found) == 0 {
		p.Note(Encryption, Pass, "nothing is encrypted at rest")
		return nil
	}
	keys, err := parse(in.Configuration)
	if in.Configuration == nil || err != nil {
		why := "the backup does not hold the encryption configuration"
		if err != nil && in.Configuration != nil {
			why = "the encryption configuration in the backup cannot be read: " + err.Error()
		}
		p.Note(Encryption, Fail, fmt.Sprintf("values are encrypted at rest with %s, and %s: restored, they could not be read", names(found), why))
		return nil
	}
	for id, s := range found {
		state, why := open(keys, id, s)
		if state != Pass {
			p.Note(Encryption, state, why)
			return nil
		}
	}
	p.Note(Encryption, Pass, "a value of each key that something is encrypted with ("+names(found)+") was opened with the keys in the backup")
	return nil
}

// sample is one encrypted value and the key it is stored at, which takes part
// in its encryption.
type sample struct {
	at   string
	text []byte
}

// page is how many values are held at once; one may be a megabyte and more.
const page = 50

// marks notes with which keys the values of a resource are encrypted. Where
// none of the first is, the others are not looked at, but for Secrets, which
// are read through: keys change over time.
func marks(ctx context.Context, c *member.Cluster, r Resource, found map[string]sample) error {
	note := func(key, value []byte) bool {
		rest, ok := strings.CutPrefix(string(value[:min(len(value), 300)]), sealedMark)
		parts := strings.SplitN(rest, ":", 4)
		if !ok || len(parts) < 4 {
			return false
		}
		if id := parts[0] + "/" + parts[2]; found[id].text == nil {
			found[id] = sample{string(key), slices.Clone(value)}
		}
		return true
	}
	if !strings.HasSuffix(r.Prefix, "/") {
		a, err := c.Get(ctx, r.Prefix)
		if err == nil && len(a.Kvs) > 0 {
			note(a.Kvs[0].Key, a.Kvs[0].Value)
		}
		return err
	}
	any := strings.HasSuffix(r.Prefix, "/secrets/")
	a, err := c.Get(ctx, r.Prefix, clientv3.WithPrefix(), clientv3.WithLimit(page))
	if err != nil {
		return err
	}
	for _, kv := range a.Kvs {
		any = note(kv.Key, kv.Value) || any
	}
	if !any {
		return nil
	}
	end := clientv3.GetPrefixRangeEnd(r.Prefix)
	for at := r.Prefix; ; {
		a, err := c.Get(ctx, at, clientv3.WithRange(end), clientv3.WithLimit(page))
		if err != nil {
			return err
		}
		for _, kv := range a.Kvs {
			note(kv.Key, kv.Value)
			at = string(kv.Key) + "\x00"
		}
		if !a.More {
			return nil
		}
	}
}

func names(found map[string]sample) string {
	var out []string
	for id := range found {
		out = append(out, id)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
