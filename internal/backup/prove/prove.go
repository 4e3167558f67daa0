// Package prove restores a backup to see that it can be: into an etcd of the
// snapshot's own minor, started as a program in memory and on no network, and
// compared with what the cluster had as of the snapshot's revision. It decides
// whether a backup is proven; what was not seen is unknown and never proven.
// It never touches the cluster, and leaves nothing behind. Start at [Prove].
package prove

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"

	"github.com/fixline-dev/fixline/internal/backup/archive"
	"github.com/fixline-dev/fixline/internal/backup/member"
)

// Need is how much room the restore of a snapshot of size bytes takes: itself,
// the database made of it, and the log that etcd lays out in advance.
func Need(size int64) int64 { return 2*size + 256<<20 }

// Input is a backup whose files are at hand.
type Input struct {
	// Attempt is its restore, begun once the sum of its snapshot was found right.
	Attempt  *Attempt
	Manifest archive.Manifest
	// Configuration is the encryption configuration in the backup; nil = none.
	Configuration []byte
	// Authorities are the files of the cluster's authorities that the backup holds.
	Authorities []string
	// Oldest: a snapshot taken before it proves nothing; zero = any age will do.
	Oldest time.Time
	// Step says what is being done.
	Step func(format string, args ...any)
}

// Prove holds the restore to what the cluster had and notes what came of it.
// An error is what kept it from trying, such as an interruption; what is wrong
// with the backup is in p.
func Prove(ctx context.Context, in Input, p *Proof) error {
	in.About(p)
	p.Note(Sum, Pass, "the snapshot has the sum etcd sent with it")
	for _, a := range in.Manifest.Etcd.Alarms {
		if strings.HasPrefix(a, "CORRUPT") {
			p.Note(Alarms, Fail, "the cluster had the alarm "+a+": its members do not hold the same data")
		} else {
			p.Note(Alarms, Pass, "the cluster had the alarm "+a+", which does not touch what is stored")
		}
	}
	in.members(p)
	server, err := in.Attempt.wait(p)
	if err != nil || server == nil {
		return err
	}
	in.Step("comparing the restored data with the cluster")
	if err := in.compare(ctx, server, p); err != nil {
		return server.with(err)
	}
	if err := in.encryption(ctx, server, p); err != nil {
		return server.with(err)
	}
	in.material(p)
	return nil
}

// About notes what needs no restore: whose backup it is and how old.
func (in Input) About(p *Proof) {
	p.Cluster, p.Taken = in.Manifest.Cluster, in.Manifest.Taken
	in.age(p)
}

// age holds the snapshot to the limit.
func (in Input) age(p *Proof) {
	if in.Oldest.IsZero() {
		return
	}
	taken, err := time.Parse(time.RFC3339, in.Manifest.Taken)
	switch {
	case err != nil:
		p.Note(Age, Unknown, fmt.Sprintf("when it was taken is not known (%q)", in.Manifest.Taken))
	case taken.Before(in.Oldest):
		p.Note(Age, Fail, fmt.Sprintf("it is too old: it was taken at %s, the limit is %s", in.Manifest.Taken, in.Oldest.UTC().Format(time.RFC3339)))
	default:
		p.Note(Age, Pass, "it was taken at "+in.Manifest.Taken)
	}
}

// compare holds the restored etcd to what the cluster had as of the revision.
func (in Input) compare(ctx context.Context, server *Server, p *Proof) error {
	was := in.Manifest.Etcd
	now, err := server.Get(ctx, "fixline")
	if err != nil {
		return err
	}
	revision := now.Header.Revision
	p.Revision = &revision
	switch {
	case was.Revision == nil:
		p.Note(Revisions, Unknown, "nothing says at which revision the snapshot should be: "+was.LiveWhy)
	case *was.Revision != revision:
		p.Note(Revisions, Fail, fmt.Sprintf("restored, it is at revision %d; the snapshot was at %d", revision, *was.Revision))
	default:
		p.Note(Revisions, Pass, fmt.Sprintf("restored, it is at the revision of the snapshot, %d", revision))
	}
	if revision < was.Before {
		p.Note(Newest, Fail, fmt.Sprintf("the member lags: its snapshot ends at revision %d, and the cluster had %d before it began", revision, was.Before))
	} else if was.Before > 0 {
		p.Note(Newest, Pass, fmt.Sprintf("it holds all the cluster had when it began (revision %d)", was.Before))
	}
	census, err := server.Census(ctx, revision, in.Attempt.in.Prefixes)
	if err != nil {
		return err
	}
	p.Keys = &census.Keys
	at, as := revision, "as of that revision"
	if was.LiveRevision != nil {
		at = *was.LiveRevision
		as = fmt.Sprintf("as of revision %d, from before the snapshot began: its own was compacted away while it came", at)
		census, err = server.Census(ctx, at, in.Attempt.in.Prefixes)
		if errors.Is(err, rpctypes.ErrCompacted) {
			p.Note(Keys, Unknown, "the keys of the cluster were counted "+as+", and the snapshot does not go back to that")
			return nil
		} else if err != nil {
			return err
		}
	}
	p.Resources = side(census, was.Live)
	switch different := differing(p.Resources); {
	case was.Live == nil:
		p.Note(Keys, Unknown, "the keys of the cluster as of that revision were not counted: "+was.LiveWhy)
	case census.Keys != was.Live.Keys || different != "":
		p.Note(Keys, Fail, fmt.Sprintf("restored, it has %d keys; the cluster had %d %s%s", census.Keys, was.Live.Keys, as, different))
	default:
		p.Note(Keys, Pass, fmt.Sprintf("restored, it has the %d keys of %d resources that the cluster had %s", census.Keys, len(census.Resources), as))
	}
	return in.hash(ctx, server, at, p)
}

