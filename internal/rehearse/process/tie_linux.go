package process

import (
	"os/exec"
	"runtime"
	"syscall"
)

// tie ends the program when the thread that starts it ends, which a killed
// process' threads do (https://go.dev/issue/27505), and gives it a group of its
// own: Ctrl-C in a terminal then reaches only us, who stop it in order.
func tie(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// hold keeps the goroutine on its thread, and with it the thread.
func hold() (release func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}

// ask and end are for the whole group. An error means that it has ended.
func ask(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
func end(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
