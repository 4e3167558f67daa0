package scan

import "encoding/json"

// Result is the public answer of a scan; its JSON is the contract's. Lists are
// never null, absent scalars are.
type Result struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	AsOf       string    `json:"asOf"`
	Target     string    `json:"target"`
	Table      Table     `json:"table"`
	Findings   []Finding `json:"findings"`
	Counts     Counts    `json:"counts"`
	Coverage   Coverage  `json:"coverage"`
}

// Table dates the facts about API versions.
type Table struct {
	Date    string `json:"date"`
	Through string `json:"through"` // the newest minor of Kubernetes it was made from
}

// Finding is one verdict: what is wrong with one object, and where it is
// written.
type Finding struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	// Where in a file, all from 1; null for what is in none.
	File     *string `json:"file"`
	Line     *int    `json:"line"`
	Column   *int    `json:"column"`
	Document *int    `json:"document"`
	// Object is "Ingress/ns/name", or where it is held: "Secret/NAMESPACE/NAME".
	Object string `json:"object"`
	// ObjectAPI and ObjectKind are of what uses an API version; null of what an
	// upgrade would break otherwise.
	ObjectAPI    Text     `json:"apiVersion"`
	ObjectKind   Text     `json:"kind"`
	DeprecatedIn *string  `json:"deprecatedIn"`
	RemovedIn    *string  `json:"removedIn"`
	Replacement  *string  `json:"replacement"` // apiVersion, with the kind where that changes
	Source       string   `json:"source"`
	AlsoSeenIn   []string `json:"alsoSeenIn"`
	Message      string   `json:"message"`
	// Reason is what is true of the API version, without the object; of other
	// findings what their code says.
	Reason string `json:"reason"`
	Remedy string `json:"remedy"`
	// Evidence is what a finding about the cluster itself rests on.
	Evidence []string `json:"evidence"`
	// Changes to make besides the apiVersion. ChangesKnown: somebody has looked;
	// none are then a statement.
	Changes      []Change  `json:"changes"`
	ChangesKnown bool      `json:"changesKnown"`
	Accepted     *Accepted `json:"accepted"`
	// Patch is the edit that moves the file to the replacement, where it is
	// certain that nothing else must change; NoPatch says why there is none.
	// Both are null of what is in no file.
	Patch   *Patch  `json:"patch"`
	NoPatch *string `json:"noPatch"`
}

// Text is a text that is null in JSON where there is none.
type Text string

// MarshalJSON writes null for "".
func (t Text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(t))
}

// Patch replaces From at its line and column (from 1, in characters) by To.
type Patch struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	From   string `json:"from"`
	To     string `json:"to"`
}

// Change is one difference between an API version and its replacement.
type Change struct {
	Field  *string `json:"field"`
	Kind   string  `json:"kind"`
	Text   string  `json:"text"`
	Source string  `json:"source"`
}

// Accepted is the entry of an ignore file that makes a finding information.
type Accepted struct {
	Owner   string `json:"owner"`
	Reason  string `json:"reason"`
	Expires string `json:"expires"`
}

// Counts are what the answer rests on.
type Counts struct {
	Files     int `json:"files"`
	Documents int `json:"documents"`
	Objects   int `json:"objects"`
	Releases  int `json:"releases"` // of Helm
	Requests  int `json:"requests"` // in audit logs
}

// Coverage says what the answer could not see.
type Coverage struct {
	Complete bool  `json:"complete"` // no gap is required
	Gaps     []Gap `json:"gaps"`
}

// Gap is one thing that was not read.
type Gap struct {
	Check    string  `json:"check"`
	Reason   string  `json:"reason"`
	Required bool    `json:"required"`
	File     *string `json:"file"`
	Line     *int    `json:"line"`
	Document *int    `json:"document"`
	Hint     *string `json:"hint"`
}
