// Package collect is the command `fixline collect`: it gathers the evidence of
// one cluster into a bundle that every judgement can be made from, offline. It
// joins the readers of the API, of Helm's releases, of hosts and of kubelets
// with the bundle they write to; what may be kept is decided by package
// evidence. Start at [NewCmdCollect].
package collect

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/hosts"
	"github.com/fixline-dev/fixline/internal/cli/output"
	"github.com/fixline-dev/fixline/internal/cli/source"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/evidence/pack"
	"github.com/fixline-dev/fixline/internal/report"
)

// Options of `fixline collect`.
type Options struct {
	Factory *factory.Factory
	Kube    *genericclioptions.ConfigFlags
	Output  output.Options

	Out     string
	Force   bool
	Helm    bool
	Kubelet flags.Enum // "", direct, proxy
	SSH     hosts.Options
	Local   bool
	// HostsOnly asks no API server.
	HostsOnly bool
	// Name of the cluster in the bundle; "" = as a live assessment calls it.
	Name    string
	Timeout time.Duration

	Show, RBAC bool

	// given are the flags of a live cluster on the command line itself.
	given []string
}

const long = `Gather everything the judgements of this program ask about into one bundle: a
.tar.zst file or a folder, with where, when and by whom each file was read, its
SHA-256 sum, and a list of what was asked and did not come back. Every analysis
gives the same answer on it as on the live cluster, offline and next year.

The cluster and its hosts are only read. No Secret's value, token, key, kubeconfig
credential, environment variable, or value of a ConfigMap outside the named
system ones gets into a bundle: what is kept is a whitelist.

Without further flags only the API server is asked, with rights that reach no
Secret. --helm adds Helm's releases, --ssh or --local the hosts' own facts,
--kubelet the effective configuration of each kubelet. --show says what would be
read and which rights that takes, --rbac prints them as roles to apply. On a host
without access to the API server, --local --hosts-only reads that host alone.

A bundle appears whole or not at all. What could not be read is listed in it and
on the screen; exit code 4 says that something a verdict may rest on is missing.

`

const example = `  # What the API server shows, into one file
  fixline collect -O prod.tar.zst
  fixline assess --bundle prod.tar.zst

  # With the hosts' packages, certificates and kubelet configuration, over SSH
  fixline collect -O prod.tar.zst --ssh root@nodes

  # What would be read, and the roles that allow it
  fixline collect --show
  fixline collect --rbac --helm | kubectl apply -f -`

// NewCmdCollect builds the command.
func NewCmdCollect(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Kubelet: flags.Enum{Allowed: []string{string(kube.Direct), string(kube.Proxy)}}}
	cmd := &cobra.Command{
		Use:     "collect -O PATH",
		Short:   "Gather the evidence of a cluster once, to be judged offline",
		Long:    long + exit.Help(exit.OK, exit.Failed, exit.Usage, exit.Incomplete, exit.Interrupted),
		Example: example,
		Args:    flags.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.given = flags.Given(cmd.Flags(), source.LiveNames()...)
			if given := flags.Given(cmd.Flags(), "ssh"); len(given) > 0 && len(o.SSH.Hosts) == 0 {
				return exit.Usagef("--ssh: \"\" is no [USER@]HOST[:PORT]")
			}
			if err := o.validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			if o.Show || o.RBAC {
				return o.show()
			}
			return o.run(cmd.Context())
		},
	}
	fs := cmd.Flags()
	fs.StringVarP(&o.Out, "out", "O", "", "Write the bundle to `PATH`: one file where it ends in .tar.zst, else a folder")
	fs.BoolVar(&o.Force, "force", false, "Replace a bundle that is already there, once the new one is whole")
	fs.BoolVar(&o.Helm, "helm", false, "Read what Helm's releases hold, too: needs the right to list Secrets and ConfigMaps")
	flags.EnumVar(cmd, &o.Kubelet, "kubelet", "", "Read each kubelet's effective configuration: at its own port, or through the API server")
	fs.BoolVar(&o.Local, "local", false, "Read the facts of this very host, too")
	fs.BoolVar(&o.HostsOnly, "hosts-only", false, "Ask no API server: read the hosts that are named, and nothing else")
	o.SSH.AddFlags(fs, "Read the facts of `[USER@]HOST`, too; repeatable; the host \"nodes\" is every node")
	o.SSH.AddFile(fs, "Read the facts of the hosts in `FILE`, too, a HostInventory")
	fs.StringVar(&o.Name, "name", "", "Name of the cluster in the bundle (default: of the kubeconfig context)")
	fs.DurationVar(&o.Timeout, "timeout", 0, "Give a source up after this long (default 65s a request, 3m a host)")
	fs.BoolVar(&o.Show, "show", false, "Show what would be read and with which rights, and read nothing")
	fs.BoolVar(&o.RBAC, "rbac", false, "Print the roles that allow it, and read nothing")
	o.Output.AddDataFlags(cmd)
	o.Kube = source.KubeFlags()
	o.Kube.AddFlags(fs)
	fs.Lookup("namespace").Usage = "Accepted as in kubectl; the whole cluster is always read"
	flags.NoTwin(fs, "force")
	flags.Path(fs, "out", "kubeconfig")
	// The only error is a flag that does not exist; the line above made it.
	_ = cmd.RegisterFlagCompletionFunc("context", source.CompleteContexts(o.Kube))
	return cmd
}

