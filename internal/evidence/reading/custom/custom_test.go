package custom

import (
	"encoding/json"
	"encoding/pem"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	core "github.com/fixline-dev/fixline/internal/core/custom"
	"github.com/fixline-dev/fixline/internal/evidence"
)

var update = flag.Bool("update", false, "write the golden file anew")

// bundle reads testdata/NAME.yaml, a list of objects as the API has them.
func bundle(t *testing.T, name string, absent ...evidence.Resource) *evidence.Bundle {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var objects []map[string]any
	if err := yaml.Unmarshal(data, &objects); err != nil {
		t.Fatal(err)
	}
	b := evidence.New("test")
	for _, l := range slices.Concat(evidence.Lists(), evidence.Upgrade()) {
		if slices.Contains(absent, l.Resource) {
			b.Access[l.Resource] = evidence.Access{State: evidence.Forbidden, Reason: "no right to it"}
			continue
		}
		var items []map[string]any
		for _, o := range objects {
			if o["kind"] == l.Kind {
				items = append(items, o)
			}
		}
		text, err := json.Marshal(map[string]any{"items": items})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Decode(l, strings.NewReader(string(text))); err != nil {
			t.Fatal(err)
		}
		b.Access[l.Resource] = evidence.Access{State: evidence.Read}
	}
	return b
}

func TestOf(t *testing.T) {
	c := Of(bundle(t, "operators"))
	for i, want := range []string{"2.1.0", "1.0.0", "1.4.0"} { // the first by its label
		if got := c.Images[i].Version.String(); got != want {
			t.Errorf("%s: version %s, want %s", c.Images[i].Repository, got, want)
		}
	}
	got, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const file = "testdata/operators.json"
	if *update {
		if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRefused: what was not read says so, and a service is then neither dead
// nor alive.
func TestRefused(t *testing.T) {
	c := Of(bundle(t, "operators", evidence.EndpointSlices, evidence.Pods, evidence.MutatingWebhooks))
	want := map[core.Part]string{core.Endpoints: "no right to it", core.Pods: "no right to it", core.Webhooks: "no right to it"}
	if diff := cmp.Diff(want, c.Unread); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.Services["ops/answers"] != core.Unknown || c.Services["ops/outside"] != core.External {
		t.Errorf("%+v", c.Services)
	}
	if got := Of(evidence.New("test")).Unread[core.Definitions]; got != "not asked" {
		t.Errorf("definitions: %q", got)
	}
}

func TestEnds(t *testing.T) {
	const text = `-----BEGIN CERTIFICATE-----
MIIBXjCCAQOgAwIBAgIBATAKBggqhkjOPQQDAjAOMQwwCgYDVQQDEwNvcHMwHhcN
-----END CERTIFICATE-----
`
	if got := ends([]byte(text + "nothing")); len(got) != 0 {
		t.Errorf("broken certificates have ends: %v", got)
	}
	block := &pem.Block{Type: "CERTIFICATE", Bytes: selfSigned(t, time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC))}
	if got := ends(append(pem.EncodeToMemory(block), text...)); len(got) != 1 || got[0].Format(time.DateOnly) != "2027-01-02" {
		t.Errorf("%v", got)
	}
}
