package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"filippo.io/age"

	"github.com/fixline-dev/fixline/internal/backup/archive"
	"github.com/fixline-dev/fixline/internal/backup/keep"
	"github.com/fixline-dev/fixline/internal/backup/prove"
)

// Stored is a backup to verify.
type Stored struct {
	Store keep.Store
	Name  string
	Size  int64 // about how many bytes its snapshot has; 0 = not known
	Keys  []age.Identity

	Proof
}

// Verify opens a stored backup and tries to restore it. What is wrong with the
// backup is in the proof; the error is what kept it from being tried: a store
// or a key ([archive.KeyError]) that does not open it, no room
// ([prove.MemoryError]), an interruption.
func Verify(ctx context.Context, o Stored) (prove.Proof, error) {
	began := o.Now()
	p := prove.NewProof(stamp(began))
	end := func(err error) (prove.Proof, error) {
		p.Seconds = seconds(o.Now().Sub(began))
		p.Judge()
		return *p, err
	}
	scratch, err := prove.NewScratch(o.Scratch, prove.Need(o.Size))
	if err != nil {
		return end(err)
	}
	defer func() {
		if err := scratch.Remove(); err != nil {
			o.Note("note: %v", err)
		}
	}()
	p.Backup.Name = o.Name
	r, err := o.Store.Open(ctx, o.Name)
	if err != nil {
		return end(fmt.Errorf("opening the backup: %w", err))
	}
	defer func() { _ = r.Close() }()
	o.Step("opening the backup")
	u := unpacking{to: scratch.Path(snapshotFile), small: map[string][]byte{}}
	contents, err := archive.Read(r, o.Keys, u.take)
	if wrong, ok := errors.AsType[*archive.Error](err); ok {
		p.Note(prove.Whole, prove.Fail, "the backup: "+wrong.Why)
		return end(nil)
	} else if err != nil {
		return end(fmt.Errorf("opening the backup: %w", err))
	}
	p.Backup = contents.Stored
	p.Backup.Name = o.Name
	p.Note(prove.Whole, prove.Pass, "each file in the backup has the sum its manifest lists")
	if !u.found {
		p.Note(prove.Sum, prove.Fail, "the backup holds no snapshot")
		return end(nil)
	}
	if ctx.Err() != nil {
		return end(context.Cause(ctx))
	}
	in := o.input(nil, contents.Manifest)
	in.Configuration, in.Authorities = u.configuration(contents.Manifest.Encryption.Config), u.authorities
	return end(o.check(ctx, scratch, in, p))
}

// VerifySnapshot tries a bare snapshot, one of `etcdctl snapshot save`: nothing
// says what the cluster had, so it can be found bad but never proven.
func VerifySnapshot(ctx context.Context, file string, o Proof) (prove.Proof, error) {
	began := o.Now()
	p := prove.NewProof(stamp(began))
	p.Backup.Name = path.Base(file)
	err := o.snapshot(ctx, file, p)
	p.Seconds = seconds(o.Now().Sub(began))
	p.Judge()
	return *p, err
}

func (o Proof) snapshot(ctx context.Context, file string, p *prove.Proof) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	p.Backup.Bytes = info.Size()
	scratch, err := prove.NewScratch(o.Scratch, prove.Need(info.Size()))
	if err != nil {
		return err
	}
	defer func() {
		if err := scratch.Remove(); err != nil {
			o.Note("note: %v", err)
		}
	}()
	from, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	u := unpacking{to: scratch.Path(snapshotFile)}
	if err := u.take(archive.SnapshotFile, info.Size(), from); err != nil {
		return err
	}
	m := archive.Manifest{Taken: stamp(info.ModTime()), Etcd: archive.Etcd{LiveWhy: "a bare snapshot does not say what the cluster had"}}
	if prove.CheckSum(u.to) == nil { // what is damaged is told by the proof
		if m.Etcd.Version, err = prove.Storage(u.to); err != nil {
			return err
		}
	}
	return o.check(ctx, scratch, o.input(nil, m), p)
}

// unpacking keeps of a backup what a proof needs: the snapshot in the scratch
// folder, which is in memory, and small files.
type unpacking struct {
	to          string
	found       bool
	small       map[string][]byte
	authorities []string
}

// maxSmall bounds a file that is kept in memory.
const maxSmall = 4 << 20

func (u *unpacking) take(name string, size int64, r io.Reader) error {
	switch {
	case name == archive.SnapshotFile:
		u.found = true
		f, err := os.OpenFile(u.to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = io.CopyBuffer(struct{ io.Writer }{f}, r, make([]byte, 1<<20))
		return errors.Join(err, f.Close())
	case strings.HasSuffix(name, "ca.key"), strings.HasSuffix(name, "/sa.key"):
		u.authorities = append(u.authorities, name)
	case strings.HasPrefix(name, archive.HostsDir+"/") && !strings.Contains(name, "/pki/") && size <= maxSmall:
		text, err := io.ReadAll(r)
		u.small[name] = text
		return err
	}
	return nil
}

// configuration is the encryption configuration of the first host that has it.
func (u *unpacking) configuration(at *string) []byte {
	if at == nil {
		return nil
	}
	var names []string
	for name := range u.small {
		if rest := strings.SplitN(name, "/", 3); len(rest) == 3 && "/"+rest[2] == *at {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return u.small[names[0]]
}
