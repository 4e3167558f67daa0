package store

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog/source"
)

// Client makes one HTTP request; *http.Client is one.
type Client interface {
	Do(*http.Request) (*http.Response, error)
}

const (
	defaultTimeout = 2 * time.Minute
	maxSum         = 4 << 10
)

// IsURL reports whether from is an address for Update to download; anything
// else is a path.
func IsURL(from string) bool {
	return strings.HasPrefix(from, "https://") || strings.HasPrefix(from, "http://")
}

// Update keeps what an address or a path holds now, replacing what was kept
// from it before. A download is bounded in size and time; its sum is checked
// against o.SHA256, else against a .sha256 file beside it, and recorded. Plain
// http is refused without o.SHA256, except from this machine.
func (s *Store) Update(ctx context.Context, from string, client Client, o Options) (Entry, []string, error) {
	if !IsURL(from) {
		return s.Import(from, o)
	}
	u, err := url.Parse(from)
	if err != nil {
		return Entry{}, nil, fmt.Errorf("updating from %q: %w", from, err)
	}
	if err := trusted(u, o.SHA256); err != nil {
		return Entry{}, nil, fmt.Errorf("updating from %q: %w", from, err)
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	data, status, err := get(ctx, client, u, o.SHA256, source.MaxFile)
	if err != nil {
		return Entry{}, nil, fmt.Errorf("updating from %q: %w", from, err)
	}
	if status != http.StatusOK {
		return Entry{}, nil, fmt.Errorf("updating from %q: the server answered %d %s", from, status, http.StatusText(status))
	}
	want, verified := o.SHA256, "flag"
	if want == "" {
		if want, err = sibling(ctx, client, u); err != nil {
			return Entry{}, nil, fmt.Errorf("updating from %q: %w", from, err)
		}
		verified = "sibling"
	}
	return s.checked(Entry{Name: o.Name, From: from}, data, want, verified, o)
}

// sibling is the sum in the .sha256 file beside u, "" where there is none. A
// server that cannot say is an error: the file may exist and disagree.
func sibling(ctx context.Context, client Client, u *url.URL) (string, error) {
	beside := *u
	beside.Path, beside.RawPath = u.Path+".sha256", ""
	data, status, err := get(ctx, client, &beside, "", maxSum)
	switch {
	case err != nil:
		return "", fmt.Errorf("asking for the sum %q: %w", beside.String(), err)
	case status == http.StatusNotFound || status == http.StatusForbidden || status == http.StatusGone:
		return "", nil // object stores answer 403 for what is not there
	case status != http.StatusOK:
		return "", fmt.Errorf("asking for the sum %q: the server answered %d %s", beside.String(), status, http.StatusText(status))
	}
	if looksLikePage(data) {
		return "", nil // a "not found" said politely
	}
	return siblingSum(data)
}

// looksLikePage reports whether a server answered with a page instead of a sum.
func looksLikePage(data []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(data), []byte("<")) }

func get(ctx context.Context, client Client, u *url.URL, sum string, limit int64) ([]byte, int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("User-Agent", "fixline")
	res, err := client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	if res.Request != nil && res.Request.URL != nil {
		if err := trusted(res.Request.URL, sum); err != nil {
			return nil, 0, fmt.Errorf("redirected to %q: %w", res.Request.URL, err)
		}
	}
	if res.StatusCode != http.StatusOK {
		return nil, res.StatusCode, nil
	}
	if res.ContentLength > limit {
		return nil, 0, fmt.Errorf("%d bytes are announced, more than the %d allowed", res.ContentLength, limit)
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return nil, 0, fmt.Errorf("the download broke off: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, 0, fmt.Errorf("more than the %d bytes allowed", limit)
	}
	return data, res.StatusCode, nil
}

// trusted: what comes over plain http is anybody's, unless its sum is known.
func trusted(u *url.URL, sum string) error {
	if u.Scheme == "https" || sum != "" || u.Hostname() == "localhost" {
		return nil
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("plain http can be changed on the way: use https, or name the sum with --sha256")
}
