// Package admission judges a recorded cluster from its files to its findings:
// webhooks in the way, PodSecurityPolicies before the release that removes
// them, and Pod Security labels.
package admission

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/fixline-dev/fixline/internal/catalog"
	core "github.com/fixline-dev/fixline/internal/core/admission"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence/dump"
	"github.com/fixline-dev/fixline/internal/evidence/reading"
	"github.com/fixline-dev/fixline/internal/evidence/reading/admission"
)

var update = flag.Bool("update", false, "write the golden files")

var authority = regexp.MustCompile(`CA\((\d{4}-\d\d-\d\d)\)`)

// folder is testdata/cluster.yaml as the files kubectl writes.
func folder(t *testing.T) fstest.MapFS {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "cluster.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text = authority.ReplaceAllFunc(text, func(m []byte) []byte {
		until, err := time.Parse(time.DateOnly, string(authority.FindSubmatch(m)[1]))
		if err != nil {
			t.Fatal(err)
		}
		return []byte(base64.StdEncoding.EncodeToString(certificate(t, until)))
	})
	var files map[string][]any
	if err := yaml.UnmarshalStrict(text, &files); err != nil {
		t.Fatal(err)
	}
	out := fstest.MapFS{"version.json": {Data: []byte(`{"gitVersion":"v1.24.9"}`)}}
	for name, items := range files {
		data, err := json.Marshal(map[string]any{"kind": "List", "items": items})
		if err != nil {
			t.Fatal(err)
		}
		out[name] = &fstest.MapFile{Data: data}
	}
	return out
}

func certificate(t *testing.T, until time.Time) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "webhook-ca"}, NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestRecordedCluster(t *testing.T) {
	b, err := dump.ReadFS(t.Context(), folder(t), "folder x")
	if err != nil {
		t.Fatal(err)
	}
	facts, err := catalog.Admission()
	if err != nil {
		t.Fatal(err)
	}
	q := core.Question{AsOf: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Window: 30 * 24 * time.Hour, Facts: facts,
		Hops: []version.Version{version.MustParse("1.25.16"), version.MustParse("1.26.15")}, RBAC: reading.Cluster(b, reading.Options{}).Facts.RBAC}
	if q.RBAC == nil {
		t.Fatal("roles were not read")
	}
	var got strings.Builder
	for _, f := range core.Judge(admission.Of(b), q) {
		fmt.Fprintf(&got, "%s %s %s\n  %s\n", f.Code, f.Severity, f.Object, f.Message)
		for _, e := range f.Evidence {
			fmt.Fprintf(&got, "  - %s\n", e)
		}
	}
	golden := filepath.Join("testdata", "findings.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}
