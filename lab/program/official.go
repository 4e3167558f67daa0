package program

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// official says whether a program is downloaded: Kubernetes' own are released as plain files, etcd's and CoreDNS's are not.
func (s Store) official(p Program) bool {
	return s.Binaries != "" && slices.Contains(Kubernetes(), p.Name)
}

// fetch downloads official binaries of one version into out and checks each against the checksum published beside it:
// https://www.downloadkubernetes.com/ shows the layout, vVERSION/bin/linux/ARCH/NAME and NAME.sha256. The checksum
// comes from the same place, so it finds a broken download, not a place that lies.
func (s Store) fetch(ctx context.Context, group []Program, out string) error {
	for _, p := range group {
		at, err := url.JoinPath(s.Binaries, "v"+p.Version, "bin", runtime.GOOS, runtime.GOARCH, p.Name)
		if err != nil {
			return fmt.Errorf("the place of binaries %q is not a URL: %w", s.Binaries, err)
		}
		var published strings.Builder
		if err := fetchFile(ctx, at+".sha256", &published); err != nil {
			return err
		}
		file, err := os.OpenFile(filepath.Join(out, p.Name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
		if err != nil {
			return err
		}
		digest := sha256.New()
		err = fetchFile(ctx, at, io.MultiWriter(file, digest))
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return err
		}
		want, _, _ := strings.Cut(strings.TrimSpace(published.String()), " ") // some hold the file's name too
		if got := hex.EncodeToString(digest.Sum(nil)); got != want {
			return fmt.Errorf("%s has checksum %s, %s.sha256 says %q: the download or the mirror is broken, try again or name another place", at, got, path.Base(at), want)
		}
	}
	return nil
}

// fetchTimeout bounds one file of about 100 MB.
const fetchTimeout = 10 * time.Minute

func fetchFile(ctx context.Context, from string, to io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, http.NoBody)
	if err != nil {
		return fmt.Errorf("the place of binaries gives no URL: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("downloading: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("downloading %s: %s", from, resp.Status)
	}
	if _, err := io.Copy(to, resp.Body); err != nil {
		return fmt.Errorf("downloading %s: %w", from, err)
	}
	return nil
}
