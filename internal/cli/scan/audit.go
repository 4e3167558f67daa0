package scan

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/core/scan"
	"github.com/fixline-dev/fixline/internal/evidence/reading/uses"
)

// addAuditLogs takes in who calls. However many files there are, one is open at
// a time, and one line of it in memory.
func (o *Options) addAuditLogs(ctx context.Context, b *scan.Basis) error {
	if len(o.cluster.AuditLog) == 0 {
		return nil
	}
	log := uses.NewAuditLog(b.Table, b.Move())
	defer o.Factory.Progress.Done()
	var read []string
	for _, path := range o.cluster.AuditLog {
		files, err := auditFiles(path)
		if err != nil {
			return exit.BadInput(fmt.Errorf("reading the audit log: %w", err))
		}
		files = slices.DeleteFunc(files, func(f string) bool { return slices.Contains(read, f) })
		read = append(read, files...)
		events, err := o.addAuditFiles(ctx, b, log, files)
		if err == nil && events == 0 && len(files) > 0 {
			err = errors.New("it holds no audit.k8s.io/v1 event: one JSON object per line was expected")
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return exit.BadInput(fmt.Errorf("reading the audit log %s: %s", path, reasonOf(err)))
		}
		b.Counts.Requests += events
	}
	for _, u := range log.Uses() {
		b.Add(u)
	}
	if log.More {
		b.Gaps = append(b.Gaps, scan.Gap{Check: "callers in the audit log", Required: true, Reason: "it holds more callers of deprecated APIs than are kept"})
	}
	if !log.First.IsZero() {
		b.Gaps = append(b.Gaps, scan.Gap{Check: "callers before and after the audit log",
			Reason: fmt.Sprintf("it shows %s to %s; who calls more seldom is not in it", log.First.UTC().Format(time.RFC3339), log.Last.UTC().Format(time.RFC3339))})
	}
	return nil
}

// addAuditFiles reads files one after the other. What one of several lacks is a
// gap; that the only one cannot be read is an error.
func (o *Options) addAuditFiles(ctx context.Context, b *scan.Basis, log *uses.AuditLog, files []string) (events int, err error) {
	for _, file := range files {
		if ctx.Err() != nil {
			return events, ctx.Err()
		}
		o.Factory.Progress.Step("reading audit log %s", file)
		f, err := readAuditFile(file, log)
		if err != nil && len(files) == 1 && f.Events == 0 {
			return 0, err
		}
		events += f.Events
		name := shown(file)
		gap := func(required bool, format string, args ...any) {
			b.Gaps = append(b.Gaps, scan.Gap{Check: name, File: &name, Required: required, Reason: fmt.Sprintf(format, args...)})
		}
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF):
			gap(true, "the compressed file is cut: what comes after %d events is missing", f.Events)
		case err != nil:
			gap(true, "it could not be read after %d events: %s", f.Events, reasonOf(err))
		case f.Cut:
			gap(false, "its last line is cut: the event in it is missing")
		}
		if f.Unread > 0 {
			gap(true, "%d of its lines are no audit events", f.Unread)
		}
	}
	return events, nil
}

// logName is how API servers and those who rotate their logs name files:
// audit.log, audit-2026-11-20T08-00-00.000.log.gz, audit.log.1, audit.log-20261120.zst.
var logName = regexp.MustCompile(`(?i)\.(log|json|jsonl|ndjson)([.-].*)?$`)

// auditFiles are the files path names, those of a folder at any depth in
// alphabetical order.
func auditFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{filepath.Clean(path)}, nil
	}
	var out []string
	err = filepath.WalkDir(path, func(at string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && logName.MatchString(e.Name()) {
			out = append(out, at)
		}
		return err
	})
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("the folder %s holds no log: names with .log, .json or .jsonl are read, also compressed", path)
	}
	return out, err
}

// readAuditFile reads one file, compressed or not, whatever its name is.
func readAuditFile(path string, log *uses.AuditLog) (uses.AuditFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return uses.AuditFile{}, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 64<<10)
	head, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return uses.AuditFile{}, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b")): // https://www.rfc-editor.org/rfc/rfc1952#page-6
		z, err := gzip.NewReader(in)
		if err != nil {
			return uses.AuditFile{}, err
		}
		return log.Read(z)
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")): // https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return uses.AuditFile{}, err
		}
		defer z.Close()
		return log.Read(z)
	}
	return log.Read(in)
}

// maxWindow is the memory a zstd file may ask for: that of zstd's own program
// without --long (https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1.2).
const maxWindow = 128 << 20

// reasonOf is an error of the file system without the path, which is known.
func reasonOf(err error) string {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err.Error()
	}
	return err.Error()
}
