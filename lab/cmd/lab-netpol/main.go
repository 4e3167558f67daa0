// Lab-netpol keeps the network policies of a lab's cluster in force on the node it runs on. It is a part of the lab and no
// CNI; "lab netpol on" puts it on every host.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/fixline-dev/fixline/lab/netpol/agent"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	kubeconfig := flag.String("kubeconfig", "", "`file` that reaches the API server")
	node := flag.String("node", "", "`name` of the node this runs on")
	flag.Parse()
	if *kubeconfig == "" || *node == "" {
		return errors.New("both --kubeconfig and --node must be given")
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	if err := agent.SeesBridges(); err != nil {
		return err
	}
	return agent.Run(ctx, agent.Options{Config: config, Node: *node, Nft: []string{"nft"}, Progress: os.Stderr, Ready: ready})
}

// ready tells systemd that policies are in force (https://www.freedesktop.org/software/systemd/man/sd_notify.html).
func ready() {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return
	}
	conn, err := net.Dial("unixgram", socket)
	if err == nil {
		_, err = conn.Write([]byte("READY=1"))
		err = errors.Join(err, conn.Close())
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "telling systemd: %v\n", err)
	}
}
