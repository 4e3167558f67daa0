package member

import (
	"errors"
	"strings"
	"testing"
)

func TestResource(t *testing.T) {
	for key, want := range map[string]string{
		"/registry/pods/default/a":                             "/registry/pods/",
		"/registry/services/specs/default/kubernetes":          "/registry/services/specs/",
		"/registry/services/endpoints/default/kubernetes":      "/registry/services/endpoints/",
		"/registry/stable.example.com/crontabs/default/a":      "/registry/stable.example.com/crontabs/",
		"/registry/apiregistration.k8s.io/apiservices/v1.apps": "/registry/apiregistration.k8s.io/apiservices/",
		"/registry/namespaces/default":                         "/registry/namespaces/",
		"/registry/health":                                     "/registry/health",
		"compact_rev_key":                                      "compact_rev_key",
		"foo/bar":                                              "foo/",
		"/":                                                    "/",
	} {
		if got := resource(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

func TestChoose(t *testing.T) {
	down := errors.New("connection refused")
	for _, tc := range []struct {
		name, want, note string
		in               []Status
	}{
		{"the first", "a", "", []Status{{Endpoint: "a", Applied: 10}, {Endpoint: "b", Applied: 20}}},
		{"not one that is down", "b", "a did not answer", []Status{{Endpoint: "a", Err: down}, {Endpoint: "b", Applied: 20}}},
		{"not a learner", "b", "a is a learner", []Status{{Endpoint: "a", Applied: 20, Learner: true}, {Endpoint: "b", Applied: 20}}},
		{"not one that lags", "b", "a lags: it is 5000 raft entries behind", []Status{{Endpoint: "a", Applied: 10}, {Endpoint: "b", Applied: 5010}}},
		{"none", "", "a is a learner", []Status{{Endpoint: "a", Learner: true}}},
	} {
		got, notes, err := Seen{Statuses: tc.in}.Choose()
		if got.Endpoint != tc.want || (err != nil) != (tc.want == "") || !strings.Contains(strings.Join(notes, "; "), tc.note) {
			t.Errorf("%s: %q %q %v", tc.name, got.Endpoint, notes, err)
		}
	}
}
