package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// asker asks for one thing after the other and says what became of each, in
// the same words for [Read] and [Collect]: a judgement is then the same on
// what either brings back. Its error ends everything: ctx ended, or the server
// is not there (any more).
type asker struct {
	client *client
	// answered: /version was read, so there is a server.
	answered bool
	slow     int // requests in a row that were not answered in time
}

// outcome is what a request that failed means. One request that takes too long
// is a gap; two in a row are a server that hangs.
func (a *asker) outcome(ctx context.Context, rule evidence.Rule, err error) (evidence.Access, error) {
	if ctx.Err() != nil {
		return evidence.Access{}, ctx.Err()
	}
	access, fatal := classify(err, rule)
	if fatal == nil {
		a.slow = 0
		return access, nil
	}
	if late(err) && a.answered && a.slow == 0 {
		a.slow++
		return evidence.Access{State: evidence.Failed, Reason: "no answer in time"}, nil
	}
	return evidence.Access{}, fatal
}

// version decides whether the server can be asked at all.
func (a *asker) version(ctx context.Context) (evidence.ServerVersion, evidence.Access, error) {
	var v evidence.ServerVersion
	err := a.client.object(ctx, versionPath, &v)
	if err == nil && v.GitVersion == "" {
		err = &Error{Kind: NotKubernetes, Err: errors.New("/version names no version")}
	}
	if err == nil {
		a.answered = true
		return v, evidence.Access{State: evidence.Read}, nil
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return v, evidence.Access{}, &Error{Kind: NotKubernetes, Err: fmt.Errorf("the answer of /version is no JSON: %w", syntax)}
	}
	access, fatal := a.outcome(ctx, evidence.Rule{NonResourceURL: versionPath, Verb: "get"}, err)
	switch {
	case fatal != nil:
		return v, access, fatal
	case access.State == evidence.Absent:
		return v, access, &Error{Kind: NotKubernetes, Err: fmt.Errorf("%s has no /version", a.client.host)}
	case access.State == evidence.Failed && apierrors.IsBadRequest(err): // what a TLS port answers to plain HTTP
		return v, access, &Error{Kind: NotKubernetes, Err: err}
	case access.State == evidence.Failed:
		return v, access, &Error{Kind: Unreachable, Err: err}
	}
	return v, access, nil
}

// groups asks which group versions are served. The answer names deprecated
// ones, but asking for it requests none of them.
func (a *asker) groups(ctx context.Context) (map[string][]string, evidence.Access, error) {
	var raw json.RawMessage
	err := a.client.object(ctx, groupsPath, &raw)
	if err == nil {
		var groups map[string][]string
		if groups, err = evidence.ReadAPIGroups(raw); err == nil {
			return groups, evidence.Access{State: evidence.Read}, nil
		}
	}
	access, fatal := a.outcome(ctx, evidence.Rule{NonResourceURL: groupsPath, Verb: "get"}, err)
	return nil, access, fatal
}

// configMap reads one ConfigMap of kube-system, reduced to what may be kept.
// Where the state is Failed there may still be a part of it.
func (a *asker) configMap(ctx context.Context, name string) (*evidence.ConfigMap, evidence.Access, error) {
	var c evidence.ConfigMap
	if err := a.client.object(ctx, configMapPath+name, &c); err != nil {
		access, fatal := a.outcome(ctx, configMapRule(name), err)
		return nil, access, fatal
	}
	a.slow = 0
	if err := evidence.TrimConfigMap(&c); err != nil {
		return &c, evidence.Access{State: evidence.Failed, Reason: oneLine(err.Error())}, nil
	}
	return &c, evidence.Access{State: evidence.Read}, nil
}
