package scan

import (
	"context"
	"fmt"
	"slices"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/core/admission"
	"github.com/fixline-dev/fixline/internal/core/scan"
	"github.com/fixline-dev/fixline/internal/core/version"
	reading "github.com/fixline-dev/fixline/internal/evidence/reading/admission"
	"github.com/fixline-dev/fixline/internal/manifest"
)

// addPolicies says what the PodSecurityPolicies of the manifests become. Only
// these are read whole; what of them could not be is a gap.
func addPolicies(ctx context.Context, b *scan.Basis, files []manifest.File) error {
	bodies, lacking, err := manifest.Bodies(ctx, files, func(o manifest.Object) bool {
		return o.Kind == "PodSecurityPolicy" && slices.Contains([]string{"policy/v1beta1", "extensions/v1beta1"}, o.APIVersion)
	})
	if err != nil || len(bodies)+len(lacking) == 0 {
		return err
	}
	facts, err := catalog.Admission()
	if err != nil {
		return err
	}
	for _, f := range lacking {
		for _, u := range f.Unread {
			b.Gaps = append(b.Gaps, gap(shown(f.Path), u))
		}
	}
	var policies []admission.SecurityPolicy
	for _, body := range bodies {
		file := shown(body.Path)
		p, err := reading.DecodePolicy(body.JSON, fmt.Sprintf("%s:%d", file, body.Line))
		if err != nil {
			line := body.Line
			b.Gaps = append(b.Gaps, scan.Gap{Check: file, File: &file, Line: &line, Reason: err.Error(), Required: true})
			continue
		}
		policies = append(policies, p)
	}
	b.Broken = append(b.Broken, admission.Policies(policies, admission.Question{AsOf: b.AsOf, Hops: []version.Version{b.Target}, Facts: facts})...)
	return nil
}
