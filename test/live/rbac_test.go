package live

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/evidence/reading"
)

// permission is one resource (or name, or URL) of one shipped rule.
type permission struct{ group, resource, name, url, verb string }

func (p permission) String() string {
	return strings.Trim(strings.Join([]string{p.group, p.resource, p.name, p.url}, "/"), "/")
}

// rule is p as a PolicyRule.
func (p permission) rule() map[string]any {
	if p.url != "" {
		return map[string]any{"nonResourceURLs": []any{p.url}, "verbs": []any{p.verb}}
	}
	r := map[string]any{"apiGroups": []any{p.group}, "resources": []any{p.resource}, "verbs": []any{p.verb}}
	if p.name != "" {
		r["resourceNames"] = []any{p.name}
	}
	return r
}

// shipped takes a manifest of docs/rbac apart into single permissions.
func shipped(t *testing.T, file string) []permission {
	var out []permission
	for _, o := range documents(t, filepath.Join(rbacDir(), file)) {
		rules, _, err := unstructured.NestedSlice(o.Object, "rules")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rules {
			rule := r.(map[string]any)
			list := func(name string) []string {
				l, _, _ := unstructured.NestedStringSlice(rule, name)
				return l
			}
			for _, verb := range list("verbs") {
				for _, url := range list("nonResourceURLs") {
					out = append(out, permission{url: url, verb: verb})
				}
				for _, group := range list("apiGroups") {
					for _, resource := range list("resources") {
						names := list("resourceNames")
						if len(names) == 0 {
							names = []string{""}
						}
						for _, name := range names {
							out = append(out, permission{group: group, resource: resource, name: name, verb: verb})
						}
					}
				}
			}
		}
	}
	return out
}

// everyRule gives each of many users all shipped permissions but one, and
// looks for exactly the gap that one stands for.
func (s server) everyRule(t *testing.T) {
	all := shipped(t, "assess-clusterrole.yaml")
	if len(all) < 20 {
		t.Fatalf("only %d permissions in docs/rbac", len(all))
	}
	users := make([]*rest.Config, len(all))
	for n, without := range all {
		users[n] = s.userWith(t, fmt.Sprintf("without-%d", n), slices.Concat(all[:n], all[n+1:]))
		_ = without
	}
	for n, without := range all {
		t.Run("without "+without.String(), func(t *testing.T) {
			// The authorizer learns of a new binding a moment after it is written.
			var b *evidence.Bundle
			for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
				b = read(t, users[n], kube.Options{})
				if len(refused(b)) <= 1 {
					break
				}
			}
			got := refused(b)
			if len(got) != 1 {
				t.Fatalf("refused: %v, want only %s", got, without)
			}
			rule := *b.Access[got[0]].Rule
			want := evidence.Rule{APIGroup: without.group, Resource: without.resource, ResourceName: without.name, Verb: without.verb, NonResourceURL: without.url}
			if rule != want {
				t.Errorf("the missing rule is named %v, want %v", rule, want)
			}
			named := slices.ContainsFunc(reading.Cluster(b, reading.Options{}).Gaps, func(g inventory.Gap) bool {
				return strings.Contains(g.Reason, want.String())
			})
			if !named {
				t.Errorf("no gap names the rule %s", want)
			}
		})
	}
}

func refused(b *evidence.Bundle) []evidence.Resource {
	var out []evidence.Resource
	for _, r := range slices.Sorted(maps.Keys(b.Access)) {
		if b.Access[r].State == evidence.Forbidden {
			out = append(out, r)
		}
	}
	return out
}

func (s server) userWith(t *testing.T, name string, permissions []permission) *rest.Config {
	t.Helper()
	who, err := s.ClientCert(name)
	if err != nil {
		t.Fatal(err)
	}
	var rules []any
	for _, p := range permissions {
		rules = append(rules, p.rule())
	}
	group := "rbac.authorization.k8s.io"
	s.create(t, &unstructured.Unstructured{Object: map[string]any{"apiVersion": group + "/v1", "kind": "ClusterRole",
		"metadata": map[string]any{"name": name}, "rules": rules}})
	s.create(t, &unstructured.Unstructured{Object: map[string]any{"apiVersion": group + "/v1", "kind": "ClusterRoleBinding",
		"metadata": map[string]any{"name": name},
		"roleRef":  map[string]any{"apiGroup": group, "kind": "ClusterRole", "name": name},
		"subjects": []any{map[string]any{"apiGroup": group, "kind": "User", "name": name}}}})
	return s.as(who)
}

// badCredentials: each way of not getting in has its own error and hint.
func (s server) badCredentials(t *testing.T) {
	other := *s.as(s.Admin())
	other.TLSClientConfig.CAData = nil
	gone := *s.as(s.Admin())
	gone.Host = "https://127.0.0.1:1"
	token := &rest.Config{Host: s.Host(), BearerToken: "expired", TLSClientConfig: rest.TLSClientConfig{CAData: s.CA()}}
	for _, tt := range []struct {
		name string
		cfg  *rest.Config
		want kube.Kind
	}{
		{"a token nobody issued", token, kube.Unauthorized},
		{"an authority nobody trusts", &other, kube.Certificate},
		{"a port nobody listens on", &gone, kube.Unreachable},
	} {
		_, err := kube.Read(t.Context(), tt.cfg, kube.Options{Timeout: 5 * time.Second})
		var e *kube.Error
		if !errors.As(err, &e) || e.Kind != tt.want || e.Hint() == "" {
			t.Errorf("%s: %v (%T), want kind %d with a hint", tt.name, err, err, tt.want)
		}
	}
}
