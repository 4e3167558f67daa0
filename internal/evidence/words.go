package evidence

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

//go:embed data/kept.json
var keptJSON []byte

// wordList is data/kept.json: what may be kept of texts that people write and
// that may hold secrets. It is made by `go run ./internal/evidence/gen` out of
// the programs' own help and published types.
type wordList struct {
	Date    string   `json:"date"`
	Sources []string `json:"sources"`
	// Flags whose values are kept, by component; sorted.
	Flags map[string][]string `json:"flags"`
	// Fields that are kept, by the kind of document: dotted paths, with "[]"
	// for each element of a list of objects and "*" for each value of a map.
	Fields map[string][]string `json:"fields"`
	// Plugins of a Corefile by name.
	Plugins map[string]plugin `json:"plugins"`
}

// plugin says what is kept of a CoreDNS plugin beside its name.
type plugin struct {
	Args bool     `json:"args,omitempty"` // its arguments
	Keep []string `json:"keep,omitempty"` // options with their arguments
	Name []string `json:"name,omitempty"` // options without
}

// keptWords is parsed once. The file is part of the program and a test parses
// it, so damage is a broken build and panics.
//
//nolint:gochecknoglobals // parsed once, never written
var keptWords = sync.OnceValue(func() wordList {
	var w wordList
	if err := json.Unmarshal(keptJSON, &w); err != nil {
		panic(fmt.Sprintf("reading the embedded kept.json: %v", err))
	}
	return w
})

// KeepsFlag reports whether the value of a flag of component is kept.
func KeepsFlag(component, flag string) bool {
	return slices.Contains(keptWords().Flags[component], flag)
}

// KeepsField reports whether a field of a document is kept:
// KeepsField("KubeletConfiguration", "logging.verbosity").
func KeepsField(document, path string) bool {
	return slices.Contains(keptWords().Fields[document], path)
}
