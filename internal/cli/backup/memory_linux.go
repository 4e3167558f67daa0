package backup

import "syscall"

// tmpfsMagic and ramfsMagic are how Linux names file systems in memory.
// Source: https://man7.org/linux/man-pages/man2/statfs.2.html
const (
	tmpfsMagic = 0x01021994
	ramfsMagic = 0x858458f6
)

// inMemory reports whether a path is on a file system in memory.
func inMemory(path string) bool {
	var fs syscall.Statfs_t
	if syscall.Statfs(path, &fs) != nil {
		return false
	}
	kind := uint32(fs.Type)
	return kind == tmpfsMagic || kind == ramfsMagic
}
