// Package process measures a program from outside, as a user does: wall time, CPU time, peak memory. It decides nothing
// about them, and never runs two programs at once. Start at [Measure].
package process

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Run is what one run of a program cost.
type Run struct {
	Wall, CPU time.Duration
	Peak      int64 // resident memory, bytes
	Output    int64 // bytes of standard output
	Text      string
}

// maxText is how much of the output [Run.Text] keeps: holding more would count as the memory of the next program.
const maxText = 4 << 10

// Measure runs the program. Exit codes 3 and 4 are answers (findings; incomplete), not failures; silence is one.
// Linux carries a process's peak over exec from the process that forked it, so the caller must stay small.
func Measure(program string, args ...string) (Run, error) {
	cmd := exec.Command(program, args...)
	var out counter
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && (exit.ExitCode() == 3 || exit.ExitCode() == 4) {
		err = nil
	}
	if err == nil && out.n == 0 {
		err = errors.New("it printed nothing")
	}
	if err != nil {
		return Run{}, fmt.Errorf("running %s %s: %w\n%s", program, strings.Join(args, " "), err, stderr.String())
	}
	state := cmd.ProcessState
	peak := state.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS == "linux" {
		peak *= 1024 // getrusage(2): kilobytes there, bytes on macOS
	}
	return Run{Wall: wall, CPU: state.UserTime() + state.SystemTime(), Peak: peak, Output: out.n, Text: string(out.head)}, nil
}

type counter struct {
	n    int64
	head []byte
}

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	c.head = append(c.head, p[:min(len(p), maxText-len(c.head))]...)
	return len(p), nil
}
