package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// Where what would call other programs is stored. Both are JSON, unlike built-in
// resources.
const (
	definitions = "apiextensions.k8s.io/customresourcedefinitions/"
	apiServices = "apiregistration.k8s.io/apiservices/"
)

// ErrEncrypted is of definitions that the keys at rest hide.
var ErrEncrypted = errors.New("custom resource definitions are encrypted at rest, so their conversion webhooks cannot be taken out before the server starts")

// Harmless takes out of the copy what an API server would call by itself: the
// registrations of other API servers, which come back for its own APIs only, and
// conversion webhooks. It returns the definitions that lost one. Admission
// webhooks stay stored: the server is started without the plugins that call them.
func (s *Store) Harmless(ctx context.Context) (converted []string, err error) {
	fail := func(err error) ([]string, error) {
		return nil, fmt.Errorf("taking out of the copy what would call other programs: %w", err)
	}
	if _, err := s.client.Delete(ctx, s.prefix+apiServices, clientv3.WithPrefix()); err != nil {
		return fail(err)
	}
	names, err := s.Names(ctx, strings.TrimSuffix(definitions, "/"))
	if err != nil {
		return fail(err)
	}
	for _, name := range names {
		key := s.prefix + definitions + name
		r, err := s.client.Get(ctx, key)
		if err != nil {
			return fail(err)
		}
		if len(r.Kvs) == 0 {
			continue
		}
		changed, had, err := withoutConversion(r.Kvs[0].Value)
		if err != nil {
			return fail(fmt.Errorf("the definition %s: %w", name, err))
		}
		if !had {
			continue
		}
		if _, err := s.client.Put(ctx, key, string(changed)); err != nil {
			return fail(err)
		}
		converted = append(converted, name)
	}
	return converted, nil
}

// withoutConversion makes a stored definition convert by the name alone.
func withoutConversion(value []byte) (_ []byte, had bool, err error) {
	if len(value) == 0 || value[0] != '{' {
		return nil, false, ErrEncrypted
	}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(value, &doc); err != nil {
		return nil, false, err
	}
	var spec map[string]json.RawMessage
	if err := json.Unmarshal(doc["spec"], &spec); err != nil {
		return nil, false, err
	}
	var conversion struct{ Strategy string }
	if raw, ok := spec["conversion"]; !ok || json.Unmarshal(raw, &conversion) != nil || conversion.Strategy != "Webhook" {
		return nil, false, nil //nolint:nilerr // what is no conversion calls nobody
	}
	spec["conversion"] = json.RawMessage(`{"strategy":"None"}`)
	if doc["spec"], err = json.Marshal(spec); err != nil {
		return nil, false, err
	}
	out, err := json.Marshal(doc)
	return out, true, err
}

// APIServices are the registrations that are stored, as group versions ("apps/v1"):
// true for those the cluster's own API server serves, which is what the version
// that runs today serves; false for those of other servers. One that cannot be
// read, because it is encrypted, is not in it.
func (s *Store) APIServices(ctx context.Context) (map[string]bool, error) {
	r, err := s.client.Get(ctx, s.prefix+apiServices, clientv3.WithPrefix())
	if err != nil {
		return nil, fmt.Errorf("reading the registrations of APIs: %w", err)
	}
	out := map[string]bool{}
	for _, kv := range r.Kvs {
		var doc struct {
			Spec struct {
				Group, Version string
				Service        *struct{ Name string }
			}
		}
		if json.Unmarshal(kv.Value, &doc) != nil || doc.Spec.Version == "" {
			continue
		}
		name := doc.Spec.Version
		if doc.Spec.Group != "" {
			name = doc.Spec.Group + "/" + name
		}
		out[name] = doc.Spec.Service == nil
	}
	return out, nil
}

// Definitions lists the custom resources that are defined: "things.example.org".
func (s *Store) Definitions(ctx context.Context) ([]string, error) {
	return s.Names(ctx, strings.TrimSuffix(definitions, "/"))
}
