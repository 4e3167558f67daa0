package report

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible writes out every character that would act instead of show: terminal
// escapes and other controls, bidirectional overrides, zero-width and invalid
// bytes become \x1b, \u202e and so on. A node name that clears the screen or
// reverses a line then shows itself. Line feeds stay, because manifests need
// them; tabs become spaces.
func Visible(s string) string {
	if !strings.ContainsFunc(s, acts) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\t':
			b.WriteString("    ")
		case !acts(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	return b.String()
}

// acts: the Unicode categories Cc (controls), Cf (format), Zl, Zp (separators),
// Co and Cs never belong in a report; U+FFFD stands for a byte that is no UTF-8.
func acts(r rune) bool {
	if r == '\n' || ' ' <= r && r <= '~' {
		return false
	}
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs)
}

// oneLine joins the lines of s, for cells and names: what was meant as one
// value cannot pass for several lines of the report.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// unchangedBy reports whether text gives every string below v back as it is:
// then a result of tens of thousands of findings need not be copied.
func unchangedBy(v reflect.Value, text func(string) string) bool {
	switch v.Kind() {
	case reflect.String:
		return text(v.String()) == v.String()
	case reflect.Struct:
		for i := range v.NumField() {
			if !unchangedBy(v.Field(i), text) {
				return false
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if !unchangedBy(v.Index(i), text) {
				return false
			}
		}
	case reflect.Pointer:
		return v.IsNil() || unchangedBy(v.Elem(), text)
	}
	return true
}
