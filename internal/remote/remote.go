// Package remote is the contract between whoever wants something done on a
// host and whoever can reach it: run a command, move a file, open a connection
// as from there. It decides nothing of what is run and never retries. What is
// gathered, backed up or applied asks a [Runner] and need not know whether SSH
// or this machine answers. Start at [Runner]; remote/ssh and remote/local are
// the two there are.
package remote

import (
	"context"
	"io"
	"net"
	"strings"
)

// MaxOutput is how much standard output a command may write where
// [Command].Limit is 0.
const MaxOutput = 16 << 20

// MaxStderr is how much of a command's standard error is kept: its end.
const MaxStderr = 4 << 10

// Runner reaches one host. Its methods may be called from several goroutines.
type Runner interface {
	// Name is what messages and evidence call the host: "root@10.77.0.11".
	Name() string
	// User is the account commands run as where they do not ask for root.
	User() string
	// Run runs a command to its end. Its error is an *[ExitError] where the
	// command ended with another status than 0, a *[SudoError] where root was
	// asked for and not had, a *[LimitError] where it wrote too much, and
	// something else where the host was lost. When ctx ends, the command and
	// all it started are killed, and the error is ctx's cause. The Result is
	// what came until then, whatever the error.
	Run(ctx context.Context, c Command) (Result, error)
	// Put writes a file whole or not at all: to a temporary one beside it, which
	// takes its place once all of r is there. Folders are made where missing.
	Put(ctx context.Context, f File, r io.Reader) error
	// Get copies a file to w, at most limit bytes ([MaxOutput] if 0); a longer
	// one is a *[LimitError].
	Get(ctx context.Context, path string, root bool, w io.Writer, limit int64) error
	// Dial connects to an address as the host sees it: "127.0.0.1:2379" is the
	// host's own loopback. network is "tcp".
	Dial(ctx context.Context, network, address string) (net.Conn, error)
	// Close ends the connection; what still runs is killed.
	Close() error
}

// Command is what is to run.
type Command struct {
	// Script is a script of /bin/sh. It is seen by whoever lists processes on
	// the host: what is secret goes through Stdin.
	Script string
	// Root runs it as root: as it is where the account is root, else with
	// `sudo -n`, which never asks for a password.
	Root bool
	// Stdin is what the script reads; nil is empty.
	Stdin io.Reader
	// Stdout takes what the script writes, as it comes; nil keeps it in
	// [Result]. An error of it ends the command.
	Stdout io.Writer
	// Limit is the most bytes of standard output; 0 is [MaxOutput], less than 0
	// no limit, for streams.
	Limit int64
}

// Result is what came of a command.
type Result struct {
	Stdout []byte // nil where Command.Stdout took it
	// Stderr is the end of the standard error, at most [MaxStderr] bytes.
	Stderr string
	// Status is the exit status; 128 and more where a signal ended it.
	Status int
}

// File is where [Runner].Put writes.
type File struct {
	Path string
	// Mode is as chmod takes it: "0600". Also the temporary file has it.
	Mode string
	Root bool
}

// Quote makes one word of a shell command line.
func Quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
