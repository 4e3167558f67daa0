//go:build unix

package backup

import (
	"fmt"
	"os"
	"syscall"
)

// device tells the file system a path is on from others of this machine.
func device(path string) (uint64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, fmt.Errorf("which disk %s is on cannot be told", path)
	}
	return uint64(stat.Dev), nil //nolint:unconvert // other systems number devices in 32 bits
}
