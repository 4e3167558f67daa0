package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// KubeletOptions of [Kubelets]. Now is required.
type KubeletOptions struct {
	// Way is [Direct] or [Proxy]; "" notes one gap that names both.
	Way     Level
	Version string
	// By is who asks, as [Collected] has it.
	By string
	// Timeout of one request; 0 = the config's, else 65 s. Connecting directly
	// may take ten seconds of it.
	Timeout time.Duration
	Now     func() time.Time
	// Progress, when set, is told of each kubelet.
	Progress func(Progress)
}

// Node is a node as far as it is needed to reach it.
type Node struct {
	Name string
	OS   string // linux, windows
	// Kubelet is the kubelet's version as the node reports it: "v1.37.1".
	Kubelet string
	// Addresses are InternalIPs, then ExternalIPs.
	Addresses []string
	// Port is the kubelet's.
	Port int
}

// KubeletAt is a kubelet to ask.
type KubeletAt struct {
	Node

	// Serving is the PEM of the kubelet's serving certificate as the host has
	// it: the kubelet must show this very one. nil: its certificate must be
	// signed by the cluster's authority for the node's name or address.
	Serving []byte
	// Dial connects to it, through a tunnel for example; nil connects directly.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

const (
	// firstKubelets are asked before the others: where none of them can be
	// reached, the way to the nodes is closed.
	firstKubelets = 3
	// kubeletsAtOnce are asked side by side.
	kubeletsAtOnce = 8
)

// Kubelets reads each kubelet's effective configuration (/configz) into sink.
// Kubelets that cannot be read are noted; where the first few of many cannot
// be reached, the rest are not asked and one gap says so. The error is ctx's
// own, sink's, or an *Error for a configuration that cannot be used. A
// credential is sent only after the kubelet's certificate was verified.
func Kubelets(ctx context.Context, cfg *rest.Config, sink evidence.Sink, kubelets []KubeletAt, opts KubeletOptions) error {
	if len(kubelets) == 0 {
		return nil
	}
	if opts.Way != Direct && opts.Way != Proxy {
		sink.Note(evidence.Check{Asked: "kubelets", State: evidence.NotAsked,
			Reason: "the configuration each kubelet really has was not asked for: --kubelet direct (right: nodes/configz) or --kubelet proxy (right: nodes/proxy, which also allows running commands in every pod)"})
		return nil
	}
	client, err := newClient(cfg, clientOptions{version: opts.Version, verb: "collect", timeout: opts.Timeout})
	if err != nil {
		return err
	}
	k := asking{client: client, cfg: cfg, sink: sink, opts: opts, left: len(kubelets)}
	kubelets = slices.Clone(kubelets)
	slices.SortFunc(kubelets, func(a, b KubeletAt) int { return strings.Compare(a.Name, b.Name) })
	first := kubelets[:min(firstKubelets, len(kubelets))]
	results, err := k.all(ctx, first)
	if err != nil {
		return err
	}
	closed := !slices.ContainsFunc(results, func(r result) bool { return !r.unreachable })
	if rest := kubelets[len(first):]; closed && len(rest) > 0 {
		sink.Note(evidence.Check{Asked: "kubelets", State: evidence.Failed,
			Reason: fmt.Sprintf("none of the first %d of %d kubelets can be reached, so the others were not asked: %s", len(first), len(kubelets), results[0].access.Reason)})
		return nil
	}
	for n, r := range results {
		k.note(first[n], r.access)
	}
	rest := kubelets[len(first):]
	results, err = k.all(ctx, rest)
	if err != nil {
		return err
	}
	for n, r := range results {
		k.note(rest[n], r.access)
	}
	return nil
}

// asking asks kubelets.
type asking struct {
	client *client
	cfg    *rest.Config
	sink   evidence.Sink
	opts   KubeletOptions

	mu   sync.Mutex
	left int
}

type result struct {
	access      evidence.Access
	unreachable bool
	err         error // of the sink
}

func (k *asking) note(at KubeletAt, a evidence.Access) {
	k.sink.Note(evidence.Check{Asked: configzFile(at.Name), State: a.State, Reason: a.Reason, Rule: a.Rule})
}

// all asks kubelets, a few at a time; a result for each.
func (k *asking) all(ctx context.Context, kubelets []KubeletAt) ([]result, error) {
	results := make([]result, len(kubelets))
	places := make(chan struct{}, kubeletsAtOnce)
	var running sync.WaitGroup
	for n, at := range kubelets {
		places <- struct{}{}
		running.Go(func() {
			defer func() { <-places }()
			if ctx.Err() == nil {
				results[n] = k.one(ctx, at)
			}
			k.progress()
		})
	}
	running.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	for _, r := range results {
		if r.err != nil {
			return nil, r.err
		}
	}
	return results, nil
}

func (k *asking) progress() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.left--
	if k.opts.Progress != nil {
		k.opts.Progress(Progress{Asked: "kubelets", Left: k.left})
	}
}

