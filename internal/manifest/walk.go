package manifest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// walk names the files to read of what the user named, in the order they are
// reported in. What is left out is in it too, with the reason.
func walk(paths []string) ([]File, error) {
	var out []File
	seen := map[string]bool{}
	for _, path := range paths {
		if path != "-" {
			path = filepath.Clean(path)
		}
		if seen[path] {
			continue
		}
		seen[path] = true
		if path == "-" {
			out = append(out, File{Path: path})
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("opening what to scan: %w", err)
		}
		if !info.IsDir() {
			out = append(out, File{Path: path})
			continue
		}
		err = folder(path, func(f File) {
			if !seen[f.Path] {
				seen[f.Path] = true
				out = append(out, f)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// folder hands the manifests below root to add. A file with a reason in Unread is not
// to be read.
func folder(root string, add func(File)) error {
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return fmt.Errorf("opening what to scan: %w", err)
	}
	leave := func(path string, r Reason, format string, args ...any) {
		add(File{Path: path, Unread: []Unread{{Reason: r, Text: fmt.Sprintf(format, args...)}}})
	}
	// The slash makes WalkDir enter a root that is a link.
	return filepath.WalkDir(root+string(filepath.Separator), func(path string, e fs.DirEntry, err error) error {
		path = filepath.Clean(path)
		name := filepath.Base(path)
		switch {
		case err != nil:
			leave(path, Access, "%s", reasonOf(err))
			return nil
		case path == root:
		case hidden(name) && e.IsDir():
			leave(path, Hidden, "a hidden folder: name it to have it read")
			return fs.SkipDir
		case hidden(name):
			if isManifest(name) {
				leave(path, Hidden, "a hidden file: name it to have it read")
			}
		case e.Type()&fs.ModeSymlink != 0:
			if why, read := follow(real, path); why != "" {
				leave(path, Link, "%s", why)
			} else if read {
				add(File{Path: path})
			}
		case !e.IsDir() && !e.Type().IsRegular() && isManifest(name):
			leave(path, Special, "neither a file nor a folder")
		case e.Type().IsRegular() && isManifest(name):
			add(File{Path: path})
		}
		return nil
	})
}

// follow decides about a link below root: why it is left out, or whether to
// read it. What it leads to inside of root is read where it is, so only what is
// not met there is read here: the files of a mounted ConfigMap, which are links
// into a hidden folder.
func follow(root, path string) (why string, read bool) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		if isManifest(path) {
			return "a link that leads nowhere: " + reasonOf(err), false
		}
		return "", false
	}
	info, err := os.Stat(target)
	if err != nil || !info.IsDir() && !isManifest(path) {
		return "", false
	}
	rel, err := filepath.Rel(root, target)
	if err != nil || !filepath.IsLocal(rel) {
		return "a link out of the folder, to " + target, false
	}
	unmet := slices.ContainsFunc(strings.Split(rel, string(filepath.Separator)), hidden) || !isManifest(target)
	return "", unmet && info.Mode().IsRegular()
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") && name != "." && name != ".." }

// isManifest: by its name, the only thing known before a file is read.
func isManifest(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(name)))
}

// reasonOf is an error of the file system without the path, which is known.
func reasonOf(err error) string {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err.Error()
	}
	return err.Error()
}
