package decision

import (
	"bytes"
	"fmt"
	"regexp"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/fixline-dev/fixline/internal/strict"
)

// MaxBytes bounds the file: it is a text for people.
const MaxBytes = 4 << 20

// Read reads a record.yaml; an unknown key or a missing part is an error that
// names line and field ([strict.Errors]). file names the input in errors.
func Read(text []byte, file string) (Decision, error) {
	return strict.One(bytes.NewReader(text), file, strict.Limits{Bytes: MaxBytes}, read)
}

// Write is d as a file that reads back as d. APIVersion and Kind are set. What
// [Read] would refuse is an error.
func Write(d Decision) ([]byte, error) {
	d.APIVersion, d.Kind = APIVersion, Kind
	text, err := yaml.Dump(d, yaml.WithV4Defaults())
	if err != nil {
		return nil, fmt.Errorf("encoding the decision: %w", err)
	}
	if _, err := Read(text, "record.yaml"); err != nil {
		return nil, fmt.Errorf("encoding the decision: %w", err)
	}
	return text, nil
}

func read(n *strict.Node) Decision {
	if n.Kind() != strict.Map || n.Get("kind").Text() != Kind || n.Get("apiVersion").Text() != APIVersion {
		n.Report("is no change record", fmt.Sprintf("begin with apiVersion: %s and kind: %s", APIVersion, Kind))
		return Decision{}
	}
	n.Fields("apiVersion", "kind", "id", "created", "asOf", "catalogDate", "sentence", "cluster", "reason", "change", "owners", "requiredSignOffs",
		"mapping", "rejected", "findings", "waivers", "expectedSkew", "backup", "rollback", "checks", "mitigations", "followUps", "policyHash")
	d := Decision{APIVersion: APIVersion, Kind: Kind, ID: identifier(n.Get("id")), Created: moment(n.Get("created")), AsOf: day(n.Get("asOf"), true),
		Catalog: Text(day(n.Get("catalogDate"), false)), Sentence: n.Get("sentence").Required(), PolicyHash: sum(n.Get("policyHash"))}
	d.Cluster = cluster(n.Get("cluster"))
	d.Reason = reason(n.Get("reason"))
	d.Change = change(n.Get("change"))
	d.Owners = list(n.Get("owners"), owner)
	d.SignOffs = list(n.Get("requiredSignOffs"), func(n *strict.Node) string { return required(n, n.Enum(Roles()...)) })
	d.Mapping = list(n.Get("mapping"), mapping)
	d.Rejected = list(n.Get("rejected"), rejected)
	d.Findings = list(n.Get("findings"), found)
	d.Waivers = list(n.Get("waivers"), readWaiver)
	d.Skew = list(n.Get("expectedSkew"), skew)
	d.Backup = backup(n.Get("backup"))
	d.Rollback = rollback(n.Get("rollback"))
	d.Checks = list(n.Get("checks"), check)
	d.Mitigations = list(n.Get("mitigations"), mitigation)
	d.FollowUps = list(n.Get("followUps"), followUp)
	return d
}

// list is never nil.
func list[T any](n *strict.Node, read func(*strict.Node) T) []T {
	out := make([]T, 0, len(n.Items()))
	for _, item := range n.Items() {
		out = append(out, read(item))
	}
	return out
}

func texts(n *strict.Node) []string {
	return list(n, func(n *strict.Node) string { return n.Required() })
}

// required reports a missing value that is not a plain text.
func required(n *strict.Node, value string) string {
	if value == "" && !n.Failed() {
		n.Report("is required", "")
	}
	return value
}

func optional(n *strict.Node) Text { return Text(n.Text()) }

// day is YYYY-MM-DD.
func day(n *strict.Node, need bool) string {
	text := n.Text()
	if need {
		text = required(n, text)
	}
	if _, err := time.Parse(time.DateOnly, text); text != "" && err != nil {
		n.Report(fmt.Sprintf("%q is no date", text), "write YYYY-MM-DD")
	}
	return text
}

func moment(n *strict.Node) string {
	text := n.Required()
	if _, err := time.Parse(time.RFC3339, text); text != "" && err != nil {
		n.Report(fmt.Sprintf("%q is no time", text), "write RFC 3339, such as 2026-03-15T10:00:00Z")
	}
	return text
}

var sumPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

func sum(n *strict.Node) Text {
	text := n.Text()
	if text != "" && !sumPattern.MatchString(text) {
		n.Report(fmt.Sprintf("%q is no SHA-256 sum", text), "64 lower-case hex digits")
	}
	return Text(text)
}

var idPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)

func identifier(n *strict.Node) string {
	text := n.Required()
	if text != "" && !idPattern.MatchString(text) {
		n.Report(fmt.Sprintf("%q is no name of a change", text), "letters, digits and ._- only, at most 128")
	}
	return text
}
