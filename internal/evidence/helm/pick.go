package helm

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// stored is the metadata of an object Helm stored: its labels say which
// release, revision and status it is
// (https://github.com/helm/helm/blob/v3.19.0/pkg/storage/driver/secrets.go).
type stored struct {
	Metadata struct {
		Name      string            `json:"name"`
		Namespace string            `json:"namespace"`
		Labels    map[string]string `json:"labels"`
	} `json:"metadata"`
}

// revision is the revision of a release that is read.
type revision struct {
	evidence.Release
	driver Driver
	object string // the name of the object that stores it
}

// picker finds the newest deployed revision of every release among what is
// listed, in memory that grows with the releases and not with their revisions.
type picker struct{ releases map[[2]string]*candidates }

type candidates struct {
	newest, deployed candidate
	doubles          []int // other revisions that say deployed
}

type candidate struct {
	revision       int
	status, object string
}

const deployed = "deployed"

func (p *picker) add(o stored) {
	m := o.Metadata
	c := candidate{status: m.Labels["status"], object: m.Name}
	// sh.helm.release.v1.NAME.vREVISION, where the labels do not say.
	prefix, number, _ := cutLast(m.Name, ".v")
	name := cmp.Or(m.Labels["name"], strings.TrimPrefix(prefix, "sh.helm.release.v1."))
	var err error
	if c.revision, err = strconv.Atoi(cmp.Or(m.Labels["version"], number)); err != nil {
		c.revision = 0
	}
	if p.releases == nil {
		p.releases = map[[2]string]*candidates{}
	}
	key := [2]string{m.Namespace, name}
	all := p.releases[key]
	if all == nil {
		all = &candidates{}
		p.releases[key] = all
	}
	if all.newest.object == "" || c.revision > all.newest.revision {
		all.newest = c
	}
	switch {
	case c.status != deployed:
	case all.deployed.object == "":
		all.deployed = c
	case c.revision > all.deployed.revision:
		all.doubles = append(all.doubles, all.deployed.revision)
		all.deployed = c
	default:
		all.doubles = append(all.doubles, c.revision)
	}
}

// picked are the releases, sorted by namespace and name.
func (p *picker) picked(d Driver) []revision {
	out := make([]revision, 0, len(p.releases))
	for key, all := range p.releases {
		c := all.deployed
		if c.object == "" {
			c = all.newest
		}
		slices.Sort(all.doubles)
		out = append(out, revision{driver: d, object: c.object, Release: evidence.Release{
			Namespace: key[0], Name: key[1], Revision: c.revision, Status: cmp.Or(c.status, "unknown"), Driver: d.Resource,
			Stored: d.Kind + "/" + key[0] + "/" + c.object, AlsoDeployed: all.doubles,
		}})
	}
	slices.SortFunc(out, func(a, b revision) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
