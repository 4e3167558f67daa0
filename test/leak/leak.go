// Package leak tells whether something that was to stay secret got out.
//
// A test plants a text of its own in every place that may hold a secret, lets the program run, and gives everything that was
// written to [Planted.In]. It decides whether a planted text is in it, plain or packed in any of the forms in which
// Kubernetes, Helm and a bundle keep things; it reads no file and runs nothing. Start at [Planted].
package leak

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Planted are the texts that were planted: the place of each by its text.
type Planted map[string]string

// Mark plants a text in a place and returns it: 16 lower-case letters and digits, which any field takes, always the same
// for a place and no other's.
func (p Planted) Mark(place string) string {
	sum := sha256.Sum256([]byte(place))
	text := mark + hex.EncodeToString(sum[:])[:13]
	p[text] = place
	return text
}

// mark begins every planted text. No word and no abbreviation does.
const mark = "zqx"

var (
	planted = regexp.MustCompile(`(?i)` + mark + `[0-9a-f]{13}`)
	coded   = regexp.MustCompile(`[A-Za-z0-9+/_-]{16,}`)
	blocks  = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]+-----([A-Za-z0-9+/=\s\\]+?)-----END`)
)

// In are the places whose text is in data, sorted: as it is, in another case, in base64, hexadecimal, PEM, gzip, zstd, or
// in those inside each other.
func (p Planted) In(data []byte) []string {
	found := map[string]bool{}
	p.look(data, depth, found)
	return slices.Sorted(maps.Keys(found))
}

// depth is how many forms inside each other are undone: a Helm release in a Secret, in a tar, in zstd, has five.
const depth = 6

// limit bounds what one packed piece is unpacked to.
const limit = 256 << 20

func (p Planted) look(data []byte, depth int, found map[string]bool) {
	for _, text := range planted.FindAll(data, -1) {
		text := strings.ToLower(string(text))
		place, ok := p[text]
		if !ok {
			place = fmt.Sprintf("%s, which nobody planted", text)
		}
		found[place] = true
	}
	if depth == 0 {
		return
	}
	for _, inner := range unpacked(data) {
		p.look(inner, depth-1, found)
	}
}

// unpacked is what data holds in one of the forms.
func unpacked(data []byte) [][]byte {
	var out [][]byte
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		if in, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
			out = append(out, whatComes(in))
		}
	}
	if bytes.HasPrefix(data, []byte{0x28, 0xb5, 0x2f, 0xfd}) {
		if in, err := zstd.NewReader(bytes.NewReader(data)); err == nil {
			out = append(out, whatComes(in))
			in.Close()
		}
	}
	for _, body := range blocks.FindAllSubmatch(data, -1) {
		lines := strings.NewReplacer(`\n`, "", `\r`, "", "\n", "", "\r", "", " ", "", "\t", "").Replace(string(body[1]))
		if plain, err := base64.StdEncoding.DecodeString(lines); err == nil {
			out = append(out, plain)
		}
	}
	for _, run := range coded.FindAll(data, -1) {
		if plain, err := hex.DecodeString(string(run)); err == nil {
			out = append(out, plain)
		}
		// What stands before it may look like a part of it: "prefix/BASE64".
		for skip := range 4 {
			if plain := fromBase64(string(run[skip:])); plain != nil {
				out = append(out, plain)
			}
		}
	}
	return out
}

// whatComes is what can be read, also of something cut short.
func whatComes(in io.Reader) []byte {
	data, _ := io.ReadAll(io.LimitReader(in, limit))
	return data
}

func fromBase64(text string) []byte {
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	if len(text)%4 == 1 {
		text = text[:len(text)-1]
	}
	plain, err := encoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return plain
}
