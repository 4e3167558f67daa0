package recording

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/demo"
)

// forbidden is what no recording may hold, by what it looks like.
func forbidden() map[string]*regexp.Regexp {
	return map[string]*regexp.Regexp{
		"a private key":           regexp.MustCompile(`PRIVATE KEY|\bLS0tLS1CRUdJTi[A-Za-z0-9+/]*UFJJVkFURS`),
		"a token":                 regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.`),
		"a bootstrap token":       regexp.MustCompile(`\b[a-z0-9]{6}\.[a-z0-9]{16}\b`),
		"a kubeconfig's secret":   regexp.MustCompile(`(?:client-key-data|client-certificate-data)\\?"?:\s*\\?"?[A-Za-z0-9+/]{20}`),
		"a password in a URL":     regexp.MustCompile(`://[^\s/@"':]+:[^\s/@"']+@`),
		"an encryption key":       regexp.MustCompile(`(?m)secret:\s*"?[A-Za-z0-9+/]{40,}=*`),
		"a list of Secrets":       regexp.MustCompile(`"kind":\s*"Secret"[,}\s]`),
		"a signed kubeconfig":     regexp.MustCompile(`jws-kubeconfig-[a-z0-9]{6}\\?":\s*\\?"[^R]`),
		"a certificate's request": regexp.MustCompile(`CERTIFICATE REQUEST`),
	}
}

// TestNoSecretIsRecorded reads every file of every recording there is. What keeps secrets out of one is tested where it is
// made, with planted ones: lab/record and test/live.
func TestNoSecretIsRecorded(t *testing.T) {
	recordings := map[string]fs.FS{"the demo": demo.Recording()}
	for _, f := range fixtures() {
		recordings[f.name] = os.DirFS(path.Join("testdata", f.name))
	}
	for name, recording := range recordings {
		files := 0
		err := fs.WalkDir(recording, ".", func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files++
			if strings.Contains(file, "secret") || strings.HasSuffix(file, ".key") || strings.HasSuffix(file, ".conf") || strings.Contains(file, "encryption") {
				t.Errorf("%s holds a file %s", name, file)
			}
			data, err := fs.ReadFile(recording, file)
			for what, looks := range forbidden() {
				if found := looks.Find(data); found != nil {
					t.Errorf("%s: %s in %s: %q", name, what, file, found)
				}
			}
			return err
		})
		if err != nil || files < 40 {
			t.Errorf("%s: %d files, %v", name, files, err)
		}
	}
}
