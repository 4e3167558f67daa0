package scratch

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
)

// tmpfsMagic and ramfsMagic are how Linux names file systems in memory.
// Source: https://man7.org/linux/man-pages/man2/statfs.2.html
const (
	tmpfsMagic = 0x01021994
	ramfsMagic = 0x858458f6
)

// measure says how many bytes are free in dir, and whether it is in memory.
func measure(dir string) (free int64, memory bool, err error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0, false, err
	}
	kind := uint32(fs.Type)
	return int64(fs.Bavail) * fs.Bsize, kind == tmpfsMagic || kind == ramfsMagic, nil
}

// startOf is when a process began, in clock ticks since the machine did: field
// 22 of its stat. Source: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
func startOf(pid int) (string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	// The second field is the program's name in brackets, which may hold blanks.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 20 {
		return "", fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	if state := fields[0]; bytes.Equal(state, []byte("Z")) || bytes.Equal(state, []byte("X")) {
		return "", fmt.Errorf("process %d has ended", pid)
	}
	return string(fields[19]), nil
}

func owned(path string) bool {
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid == uint32(os.Getuid())
}
