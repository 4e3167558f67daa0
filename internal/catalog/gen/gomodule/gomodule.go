// Package gomodule finds published Go modules for the generators that read facts
// from them. It reads nothing of a module itself. Start at [Zip].
package gomodule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Zip asks the Go tool for a version of a module, which checks its sum, and
// names the zip in its cache and that sum ("h1:..."). A module that wants a
// newer Go than this one is downloaded all the same, and only read here, so
// that complaint is no error.
func Zip(path, version string) (file, sum string, err error) {
	out, runErr := exec.Command("go", "mod", "download", "-json", path+"@"+version).Output()
	var answer struct{ Error, Sum, Zip string }
	if err := json.NewDecoder(bytes.NewReader(out)).Decode(&answer); err != nil {
		return "", "", fmt.Errorf("downloading %s@%s: %w", path, version, errors.Join(err, runErr))
	}
	if answer.Sum == "" {
		return "", "", fmt.Errorf("downloading %s@%s: %s", path, version, answer.Error)
	}
	if answer.Zip != "" {
		return answer.Zip, answer.Sum, nil
	}
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		return "", "", fmt.Errorf("finding the module cache: %w", err)
	}
	file = filepath.Join(strings.TrimSpace(string(cache)), "cache", "download", filepath.FromSlash(path), "@v", version+".zip")
	if _, err := os.Stat(file); err != nil {
		return "", "", fmt.Errorf("downloading %s@%s: %s", path, version, answer.Error)
	}
	return file, answer.Sum, nil
}
