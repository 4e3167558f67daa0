// Client is what the bench of collect needs client-go for, as a program of its own so that its memory is its own: `fill`
// fills a cluster with objects as real clusters hold them, `pass` reads the lists that `fixline collect` reads once, page
// by page, and drops what it read. Start at [main]; what a filled cluster holds is in [mix].
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("fill or pass was expected")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "the `file` that says which cluster")
	from := flags.Int("from", 0, "fill: this `percent` of the objects is there already")
	to := flags.Int("to", 100, "fill: until this `percent` is there")
	content := flags.String("content", "protobuf", "pass: json, protobuf or dynamic, which is JSON into maps")
	helm := flags.Bool("helm", false, "pass: also the Secrets and ConfigMaps of Helm releases")
	limit := flags.Int64("limit", 500, "pass: objects of a page; 0 is all at once")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	cfg, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	cfg.QPS = -1 // client-go's own 5 requests a second would be all that is measured
	switch args[0] {
	case "fill":
		return fill(ctx, cfg, *from, *to)
	case "pass":
		return pass(ctx, cfg, passOptions{content: *content, helm: *helm, limit: *limit})
	}
	return fmt.Errorf("fill or pass was expected, not %q", args[0])
}

// without compression, which wins nothing where nothing is far; fixline does the same on loopback.
func plain(cfg *rest.Config) *rest.Config {
	cfg = rest.CopyConfig(cfg)
	cfg.DisableCompression = true
	return cfg
}
