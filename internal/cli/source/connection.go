package source

import (
	"errors"
	"fmt"
	"time"

	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
)

// Connection is how to reach one live cluster.
type Connection struct {
	// Label is what the cluster is called: its context, or the server where there
	// is none. Context is the kubeconfig's; "" inside a pod.
	Label, Context string
	Config         *rest.Config
	// Timeout is --request-timeout; 0 = not given.
	Timeout time.Duration
}

// Connect finds one context of the kubeconfig flags; "" is the current one.
func Connect(k *genericclioptions.ConfigFlags, context string) (Connection, error) {
	flags := inContext(k, context)
	name, err := currentContext(flags)
	if err != nil {
		return Connection{}, err
	}
	timeout, err := requestTimeout(flags)
	if err != nil {
		return Connection{}, err
	}
	cfg, err := flags.ToRESTConfig()
	if err != nil {
		return Connection{}, exit.WithHint(exit.BadInput(fmt.Errorf("reading the kubeconfig: %w", err)),
			"name a cluster with --kubeconfig or --context, or go without one: --bundle PATH, -f FILE, fixline demo")
	}
	label := name
	if label == "" {
		label = cfg.Host
	}
	return Connection{Label: label, Context: name, Config: cfg, Timeout: timeout}, nil
}

// inContext are the same flags for another context. ConfigFlags caches what it
// loads, so each context needs its own.
func inContext(k *genericclioptions.ConfigFlags, name string) *genericclioptions.ConfigFlags {
	return &genericclioptions.ConfigFlags{
		KubeConfig: k.KubeConfig, Context: &name, ClusterName: k.ClusterName, AuthInfoName: k.AuthInfoName,
		Namespace: k.Namespace, Impersonate: k.Impersonate, ImpersonateGroup: k.ImpersonateGroup, Timeout: k.Timeout,
	}
}

// ErrNoCluster: there is no kubeconfig that names one.
var ErrNoCluster = errors.New("no kubeconfig names a cluster")

// Reachable finds what is wrong with a context before anything is asked: one
// nobody defined, or no kubeconfig at all, where client-go would try localhost:8080.
func Reachable(k *genericclioptions.ConfigFlags, context string, f *factory.Factory) error {
	flags := inContext(k, context)
	if _, err := currentContext(flags); err != nil {
		return err
	}
	raw, err := flags.ToRawKubeConfigLoader().RawConfig()
	if err == nil && len(raw.Clusters) == 0 && f.Getenv("KUBERNETES_SERVICE_HOST") == "" {
		return exit.WithHint(exit.Usagef("%w", ErrNoCluster),
			"name one with --kubeconfig or KUBECONFIG; or assess without a connection: --bundle FOLDER, -f FILE, fixline demo")
	}
	return nil
}

// currentContext is the name of the kubeconfig context in use; "" where there
// is no kubeconfig, as inside a pod.
func currentContext(flags *genericclioptions.ConfigFlags) (string, error) {
	raw, err := flags.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return "", exit.BadInput(fmt.Errorf("reading the kubeconfig: %w", err))
	}
	name := *flags.Context
	if name == "" {
		return raw.CurrentContext, nil
	}
	if _, ok := raw.Contexts[name]; !ok {
		return "", exit.WithHint(exit.Usagef("no context %q in the kubeconfig", name), "kubectl config get-contexts")
	}
	return name, nil
}

// requestTimeout is --request-timeout as a duration; 0 = not given. clientcmd
// itself would silently turn a bad one into none.
func requestTimeout(flags *genericclioptions.ConfigFlags) (time.Duration, error) {
	if flags.Timeout == nil || *flags.Timeout == "" || *flags.Timeout == "0" {
		return 0, nil
	}
	d, err := clientcmd.ParseTimeout(*flags.Timeout)
	if err != nil || d < 0 {
		return 0, exit.Usagef("--request-timeout: %q is not a duration such as 30s", *flags.Timeout)
	}
	return d, nil
}