func (in Input) hash(ctx context.Context, server *Server, revision int64, p *Proof) error {
	was := in.Manifest.Etcd.Hash
	if was == nil || was.Revision != revision {
		p.Note(Hashes, Skipped, "the cluster's own sum as of that revision is not known")
		return nil
	}
	is, err := server.HashKV(ctx, revision)
	switch {
	case err != nil:
		return err
	case is.Compacted != was.Compacted:
		p.Note(Hashes, Skipped, fmt.Sprintf("the sums cannot be compared: the cluster was compacted at revision %d, the snapshot at %d", was.Compacted, is.Compacted))
	case is.Hash != was.Hash:
		p.Note(Hashes, Fail, fmt.Sprintf("the sum of all keys and values is %d; the member had %d", is.Hash, was.Hash))
	default:
		p.Note(Hashes, Pass, "the sum of all keys and values is that of the member")
	}
	return nil
}

// members holds the member's sum to those of the others: what is corrupt in
// one restores as well as what is not.
func (in Input) members(p *Proof) {
	was := in.Manifest.Etcd
	if len(was.Members) < 2 {
		return
	}
	if was.Hash == nil {
		p.Note(Members, Skipped, "whether the members hold the same data is not known: there is no sum to hold theirs to")
		return
	}
	same, why := 1, ""
	for _, o := range was.Peers {
		switch {
		case o.Hash == nil:
			why += "; " + o.Endpoint + " was not compared: " + o.Why
		case o.Hash.Compacted != was.Hash.Compacted:
			why += fmt.Sprintf("; %s was not compared: it was compacted at revision %d, the other at %d", o.Endpoint, o.Hash.Compacted, was.Hash.Compacted)
		case o.Hash.Hash != was.Hash.Hash:
			p.Note(Members, Fail, fmt.Sprintf("%s and %s do not hold the same data as of revision %d: one of them is corrupt, and which one nobody knows", was.Endpoint, o.Endpoint, was.Hash.Revision))
			return
		default:
			same++
		}
	}
	if same == 1 {
		p.Note(Members, Skipped, fmt.Sprintf("one of %d members was asked for its sum: whether the others hold the same is not known%s", len(was.Members), why))
		return
	}
	p.Note(Members, Pass, fmt.Sprintf("%d of %d members hold the same data as of that revision%s", same, len(was.Members), why))
}

// side puts the counts of both side by side.
func side(restored member.Census, live *member.Census) []Resource {
	out := []Resource{}
	had := map[string]int64{}
	if live != nil {
		for _, c := range live.Resources {
			had[c.Prefix] = c.Keys
		}
	}
	for _, c := range restored.Resources {
		r := Resource{Prefix: c.Prefix, Restored: c.Keys}
		if live != nil {
			n := had[c.Prefix]
			r.Live = &n
			delete(had, c.Prefix)
		}
		out = append(out, r)
	}
	if live != nil {
		for _, c := range live.Resources {
			if n, lost := had[c.Prefix]; lost {
				out = append(out, Resource{Prefix: c.Prefix, Live: &n})
			}
		}
	}
	return out
}

// differing names the first few that do not agree.
func differing(resources []Resource) string {
	text, n := "", 0
	for _, r := range resources {
		if r.Live == nil || *r.Live == r.Restored {
			continue
		}
		if n++; n <= 3 {
			text += fmt.Sprintf("; %s: %d, not %d", r.Prefix, r.Restored, *r.Live)
		}
	}
	if n > 3 {
		text += fmt.Sprintf("; and %d more", n-3)
	}
	return text
}

// material: a restored etcd alone is no cluster.
func (in Input) material(p *Proof) {
	if len(in.Authorities) == 0 {
		p.Note(Material, Skipped, "the backup holds no certificates: they must come from elsewhere")
		return
	}
	p.Note(Material, Pass, fmt.Sprintf("the backup holds %d keys of the cluster's authorities", len(in.Authorities)))
}
