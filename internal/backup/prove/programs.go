package prove

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Programs are an etcd and the etcdutl of its minor.
type Programs struct {
	Etcd    string `json:"etcd"`
	Version string `json:"version"` // of Etcd: "3.6.16"
	// Etcdutl is "" where the snapshot is restored by what is built in.
	Etcdutl string `json:"etcdutl,omitempty"`
	// Image is what both were taken out of, "REF@sha256:..."; "" = none.
	Image string `json:"image,omitempty"`
}

// Search says where programs are looked for.
type Search struct {
	// Given is the etcd of --etcd-binary, or a folder that holds it; "" = none.
	// Nothing else is looked at then.
	Given string
	// Image is what Given was taken out of, "REF@sha256:..."; "" = none.
	Image string
	// Beside are folders to look in, themselves and their etcd-* folders.
	Beside []string
	// Path is the PATH.
	Path string
}

// ProgramError is an etcd that was not found.
type ProgramError struct{ Why string }

func (e *ProgramError) Error() string { return e.Why }

// Hint is what helps.
func (e *ProgramError) Hint() string {
	return "--etcd-binary PATH names the etcd of the cluster's minor; etcdutl is looked for beside it (https://github.com/etcd-io/etcd/releases)"
}

// Find looks for an etcd of a minor. The error is a *[ProgramError].
func (s Search) Find(ctx context.Context, minor string) (Programs, error) {
	var seen []string
	for _, etcd := range s.candidates() {
		v, err := versionOf(ctx, etcd, "--version")
		if err != nil {
			seen = append(seen, fmt.Sprintf("%s does not say its version (%v)", etcd, err))
			continue
		}
		if Minor(v) != minor {
			seen = append(seen, etcd+" is "+v)
			continue
		}
		p := Programs{Etcd: etcd, Version: v, Image: s.Image}
		if minor == BuiltIn() {
			return p, nil
		}
		if p.Etcdutl = s.etcdutl(ctx, etcd, minor); p.Etcdutl != "" {
			return p, nil
		}
		seen = append(seen, fmt.Sprintf("beside %s and in PATH is no etcdutl of %s", etcd, minor))
	}
	why := "there is no etcd " + minor + " here to restore into"
	if len(seen) > 0 {
		why += ": " + strings.Join(seen, "; ")
	}
	return Programs{}, &ProgramError{why}
}

func (s Search) candidates() []string {
	if s.Given != "" {
		if info, err := os.Stat(s.Given); err == nil && info.IsDir() {
			return []string{filepath.Join(absolute(s.Given), "etcd")}
		}
		return []string{absolute(s.Given)}
	}
	var out []string
	for _, dir := range append(s.Beside, filepath.SplitList(s.Path)...) {
		for _, pattern := range []string{"etcd", "etcd-*/etcd"} {
			found, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				continue // a folder with a bracket in its name
			}
			for _, f := range found {
				if info, err := os.Stat(f); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
					out = append(out, absolute(f))
				}
			}
		}
	}
	return out
}

func (s Search) etcdutl(ctx context.Context, etcd, minor string) string {
	for _, dir := range append([]string{filepath.Dir(etcd)}, filepath.SplitList(s.Path)...) {
		program := filepath.Join(dir, "etcdutl")
		if v, err := versionOf(ctx, program, "version"); err == nil && Minor(v) == minor {
			return absolute(program)
		}
	}
	return ""
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

var says = regexp.MustCompile(`(?i)version:\s*v?(\d+\.\d+\.\d+\S*)`)

func versionOf(ctx context.Context, program, flag string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, flag)
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	out, err := cmd.Output()
	if err != nil {
		return "", err
	}
	m := says.FindSubmatch(out)
	if m == nil {
		return "", fmt.Errorf("it prints %q", strings.TrimSpace(string(out[:min(len(out), 80)])))
	}
	return string(m[1]), nil
}
