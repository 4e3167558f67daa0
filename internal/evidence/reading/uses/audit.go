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

// AuditLog is who asked for deprecated APIs, by a log of an API server.
type AuditLog struct {
	Uses []removal.Use
	// Events is how many lines were events, Unread how many were not.
	Events, Unread int
	// First and Last are when the log begins and ends; zero where no event says.
	First, Last time.Time
	// More: there were more callers than are kept.
	More bool
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

// Audit reads the log of an API server: an audit.k8s.io/v1 event per line. Of
// requests it keeps those whose API version the target deprecates or does not
// serve, one use for each caller with how often it called. A line that is no
// event is counted, not an error: logs are cut anywhere. The error is r's, or
// says that there is no event at all.
func Audit(r io.Reader, t *removal.Table, move removal.Move) (*AuditLog, error) {
	out, j, callers := &AuditLog{}, newJudge(t, move), map[caller]*removal.Use{}
	err := eachLine(r, func(line []byte) {
		var e event
		if line == nil || json.Unmarshal(line, &e) != nil || e.Kind != "Event" {
			out.Unread++
			return
		}
		out.Events++
		if at := e.Received; !at.IsZero() {
			if out.First.IsZero() || at.Before(out.First) {
				out.First = at
			}
			if at.After(out.Last) {
				out.Last = at
			}
		}
		out.call(callers, j, &e)
	})
	if err != nil {
		return nil, err
	}
	if out.Events == 0 {
		return nil, errors.New("it holds no audit.k8s.io/v1 event: one JSON object per line was expected")
	}
	for _, u := range callers {
		out.Uses = append(out.Uses, *u)
	}
	slices.SortFunc(out.Uses, func(a, b removal.Use) int {
		return strings.Compare(fmt.Sprint(a.GVK, a.Resource, a.UserAgent, a.User), fmt.Sprint(b.GVK, b.Resource, b.UserAgent, b.User))
	})
	return out, nil
}

// call counts one request. One that runs long has an event when it starts and
// one when it ends; it is counted by the latter, and known from the first on.
func (a *AuditLog) call(callers map[caller]*removal.Use, j judge, e *event) {
	o := e.Object
	if o == nil || o.Resource == "" || o.Version == "" || e.Stage == "RequestReceived" {
		return
	}
	marked := e.Annotations[deprecated] == "true"
	if !marked && e.Response.Code == 404 {
		return // a look whether the server has the API; it has not
	}
	key := caller{o.Group, o.Version, o.Resource, e.User.Username, e.UserAgent}
	u := callers[key]
	if u == nil {
		k := removal.GVK{Group: o.Group, Version: o.Version}
		life, ok := j.table.ByResource(o.Group, o.Version, o.Resource)
		if ok {
			k.Kind = life.Kind
		}
		if !marked && (!ok || !j.of(k)) {
			return
		}
		if len(callers) >= maxCallers {
			a.More = true
			return
		}
		u = &removal.Use{GVK: k, Source: removal.Audit, Resource: o.Resource, User: e.User.Username, UserAgent: e.UserAgent, Verb: e.Verb}
		if m, err := version.ParseMinor(e.Annotations[removedRelease]); err == nil {
			u.RemovedRelease = m
		}
		callers[key] = u
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

// eachLine hands on each line that is not empty, nil for one that is too long.
func eachLine(r io.Reader, each func([]byte)) error {
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
			each(nil)
		case len(text) > 0:
			each(text)
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
