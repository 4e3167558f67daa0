package dump

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/pack"
)

// Replay puts what was recorded at path into sink, file by file, as collecting
// from the live cluster would have: who reads along needs no memory for the
// whole. It returns the cluster's name, "" where nobody wrote one. What sink
// made of a bundle that was changed is not to be used: the error then says so.
// Errors are those of [Read], and the sink's with the place in the file.
func Replay(ctx context.Context, path string, sink evidence.Sink) (name string, err error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", &InputError{File: path, Err: plainPath(err)}
	case info.Mode().IsRegular() && strings.HasSuffix(path, pack.Suffix):
		from, err := pack.Open(path)
		if err != nil {
			return "", err
		}
		return replayBundle(ctx, from, sink)
	case !info.IsDir():
		return "", notAFolder(path)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return "", &InputError{File: path, Err: plainPath(err)}
	}
	defer root.Close()
	return ReplayFS(ctx, root.FS(), "folder "+path, sink)
}

// ReplayFS is [Replay] for a folder that is already a file system; name is what
// messages call it.
func ReplayFS(ctx context.Context, fsys fs.FS, name string, sink evidence.Sink) (cluster string, err error) {
	if pack.IsBundle(fsys) {
		from, err := pack.OpenFS(fsys)
		if err != nil {
			return "", err
		}
		return replayBundle(ctx, from, sink)
	}
	p := plain{fsys, reader{again: func(file string) (io.ReadCloser, error) { return fsys.Open(file) }, advice: writeAgain}}
	if err := p.known(name); err != nil {
		return "", err
	}
	return "", p.replay(ctx, sink)
}

func replayBundle(ctx context.Context, from *pack.Reader, sink evidence.Sink) (string, error) {
	if err := agree(from.Manifest); err != nil {
		return "", err
	}
	for _, c := range from.Manifest.Coverage {
		sink.Note(c)
	}
	d := reader{again: from.Again, advice: "collect again; or read it with the fixline that wrote it"}
	return from.Manifest.Cluster, from.Each(ctx, func(f evidence.File, content io.Reader) error {
		return d.put(sink, f.Path, f.Origin, content)
	})
}

// put copies one file into sink.
func (d reader) put(sink evidence.Sink, file string, from evidence.Origin, content io.Reader) error {
	err := sink.File(file, from, func(w io.Writer) (int, error) {
		_, err := io.Copy(w, content)
		return 0, err
	})
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return d.bad(file, err)
}

// replay copies the files a folder of kubectl output may hold, and notes what
// it does not.
func (p plain) replay(ctx context.Context, sink evidence.Sink) error {
	files := map[string]string{ // by what they answer
		string(evidence.ServerVersionFile): string(evidence.ServerVersionFile) + ".json",
		string(evidence.MetricsText):       metricsFile,
		string(evidence.APIGroups):         evidence.APIGroupsFile,
	}
	for _, l := range evidence.Collected() {
		files[string(l.Resource)] = l.File()
	}
	for asked, file := range files {
		note := evidence.Check{Asked: asked, State: evidence.Read}
		err := p.replayFile(ctx, sink, file, MaxFile)
		if errors.Is(err, fs.ErrNotExist) {
			note.State, note.Reason = evidence.Absent, file+" is not in the folder"
		} else if err != nil {
			return err
		}
		sink.Note(note)
	}
	return p.replayServers(ctx, sink)
}

func (p plain) replayServers(ctx context.Context, sink evidence.Sink) error {
	entries, err := fs.ReadDir(p.fsys, serversFolder)
	if err != nil {
		return nil //nolint:nilerr // such a folder is seldom there, and needs not be
	}
	for _, e := range entries {
		file := path.Join(serversFolder, e.Name(), metricsFile)
		switch err := p.replayFile(ctx, sink, file, maxSmall); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		default:
			sink.Note(evidence.Check{Asked: file, State: evidence.Read})
		}
	}
	return nil
}

func (p plain) replayFile(ctx context.Context, sink evidence.Sink, file string, limit int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f, err := openFile(p.fsys, file, limit)
	if errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil {
		return &InputError{File: file, Err: plainPath(err)}
	}
	defer f.Close()
	return p.put(sink, file, evidence.Origin{From: "file " + file}, f)
}
