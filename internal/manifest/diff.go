package manifest

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
)

// around is how many lines a hunk shows before and after what changes, as many
// as diff -u does.
const around = 3

// Diff writes what [Rewrite] changed as a unified diff, which git apply and
// patch -p1 take in the folder that name is relative to. Lines keep their ends.
// before and after must have as many lines as each other; name must be one that
// [Diffable] takes.
func Diff(w io.Writer, name string, before, after []byte) error {
	old, now := slices.Collect(bytes.Lines(before)), slices.Collect(bytes.Lines(after))
	if len(old) != len(now) {
		return fmt.Errorf("comparing %s: %d lines became %d", name, len(old), len(now))
	}
	var out bytes.Buffer
	for from := 0; from < len(old); {
		first := from
		for first < len(old) && bytes.Equal(old[first], now[first]) {
			first++
		}
		if first == len(old) {
			break
		}
		last := first
		for i := first; i < len(old) && i <= last+2*around; i++ {
			if !bytes.Equal(old[i], now[i]) {
				last = i
			}
		}
		hunk(&out, old, now, max(0, first-around), min(len(old), last+around+1))
		from = last + 1
	}
	if out.Len() == 0 {
		return nil
	}
	end := ""
	if strings.Contains(name, " ") {
		end = "\t" // without it git takes the name to end at the space
	}
	if _, err := fmt.Fprintf(w, "--- a/%s%s\n+++ b/%s%s\n", name, end, name, end); err != nil {
		return err
	}
	_, err := w.Write(out.Bytes())
	return err
}

// hunk writes the lines from begin up to end; those that change come first as
// they were.
func hunk(out *bytes.Buffer, old, now [][]byte, begin, end int) {
	fmt.Fprintf(out, "@@ -%d,%d +%d,%d @@\n", begin+1, end-begin, begin+1, end-begin)
	for i := begin; i < end; {
		same := i
		for same < end && !bytes.Equal(old[same], now[same]) {
			same++
		}
		for _, line := range old[i:same] {
			put(out, '-', line)
		}
		for _, line := range now[i:same] {
			put(out, '+', line)
		}
		if i = same; i < end {
			put(out, ' ', old[i])
			i++
		}
	}
}

func put(out *bytes.Buffer, sign byte, line []byte) {
	out.WriteByte(sign)
	out.Write(line)
	if !bytes.HasSuffix(line, []byte("\n")) {
		out.WriteString("\n\\ No newline at end of file\n")
	}
}

// Diffable says why a diff cannot name a file, "" where it can: it must be in
// the folder that a patch is applied in, and its name one that every program
// reads alike.
func Diffable(name string) string {
	switch {
	case name == "-":
		return "it was read from the standard input"
	case strings.HasPrefix(name, "/"), strings.HasPrefix(name, "../"), name == "..":
		return "the file is outside of the current folder, where a patch is applied"
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == 0x7f }):
		return "the name of the file has characters that patches write in different ways"
	}
	return ""
}
