package prove

import (
	"os/exec"
	"syscall"
)

// inMemory reports whether a folder lies on a file system in memory
// (statfs(2): TMPFS_MAGIC).
func inMemory(dir string) bool {
	const tmpfs = 0x01021994
	var s syscall.Statfs_t
	return syscall.Statfs(dir, &s) == nil && s.Type == tmpfs
}

// room is how many bytes are free there.
func room(dir string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * s.Bsize, nil
}

// apart gives a process a session of its own, so that Ctrl-C in a terminal
// reaches only us.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// mortal makes a program end when the thread that started it does: see [start].
func mortal(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
}
