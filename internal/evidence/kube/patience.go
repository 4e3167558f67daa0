package kube

import (
	"context"
	"io"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
)

// patience asks a server again that is busy, broken or gone for a while. A
// bundle takes long to read and is used for long, so waiting is worth it; a
// server that is down for good is waited for once, not for every list.
type patience struct {
	limit time.Duration
	now   func() time.Time
	// answered: the server has answered before, so that no connection means
	// that it is gone for a while and not that the address is wrong.
	answered bool
	spent    bool // a request waited to the end, and none succeeded since
}

// ask sends until it succeeds, the error is no passing one, or limit is over;
// the error is the last one. Retry-After is kept to where a server says it.
func (p *patience) ask(ctx context.Context, send func() (io.ReadCloser, error)) (io.ReadCloser, error) {
	end := p.now().Add(p.limit)
	backoff := wait.Backoff{Duration: 250 * time.Millisecond, Factor: 2, Jitter: 0.2, Steps: 30, Cap: 15 * time.Second}
	renewed := false
	for {
		body, err := send()
		if err == nil {
			p.spent = false
			return body, nil
		}
		if ctx.Err() != nil {
			return nil, err
		}
		if p.answered && apierrors.IsUnauthorized(err) && !renewed {
			renewed = true // client-go has asked the credential plugin for new ones
			continue
		}
		if p.spent || !p.passing(err) {
			return nil, err
		}
		pause := backoff.Step()
		if seconds, ok := apierrors.SuggestsClientDelay(err); ok {
			pause = max(pause, time.Duration(seconds)*time.Second)
		}
		if p.now().Add(pause).After(end) {
			p.spent = true
			return nil, err
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// passing errors may be gone a moment later.
func (p *patience) passing(err error) bool {
	if status, ok := statusCode(err); ok {
		return status == 429 || status >= 500
	}
	return p.answered && gone(err)
}

// gone is a server that does not answer any more, as while it restarts.
func gone(err error) bool {
	return unreachable(err) && !late(err) && !certificate(err) && !httpOnTLS(err) && !noCredentials(err)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
