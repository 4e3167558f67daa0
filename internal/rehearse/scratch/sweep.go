package scratch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Names of what a run makes. A folder is PREFIX, the process that made it, when
// that began, and something random; the marker in it holds its own name.
const (
	prefix   = "fixline-rehearse-"
	marker   = ".fixline-rehearse"
	programs = ".programs"
)

// Sweep removes the folders in dir that runs left which are no more, and ends
// programs that still work on them. It returns what it removed. What has
// another name, another owner or no marker is not touched, nor what belongs to
// a run that is still there.
func Sweep(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("looking for what earlier rehearsals left: %w", err)
	}
	var swept []string
	var failed []error
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !e.IsDir() || !left(path, e.Name()) {
			continue
		}
		endPrograms(path)
		if err := os.RemoveAll(path); err != nil {
			failed = append(failed, fmt.Errorf("removing what an earlier rehearsal left: %w", err))
			continue
		}
		swept = append(swept, path)
	}
	return swept, errors.Join(failed...)
}

// left reports whether a run made the folder that is no more.
func left(path, name string) bool {
	rest, ours := strings.CutPrefix(name, prefix)
	parts := strings.Split(rest, "-")
	if !ours || len(parts) != 3 || !owned(path) {
		return false
	}
	pid, err := strconv.Atoi(parts[0])
	if err != nil || alive(pid, parts[1]) {
		return false
	}
	text, err := os.ReadFile(filepath.Join(path, marker))
	return err == nil && string(text) == name
}

// alive: a process number is used again; when it began tells the two apart.
func alive(pid int, start string) bool {
	now, err := startOf(pid)
	return err == nil && now == start
}

// endPrograms ends what was noted and still runs. It ran with the killed run and
// should have ended with it.
func endPrograms(path string) {
	text, err := os.ReadFile(filepath.Join(path, programs))
	if err != nil {
		return
	}
	for _, line := range strings.Split(string(text), "\n") {
		first, start, _ := strings.Cut(line, " ")
		if pid, err := strconv.Atoi(first); err == nil && pid > 1 && alive(pid, start) {
			if p, err := os.FindProcess(pid); err == nil {
				_ = p.Kill() // an error means that it has ended
			}
		}
	}
}
