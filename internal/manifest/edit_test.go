package manifest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const (
	oldJob = "batch/v1beta1"
	newJob = "batch/v1"
)

// editsOf offers an edit for each object of a text that is in the old version.
func editsOf(text string) []Edit {
	var out []Edit
	for _, o := range Text("a.yaml", []byte(text)).Objects {
		if o.APIVersion == oldJob {
			out = append(out, Edit{Line: o.Line, Column: o.Column, From: oldJob, To: newJob})
		}
	}
	return out
}

// TestRewrite: what is certain is made and nothing else in the text moves; of
// the rest the reason is said.
func TestRewrite(t *testing.T) {
	for name, tc := range map[string]struct{ text, refused string }{
		"plain":        {text: "apiVersion: batch/v1beta1\nkind: CronJob\n"},
		"CRLF":         {text: "kind: CronJob\r\napiVersion: batch/v1beta1\r\nmetadata: {name: a}\r\n"},
		"byte order":   {text: "\xef\xbb\xbfapiVersion: batch/v1beta1\nkind: CronJob\n"},
		"no last end":  {text: "kind: CronJob\napiVersion: batch/v1beta1"},
		"quotes":       {text: "apiVersion: \"batch/v1beta1\"   # old\nkind: 'CronJob'\n"},
		"single":       {text: "apiVersion: 'batch/v1beta1'\nkind: CronJob\n"},
		"comment":      {text: "apiVersion: batch/v1beta1 # not batch/v1beta1\nkind: CronJob\n"},
		"second":       {text: "---\n---\n# nothing\n---\napiVersion: batch/v1beta1\nkind: CronJob\n---\napiVersion: v1\nkind: Pod\n"},
		"item":         {text: "apiVersion: v1\nkind: List\nitems:\n- apiVersion: batch/v1beta1\n  kind: CronJob\n- kind: CronJob\n  apiVersion:   batch/v1beta1\n"},
		"JSON":         {text: "{\n  \"apiVersion\": \"batch/v1beta1\",\n  \"kind\": \"CronJob\"\n}\n"},
		"JSON line":    {text: `{"apiVersion":"v1","kind":"List","items":[{"metadata":{"name":"ä"},"apiVersion":"batch/v1beta1","kind":"CronJob"},{"kind":"CronJob","apiVersion":"batch/v1beta1"}]}`},
		"not the data": {text: "apiVersion: batch/v1beta1\nkind: CronJob\nspec:\n  text: |\n    apiVersion: batch/v1beta1\n"},

		"flow":       {"{apiVersion: batch/v1beta1, kind: CronJob}\n", "only a person"},
		"anchor":     {"apiVersion: &v batch/v1beta1\nkind: CronJob\n", "an alias or an anchor"},
		"alias":      {"x: &v batch/v1beta1\napiVersion: *v\nkind: CronJob\n", "an alias or an anchor"},
		"block text": {"apiVersion: >-\n  batch/v1beta1\nkind: CronJob\n", "only a person"},
		"escaped":    {"{\"apiVersion\": \"batch\\/v1beta1\", \"kind\": \"CronJob\"}", "only a person"},
		"merge":      {"- &a\n  apiVersion: batch/v1beta1\n  kind: CronJob\n- <<: *a\n  metadata: {name: b}\n", "other objects would change"},
		"typed list": {"apiVersion: batch/v1beta1\nkind: CronJobList\nitems:\n- apiVersion: batch/v1beta1\n  kind: CronJob\n", "a typed list"},
		"inherited":  {"apiVersion: batch/v1beta1\nkind: CronJobList\nitems:\n- metadata: {name: a}\n", "comes from a list"},
		"template":   {"apiVersion: batch/v1beta1\nkind: CronJob\n# {{- if .Values.on }}\n", "may be a template"},
		"templates":  {"apiVersion: batch/v1beta1\nkind: CronJob\n---\n{{ if .Values.on }}\nkind: Pod\n{{ end }}\n", "the file is a template"},
		"old Mac":    {"apiVersion: batch/v1beta1\rkind: CronJob\r", "line breaks"},
	} {
		t.Run(name, func(t *testing.T) {
			edits := editsOf(tc.text)
			after, done := Rewrite("a.yaml", []byte(tc.text), edits)
			if len(edits) == 0 || len(done) != len(edits) {
				t.Fatalf("%d edits of %d", len(done), len(edits))
			}
			said := ""
			for _, e := range done {
				if said += e.Refused; e.Refused == "" && !strings.HasPrefix(string([]rune(strings.TrimPrefix(strings.Split(tc.text, "\n")[e.Line-1], "\ufeff"))[e.Column-1:]), oldJob) {
					t.Errorf("no %s at %d:%d", oldJob, e.Line, e.Column)
				}
			}
			switch {
			case tc.refused != "" && (!strings.Contains(said, tc.refused) || string(after) != tc.text):
				t.Errorf("refused %q, want %q; the text is now %q", said, tc.refused, after)
			case tc.refused == "" && (said != "" || len(editsOf(string(after))) > 0 || len(tc.text)-len(after) != len(edits)*(len(oldJob)-len(newJob))):
				t.Errorf("refused %q; the text is now %q", said, after)
			}
		})
	}
	if _, done := Rewrite("a.yaml", []byte("kind: Pod\n"), []Edit{{Line: 7, Column: 1, From: oldJob, To: newJob}}); done[0].Refused != "the file has changed" {
		t.Error(done[0].Refused)
	}
}

