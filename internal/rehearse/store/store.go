package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/fixline-dev/fixline/internal/rehearse/pki"
)

// Store is the etcd of a private copy.
type Store struct {
	client *clientv3.Client
	// prefix of all keys with a slash at its end: "/registry/".
	prefix string
}

// Open connects to the etcd at endpoint. prefix is that of the API server's
// --etcd-prefix.
func Open(endpoint string, ca []byte, who pki.Pair, prefix string) (*Store, error) {
	pair, err := tls.X509KeyPair(who.Certificate, who.Key)
	if err != nil {
		return nil, fmt.Errorf("connecting to the private etcd: %w", err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	c, err := clientv3.New(clientv3.Config{
		Endpoints: []string{endpoint}, DialTimeout: 10 * time.Second, Logger: zap.NewNop(),
		TLS:                &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
		MaxCallRecvMsgSize: 64 << 20,
	})
	if err != nil {
		return nil, fmt.Errorf("connecting to the private etcd: %w", err)
	}
	return &Store{c, "/" + strings.Trim(prefix, "/") + "/"}, nil
}

// Close ends the connection.
func (s *Store) Close() error { return s.client.Close() }

// Ready waits until the etcd answers.
func (s *Store) Ready(ctx context.Context) error {
	_, err := s.client.Get(ctx, s.prefix, clientv3.WithCountOnly(), clientv3.WithPrefix())
	return err
}

// Version is the etcd's own, such as 3.6.6.
func (s *Store) Version(ctx context.Context) (string, error) {
	r, err := s.client.Status(ctx, s.client.Endpoints()[0])
	if err != nil {
		return "", fmt.Errorf("asking the private etcd for its version: %w", err)
	}
	return r.Version, nil
}

// page is how many keys are read at once; keys without values are small.
const page = 10000

// Resources counts keys by what stores them: the resource "pods", or with its
// group "example.org/things". It also gives the revision it counted at.
func (s *Store) Resources(ctx context.Context) (map[string]int, int64, error) {
	counts := map[string]int{}
	revision := int64(0)
	err := s.keys(ctx, s.prefix, &revision, func(key string) {
		counts[resourceOf(strings.TrimPrefix(key, s.prefix))]++
	})
	if err != nil {
		return nil, 0, fmt.Errorf("counting the stored objects: %w", err)
	}
	return counts, revision, nil
}

// Count counts the keys of one resource at a revision. It is false where that
// revision is compacted away.
func (s *Store) Count(ctx context.Context, resource string, revision int64) (int, bool, error) {
	r, err := s.client.Get(ctx, s.prefix+resource+"/", clientv3.WithPrefix(), clientv3.WithCountOnly(), clientv3.WithRev(revision))
	switch {
	case err != nil && (strings.Contains(err.Error(), "compacted") || strings.Contains(err.Error(), "future revision")):
		return 0, false, nil
	case err != nil:
		return 0, false, fmt.Errorf("counting the stored %s: %w", resource, err)
	}
	return int(r.Count), true, nil
}

// Names lists what is stored of one resource: the part of each key behind it,
// "NAMESPACE/NAME" or "NAME".
func (s *Store) Names(ctx context.Context, resource string) ([]string, error) {
	var names []string
	revision := int64(0)
	at := s.prefix + resource + "/"
	err := s.keys(ctx, at, &revision, func(key string) { names = append(names, strings.TrimPrefix(key, at)) })
	if err != nil {
		return nil, fmt.Errorf("listing the stored %s: %w", resource, err)
	}
	return names, nil
}

// keys walks all keys below prefix, at one revision.
func (s *Store) keys(ctx context.Context, prefix string, revision *int64, visit func(string)) error {
	end := clientv3.GetPrefixRangeEnd(prefix)
	for from := prefix; ; {
		r, err := s.client.Get(ctx, from, clientv3.WithRange(end), clientv3.WithKeysOnly(), clientv3.WithLimit(page), clientv3.WithRev(*revision))
		if err != nil {
			return err
		}
		if *revision == 0 {
			*revision = r.Header.Revision
		}
		for _, kv := range r.Kvs {
			visit(string(kv.Key))
		}
		if !r.More {
			return nil
		}
		if len(r.Kvs) == 0 {
			return errors.New("etcd says there are more keys, and gives none")
		}
		from = string(r.Kvs[len(r.Kvs)-1].Key) + "\x00"
	}
}

// resourceOf is the resource a key belongs to. Built-in ones have one word,
// services and their endpoints two, custom ones a group with a dot and a word.
// Source: pkg/kubeapiserver/default_storage_factory_builder.go of Kubernetes,
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubeapiserver/default_storage_factory_builder.go
func resourceOf(key string) string {
	first, rest, _ := strings.Cut(key, "/")
	if first == "services" || strings.Contains(first, ".") {
		second, _, _ := strings.Cut(rest, "/")
		return first + "/" + second
	}
	return first
}
