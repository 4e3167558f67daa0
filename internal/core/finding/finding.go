// Package finding is the register of finding codes: stable names that scripts,
// ignore files and change records may rely on. A code is never reused and its
// severity never rises without a new one. It finds nothing itself. Start at
// [Lookup].
package finding

import "slices"

// Severity of a finding.
type Severity string

const (
	Blocker Severity = "blocker" // must be closed first
	Warning Severity = "warning" // must be known
	Info    Severity = "info"    // may be of use
)

// Rank orders severities from 0 (nothing found) to 3; what is no severity
// ranks highest, so that a mistake is never quiet.
func (s Severity) Rank() int {
	switch s {
	case "", "none":
		return 0
	case Info:
		return 1
	case Warning:
		return 2
	}
	return 3
}

// Code is one registered finding.
type Code struct {
	Code     string
	Severity Severity
	Title    string
	Means    string // what it says about the cluster, one or two sentences
	Remedy   string // what to do
	Source   string // URL of the rule it rests on, "" for Fixline's own
}

const (
	skewPolicy       = "https://kubernetes.io/releases/version-skew-policy/"
	deprecationGuide = "https://kubernetes.io/docs/reference/using-api/deprecation-guide/"
)

// All lists every code, in the order of the documentation. Each family has a
// file of its own.
func All() []Code {
	return slices.Concat(
		supportCodes(), driftCodes(), skewCodes(), advisoryCodes(), readCodes(), hostCodes(),
		apiCodes(), settingCodes(), admissionCodes(), customCodes(), etcdCodes(), disruptionCodes(), dataCodes(), planCodes(), rehearseCodes(),
	)
}

// Lookup is the registered code. An unregistered one is a programming error
// that a test catches; it comes back with severity warning, never silent.
func Lookup(code string) Code {
	for _, c := range All() {
		if c.Code == code {
			return c
		}
	}
	return Code{Code: code, Severity: Warning, Title: "unregistered finding", Remedy: "report this as a defect of fixline"}
}
