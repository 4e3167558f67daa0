package kube

import (
	"math"
	"net/http"
	"sync"
	"time"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// dates compares the Date header of answers with the local clock and keeps the
// closest comparison, which is that of the quickest answer.
type dates struct {
	now func() time.Time

	mu    sync.Mutex
	at    time.Time
	ahead time.Duration
	trip  time.Duration
}

func (d *dates) see(sent time.Time, header http.Header) {
	got := d.now()
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	trip := got.Sub(sent)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.at.IsZero() || trip < d.trip {
		d.at, d.trip = got, trip
		// Whole seconds, cut off: it was half a second later on average.
		d.ahead = date.Add(time.Second / 2).Sub(sent.Add(trip / 2))
	}
}

// clocks is the one clock there is, or none where no answer had a date.
func (d *dates) clocks(of string) []evidence.Clock {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.at.IsZero() {
		return nil
	}
	milli := func(t time.Duration) float64 { return math.Round(t.Seconds()*1000) / 1000 }
	return []evidence.Clock{{Of: of, At: d.at.UTC().Format(time.RFC3339Nano), Ahead: milli(d.ahead), Within: milli(d.trip/2 + time.Second/2)}}
}

// dated hands the dates of all answers on.
type dated struct {
	http.RoundTripper

	dates *dates
}

// WrappedRoundTripper implements utilnet.RoundTripperWrapper: client-go looks
// through it for what cancels a request, and else complains on standard error.
func (d *dated) WrappedRoundTripper() http.RoundTripper { return d.RoundTripper }

func (d *dated) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := d.dates.now()
	resp, err := d.RoundTripper.RoundTrip(r)
	if err == nil {
		d.dates.see(sent, resp.Header)
	}
	return resp, err
}