// one reads a kubelet's configuration, trims it and writes it.
func (k *asking) one(ctx context.Context, at KubeletAt) result {
	from, body, r := k.fetch(ctx, at)
	if body == nil {
		return r
	}
	var answer struct {
		Config map[string]any `json:"kubeletconfig"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Config == nil {
		return failed("what it answers is no configuration")
	}
	evidence.TrimKubeletConfig(answer.Config)
	data, err := json.MarshalIndent(map[string]any{"kubeletconfig": answer.Config}, "", " ")
	if err != nil {
		return failed(oneLine(err.Error()))
	}
	origin := evidence.Origin{From: "GET " + from, By: k.opts.By, At: stamp(k.opts.Now())}
	if err := k.sink.File(configzFile(at.Name), origin, text(append(data, '\n'))); err != nil {
		return result{err: err}
	}
	return result{access: evidence.Access{State: evidence.Read}}
}

func failed(reason string) result {
	return result{access: evidence.Access{State: evidence.Failed, Reason: reason}}
}

// fetch gets the answer; where it is nil, result says why.
func (k *asking) fetch(ctx context.Context, at KubeletAt) (from string, body []byte, _ result) {
	if k.opts.Way == Direct {
		return k.direct(ctx, at)
	}
	path := proxyPath(at.Name)
	stream, err := k.client.get(ctx, path)
	if err == nil {
		defer stream.Close()
		if body, err = io.ReadAll(io.LimitReader(stream, evidence.MaxObject)); err == nil {
			return k.client.host + path, body, result{}
		}
	}
	access, fatal := classify(err, *proxyRule())
	if fatal != nil {
		return "", nil, result{access: evidence.Access{State: evidence.Failed, Reason: oneLine(fatal.Error())}, unreachable: true}
	}
	if apierrors.IsNotFound(err) {
		access = evidence.Access{State: evidence.Absent, Reason: oneLine(err.Error())}
	}
	status, _ := statusCode(err)
	return "", nil, result{access: access, unreachable: status >= http.StatusInternalServerError}
}

// direct asks at the kubelet's own port.
func (k *asking) direct(ctx context.Context, at KubeletAt) (string, []byte, result) {
	if len(at.Addresses) == 0 {
		return "", nil, failed("the node has no address")
	}
	client, err := k.directClient(at)
	if err != nil {
		return "", nil, failed(oneLine(err.Error()))
	}
	defer client.CloseIdleConnections()
	url := "https://" + net.JoinHostPort(at.Addresses[0], fmt.Sprint(at.Port)) + "/configz"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", nil, failed(oneLine(err.Error()))
	}
	resp, err := client.Do(req)
	if err != nil {
		if unknown, ok := errors.AsType[*unverifiedError](err); ok {
			return "", nil, failed(unknown.Error())
		}
		return "", nil, result{access: evidence.Access{State: evidence.Failed,
			Reason: "the kubelet cannot be reached: " + oneLine(cause(err).Error())}, unreachable: gone(err) || late(err)}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, evidence.MaxObject))
	if err != nil {
		return "", nil, failed(oneLine(err.Error()))
	}
	switch resp.StatusCode {
	case http.StatusOK:
		return url, body, result{}
	case http.StatusForbidden:
		return "", nil, result{access: refusedByKubelet(at.Node, string(body))}
	case http.StatusUnauthorized:
		return "", nil, failed("the kubelet does not know these credentials: client certificates must be of its --client-ca-file, tokens need its webhook authentication")
	}
	return "", nil, failed("the kubelet answered " + resp.Status)
}

// refusedByKubelet names the rule that is missing. A kubelet says which
// subresources it tried: [configz proxy] where it tells configz apart, [proxy]
// where it does not, before 1.33 or without KubeletFineGrainedAuthz
// (https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/#fine-grained-authorization).
func refusedByKubelet(n Node, answer string) evidence.Access {
	rule := configzRule()
	if strings.Contains(answer, "configz") || !strings.Contains(answer, "proxy") {
		return evidence.Access{State: evidence.Forbidden, Rule: rule, Reason: "forbidden; the missing rule is " + rule.String()}
	}
	rule = proxyRule()
	return evidence.Access{State: evidence.Forbidden, Rule: rule,
		Reason: "forbidden; this kubelet (" + n.Kubelet + ") does not tell nodes/configz apart and wants " + rule.String() + ", which also allows running commands in every pod"}
}
