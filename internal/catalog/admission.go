package catalog

import (
	_ "embed"
	"fmt"

	"github.com/fixline-dev/fixline/internal/catalog/admissionrules"
	"github.com/fixline-dev/fixline/internal/core/admission"
)

//go:embed data/admission.json
var admissionJSON []byte

//go:embed data/psp.json
var pspJSON []byte

// Admission is what is known of admission: what an upgrade asks of the API
// server, which versions of AdmissionReview that speaks, and what
// PodSecurityPolicies mean in Pod Security levels. An error means that the
// program was built from a broken file.
func Admission() (admission.Facts, error) {
	requests, reviews, err := admissionrules.Decode(admissionJSON)
	if err != nil {
		return admission.Facts{}, fmt.Errorf("loading the embedded admission.json: %w", err)
	}
	mapping, err := admissionrules.DecodeMapping(pspJSON)
	if err != nil {
		return admission.Facts{}, fmt.Errorf("loading the embedded psp.json: %w", err)
	}
	return admission.Facts{Upgrade: requests, Reviews: reviews, Mapping: mapping}, nil
}
