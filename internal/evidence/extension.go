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
		CABundle []byte     `json:"caBundle,omitempty"` // PEM, public
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
	Name              string        `json:"name"`
	Client            ClientConfig  `json:"clientConfig,omitzero"`
	Rules             []WebhookRule `json:"rules,omitempty"`
	FailurePolicy     string        `json:"failurePolicy,omitempty"` // Fail | Ignore
	MatchPolicy       string        `json:"matchPolicy,omitempty"`
	SideEffects       string        `json:"sideEffects,omitempty"`
	TimeoutSeconds    int           `json:"timeoutSeconds,omitempty"`
	ReviewVersions    []string      `json:"admissionReviewVersions,omitempty"`
	NamespaceSelector *Selector     `json:"namespaceSelector,omitempty"`
	ObjectSelector    *Selector     `json:"objectSelector,omitempty"`
	MatchConditions   []struct {
		Name       string `json:"name"`
		Expression string `json:"expression"` // CEL
	} `json:"matchConditions,omitempty"`
}

// WebhookRule is what a webhook is asked about.
type WebhookRule struct {
	APIGroups   []string `json:"apiGroups"`
	APIVersions []string `json:"apiVersions,omitempty"`
	Resources   []string `json:"resources"`
	Operations  []string `json:"operations"`
	Scope       string   `json:"scope,omitempty"`
}

// ClientConfig is how the API server reaches a webhook.
type ClientConfig struct {
	Service *struct {
		Namespace string `json:"namespace"`
		Name      string `json:"name"`
		Path      string `json:"path,omitempty"`
		Port      int    `json:"port,omitempty"`
	} `json:"service,omitempty"`
	// URL is scheme and host alone: user, path and query may hold a token.
	URL      string `json:"url,omitempty"`
	CABundle []byte `json:"caBundle,omitempty"` // PEM, public
}

// trim keeps scheme and host of the URL.
func (c *ClientConfig) trim() {
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
type AdmissionPolicy struct {
	Meta `json:"metadata"`
	Spec json.RawMessage `json:"spec,omitempty"`
}

// AdmissionBinding says where an admission policy applies.
type AdmissionBinding struct {
	Meta `json:"metadata"`
	Spec json.RawMessage `json:"spec,omitempty"`
}
