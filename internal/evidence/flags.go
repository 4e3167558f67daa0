package evidence

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// TrimFlags is a command line reduced to what may be kept: the values of flags
// known to belong to component and to hold no secret, without credentials and
// queries of URLs. Any other flag keeps its name and loses its value, any other
// word is lost; [Redacted] stands in its place. The first word stays where it
// is the path of a known program; where that is a shell, of its script only the
// flags stay. component is "kube-apiserver", "kubelet", "etcd", ...; of an
// unknown one only the names of flags are kept. The answer has as many words as
// were given, words itself is left as it is, and trimming twice changes nothing.
func TrimFlags(component string, words []string) []string {
	out := make([]string, 0, len(words))
	line := commandLine{kept: keptWords().Flags[component]}
	if len(words) > 0 && knownProgram(words[0]) {
		out, words = append(out, words[0]), words[1:]
		line.script = slices.Contains(shells(), path.Base(out[0]))
	}
	for _, word := range words {
		out = append(out, line.next(word))
	}
	return out
}

// commandLine goes through the words of one command line.
type commandLine struct {
	kept   []string // flags whose values are kept, sorted
	script bool     // a shell runs it: words are scripts
	before after    // what the last word leaves open
}

// after is what the word before says about the next one.
type after int

const (
	nothing     after = iota
	valueKept         // a kept flag without "=": its value may follow
	valueHidden       // another flag without "="
)

var (
	flagName  = regexp.MustCompile(`^--?[A-Za-z][A-Za-z0-9._-]{0,79}$`)
	longFlag  = regexp.MustCompile(`^--[a-z][a-z0-9.-]*$`)
	number    = regexp.MustCompile(`^-[0-9]+(\.[0-9]+)?$`)
	shellFlag = regexp.MustCompile(`^-[a-z]{1,4}$`)
	// glued is one dash and more than a letter: "-conf" in Go's way, where that
	// is known, but in getopt's "-phunter2" a flag p with its value.
	glued = regexp.MustCompile(`^-[^-].`)
)

func (l *commandLine) next(word string) string {
	before := l.before
	l.before = nothing
	switch {
	case word == Redacted || word == "--" || word == "":
		return word
	case l.script && !shellFlag.MatchString(word):
		return l.flagsOf(word)
	case !strings.HasPrefix(word, "-") || number.MatchString(word):
		if before == valueKept {
			return keptValue(word)
		}
		return Redacted
	}
	name, value, has := strings.Cut(word, "=")
	known := l.keeps(name)
	switch {
	case glued.MatchString(name) && !known && !l.script:
		return Redacted
	case !flagName.MatchString(name), before == valueHidden && !known && !longFlag.MatchString(name):
		return Redacted // a value that begins with a dash
	case !has && known:
		l.before = valueKept
		return word
	case !has:
		l.before = valueHidden
		return word
	case known:
		return name + "=" + keptValue(value)
	case value == "":
		return word
	}
	return name + "=" + Redacted
}

func (l *commandLine) keeps(name string) bool {
	_, found := slices.BinarySearch(l.kept, strings.TrimLeft(name, "-"))
	return found
}

// flagsOf reduces a script to its flags. What a shell would work out is not
// kept: it may come from anywhere.
func (l *commandLine) flagsOf(script string) string {
	var flags []string
	inner := commandLine{kept: l.kept}
	for _, word := range strings.Fields(script) {
		if !strings.HasPrefix(word, "--") || len(word) == 2 {
			continue
		}
		name, value, has := strings.Cut(word, "=")
		if has && value != Redacted && strings.ContainsAny(value, "$`;|&<>(){}\\") {
			word = name + "=" + Redacted
		}
		if kept := inner.next(word); kept != Redacted {
			flags = append(flags, kept)
		}
	}
	if len(flags) == 0 {
		return Redacted
	}
	return strings.Join(flags, " ")
}

func shells() []string { return []string{"sh", "bash", "ash", "dash"} }

var programPath = regexp.MustCompile(`^[A-Za-z0-9._/-]{1,200}$`)

// knownProgram reports whether a word is the path of a program that has flags
// of its own in the whitelist, or of a shell.
func knownProgram(word string) bool {
	if strings.HasPrefix(word, "-") || !programPath.MatchString(word) {
		return false
	}
	name := path.Base(word)
	_, ok := keptWords().Flags[name]
	return ok || slices.Contains(shells(), name) || name == "nginx-ingress-controller"
}

// maxValue is longer than any flag's value that is read.
const maxValue = 8192

// keptValue is the value of a kept flag or field without what a URL may carry
// beside scheme, host and path. A value that is not understood is not kept.
func keptValue(value string) string {
	switch {
	case len(value) > maxValue, strings.ContainsAny(value, "\n\r"), strings.Contains(value, "-----BEGIN"):
		return Redacted
	case strings.Contains(value, "://"):
		parts := strings.Split(value, ",")
		for i, part := range parts {
			clean, ok := plainURL(part)
			if !ok {
				return Redacted
			}
			parts[i] = clean
		}
		return strings.Join(parts, ",")
	case strings.Contains(value, "@") && !strings.Contains(value, "@sha256:") && strings.Contains(value, ":"):
		return Redacted // user:password@host without a scheme
	}
	return value
}

var namedURL = regexp.MustCompile(`^(["']?(?:[A-Za-z0-9._-]+=)?)([A-Za-z][A-Za-z0-9+.-]*://.*?)(["']?)$`)

// plainURL takes user, query and fragment from "URL" or "NAME=URL"; ok is false
// where a credential cannot be told from the rest: in "https://a,b@host" the
// comma may be a password's.
func plainURL(text string) (string, bool) {
	m := namedURL.FindStringSubmatch(text)
	if m == nil {
		return text, !strings.Contains(text, "://") && !strings.Contains(text, "@")
	}
	u, err := url.Parse(m[2])
	if err != nil || strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") {
		return "", false
	}
	if u.User == nil && u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" {
		return text, true
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	return m[1] + u.String() + m[3], true
}
