package proving

import (
	"fmt"
	"os"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
)

// Identities reads the private keys of --identity: age's own form, or SSH's.
func Identities(files []string) ([]age.Identity, error) {
	var out []age.Identity
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("--identity: %w", err)
		}
		if strings.Contains(string(text), "PRIVATE KEY-----") {
			id, err := agessh.ParseIdentity(text)
			if err != nil {
				return nil, fmt.Errorf("--identity %s: %w", file, err)
			}
			out = append(out, id)
			continue
		}
		ids, err := age.ParseIdentities(strings.NewReader(string(text)))
		if err != nil {
			return nil, fmt.Errorf("--identity %s: %w", file, err)
		}
		out = append(out, ids...)
	}
	return out, nil
}
