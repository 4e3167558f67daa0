package record

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestEveryByte: no byte of any file of a record can be another one, be missing
// or be there twice, and the file is named. There is no key to a lock.
func TestEveryByte(t *testing.T) {
	files := inMemory(t, whole(t))
	if r, err := VerifyFS(files, VerifyOptions{Keys: trusted(), AsOf: day}); err != nil || r.State != Verified {
		t.Fatalf("%v %+v", err, r)
	}
	size := 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		size += len(files[name].Data)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everyByte(t, files, name)
		})
	}
	if size < 5000 {
		t.Errorf("the record has only %d bytes", size)
	}
}

func everyByte(t *testing.T, files fstest.MapFS, name string) {
	text, changed := files[name].Data, maps.Clone(files)
	see := func(what string, data []byte) {
		t.Helper()
		changed[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		r, err := VerifyFS(changed, VerifyOptions{Keys: trusted(), AsOf: day})
		switch {
		case err != nil:
			t.Fatalf("%s: %v", what, err)
		case r.State != Altered:
			t.Errorf("%s is not seen: %s", what, r.Summary)
		case !slices.ContainsFunc(r.Mismatches, func(m Mismatch) bool { return m.File == name }) && name != JournalFile:
			t.Errorf("%s is seen, but elsewhere: %s", what, r.Summary)
		}
	}
	for i, c := range text {
		bit := byte(1) << (i % 7)
		if 'a' <= c|0x20 && c|0x20 <= 'z' {
			bit = 0x20 // the other case: hex and base64 have letters
		}
		flipped := bytes.Clone(text)
		flipped[i] ^= bit
		see(fmt.Sprintf("byte %d (%q) flipped", i, c), flipped)
		if i%17 == 0 || i > len(text)-50 {
			see(fmt.Sprintf("byte %d missing", i), append(bytes.Clone(text[:i]), text[i+1:]...))
			see(fmt.Sprintf("a byte put in at %d", i), append(append(bytes.Clone(text[:i]), ' '), text[i:]...))
			see(fmt.Sprintf("a cut at %d", i), text[:i])
		}
	}
	see("a byte at its end", append(bytes.Clone(text), '\n'))
	delete(changed, name)
	if r, err := VerifyFS(changed, VerifyOptions{Keys: trusted(), AsOf: day}); err != nil || r.State != Altered {
		t.Errorf("that it is missing: %v %s", err, r.Summary)
	}
}

// TestTampered: what one may do with whole lines and files.
func TestTampered(t *testing.T) {
	base := inMemory(t, whole(t))
	lines := strings.SplitAfter(string(base[JournalFile].Data), "\n")
	lines = lines[:len(lines)-1]
	join := func(l ...[]string) []byte { return []byte(strings.Join(slices.Concat(l...), "")) }
	swapped := slices.Clone(lines)
	swapped[2], swapped[3] = swapped[3], swapped[2]
	for _, tt := range []struct {
		name string
		do   func(fstest.MapFS)
		want string
	}{
		{"rename", func(f fstest.MapFS) {
			f["evidence/other.log"] = f["evidence/restore.log"]
			delete(f, "evidence/restore.log")
		}, "evidence/restore.log: is missing; entry 4 of the journal notes it"},
		{"swap", func(f fstest.MapFS) {
			f["evidence/restore.log"], f["evidence/after.json"] = f["evidence/after.json"], f["evidence/restore.log"]
		}, "evidence/after.json: is not what entry 9 of the journal notes"},
		{"extra", func(f fstest.MapFS) { f["evidence/more.txt"] = f["plan.json"] }, "evidence/more.txt: no entry of the journal notes it"},
		{"extra at the top", func(f fstest.MapFS) { f["README.md"] = f["plan.json"] }, "README.md: no entry"},
		{"extra folder", func(f fstest.MapFS) { f["x/y"] = f["plan.json"] }, "x: is a folder that is no part"},
		{"extra signature", func(f fstest.MapFS) { f["attestations/security-0.dsse.json"] = f[AttestationFile] }, "entries were cut off, or it was put there"},
		{"reordered", func(f fstest.MapFS) { f[JournalFile].Data = join(swapped) }, "journal.jsonl:3 (from byte"},
		{"a line gone", func(f fstest.MapFS) { f[JournalFile].Data = join(lines[:4], lines[5:]) }, "journal.jsonl:5 (from byte"},
		{"first line gone", func(f fstest.MapFS) { f[JournalFile].Data = join(lines[1:]) }, "journal.jsonl:1 (from byte 0): entry 1 calls itself entry 2"},
		{"last line gone", func(f fstest.MapFS) { f[JournalFile].Data = join(lines[:len(lines)-1]) }, "attestations/security-"},
		{"cut inside what is signed", func(f fstest.MapFS) { f[JournalFile].Data = join(lines[:6]) }, "attestation.dsse.json: is not what entry 6 of the journal notes"},
		{"empty", func(f fstest.MapFS) { f[JournalFile].Data = nil }, "does not begin with"},
		{"signatures exchanged", func(f fstest.MapFS) {
			for name := range f {
				if strings.HasPrefix(name, AttestationDir) {
					f[name], f[AttestationFile] = f[AttestationFile], f[name]
				}
			}
		}, "attestation.dsse.json: is not what entry"},
		{"link", func(f fstest.MapFS) {
			f["evidence/after.json"] = &fstest.MapFile{Data: []byte("restore.log"), Mode: 0o777 | 1<<27}
		}, "evidence/after.json is a link, not a plain file"},
	} {
		files := fstest.MapFS{}
		for name, f := range base {
			files[name] = &fstest.MapFile{Data: f.Data, Mode: f.Mode}
		}
		tt.do(files)
		r, err := VerifyFS(files, VerifyOptions{Keys: trusted(), AsOf: day})
		if err != nil || r.State != Altered || !strings.Contains(r.Mismatches[0].String(), tt.want) {
			t.Errorf("%s: %v %s, want %s", tt.name, err, r.Summary, tt.want)
		}
	}
}
