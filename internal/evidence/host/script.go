package host

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/remote"
)

// prelude defines ask, which runs a probe and frames what it prints by a word
// that nothing else prints. What it says on standard error goes into the last
// line, apart from its answer.
const prelude = `export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin:/usr/local/bin:/usr/local/sbin"
exec 4>&1
limit=; command -v timeout >/dev/null 2>&1 && limit='timeout -k 2'
ask() {
	printf '\n%[1]s begin %%s\n' "$1"
	said=$( ${limit:+$limit "$3"} /bin/sh -c "$2" 2>&1 >&4 4>&- )
	printf '\n%[1]s end %%s %%s %%s\n' "$1" "$?" "$(printf %%s "$said" | tr '\n' ' ' | tail -c %[2]d)"
}
`

// packages are asked for offers and candidates.
const packages = "kubeadm kubelet kubectl kubernetes-cni cri-tools containerd containerd.io runc cri-o"

// script asks every probe in one go; mark frames the answers.
func script(probes []Probe) (text, mark string) {
	mark = "fixline-" + rand.Text()
	var s strings.Builder
	fmt.Fprintf(&s, prelude, mark, saidLimit)
	for _, p := range probes {
		fmt.Fprintf(&s, "ask %s %s %d\n", p.Name, remote.Quote("p='"+packages+"'\n"+p.Script), p.Seconds)
	}
	return s.String(), mark
}

// answer is what came of one probe.
type answer struct {
	out    []byte
	status int
	said   string
	// whole: its end came; else the host, or its time, was gone before.
	whole, begun bool
}

// answers takes apart what script printed, also the beginning of it.
func answers(out []byte, mark string) map[string]answer {
	all := map[string]answer{}
	for {
		_, rest, ok := bytes.Cut(out, []byte("\n"+mark+" begin "))
		if !ok {
			return all
		}
		name, rest, ok := bytes.Cut(rest, []byte("\n"))
		if !ok {
			return all
		}
		body, rest, ok := bytes.Cut(rest, []byte("\n"+mark+" end "))
		a := answer{out: body, begun: true}
		if ok {
			var line []byte
			line, out, a.whole = bytes.Cut(rest, []byte("\n"))
			f := strings.SplitN(string(line), " ", 3)
			if len(f) == 3 {
				a.status, _ = strconv.Atoi(f[1]) // a number, by what printed it
				a.said = remote.OneLine(harmless(whole(f[2])), 200)
			}
		}
		all[string(name)] = a
		if !ok {
			return all
		}
		out = append([]byte("\n"), out...)
	}
}

// saidLimit is how many bytes of what a probe complained about come back: its end.
const saidLimit = 300

// quotedText is a text in quotes that is no path. An apostrophe inside a word begins none.
var quotedText = regexp.MustCompile(`(^|[\s(\[:])(?:'[^'/][^']*(?:'|$)|"[^"/][^"]*(?:"|$))`)

// harmless is what a program complained about without what it may have quoted
// of a file: apt names the URL of a source with user and query, and a line it
// does not understand. Words of keep are ours and stay.
func harmless(said string, keep ...string) string {
	words := strings.Fields(quotedText.ReplaceAllString(said, "${1}"+evidence.Redacted))
	for i, word := range words {
		cut := strings.HasPrefix(word, "...") && word != "..." // the rest of a word
		if own := strings.TrimRight(word, ":;,."); slices.Contains(keep, own) {
			continue
		}
		if cut || strings.Contains(word, "://") || strings.ContainsAny(word, "@?=&%") {
			words[i] = evidence.Redacted
		}
	}
	return strings.Join(words, " ")
}

// whole drops the first word of what reached saidLimit: it may be the rest of one.
func whole(said string) string {
	if len(said) >= saidLimit {
		_, said, _ = strings.Cut(said, " ")
	}
	return said
}

// said is an error with what the host said in it made harmless. What a host or
// a library says is innermost; what stands around it we wrote ourselves.
func said(err error, host string) string {
	if sudo, ok := errors.AsType[*remote.SudoError](err); ok {
		return (&remote.SudoError{Host: sudo.Host, User: sudo.User, Said: harmless(sudo.Said)}).Error()
	}
	inner := err
	for next := errors.Unwrap(inner); next != nil; next = errors.Unwrap(inner) {
		inner = next
	}
	ours, ok := strings.CutSuffix(err.Error(), inner.Error())
	if !ok {
		return harmless(err.Error(), host)
	}
	return ours + harmless(inner.Error(), host)
}