// validate finds what is wrong with the command line before anything is asked.
func (o *Options) validate() error {
	switch {
	case (o.Show || o.RBAC) && o.Out != "":
		return exit.Usagef("--out is where a bundle goes, but --show and --rbac read nothing")
	case o.RBAC && o.Output.Format.Value != string(report.Text):
		return exit.Usagef("--rbac prints roles as kubectl apply takes them; -o has no other form of them")
	case o.Timeout < 0:
		return exit.Usagef("--timeout: %s is less than no time", o.Timeout)
	}
	if err := cmp.Or(o.validateHosts(), o.SSH.Validate()); err != nil || o.Show || o.RBAC {
		return err
	}
	return o.validateOut()
}

// validateHosts finds contradictions of --hosts-only.
func (o *Options) validateHosts() error {
	switch {
	case !o.HostsOnly:
		return nil
	case len(o.given) > 0:
		return exit.Usagef("%s chooses a live cluster, but --hosts-only asks none", strings.Join(o.given, " and "))
	case o.Helm || o.Kubelet.Value != "":
		return exit.Usagef("--helm and --kubelet need the API server, which --hosts-only does not ask")
	case o.SSH.EveryNode():
		return exit.WithHint(exit.Usagef("--ssh nodes takes the nodes from the API server, which --hosts-only does not ask"), "name them: --ssh [USER@]HOST, or --ssh-hosts FILE")
	case !o.Local && !o.SSH.Asked():
		return exit.WithHint(exit.Usagef("--hosts-only names no host"), "add --local, --ssh [USER@]HOST or --ssh-hosts FILE")
	}
	return nil
}

// validateOut finds what no bundle should be called.
func (o *Options) validateOut() error {
	switch {
	case o.Out == "":
		return exit.WithHint(exit.Usagef("--out is missing: where shall the bundle go?"), "fixline collect -O cluster.tar.zst")
	case o.Out == "-":
		return exit.WithHint(exit.Usagef("a bundle cannot go to the standard output: it appears whole or not at all"), "fixline collect -O cluster.tar.zst")
	}
	for _, suffix := range []string{".tar", ".tar.gz", ".tgz", ".zst", ".tzst", ".zip", ".gz"} {
		if strings.HasSuffix(o.Out, suffix) && !pack.Packed(o.Out) {
			return exit.WithHint(exit.Usagef("--out %s: a bundle in one file ends in %s; any other name is a folder's", o.Out, pack.Suffix),
				"fixline collect -O %s%s", strings.TrimSuffix(o.Out, suffix), pack.Suffix)
		}
	}
	return nil
}

// levels are the rights the options ask for.
func (o *Options) levels() []kube.Level {
	levels := []kube.Level{kube.Base}
	if o.Helm {
		levels = append(levels, kube.Helm)
	}
	if o.Kubelet.Value != "" {
		levels = append(levels, kube.Level(o.Kubelet.Value))
	}
	return levels
}
