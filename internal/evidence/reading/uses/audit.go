package uses

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Limits of an audit log. An event with the bodies of request and answer is at
// most twice an object; no cluster has that many programs.
const (
	maxEvent   = 8 << 20
	maxCallers = 10_000
)

// AuditLog is who asked for deprecated APIs, by the logs of one cluster's API
// servers, in as many files as they were rotated into. Make one with [NewAuditLog].
type AuditLog struct {
	// First and Last are when what was read begins and ends; zero where no event says.
	First, Last time.Time
	// More: there were more callers than are kept.
	More bool

	judge   judge
	callers map[caller]*removal.Use
}

// AuditFile is what one file of a log holds.
type AuditFile struct {
	// Events is how many lines were events, Unread how many were not.
	Events, Unread int
	// Cut: the last line ends in the middle of an event, as where a file was
	// copied while it was being written. It is not among Unread.
	Cut bool
}

// NewAuditLog is an empty AuditLog for one move.
func NewAuditLog(t *removal.Table, move removal.Move) *AuditLog {
	return &AuditLog{judge: newJudge(t, move), callers: map[caller]*removal.Use{}}
}

// event is the used part of an audit event
// (https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/).
type event struct {
	Kind  string `json:"kind"`
	Stage string `json:"stage"`
	Verb  string `json:"verb"`
	User  struct {
		Username string `json:"username"`
	} `json:"user"`
	UserAgent string `json:"userAgent"`
	Object    *struct {
		Resource string `json:"resource"`
		Group    string `json:"apiGroup"`
		Version  string `json:"apiVersion"`
	} `json:"objectRef"`
	Response struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
	Received    time.Time         `json:"requestReceivedTimestamp"`
	Annotations map[string]string `json:"annotations"`
}

// The API server marks requests of deprecated APIs
// (https://kubernetes.io/docs/reference/labels-annotations-taints/audit-annotations/).
const (
	deprecated     = "k8s.io/deprecated"
	removedRelease = "k8s.io/removed-release"
)

type caller struct{ group, version, resource, user, agent string }

// Read takes in one file: an audit.k8s.io/v1 event per line. Of requests it keeps
// those whose API version the target deprecates or does not serve, one use for
// each caller with how often it called, whatever the number of files. A line that
// is no event is counted, not an error: logs are cut anywhere. One line is in
// memory at a time. The error is r's; what was read before it counts.
func (a *AuditLog) Read(r io.Reader) (AuditFile, error) {
	var f AuditFile
	err := eachLine(r, func(line []byte, whole bool) {
		var e event
		switch {
		case line != nil && json.Unmarshal(line, &e) == nil && e.Kind == "Event":
			f.Events++
			a.add(&e)
		case line != nil && !whole && line[0] == '{' && !json.Valid(line):
			f.Cut = true
		default:
			f.Unread++
		}
	})
	return f, err
}

// Uses are the callers so far, in the order of what they asked for.
func (a *AuditLog) Uses() []removal.Use {
	var out []removal.Use
	for _, u := range a.callers {
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b removal.Use) int {
		return strings.Compare(fmt.Sprint(a.GVK, a.Resource, a.UserAgent, a.User), fmt.Sprint(b.GVK, b.Resource, b.UserAgent, b.User))
	})
	return out
}

func (a *AuditLog) add(e *event) {
	if at := e.Received; !at.IsZero() {
		if a.First.IsZero() || at.Before(a.First) {
			a.First = at
		}
		if at.After(a.Last) {
			a.Last = at
		}
	}
	a.call(e)
}

// call counts one request. One that runs long has an event when it starts and
// one when it ends; it is counted by the latter, and known from the first on.
func (a *AuditLog) call(e *event) {
	o := e.Object
	if o == nil || o.Resource == "" || o.Version == "" || e.Stage == "RequestReceived" {
		return
	}
	marked := e.Annotations[deprecated] == "true"
	if !marked && e.Response.Code == 404 {
		return // a look whether the server has the API; it has not
	}
	key := caller{o.Group, o.Version, o.Resource, e.User.Username, e.UserAgent}
	u := a.callers[key]
	if u == nil {
		k := removal.GVK{Group: o.Group, Version: o.Version}
		life, ok := a.judge.table.ByResource(o.Group, o.Version, o.Resource)
		if ok {
			k.Kind = life.Kind
		}
		if !marked && (!ok || !a.judge.of(k)) {
			return
		}
		if len(a.callers) >= maxCallers {
			a.More = true
			return
		}
		u = &removal.Use{GVK: k, Source: removal.Audit, Resource: o.Resource, User: e.User.Username, UserAgent: e.UserAgent, Verb: e.Verb}
		if m, err := version.ParseMinor(e.Annotations[removedRelease]); err == nil {
			u.RemovedRelease = m
		}
		a.callers[key] = u
	}
	if e.Stage != "ResponseStarted" {
		u.Count++
	}
	if u.Verb != e.Verb {
		u.Verb = "" // several
	}
	if e.Received.After(u.Time) {
		u.Time = e.Received
	}
}

// eachLine hands on each line that is not empty, nil for one that is too long;
// whole is false of a last line without an end.
func eachLine(r io.Reader, each func(line []byte, whole bool)) error {
	in := bufio.NewReaderSize(r, 64<<10)
	var line []byte
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxEvent; !long {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		switch text := bytes.TrimSpace(line); {
		case long:
			each(nil, err == nil)
		case len(text) > 0:
			each(text, err == nil)
		}
		line, long = line[:0], false
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
