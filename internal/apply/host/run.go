package host

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/remote"
)

// start begins a command apart from the connection, or finds it begun; follow
// waits for its end a while. Both are given its name.
var (
	//go:embed start.sh
	start string
	//go:embed follow.sh
	follow string
)

// FailedError is a command that ended with another status than 0.
type FailedError struct {
	Host, Command string
	Status        int
	Said          string // the end of what it wrote
}

func (e *FailedError) Error() string {
	said := strings.TrimSpace(e.Said)
	if said == "" {
		said = "it said nothing"
	}
	return fmt.Sprintf("on %s: %s: exit status %d: %s", e.Host, e.Command, e.Status, lastLines(said, 6))
}

// GoneError is a command that was begun and of which nothing is left: the host
// was started anew, for example.
type GoneError struct{ Host, Command string }

func (e *GoneError) Error() string {
	return fmt.Sprintf("on %s: %s was begun, and the host no longer knows how it ended", e.Host, e.Command)
}

// run runs a command to its end, in a unit of systemd: neither a lost connection
// nor the death of this program ends it, and the next run finds it again by name.
func (h *Hands) run(ctx context.Context, r remote.Runner, unit, text string, log *apply.Log) (string, error) {
	began := h.o.Now()
	c := apply.Command{Host: r.Name(), Command: text, Status: -1}
	out, said, status, err := h.ended(ctx, r, unit, text)
	c.Stdout, c.Stderr, c.Status = Masked(out), Masked(said), status
	if err != nil {
		c.Error = err.Error()
	}
	log.Ran(c, began, h.o.Now())
	switch {
	case err != nil:
		return out, err
	case status != 0:
		return out, &FailedError{r.Name(), text, status, Masked(said + "\n" + lastLines(out, 3))}
	}
	return out, nil
}

func (h *Hands) ended(ctx context.Context, r remote.Runner, unit, text string) (out, said string, status int, err error) {
	set := "base=" + remote.Quote(h.o.Folder) + " unit=" + remote.Quote(unit) + "\n"
	// All is root's here, so sudo need not be there.
	command := "command=" + remote.Quote(strings.ReplaceAll(text, "sudo ", "")) + "\n"
	// A standard input of its own keeps it from being killed with the connection.
	if _, err := r.Run(ctx, remote.Command{Script: set + command + start, Root: true, Stdin: strings.NewReader("")}); err != nil {
		return "", "", -1, fmt.Errorf("on %s: beginning %s: %w", r.Name(), text, err)
	}
	for {
		res, err := r.Run(ctx, remote.Command{Script: set + follow, Root: true})
		if err != nil {
			return "", "", -1, fmt.Errorf("on %s: following %s, which goes on there: %w", r.Name(), text, err)
		}
		first, rest, _ := strings.Cut(string(res.Stdout), "\n")
		switch word, value, _ := strings.Cut(first, " "); word {
		case "ended":
			status, err := strconv.Atoi(value)
			if err != nil { // a full disk: it was not written down
				return "", "", -1, errors.Join(&GoneError{r.Name(), text}, h.forget(ctx, r, unit))
			}
			out, said, _ = strings.Cut(rest, "\x1e\n")
			return out, said, status, h.forget(ctx, r, unit)
		case "gone":
			return "", "", -1, errors.Join(&GoneError{r.Name(), text}, h.forget(ctx, r, unit))
		case "runs":
		default:
			return "", "", -1, fmt.Errorf("on %s: following %s: it answered %q", r.Name(), text, first)
		}
		select {
		case <-ctx.Done():
			return "", "", -1, fmt.Errorf("on %s: %s goes on there: %w", r.Name(), text, context.Cause(ctx))
		case <-time.After(h.o.Poll):
		}
	}
}

// forget removes what a command left on the host.
func (h *Hands) forget(ctx context.Context, r remote.Runner, unit string) error {
	_, err := r.Run(ctx, remote.Command{Script: "base=" + remote.Quote(h.o.Folder) + "; rm -rf \"$base\"/" + remote.Quote(unit) + "; rmdir \"$base\" 2>/dev/null || :", Root: true})
	return err
}

// unit is a name that systemd and a file system take.
func unit(name string) string {
	return "fixline-" + unfit.ReplaceAllString(name, "-")
}

var unfit = regexp.MustCompile(`[^A-Za-z0-9.-]`)

// Masked is the output of a command without what must not be kept: bearer and
// bootstrap tokens, certificate keys, passwords in URLs and PEM blocks.
func Masked(text string) string {
	for _, m := range []*regexp.Regexp{pemKey, bootstrap, named, login, bearer} {
		text = m.ReplaceAllString(text, "${1}[masked]")
	}
	return text
}

// What is masked, and before it, in the first group, what stays.
var (
	pemKey    = regexp.MustCompile(`(?s)(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----).*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|$)`)
	bootstrap = regexp.MustCompile(`()\b[a-z0-9]{6}\.[a-z0-9]{16}\b`)
	named     = regexp.MustCompile(`(?i)((?:certificate-key|token|password|passwd|secret|client-key-data|authorization["']?: ?\w*)["']?[=: ]+)(?:"[^"]*"|'[^']*'|\S+)`)
	login     = regexp.MustCompile(`(://[^/\s:@]+:)[^\s/]+@`)
	bearer    = regexp.MustCompile(`()\beyJ[\w-]+\.[\w-]+\.[\w-]+`)
)

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "; ")
}
