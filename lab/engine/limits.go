package engine

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// instancesFile is a limit that all hosts of all labs share, since they are one user's to the kernel: systemd, kubelet
// and containerd of each watch files. Source: https://man7.org/linux/man-pages/man7/inotify.7.html
const instancesFile = "/proc/sys/fs/inotify/max_user_instances"

// instancesPerHost is what a host was seen to need (10 to 12), with some for its pods; instancesElse what is left to
// the machine's own programs.
const instancesPerHost, instancesElse = 14, 20

// CheckHosts says whether the machine's limits let this many hosts of labs run at a time.
func CheckHosts(hosts int) error {
	has, err := instances(instancesFile)
	if err != nil {
		return err
	}
	return checkHosts(hosts, has)
}

func checkHosts(hosts, instances int) error {
	if need := hosts*instancesPerHost + instancesElse; need > instances {
		return fmt.Errorf("%d hosts need about %d inotify instances and this machine allows %d: run \"lab deps\" as root, which raises the limit, or remove other labs with \"lab down\"",
			hosts, need, instances)
	}
	return nil
}

// RaiseLimits lets many hosts run, until the next boot, where the limit is low and this process may.
func RaiseLimits(m Machine, progress io.Writer) error {
	const enough = 1024
	has, err := instances(instancesFile)
	if err != nil || has >= enough || !m.Root {
		return err
	}
	fmt.Fprintf(progress, "raising fs.inotify.max_user_instances from %d to %d until the next boot\n", has, enough)
	if err := os.WriteFile(instancesFile, []byte(strconv.Itoa(enough)+"\n"), 0o644); err != nil {
		return fmt.Errorf("raising the limit of inotify instances: %w", err)
	}
	return nil
}

func instances(file string) (int, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, fmt.Errorf("reading the limit of inotify instances (labs need Linux): %w", err)
	}
	return strconv.Atoi(strings.TrimSpace(string(data)))
}
