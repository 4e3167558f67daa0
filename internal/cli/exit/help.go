package exit

import (
	"fmt"
	"strings"
)

// Help is the paragraph of a command's help that lists the codes it can end
// with.
func Help(codes ...Code) string {
	var b strings.Builder
	b.WriteString("Exit codes:\n")
	for _, c := range codes {
		fmt.Fprintf(&b, "  %-3d  %s\n", c, Meaning(c))
	}
	return strings.TrimRight(b.String(), "\n")
}
