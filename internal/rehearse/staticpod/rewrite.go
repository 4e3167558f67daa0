package staticpod

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
)

//go:embed flags.json
var rulesJSON []byte

// rules say which flags a rehearsal does not take as they are.
type rules struct {
	Own            []string  `json:"own"`
	Dropped        []dropped `json:"dropped"`
	NotPaths       []string  `json:"notPaths"`
	WebhookPlugins []string  `json:"webhookPlugins"`
	WebhooksOn     []string  `json:"webhookPluginsOnByDefault"`
	ProxyVariables []string  `json:"proxyVariables"`
}

type dropped struct {
	Flag string `json:"flag"` // "oidc-*" is all that begin so
	Why  string `json:"why"`
}

func loadRules() (rules, error) {
	var r rules
	if err := json.Unmarshal(rulesJSON, &r); err != nil {
		return r, fmt.Errorf("reading the embedded flags.json: %w", err)
	}
	return r, nil
}

// Change is a flag of the cluster that the rehearsal does not take as it is.
type Change struct {
	Flag string `json:"flag"`
	What string `json:"what"` // "left out", "replaced"
	Why  string `json:"why"`
}

// Command is how the rehearsed server is started, but for what the rehearsal
// itself gives it.
type Command struct {
	Flags   []Flag
	Env     []string
	Changes []Change
	// Files are the paths on the host that flags name, each once.
	Files []File
	// ClientCA is the file on the host whose authorities sign clients, "" = none.
	ClientCA string
}

// File is one that a flag names.
type File struct{ Flag, Host string }

// Rewrite makes the command. at gives where the rehearsal keeps a file of the
// host.
func (p Pod) Rewrite(at func(host string) string) (Command, error) {
	r, err := loadRules()
	if err != nil {
		return Command{}, err
	}
	c := Command{}
	for _, f := range p.Flags {
		if f.Name == "client-ca-file" {
			c.ClientCA = p.host(f.Value)
			c.addFile(f.Name, c.ClientCA)
		}
		if slices.Contains(r.Own, f.Name) {
			continue
		}
		if why := r.why(f.Name); why != "" {
			c.Changes = append(c.Changes, Change{"--" + f.Name, "left out", why})
			continue
		}
		switch f.Name {
		case "authorization-mode":
			f = c.without(f, []string{"Webhook"}, "what the webhook decides is not rehearsed")
		case "enable-admission-plugins", "admission-control":
			f = c.without(f, r.WebhookPlugins, "webhooks are not called")
		case "disable-admission-plugins":
			continue // comes back with the webhooks below
		}
		if !slices.Contains(r.NotPaths, f.Name) {
			f.Value = p.paths(f.Value, at, func(host string) { c.addFile(f.Name, host) })
		}
		if f.Value != "" || f.Bare {
			c.Flags = append(c.Flags, f)
		}
	}
	c.disable(p, r.WebhooksOn)
	for _, e := range p.Env {
		name, _, _ := strings.Cut(e, "=")
		if slices.Contains(r.ProxyVariables, name) {
			c.Changes = append(c.Changes, Change{name, "left out", "nothing is called, so no proxy is"})
			continue
		}
		c.Env = append(c.Env, e)
	}
	return c, nil
}

func (r rules) why(name string) string {
	for _, d := range r.Dropped {
		if begin, all := strings.CutSuffix(d.Flag, "*"); d.Flag == name || all && strings.HasPrefix(name, begin) {
			return d.Why
		}
	}
	return ""
}

// without takes words out of a list.
func (c *Command) without(f Flag, words []string, why string) Flag {
	var kept []string
	for _, w := range strings.Split(f.Value, ",") {
		if slices.Contains(words, strings.TrimSpace(w)) {
			c.Changes = append(c.Changes, Change{"--" + f.Name, "without " + strings.TrimSpace(w), why})
			continue
		}
		kept = append(kept, w)
	}
	f.Value = strings.Join(kept, ",")
	return f
}

// disable switches the plugins off that call webhooks and are on by themselves.
func (c *Command) disable(p Pod, plugins []string) {
	list, _ := p.Value("disable-admission-plugins")
	off := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
	for _, w := range plugins {
		if !slices.Contains(off, w) {
			off = append(off, w)
		}
	}
	if _, old := p.Value("admission-control"); old {
		return // the flag of old names what is on, and the webhooks were taken out
	}
	c.Flags = append(c.Flags, Flag{Name: "disable-admission-plugins", Value: strings.Join(off, ",")})
}

func (c *Command) addFile(flag, host string) {
	if !slices.ContainsFunc(c.Files, func(f File) bool { return f.Host == host }) {
		c.Files = append(c.Files, File{flag, host})
	}
}

// paths puts every path of a value into the private folder: a value is one, or a
// list of them, or a pair before names ("CERT,KEY:example.org").
func (p Pod) paths(value string, at func(string) string, found func(string)) string {
	parts := strings.Split(value, ",")
	for i, part := range parts {
		file, names, colon := strings.Cut(part, ":")
		if !path.IsAbs(file) {
			continue
		}
		host := p.host(file)
		found(host)
		parts[i] = at(host)
		if colon {
			parts[i] += ":" + names
		}
	}
	return strings.Join(parts, ",")
}

// Host is where a path of the container is on the host.
func (p Pod) Host(in string) string { return p.host(in) }
