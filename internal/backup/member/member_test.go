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
		if got := Resource(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

func TestOrder(t *testing.T) {
	down := errors.New("connection refused")
	for _, tc := range []struct {
		name, want, note string
		in               []Status
	}{
		{"as they were named", "a b", "", []Status{{Endpoint: "a", Applied: 10}, {Endpoint: "b", Applied: 20}}},
		{"not one that is down", "b", "refused", []Status{{Endpoint: "a", Err: down}, {Endpoint: "b", Applied: 20}}},
		{"not a learner", "b", "a is a learner", []Status{{Endpoint: "a", Applied: 20, Learner: true}, {Endpoint: "b", Applied: 20}}},
		{"not one that lost the others", "b", "a has lost the other members", []Status{{Endpoint: "a", Applied: 20, Alone: true}, {Endpoint: "b", Applied: 20}}},
		{"one that lags last", "b c a", "a lags: it is 5000 raft entries behind", []Status{{Endpoint: "a", Applied: 10}, {Endpoint: "b", Applied: 5010}, {Endpoint: "c", Applied: 4010}}},
		{"the least behind before others", "c b a", "b lags", []Status{{Endpoint: "a", Applied: 10}, {Endpoint: "b", Applied: 20}, {Endpoint: "c", Applied: 5010}}},
		{"none", "", "a is a learner", []Status{{Endpoint: "a", Learner: true}}},
	} {
		order, notes := Seen{Statuses: tc.in}.order()
		var got []string
		for _, st := range order {
			got = append(got, st.Endpoint)
		}
		if strings.Join(got, " ") != tc.want || !strings.Contains(strings.Join(notes, "; "), tc.note) {
			t.Errorf("%s: %q %q", tc.name, got, notes)
		}
	}
}

// TestUnfit: what is said where nothing can be taken is what to do next.
func TestUnfit(t *testing.T) {
	for want, e := range map[string]*UnfitError{
		"name the other members too: cp2 at https://10.0.0.2:2379": {Others: []string{"cp2 at https://10.0.0.2:2379"}, Any: true},
		"etcdctl snapshot save": {Any: true},
		"a member that votes":   {Learners: true},
		"crictl ps":             {},
		"healthcheck-client":    {last: Said("a", errors.New("remote error: tls: expired certificate"))},
	} {
		if got := e.Hint(); !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
	for text, want := range map[string]string{
		"remote error: tls: expired certificate":           "has expired",
		"remote error: tls: unknown certificate authority": "does not accept",
		"x: certificate signed by unknown authority":       "not signed by",
		"etcdserver: no leader":                            "cannot ask the other members",
	} {
		if got := Said("a", errors.New(text)).Error(); !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
}
