package finding

import (
	"fmt"
	"strings"
)

// Markdown is the page that documents every code: docs/findings.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString(`# Findings

Codes are stable: scripts, ignore files and change records may rely on them. A
code is never used again for something else. Blockers end ` + "`fixline assess`" + ` with
exit code 3; ` + "`--fail-on`" + ` moves that line. Made from internal/core/finding by
` + "`go test ./internal/core/finding -update`" + `.

| code | severity | |
|---|---|---|
`)
	for _, c := range All() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", c.Code, strings.ToLower(c.Code), c.Severity, c.Title)
	}
	for _, c := range All() {
		fmt.Fprintf(&b, "\n## %s\n\n**%s** (%s). %s\n\nRemedy: %s.\n", c.Code, c.Title, c.Severity, c.Means, c.Remedy)
		if c.Source != "" {
			fmt.Fprintf(&b, "\nRule: <%s>\n", c.Source)
		}
	}
	return b.String()
}
