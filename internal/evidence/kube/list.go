package kube

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/kube/wire"
)

// maxRestarts bounds how often a list whose continue token expired is begun
// again. etcd keeps a revision for five minutes by default, so a list that
// expires this often cannot be read in pages at all.
const maxRestarts = 3

// maxPages bounds one list: at 500 objects a page five million, more than any
// cluster holds. A server that never ends a list would hold the run for ever.
const maxPages = 10_000

// decoder reads one page: [evidence.List.Each], or another for what is not
// kept as objects.
type decoder func(r io.Reader, each func(object any) error) (evidence.Listing, error)

// listing is one list as it is read.
type listing struct {
	list   evidence.List
	page   int // objects of one request; 0 is the list's own
	decode decoder
	// wire decodes an answer in protobuf, which is asked for where it is set.
	wire *wire.Decoder
	each func(object any) error
	done func(total int) // after each page but the last; may be nil
}

// whole runs attempt until it has read the list whole. The last attempt after
// expired tokens asks for everything at once (a page of 0), as client-go's own
// pager does.
func (a *asker) whole(ctx context.Context, list evidence.List, page int, attempt func(page int) error) (evidence.Access, error) {
	if page == 0 {
		page = list.Page
	}
	for n := 0; ; n++ {
		if n == maxRestarts {
			page = 0
		}
		err := attempt(page)
		if err == nil {
			a.slow = 0
			return evidence.Access{State: evidence.Read}, nil
		}
		if own, ok := errors.AsType[*writeError](err); ok {
			return evidence.Access{}, own.err
		}
		again := expired(err)
		if a.client.patience != nil && !again {
			_, again = errors.AsType[*brokenError](err)
		}
		if again && n < maxRestarts && ctx.Err() == nil {
			continue
		}
		access, fatal := a.outcome(ctx, list.Rule(), err)
		return listAccess(list, access), fatal
	}
}

// writeError is an error of who takes the objects, not of the server.
type writeError struct{ err error }

func (e *writeError) Error() string { return e.err.Error() }
func (e *writeError) Unwrap() error { return e.err }

// brokenError is a page whose connection broke in the middle.
type brokenError struct{ err error }

func (e *brokenError) Error() string { return e.err.Error() }
func (e *brokenError) Unwrap() error { return e.err }

// listAccess words what a list that an older server does not serve means.
func listAccess(list evidence.List, access evidence.Access) evidence.Access {
	if access.State != evidence.Absent {
		return access
	}
	access.Reason = "the server does not serve " + list.APIVersion() + " " + string(list.Resource)
	if list.Since != "" {
		access.Reason += " (stable since Kubernetes " + list.Since + "); a deprecated or unstable version of it is never asked for"
	}
	return access
}

// answer is a page on its way.
type answer struct {
	token string
	body  io.ReadCloser
	err   error
}

// fetch asks for a page; exactly one answer comes.
func (a *asker) fetch(ctx context.Context, l listing, token string) <-chan answer {
	query := url.Values{}
	if l.page > 0 {
		query.Set("limit", strconv.Itoa(l.page))
	}
	if token != "" {
		query.Set("continue", token)
	}
	accept := runtime.ContentTypeJSON
	if l.wire != nil {
		accept = wire.Accept
	}
	out := make(chan answer, 1)
	go func() {
		body, err := a.client.getAs(ctx, accept, l.list.Path(), query)
		out <- answer{token, body, err}
	}()
	return out
}

// pages reads every page. The server makes the next one while this one is
// decoded: an answer says how to go on before it says what it holds.
func (a *asker) pages(ctx context.Context, l listing) error {
	ctx, cancel := context.WithCancel(ctx)
	next := a.fetch(ctx, l, "")
	defer func() {
		cancel()
		if next == nil {
			return
		}
		if left := <-next; left.body != nil {
			left.body.Close()
		}
	}()
	total := 0
	for n := 0; ; n++ {
		if n > maxPages {
			return fmt.Errorf("the server sent more than %d pages of %s and still more to come", maxPages, l.list.Resource)
		}
		page := <-next
		next = nil
		if page.err != nil {
			return page.err
		}
		in := &watched{r: page.body}
		head := bufio.NewReaderSize(in, 64<<10)
		decode, ahead := l.reading(head)
		if ahead != "" {
			next = a.fetch(ctx, l, ahead)
		}
		got, err := decode(head, l.each)
		page.body.Close()
		if err != nil {
			if _, own := errors.AsType[*writeError](err); !own && in.err != nil {
				return &brokenError{err}
			}
			return err
		}
		total += got.Items
		switch {
		case got.Continue == "" && ahead == "":
			return nil
		case got.Continue != ahead && ahead != "":
			return fmt.Errorf("the server names two different continuations of %s in one answer", l.list.Resource)
		case ahead == "":
			next = a.fetch(ctx, l, got.Continue)
		}
		if l.done != nil {
			l.done(total)
		}
	}
}

// headSize is more than what stands before the objects of a list: kind,
// version, revision and the continue token of some hundred bytes.
const headSize = 4 << 10

// reading is how an answer is read that in is the beginning of, and the
// continue token where it stands before the objects.
func (l listing) reading(in *bufio.Reader) (decoder, string) {
	if l.wire == nil || !wire.Is(in) { // a server without protobuf sends JSON
		return l.decode, continueOf(in)
	}
	head, _ := in.Peek(headSize) // shorter where the answer is
	decode := func(_ io.Reader, each func(any) error) (evidence.Listing, error) { return l.wire.Each(in, each) }
	return decode, wire.Continue(head)
}

// continueOf looks for the continue token before the objects; "" where there
// is none or the server writes it behind them.
func continueOf(in *bufio.Reader) string {
	head, _ := in.Peek(headSize) // shorter where the answer is
	dec := json.NewDecoder(bytes.NewReader(head))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return ""
	}
	for {
		key, err := dec.Token()
		if err != nil || key == "items" {
			return ""
		}
		if key == "metadata" {
			var meta struct {
				Continue string `json:"continue"`
			}
			if dec.Decode(&meta) != nil {
				return ""
			}
			return meta.Continue
		}
		var skip json.RawMessage
		if dec.Decode(&skip) != nil {
			return ""
		}
	}
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
