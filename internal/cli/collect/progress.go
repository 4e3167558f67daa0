package collect

import (
	"fmt"
	"strings"
	"sync"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
)

// progress joins what is read from the API server and from hosts, which are
// asked side by side, into one line. Its zero value shows nothing.
type progress struct {
	show func(format string, args ...any)

	mu         sync.Mutex
	api, hosts string
	shown      string
}

// step replaces one part of the line.
func (p *progress) step(part *string, format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*part = fmt.Sprintf(format, args...)
	var parts []string
	for _, text := range []string{p.api, p.hosts} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	if line := "reading " + strings.Join(parts, "; "); p.show != nil && line != p.shown {
		p.shown = line
		p.show("%s", line)
	}
}

// counted is what is being read and, once there is some, how much.
func counted(p kube.Progress) string {
	if p.Done == 0 {
		return p.Asked
	}
	return fmt.Sprintf("%s (%d)", p.Asked, p.Done)
}

// done drops one part of the line.
func (p *progress) done(part *string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*part = ""
}

// intent says in one line what is about to be read, and from whom.
func (g *gathering) intent() string {
	var what []string
	if !g.HostsOnly {
		what = append(what, fmt.Sprintf("%s of the API server", count(len(evidence.Collected()), "list")))
	}
	if g.Helm {
		what = append(what, "Helm's releases")
	}
	if g.Kubelet.Value != "" {
		what = append(what, "each kubelet's configuration ("+g.Kubelet.Value+")")
	}
	named, nodes := g.SSH.Named()
	if nodes {
		what = append(what, "every node over SSH")
	}
	if named > 0 {
		what = append(what, count(named, "host")+" over SSH")
	}
	if g.Local {
		what = append(what, "this host")
	}
	from := ""
	if !g.HostsOnly {
		from = fmt.Sprintf(" from cluster %s (%s)", g.at.Label, g.at.Config.Host)
	}
	return fmt.Sprintf("collecting%s into %s: %s; reading only", from, g.Out, strings.Join(what, ", "))
}
