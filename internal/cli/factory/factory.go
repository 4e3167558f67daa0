// Package factory carries into every command what the outside world gives a
// run: streams, clock, environment, HTTP client, data folder. Commands take a
// *Factory and read nothing global, so they can be built twice in one process
// and tested with a clock that stands still. It decides nothing. Start at
// [Factory].
package factory

import (
	"net/http"
	"path/filepath"
	"time"

	"github.com/adrg/xdg"

	"github.com/fixline-dev/fixline/internal/cli/config"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
)

// Factory is one run's world.
type Factory struct {
	Program string // how the user calls it: "fixline" or "kubectl fixline"
	IO      *terminal.Streams
	Now     func() time.Time
	Getenv  func(string) string
	// HTTP is used only where the user asked for a download.
	HTTP *http.Client
	// Progress is what the run is doing, for the screen and for a second Ctrl-C.
	Progress *terminal.Progress

	// Set from the global flags before a command runs.
	Offline bool
	DataDir string
	Config  config.Config
}

// New is the real world's factory.
func New(program string, io *terminal.Streams, getenv func(string) string) *Factory {
	return &Factory{
		Program: program, IO: io, Now: time.Now, Getenv: getenv,
		HTTP:     &http.Client{Timeout: 2 * time.Minute},
		Progress: terminal.NewProgress(io),
	}
}

// DefaultDataDir is where downloads and imports are kept: the user's data
// folder by the XDG base directory specification, or the platform's own.
func DefaultDataDir() string { return filepath.Join(xdg.DataHome, "fixline") }

// Streams sets the streams' loudness once the flags are read.
func (f *Factory) Streams(quiet, verbose bool) {
	f.IO = f.IO.With(quiet, verbose)
	f.Progress = terminal.NewProgress(f.IO)
}