// TestDiff: applying a diff by its own words gives the text after.
func TestDiff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOfN(rapid.SampledFrom([]string{"a\n", "b\r\n", "\n"}), 1, 40).Draw(t, "before")
		if rapid.Bool().Draw(t, "no last end") {
			before = append(before, "a")
		}
		after := slices.Clone(before)
		for i := range after {
			if rapid.IntRange(0, 6).Draw(t, "change") == 0 {
				after[i] = strings.Replace(after[i], "a", "c", 1)
			}
		}
		var out bytes.Buffer
		if err := Diff(&out, "x", []byte(strings.Join(before, "")), []byte(strings.Join(after, ""))); err != nil {
			t.Fatal(err)
		}
		if got := applied(t, before, out.String()); !slices.Equal(got, after) || (out.Len() == 0) != slices.Equal(before, after) {
			t.Fatalf("%q, not %q, by\n%s", got, after, out.String())
		}
	})
	if err := Diff(&bytes.Buffer{}, "x", []byte("a\n"), []byte("a\nb\n")); err == nil {
		t.Error("a text with another number of lines was compared")
	}
}

// applied does what a diff says, and holds what it shows of the text to what is there.
func applied(t *rapid.T, lines []string, diff string) []string {
	var out []string
	at := 0 // the next line of the text
	for hunk := range strings.SplitSeq(strings.ReplaceAll(diff, "\n\\ No newline at end of file\n", "$"), "@@ -") {
		head, body, ok := strings.Cut(hunk, " @@\n")
		if !ok {
			continue // the names
		}
		var begin, count int
		if _, err := fmt.Sscanf(head, "%d,%d", &begin, &count); err != nil {
			t.Fatal(err)
		}
		out = append(out, lines[at:begin-1]...)
		at = begin - 1
		for line := range strings.SplitAfterSeq(strings.ReplaceAll(body, "$", "$\n"), "\n") {
			line = strings.TrimSuffix(line, "$\n")
			if line == "" {
				continue
			}
			if line[0] != '+' {
				if at == len(lines) || lines[at] != line[1:] {
					t.Fatalf("%q is not line %d", line, at+1)
				}
				at++
			}
			if line[0] != '-' {
				out = append(out, line[1:])
			}
		}
		if at != begin-1+count {
			t.Fatalf("a hunk of %d lines shows %d", count, at-begin+1)
		}
	}
	return append(out, lines[at:]...)
}

func TestDiffable(t *testing.T) {
	for name, want := range map[string]bool{"deploy/a b.yaml": true, "ä.yaml": true, "-": false, "../a.yaml": false, "/a.yaml": false, "a\nb.yaml": false, `a".yaml`: false} {
		if got := Diffable(name) == ""; got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
}
