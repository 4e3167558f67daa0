package controlplane

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// guardScript ends the programs and removes the folder when its standard input ends: because Stop closed it, or because
// the process that held it died, even by SIGKILL. Each line of input replaces the list of programs to kill.
//
// It leads the process group that the programs join. So Ctrl-C in a terminal reaches only the caller, who then stops in
// order; and a program that was forked but not yet listed when the caller died gets the group's SIGTERM.
// (PR_SET_PDEATHSIG would do half of this, on Linux only, and fires when the thread that forked ends, not the process:
// https://go.dev/issue/27505.)
const guardScript = `
pids=
while read -r line; do pids=$line; done
trap '' TERM
[ -n "$pids" ] && kill -9 $pids 2>/dev/null
kill -TERM 0 2>/dev/null
[ -n "$1" ] || exit 0
for try in 1 2 3 4 5 6 7 8 9 10; do
	rm -rf -- "$1" 2>/dev/null && [ ! -e "$1" ] && exit 0
	sleep 0.2
done
exit 1
`

// guard is the small process that outlives us by a moment to clean up.
type guard struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	remove string
	pids   []string
}

// newGuard starts it; remove is the folder to remove in the end, or empty.
func newGuard(remove string) (*guard, error) {
	cmd := exec.Command("/bin/sh", "-c", guardScript, "fixline-lab-guard", remove)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the process that cleans up: %w", err)
	}
	return &guard{cmd: cmd, stdin: stdin, remove: remove}, nil
}

// join makes a command part of the guard's process group.
func (g *guard) join(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: g.cmd.Process.Pid}
}

// watch adds a started program.
func (g *guard) watch(p *os.Process) error {
	g.pids = append(g.pids, strconv.Itoa(p.Pid))
	_, err := fmt.Fprintln(g.stdin, strings.Join(g.pids, " "))
	return err
}

// release ends the guard after the programs have been stopped; it removes the folder.
func (g *guard) release() error {
	fmt.Fprintln(g.stdin) // nothing is left to kill; if the guard is gone already, Wait says so
	g.stdin.Close()
	if err := g.cmd.Wait(); err != nil {
		return fmt.Errorf("cleaning up %q: %w", g.remove, err)
	}
	return nil
}
