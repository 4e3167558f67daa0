package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/source/changelog"
	"github.com/fixline-dev/fixline/internal/catalog/source/names"
	"github.com/fixline-dev/fixline/internal/catalog/source/osv"
	"github.com/fixline-dev/fixline/internal/catalog/source/stackrox"
)

// reader is how the files of one source become claims.
type reader struct {
	source string // the claims' name
	glob   string // below the folder of sources
	header string
	parse  func(string, io.Reader) ([]claim.Claim, error)
}

func readers() []reader {
	return []reader{
		{"cve-feed-osv", "cve-feed-osv/vulns/*.json", "What github.com/kubernetes-sigs/cve-feed-osv says (Apache-2.0).", osv.Parse},
		{"stackrox", "stackrox-k8s-cves/cves/*.yaml", "What github.com/stackrox/k8s-cves says (Apache-2.0).", stackrox.Parse},
		{"vulndb", "golang-vulndb/osv/GO-*.json", "What github.com/golang/vulndb says (CC-BY-4.0), for the components of components.yaml.", osv.Parse},
		{"changelog", "kubernetes-changelog/CHANGELOG-1.*.md", "What the security sections of Kubernetes' changelogs say (Apache-2.0).", changelog.Parse},
	}
}

// distill turns each source into one committed file of claims: facts in our
// own form, so that a build needs no raw source and no text is copied.
func distill(into, sources string, out io.Writer) error {
	table, err := names.Load()
	if err != nil {
		return err
	}
	for _, r := range readers() {
		claims, err := r.read(sources)
		if err != nil {
			return fmt.Errorf("distilling %s: %w", r.source, err)
		}
		claims = inScope(claims, table)
		path := filepath.Join(into, r.source+".yaml")
		if err := writeClaims(path, r.header, r.source, claims); err != nil {
			return fmt.Errorf("distilling %s: %w", r.source, err)
		}
		fmt.Fprintf(out, "%s: %d claims\n", path, len(claims))
	}
	return nil
}

func (r reader) read(sources string) ([]claim.Claim, error) {
	paths, err := filepath.Glob(filepath.Join(sources, filepath.FromSlash(r.glob)))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no file matches %s below %s", r.glob, sources)
	}
	slices.Sort(paths)
	var out []claim.Claim
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		claims, err := r.parse(filepath.Base(path), f)
		f.Close()
		if err != nil {
			return nil, err
		}
		out = append(out, claims...)
	}
	if r.source == "changelog" {
		out = changelog.Join(out)
	}
	for i := range out {
		out[i].Source = r.source
	}
	return out, nil
}

// inScope keeps what is said of components the catalogue knows.
func inScope(in []claim.Claim, table names.Names) []claim.Claim {
	var out []claim.Claim
	for _, c := range in {
		c.Components = slices.DeleteFunc(slices.Clone(c.Components), func(x claim.Component) bool {
			return x.Name != "" && !table.Known(x.Name)
		})
		if len(c.Components) > 0 {
			out = append(out, c)
		}
	}
	return out
}
