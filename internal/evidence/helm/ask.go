package helm

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
)

// patience asks a server again that is busy, broken or gone for a while: that a
// release was not read because of a restart would be held against it. A server
// that is down for good is waited for once, not for every release.
type patience struct {
	limit time.Duration
	now   func() time.Time
	spent atomic.Bool // a request waited to the end, and none succeeded since
}

// ask sends a request and reads its answer until both succeed, the error is no
// passing one, or the limit is over; the error is the last one. read must be
// able to begin again.
func (p *patience) ask(ctx context.Context, request func() *rest.Request, read func(io.Reader) error) error {
	end := p.now().Add(p.limit)
	backoff := wait.Backoff{Duration: 250 * time.Millisecond, Factor: 2, Jitter: 0.2, Steps: 30, Cap: 15 * time.Second}
	renewed := false
	for {
		err := once(ctx, request(), read)
		if err == nil {
			p.spent.Store(false)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if apierrors.IsUnauthorized(err) && !renewed {
			renewed = true // client-go has asked the credential plugin for new ones
			continue
		}
		if p.spent.Load() || !passing(err) {
			return err
		}
		pause := backoff.Step()
		if seconds, ok := apierrors.SuggestsClientDelay(err); ok {
			pause = max(pause, time.Duration(seconds)*time.Second)
		}
		if p.now().Add(pause).After(end) {
			p.spent.Store(true)
			return err
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// once sends one request. An answer whose connection broke in the middle is a
// request that failed, whatever could be made of its beginning.
func once(ctx context.Context, request *rest.Request, read func(io.Reader) error) error {
	body, err := request.MaxRetries(0).Stream(ctx) // ours knows when to end
	if err != nil {
		return err
	}
	defer body.Close()
	in := &watched{r: body}
	err = read(in)
	switch {
	case in.err == nil:
		return err
	case late(in.err):
		return context.DeadlineExceeded
	}
	return errCut
}

// watched remembers whether the connection broke.
type watched struct {
	r   io.Reader
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}

var errCut = &unreadable{why: "the connection broke in the middle of the answer"}

// passing errors may be gone a moment later. One that takes too long was
// waited for already, and a certificate or a credential that is not accepted
// does not get better.
func passing(err error) bool {
	if errors.Is(err, errCut) {
		return true
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		code := status.Status().Code
		return code == http.StatusTooManyRequests || code >= http.StatusInternalServerError
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok || late(err) {
		return false
	}
	_, sent := errors.AsType[*url.Error](err)
	text := err.Error()
	return sent && !strings.Contains(text, "getting credentials:") && !strings.Contains(text, "tls:") &&
		!strings.Contains(text, http.ErrSchemeMismatch.Error())
}

// late reports a request that was not answered in time.
func late(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded)
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
