package finding

import (
	"fmt"
	"strings"
)

// Pages is the documentation of every code: one page each, CODE.md, and their
// index, README.md. The command that writes them is the test of this package.
func Pages() map[string]string {
	pages := map[string]string{"README.md": index()}
	for _, c := range All() {
		pages[c.Code+".md"] = c.page()
	}
	return pages
}

func index() string {
	var b strings.Builder
	b.WriteString(`# Findings

Codes are stable: scripts, ignore files and change records may rely on them. A
code is never used again for something else, and its severity never rises
without a new code.

| severity | means | ends a run with exit code 3 |
|---|---|---|
| blocker | must be closed before the upgrade | always |
| warning | must be known | with ` + "`--fail-on warning`" + ` |
| info | may be of use | with ` + "`--fail-on info`" + ` |

Made from internal/core/finding by ` + "`go test ./internal/core/finding -update`" + `.
`)
	family := ""
	for _, c := range All() {
		if name := c.family(); name != family {
			family = name
			how := waysOf(family)
			fmt.Fprintf(&b, "\n## %s: %s\n\nRaised by %s.\n\n| code | severity | |\n|---|---|---|\n", family, how.about, how.command)
		}
		fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s |\n", c.Code, c.Code, c.Severity, c.Title)
	}
	return b.String()
}

func (c Code) page() string {
	how := waysOf(c.family())
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n**%s** (%s). %s\n", c.Code, c.Title, c.Severity, c.Means)
	fmt.Fprintf(&b, "\n## What to do\n\n%s.\n", capital(c.Remedy))
	fmt.Fprintf(&b, "\n## How it is found\n\nRaised by %s: %s.", how.command, how.from)
	switch c.Severity {
	case Blocker:
		b.WriteString(" A blocker ends the run with exit code 3.\n")
	default:
		fmt.Fprintf(&b, " It ends a run with exit code 3 only with `--fail-on %s`.\n", c.Severity)
	}
	if c.Source != "" {
		fmt.Fprintf(&b, "\nThe rule it rests on: <%s>\n", c.Source)
	}
	if how.object != "" {
		fmt.Fprintf(&b, `
## Accepting it

In an ignore file (%[1]s--ignore FILE%[1]s) it becomes information until a day; after
that day it counts again, and [IGNORE-001](IGNORE-001.md) says so. %[1]sobject%[1]s may
end in %[1]s*%[1]s.

%[1]s%[1]s%[1]syaml
apiVersion: fixline.dev/v1alpha1
kind: Ignore
entries:
  - finding: %[2]s
    object: %[3]s
    owner: platform-team
    reason: why the risk is taken
    expires: 2026-12-31
%[1]s%[1]s%[1]s
`, "`", c.Code, how.object)
	}
	b.WriteString("\n[All findings](README.md)\n")
	return b.String()
}

// family is what a code begins with.
func (c Code) family() string {
	name, _, _ := strings.Cut(c.Code, "-")
	return name
}

func capital(s string) string {
	if s == "" {
		return s
	}
	if s[0] == '`' {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
