package evidence

import (
	"encoding/json"
	"net/url"
)

// APIService is an API group version; Spec.Service is nil for built-in ones.
type APIService struct {
	Meta `json:"metadata"`
	Spec struct {
		Group    string     `json:"group"`
		Version  string     `json:"version"`
		Service  *Reference `json:"service,omitempty"`
		Insecure bool       `json:"insecureSkipTLSVerify,omitempty"`
		CABundle []byte     `json:"caBundle,omitempty"` // PEM, certificates alone
	} `json:"spec"`
	Status struct {
		Conditions []Condition `json:"conditions,omitempty"`
	} `json:"status,omitzero"`
}

// CRD is a CustomResourceDefinition without its schemas.
type CRD struct {
	Meta `json:"metadata"`
	Spec struct {
		Group string `json:"group"`
		Scope string `json:"scope"` // Namespaced | Cluster
		Names struct {
			Kind   string `json:"kind"`
			Plural string `json:"plural"`
		} `json:"names"`
		Versions []struct {
			Name       string `json:"name"`
			Served     bool   `json:"served"`
			Storage    bool   `json:"storage"`
			Deprecated bool   `json:"deprecated,omitempty"`
		} `json:"versions,omitempty"`
		Conversion struct {
			Strategy string `json:"strategy,omitempty"` // None | Webhook
			Webhook  *struct {
				Client         ClientConfig `json:"clientConfig,omitzero"`
				ReviewVersions []string     `json:"conversionReviewVersions,omitempty"`
			} `json:"webhook,omitempty"`
		} `json:"conversion,omitzero"`
	} `json:"spec"`
	Status struct {
		StoredVersions []string    `json:"storedVersions,omitempty"`
		Conditions     []Condition `json:"conditions,omitempty"`
	} `json:"status,omitzero"`
}

// WebhookConfiguration is a Validating- or MutatingWebhookConfiguration.
type WebhookConfiguration struct {
	Meta     `json:"metadata"`
	Webhooks []Webhook `json:"webhooks,omitempty"`
}

// Webhook is one webhook with what it is asked about.
type Webhook struct {
	Name              string           `json:"name"`
	Client            ClientConfig     `json:"clientConfig,omitzero"`
	Rules             []WebhookRule    `json:"rules,omitempty"`
	FailurePolicy     string           `json:"failurePolicy,omitempty"` // Fail | Ignore
	MatchPolicy       string           `json:"matchPolicy,omitempty"`
	SideEffects       string           `json:"sideEffects,omitempty"`
	TimeoutSeconds    int              `json:"timeoutSeconds,omitempty"`
	ReviewVersions    []string         `json:"admissionReviewVersions,omitempty"`
	NamespaceSelector *Selector        `json:"namespaceSelector,omitempty"`
	ObjectSelector    *Selector        `json:"objectSelector,omitempty"`
	MatchConditions   []MatchCondition `json:"matchConditions,omitempty"`
}

// WebhookRule is what a webhook is asked about.
type WebhookRule struct {
	APIGroups   []string `json:"apiGroups"`
	APIVersions []string `json:"apiVersions,omitempty"`
	Resources   []string `json:"resources"`
	Operations  []string `json:"operations"`
	Scope       string   `json:"scope,omitempty"`
}

// ClientConfig is how the API server reaches a webhook, without the path, which
// may hold a token.
type ClientConfig struct {
	Service *struct {
		Namespace string `json:"namespace"`
		Name      string `json:"name"`
		Port      int    `json:"port,omitempty"`
	} `json:"service,omitempty"`
	// URL is scheme and host alone.
	URL      string `json:"url,omitempty"`
	CABundle []byte `json:"caBundle,omitempty"` // PEM, certificates alone
}

// trim keeps scheme and host of the URL, and certificates.
func (c *ClientConfig) trim() {
	c.CABundle = certificates(c.CABundle)
	if c.URL == "" {
		return
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		c.URL = Redacted
		return
	}
	c.URL = (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
}

// AdmissionPolicy is a Validating- or MutatingAdmissionPolicy: its rules are
// CEL expressions in the open, and what a comparison must show word for word.
// What it says to people and to the audit log decides nothing and is not kept.
type AdmissionPolicy struct {
	Meta `json:"metadata"`
	Spec struct {
		FailurePolicy    string           `json:"failurePolicy,omitempty"`      // Fail | Ignore
		Reinvocation     string           `json:"reinvocationPolicy,omitempty"` // of a mutating one: Never | IfNeeded
		ParamKind        json.RawMessage  `json:"paramKind,omitempty"`
		MatchConstraints json.RawMessage  `json:"matchConstraints,omitempty"`
		MatchConditions  []MatchCondition `json:"matchConditions,omitempty"`
		Variables        []MatchCondition `json:"variables,omitempty"`
		Validations      []struct {
			Expression string `json:"expression"` // CEL
			Reason     string `json:"reason,omitempty"`
		} `json:"validations,omitempty"`
		Mutations []struct {
			PatchType string      `json:"patchType"` // ApplyConfiguration | JSONPatch
			Apply     *Expression `json:"applyConfiguration,omitempty"`
			Patch     *Expression `json:"jsonPatch,omitempty"`
		} `json:"mutations,omitempty"`
	} `json:"spec,omitzero"`
}

// MatchCondition is a named CEL expression.
type MatchCondition struct {
	Name       string `json:"name"`
	Expression string `json:"expression"`
}

// Expression is a CEL expression.
type Expression struct {
	Expression string `json:"expression"`
}

// AdmissionBinding says where an admission policy applies.
type AdmissionBinding struct {
	Meta `json:"metadata"`
	Spec json.RawMessage `json:"spec,omitempty"`
}
