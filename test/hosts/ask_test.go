package hosts

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// asker keeps asking the API for an object, through the address in the kubeconfig, over a new connection each time.
type asker struct {
	client *http.Client
	url    string
	stop   context.CancelFunc
	ended  chan struct{}

	answers, retries int
	longest          time.Duration
	failures         []string
}

// patience is how long a question may wait for its answer: one that is cut off, because its server ends, or that hangs
// longer than oneTry, because etcd has no leader for a moment, is asked again, as controllers do.
const (
	patience = 30 * time.Second
	oneTry   = 5 * time.Second
)

// ask begins to ask, twice a second; wantAnswers ends it.
func (w world) ask(t *testing.T) *asker {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", w.Folder.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	keys, err := rest.TLSConfigFor(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	a := &asker{
		client: &http.Client{Timeout: oneTry, Transport: &http.Transport{TLSClientConfig: keys, DisableKeepAlives: true}},
		url:    config.Host + "/api/v1/namespaces/kube-system/configmaps/kubeadm-config",
		stop:   stop, ended: make(chan struct{}),
	}
	t.Cleanup(stop)
	go func() {
		defer close(a.ended)
		for ctx.Err() == nil {
			a.question(ctx)
			time.Sleep(500 * time.Millisecond)
		}
	}()
	return a
}

// question asks until there is an answer, and notes how long that took.
func (a *asker) question(ctx context.Context) {
	begin := time.Now()
	for {
		err := a.once(ctx)
		took := time.Since(begin)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			a.answers++
			a.longest = max(a.longest, took)
			return
		case took > patience:
			a.failures = append(a.failures, fmt.Sprintf("%s: nothing in %s, at last %v", begin.Format(time.TimeOnly), took.Round(time.Second), err))
			return
		}
		a.retries++
		time.Sleep(200 * time.Millisecond)
	}
}

func (a *asker) once(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url, nil)
	if err != nil {
		return err
	}
	response, err := a.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, body)
	}
	return err
}

// wantAnswers ends the asking and fails the test for a question without an answer.
func (a *asker) wantAnswers(t *testing.T) {
	t.Helper()
	a.stop()
	<-a.ended
	t.Logf("the API gave %d answers, %d after being asked again, the slowest after %s", a.answers, a.retries, a.longest.Round(time.Millisecond))
	if a.answers == 0 || len(a.failures) > 0 {
		t.Errorf("asked through the upgrade, the API gave %d answers; without one: %q", a.answers, a.failures)
	}
}
