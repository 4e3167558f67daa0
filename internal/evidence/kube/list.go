package kube

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// maxRestarts bounds how often a list whose continue token expired is begun
// again. etcd keeps a revision for five minutes by default, so a list that
// expires this often cannot be read in pages at all.
const maxRestarts = 3

// list reads every page of one list. The last attempt after expired tokens
// asks for everything at once, as client-go's own pager does.
func (r *reader) list(ctx context.Context, list evidence.List) error {
	page := list.Page
	if r.opts.PageSize > 0 {
		page = r.opts.PageSize
	}
	for attempt := 0; ; attempt++ {
		if attempt == maxRestarts {
			page = 0
		}
		err := r.pages(ctx, list, page)
		if err == nil {
			r.b.Access[list.Resource] = evidence.Access{State: evidence.Read}
			r.slow = 0
			return nil
		}
		// A list that was read in part is no list: what is missing would count
		// as not there.
		r.b.Forget(list)
		if expired(err) && attempt < maxRestarts {
			r.progress("reading %s again: the list changed too long ago to go on", list.Resource)
			continue
		}
		return r.noteList(ctx, list, err)
	}
}

// maxPages bounds one list: at 500 objects a page five million, more than any
// cluster holds. A server that never ends a list would hold the run for ever.
const maxPages = 10_000

func (r *reader) pages(ctx context.Context, list evidence.List, page int) error {
	total, token := 0, ""
	r.progress("reading %s", list.Resource)
	for n := 0; ; n++ {
		if n > maxPages {
			return fmt.Errorf("the server sent more than %d pages of %s and still more to come", maxPages, list.Resource)
		}
		query := url.Values{}
		if page > 0 {
			query.Set("limit", strconv.Itoa(page))
		}
		if token != "" {
			query.Set("continue", token)
		}
		body, err := r.client.get(ctx, list.Path(), query)
		if err != nil {
			return err
		}
		got, err := r.b.Decode(list, body)
		body.Close()
		if err != nil {
			return err
		}
		total += got.Items
		if got.Continue == "" {
			return nil
		}
		token = got.Continue
		r.progress("reading %s: %d", list.Resource, total)
	}
}

// noteList words what a list that an older server does not serve means.
func (r *reader) noteList(ctx context.Context, list evidence.List, err error) error {
	if err := r.note(ctx, list.Resource, list.Rule(), err); err != nil {
		return err
	}
	access := r.b.Access[list.Resource]
	if access.State != evidence.Absent {
		return nil
	}
	access.Reason = "the server does not serve " + list.Group + "/v1 " + string(list.Resource)
	if list.Since != "" {
		access.Reason += " (stable since Kubernetes " + list.Since + "); a deprecated or unstable version of it is never asked for"
	}
	r.b.Access[list.Resource] = access
	return nil
}
