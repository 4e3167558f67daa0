package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// Limits of a download; beyond them it fails, nothing is cut.
const (
	maxArchive = 512 << 20 // bytes of one archive as sent
	maxFile    = 32 << 20  // bytes of one unpacked file
	maxTime    = 10 * time.Minute
)

// manifest is sources.yaml.
type manifest struct {
	Sources []sourceDoc `yaml:"sources"`
}

type sourceDoc struct {
	Folder  string `yaml:"folder"`
	About   string `yaml:"about"`
	Archive string `yaml:"archive"` // a .tar.gz, or
	Module  string `yaml:"module"`  // a Go module, or
	Hand    string `yaml:"hand"`    // transcribed from here: nothing to fetch
	Strip   int    `yaml:"strip"`   // leading path elements of the archive
	Below   string `yaml:"below"`   // the folder inside that becomes Folder
	Commit  string `yaml:"commit"`
	Date    string `yaml:"date"`
	Licence string `yaml:"licence"`
}

// fetch downloads what the manifest names into a folder for distill.
func fetch(ctx context.Context, d dirs, into string, out io.Writer) error {
	var m manifest
	if err := loadYAML(filepath.Join(d.gen, "sources.yaml"), &m); err != nil {
		return err
	}
	sums, err := loadSums(filepath.Join(d.gen, "sources.sum"))
	if err != nil {
		return err
	}
	return fetchAll(ctx, http.DefaultClient, m, sums, into, out)
}

func fetchAll(ctx context.Context, client *http.Client, m manifest, sums map[string]string, into string, out io.Writer) error {
	for _, s := range m.Sources {
		want := map[string]string{}
		for name, sum := range sums {
			if rest, ok := strings.CutPrefix(name, s.Folder+"/"); ok {
				want[rest] = sum
			}
		}
		var err error
		switch {
		case s.Hand != "":
			fmt.Fprintf(out, "%s: by hand from %s (%s), nothing to fetch\n", s.Folder, s.Hand, s.Date)
			continue
		case s.Module != "":
			err = fetchModule(ctx, s, want, filepath.Join(into, s.Folder))
		case s.Archive != "":
			err = fetchArchive(ctx, client, s, want, filepath.Join(into, s.Folder))
		default:
			err = fmt.Errorf("the manifest gives neither archive, module nor hand")
		}
		if err != nil {
			return fmt.Errorf("fetching %s: %w", s.Folder, err)
		}
		fmt.Fprintf(out, "%s: %d files, verified\n", s.Folder, len(want))
	}
	return nil
}

// fetchArchive streams a .tar.gz and keeps the wanted files; others are not
// written at all.
func fetchArchive(ctx context.Context, client *http.Client, s sourceDoc, want map[string]string, into string) error {
	ctx, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Archive, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", s.Archive, resp.Status)
	}
	body := &limited{r: resp.Body, left: maxArchive}
	zr, err := gzip.NewReader(body)
	if err != nil {
		return fmt.Errorf("%s is no .tar.gz: %w", s.Archive, err)
	}
	got := map[string]bool{}
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		name, ok := kept(h.Name, s.Strip, s.Below)
		if !ok || want[name] == "" || h.Typeflag != tar.TypeReg {
			continue
		}
		raw, err := io.ReadAll(&limited{r: tr, left: maxFile})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := keep(into, name, raw, want[name]); err != nil {
			return err
		}
		got[name] = true
	}
	return missing(want, got)
}

// fetchModule lets the go command download a module: it verifies the whole of
// it against the checksum database.
func fetchModule(ctx context.Context, s sourceDoc, want map[string]string, into string) error {
	ctx, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", s.Module)
	cmd.Stderr = &stderr
	raw, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go mod download %s: %w: %s", s.Module, err, strings.TrimSpace(stderr.String()))
	}
	var info struct{ Dir string }
	if err := json.Unmarshal(raw, &info); err != nil {
		return fmt.Errorf("go mod download %s: %w", s.Module, err)
	}
	got := map[string]bool{}
	for name, sum := range want {
		raw, err := os.ReadFile(filepath.Join(info.Dir, filepath.FromSlash(s.Below), filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		if err := keep(into, name, raw, sum); err != nil {
			return err
		}
		got[name] = true
	}
	return missing(want, got)
}

// kept is a path of an archive as it is kept: without its leading elements
// and without the folder that becomes the source's own.
func kept(name string, strip int, below string) (string, bool) {
	parts := strings.Split(path.Clean(name), "/")
	if len(parts) <= strip {
		return "", false
	}
	name = path.Join(parts[strip:]...)
	if below == "" {
		return name, filepath.IsLocal(name)
	}
	name, ok := strings.CutPrefix(name, below+"/")
	return name, ok && filepath.IsLocal(name)
}

// keep writes a file whose content is what sources.sum says.
func keep(into, name string, raw []byte, want string) error {
	sum := sha256.Sum256(raw)
	if got := hex.EncodeToString(sum[:]); got != want {
		return fmt.Errorf("%s: SHA-256 is %s, sources.sum has %s: the file was changed", name, got, want)
	}
	to := filepath.Join(into, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, raw, 0o644)
}

func missing(want map[string]string, got map[string]bool) error {
	if len(want) == 0 {
		return fmt.Errorf("sources.sum lists no file of it")
	}
	for name := range want {
		if !got[name] {
			return fmt.Errorf("%s is not in it", name)
		}
	}
	return nil
}

// limited fails where more is read than was allowed.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("larger than allowed")
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.r.Read(p)
	l.left -= int64(n)
	return n, err
}
