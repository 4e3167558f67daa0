package plain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog/source/plain"
)

func TestScalarsStayAsWritten(t *testing.T) {
	docs, err := plain.Documents([]byte("release: 1.30\nquoted: \"1.30\"\nday: 2026-03-15\nnone: ~\nyes: true\nword: 'true'\n---\n[1, 2]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(docs) != 2 || len(docs[1].Items()) != 2 {
		t.Fatalf("documents: %d", len(docs))
	}
	d := docs[0]
	for key, want := range map[string]string{"release": "1.30", "quoted": "1.30", "none": "", "absent": ""} {
		if got := d.Get(key).Text(); got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
	if day, err := d.Get("day").Date(); err != nil || day.Format(time.DateOnly) != "2026-03-15" {
		t.Errorf("day = %s, %v", day, err)
	}
	if b, ok := d.Get("yes").Bool(); !b || !ok {
		t.Error("true is no bool")
	}
	if _, ok := d.Get("word").Bool(); ok {
		t.Error("a quoted true is a bool")
	}
}

func TestDates(t *testing.T) {
	for in, want := range map[string]string{"2026-03-15T10:00:00Z": "2026-03-15", "N/A": "0001-01-01", `""`: "0001-01-01", "March": "error", "2026-13-01": "error"} {
		docs, err := plain.Documents([]byte("d: " + in))
		if err != nil {
			t.Fatal(err)
		}
		day, err := docs[0].Get("d").Date()
		got := day.Format(time.DateOnly)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%s = %s, want %s", in, got, want)
		}
	}
}

func TestHostileFilesAreErrors(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n"
	for name, in := range map[string]string{"alias bomb": bomb, "no YAML": "a: [", "nested": strings.Repeat("[", 200000), "binary": "\x00\x01"} {
		if _, err := plain.Documents([]byte(in)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
