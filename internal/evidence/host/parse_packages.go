package host

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// offers writes what either package manager offers in the form of apt-cache
// madison: name | version | source.
func offers(_ *found, out []byte) ([]file, error) {
	kind, rest, _ := bytes.Cut(out, []byte("\n"))
	name, text := "apt-madison.txt", ""
	if string(kind) == "dnf" {
		name = "dnf-list.txt"
		for _, line := range lines(rest) {
			f := strings.Fields(line)
			if len(f) != 3 || !strings.Contains(f[0], ".") || strings.HasPrefix(f[2], "@") {
				continue // headings, and what is installed
			}
			text += fmt.Sprintf("%s | %s | %s\n", f[0][:strings.LastIndexByte(f[0], '.')], f[1], f[2])
		}
	} else {
		all, err := evidence.ReadMadison(rest)
		if err != nil {
			return nil, err
		}
		for _, o := range all {
			words := strings.Fields(o.Source)
			for i, w := range words {
				words[i] = plainURL(w)
			}
			text += fmt.Sprintf("%s | %s | %s\n", o.Package, o.Version, strings.Join(words, " "))
		}
	}
	return []file{{name, []byte(text), strings.Count(text, "\n")}}, nil
}

// plainURL is a URL without credentials, query, and parts of its path that look
// like a token; what is none stays, unless it hides one.
func plainURL(text string) string {
	if !strings.Contains(text, "://") {
		return text
	}
	u, err := url.Parse(text)
	if err != nil || strings.Contains(u.Path, "@") { // https://user:1/2@host: a password with a slash
		return evidence.Redacted
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	parts := strings.Split(u.EscapedPath(), "/")
	for i, part := range parts {
		if tokenLike(part) {
			parts[i] = evidence.Redacted
		}
	}
	u.RawPath = strings.Join(parts, "/")
	if u.Path, err = url.PathUnescape(u.RawPath); err != nil {
		return evidence.Redacted
	}
	return u.String()
}

var (
	uuid  = regexp.MustCompile(`(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	words = regexp.MustCompile(`[A-Za-z0-9]{12,}`)
)

// tokenLike: some hosts of private repositories take a customer's token as a part of
// the path (https://docs.cloudsmith.com/software-distribution/entitlement-tokens):
// twelve and more letters and digits in one.
func tokenLike(part string) bool {
	return uuid.MatchString(part) || slices.ContainsFunc(words.FindAllString(part, -1), func(word string) bool {
		return strings.ContainsAny(word, "0123456789") && strings.Trim(word, "0123456789") != ""
	})
}

func candidates(_ *found, out []byte) ([]file, error) {
	all := []evidence.Candidate{}
	for _, line := range lines(out) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		switch {
		case !ok:
			return nil, fmt.Errorf("%q is no line of apt-cache policy", line)
		case line[0] != ' ':
			all = append(all, evidence.Candidate{Package: key})
			continue
		case len(all) == 0:
			return nil, fmt.Errorf("%q belongs to no package", line)
		case value == "(none)":
			value = ""
		}
		last := &all[len(all)-1]
		switch key {
		case "Installed":
			last.Installed = value
		case "Candidate":
			last.Candidate = value
		}
	}
	all = slices.DeleteFunc(all, func(c evidence.Candidate) bool { return c.Installed == "" && c.Candidate == "" })
	return document("candidates.json", all, len(all))
}

func repositories(_ *found, out []byte) ([]file, error) {
	all := []evidence.Repository{}
	kind, path := "", ""
	var part []string
	flush := func() {
		all = append(all, stanza(kind, path, part)...)
		part = nil
	}
	for _, line := range strings.Split(string(out), "\n") {
		line = strings.TrimRight(line, " \t\r")
		if rest, ok := strings.CutPrefix(line, "file "); ok {
			flush()
			kind, path, _ = strings.Cut(rest, " ")
			continue
		}
		if kind == "sources" && line == "" || kind == "repo" && strings.HasPrefix(line, "[") {
			flush()
		}
		if line == "" {
			continue
		}
		if kind == "list" {
			all = append(all, listLine(path, line)...)
			continue
		}
		part = append(part, line)
	}
	flush()
	return document("repositories.json", all, len(all))
}

var options = regexp.MustCompile(`\[[^\]]*\]`)

// listLine is one line of sources.list(5): deb [options] URI suite components.
func listLine(path, line string) []evidence.Repository {
	f := strings.Fields(options.ReplaceAllString(line, ""))
	if len(f) < 3 || f[0] != "deb" {
		return nil
	}
	return []evidence.Repository{{File: path, Kind: "deb", URL: plainURL(f[1]), Suite: f[2], Enabled: true, Exclude: []string{}}}
}

// stanza is one paragraph of a deb822 .sources file or one section of a .repo.
func stanza(kind, path string, part []string) []evidence.Repository {
	if len(part) == 0 {
		return nil
	}
	separator := ":"
	if kind == "repo" {
		separator = "="
	}
	values, last := map[string]string{}, ""
	name := ""
	for _, line := range part {
		if strings.HasPrefix(line, "[") {
			name = strings.Trim(line, "[]")
			continue
		}
		key, value, ok := strings.Cut(line, separator)
		if line[0] == ' ' || line[0] == '\t' || !ok {
			values[last] += " " + strings.TrimSpace(line)
			continue
		}
		last = strings.ToLower(strings.TrimSpace(key))
		values[last] = strings.TrimSpace(value)
	}
	r := evidence.Repository{File: path, Name: name, Enabled: enabled(values["enabled"]), Exclude: []string{}}
	if kind == "repo" {
		r.Kind = "rpm"
		r.Exclude = append(r.Exclude, strings.FieldsFunc(values["exclude"]+" "+values["excludepkgs"], func(c rune) bool { return c == ' ' || c == ',' })...)
		for _, key := range []string{"baseurl", "mirrorlist", "metalink"} {
			if f := strings.Fields(values[key]); len(f) > 0 {
				r.URL = plainURL(f[0])
				break
			}
		}
		if r.URL == "" && (name != "main" || len(r.Exclude) == 0) {
			return nil
		}
		return []evidence.Repository{r}
	}
	if !slices.Contains(strings.Fields(values["types"]), "deb") {
		return nil
	}
	var all []evidence.Repository
	for _, uri := range strings.Fields(values["uris"]) {
		for _, suite := range strings.Fields(values["suites"]) {
			r.Kind, r.URL, r.Suite = "deb", plainURL(uri), suite
			all = append(all, r)
		}
	}
	return all
}

func enabled(value string) bool {
	return !slices.Contains([]string{"0", "no", "false", "off"}, strings.ToLower(value))
}

// instLine is "openssl [1.1-1] (1.1-2 Debian-Security:12/stable-security [amd64])".
var instLine = regexp.MustCompile(`^(\S+) (?:\[([^\]]*)\] )?\((\S+) ?([^\[)]*)`)

// advisoryLine is "FEDORA-2026-1 Important/Sec. openssl-3.1-2.fc42.x86_64".
var advisoryLine = regexp.MustCompile(`^\S+ +\S+ +(\S+)-([^-\s]+-[^-\s]+)\.[^.\s]+$`)

func updates(_ *found, out []byte) ([]file, error) {
	u := evidence.Updates{}
	pending, complete := []evidence.Update{}, false
	for _, line := range lines(out) {
		key, value, _ := strings.Cut(line, "=")
		switch key {
		case "lists":
			if n, err := strconv.ParseInt(value, 10, 64); err == nil {
				u.ListsAt = time.Unix(n, 0).UTC().Format(time.RFC3339)
			}
		case "automatic":
			state, by, _ := strings.Cut(value, " ")
			u.Automatic, u.AutomaticBy = strings.ReplaceAll(state, "-", " "), by
		case "complete":
			complete = true
		case "apt":
			m := instLine.FindStringSubmatch(value)
			if m == nil {
				return nil, fmt.Errorf("%q is no line of apt-get -s upgrade", line)
			}
			pending = append(pending, evidence.Update{Package: m[1], From: m[2], To: m[3], Security: strings.Contains(strings.ToLower(m[4]), "security")})
		case "dnf":
			if m := advisoryLine.FindStringSubmatch(strings.TrimSpace(value)); m != nil {
				pending = append(pending, evidence.Update{Package: m[1], To: m[2], Security: true})
			}
		}
	}
	if complete { // half a list would say that the rest is up to date
		u.Pending = pending
	}
	return document("updates.json", u, len(u.Pending))
}
