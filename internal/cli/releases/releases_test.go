package releases

import (
	"bytes"
	"testing"
)

func TestTextEndsEveryLine(t *testing.T) {
	minor := Minor{Minor: "1.34", Status: "supported", Disputed: []string{"end of life: a says x, b says y"}}
	for _, hidden := range []int{0, 3} {
		var b bytes.Buffer
		if err := text(&b, List{Product: "kubernetes", AsOf: "2026-03-15", Minors: []Minor{minor}, Hidden: hidden}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(b.Bytes(), []byte("\n1.34: end of life: a says x, b says y\n")) {
			t.Errorf("%d hidden: the dispute is no line of its own:\n%s", hidden, b.String())
		}
	}
}
