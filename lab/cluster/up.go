// Package cluster makes and removes labs: real kubeadm clusters whose hosts are containers of this machine.
//
// It decides how hosts, network, packages and images are put together, and runs the same kubeadm commands an operator
// runs, over SSH. What is there already is found by looking, so asking again for a lab finishes what is missing. It
// never touches a container, network or file that is not a lab's, and holds no Kubernetes client. Start at [Manager.Up].
package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fixline-dev/fixline/lab/engine"
	"github.com/fixline-dev/fixline/lab/node"
	"github.com/fixline-dev/fixline/lab/program"
	"github.com/fixline-dev/fixline/lab/remote"
)

// Manager makes, lists and removes labs. All fields are needed.
type Manager struct {
	// Engine runs the hosts.
	Engine engine.Engine
	// Store has the programs; labs are kept in its folder.
	Store program.Store
	// Progress gets a line for each step, with the seconds since the start.
	Progress io.Writer
}

// timeouts of the steps that wait for something else than this machine's speed.
const (
	sshTimeout  = 2 * time.Minute
	stepTimeout = 10 * time.Minute
)

// Up makes the lab, or finishes one that is incomplete or stopped, and returns its folder. When it returns without an
// error every node is Ready and CoreDNS runs.
func (m Manager) Up(ctx context.Context, spec Spec) (Folder, error) {
	spec, err := spec.Check()
	if err != nil {
		return "", err
	}
	f := folder(m.Store.Dir, spec.Name)
	unlock, err := f.lock(ctx)
	if err != nil {
		return "", err
	}
	defer unlock()
	up := &upping{Manager: m, folder: f, report: newReport(m.Progress)}
	up.Store.Progress = up.report
	if err := up.remember(ctx, spec); err != nil {
		return f, fmt.Errorf("bringing up lab %q: %w", spec.Name, err)
	}
	if err := up.run(ctx); err != nil {
		return f, fmt.Errorf("bringing up lab %q: %w\nrun the same command again to go on, or \"lab down --name %s\" to remove what is there", spec.Name, err, spec.Name)
	}
	return f, nil
}

// upping is one run of Up.
type upping struct {
	Manager
	folder Folder
	report *report
	state  State
	hosts  []Host
	// image is the host image; archives are the files of images, by name; releases the versions on offer.
	image    string
	archives map[string]string
	releases []release

	mu     sync.Mutex
	shells map[string]*remote.Client
}

// run is a lab's way from nothing to Ready, from top to bottom.
func (u *upping) run(ctx context.Context) error {
	if err := u.supply(ctx); err != nil {
		return err
	}
	if err := u.startHosts(ctx); err != nil {
		return err
	}
	defer u.hangUp()
	if err := u.prepareHosts(ctx); err != nil {
		return err
	}
	if err := u.formCluster(ctx); err != nil {
		return err
	}
	if err := u.offer(ctx); err != nil {
		return err
	}
	if err := u.wait(ctx); err != nil {
		return err
	}
	now := time.Now()
	u.state.Ready = &now
	return u.folder.write(u.state)
}

// remember reads or makes the lab's state, and its network.
func (u *upping) remember(ctx context.Context, spec Spec) error {
	state, err := u.folder.read()
	switch {
	case err == nil:
		if state.Spec, err = state.Spec.extend(spec); err != nil {
			return err
		}
		state.Ready = nil
	case errors.Is(err, fs.ErrNotExist):
		state = State{Spec: spec, Created: time.Now()}
	default:
		return err
	}
	networks, err := u.Engine.Networks(ctx, spec.Name)
	if err != nil {
		return err
	}
	if !state.Subnet.IsValid() {
		if state.Subnet, err = u.findSubnet(ctx); err != nil {
			return err
		}
	}
	// First the note, then the network: what is noted is found and removed again.
	if err := u.folder.write(state); err != nil {
		return fmt.Errorf("writing the lab's state: %w", err)
	}
	u.state, u.hosts = state, spec.hosts(state.Subnet)
	if !slices.ContainsFunc(networks, func(o engine.Object) bool { return o.Name == network(spec.Name) }) {
		if _, err := u.Engine.Output(ctx, "network", "create", "--driver", "bridge", "--subnet", state.Subnet.String(),
			"--label", engine.LabelLab+"="+spec.Name, network(spec.Name)); err != nil {
			return fmt.Errorf("making the lab's network: %w", err)
		}
	}
	return nil
}

func (u *upping) findSubnet(ctx context.Context) (netip.Prefix, error) {
	var used []netip.Prefix
	taken, err := u.Engine.Subnets(ctx)
	if err != nil {
		return netip.Prefix{}, err
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("reading this machine's addresses: %w", err)
	}
	for _, addr := range addrs {
		taken = append(taken, addr.String())
	}
	for _, text := range taken {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			used = append(used, prefix.Masked())
		}
	}
	return freeSubnet(used)
}

// supply gets programs, the host image, the images of pods and the packages.
func (u *upping) supply(ctx context.Context) (err error) {
	u.Store.Binaries = u.state.Spec.Binaries
	if u.releases, err = releases(ctx, u.Store, u.state.Spec.versions()); err != nil {
		return err
	}
	if u.image, err = node.Ensure(ctx, u.Engine, filepath.Join(u.Store.Dir, "tmp-node"), u.report); err != nil {
		return err
	}
	images := filepath.Join(u.Store.Dir, "images")
	maker := maker{store: u.Store, dir: images}
	if maker.proxy, maker.busybox, err = node.Layers(ctx, u.Engine, u.image, images); err != nil {
		return err
	}
	if u.archives, err = maker.archives(ctx, u.releases, u.state.Spec); err != nil {
		return err
	}
	if err := publish(u.Store.Dir, u.folder.packages(), u.releases, time.Now()); err != nil {
		return fmt.Errorf("publishing packages: %w", err)
	}
	u.report.line("programs, packages and images of %s are here", strings.Join(u.state.Spec.versions(), ", "))
	return nil
}

// startHosts makes every host's container and connects to it.
func (u *upping) startHosts(ctx context.Context) error {
	if err := keys(u.folder, u.state.Spec.Name, u.hosts); err != nil {
		return err
	}
	all, err := u.Engine.Containers(ctx, "")
	if err != nil {
		return err
	}
	own := func(o engine.Object) bool { return o.Lab == u.state.Spec.Name }
	others := slices.DeleteFunc(slices.Clone(all), func(o engine.Object) bool { return own(o) || o.State != "running" })
	if err := engine.CheckHosts(len(others) + len(u.hosts)); err != nil {
		return err
	}
	there := slices.DeleteFunc(all, func(o engine.Object) bool { return !own(o) })
	resolvConf, err := os.ReadFile("/etc/resolv.conf")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	common, err := configuration(u.pause(), u.state.Spec.Version, nameservers(string(resolvConf), u.state.Subnet.Addr().Next().String()))
	if err != nil {
		return err
	}
	u.shells = map[string]*remote.Client{}
	group, ctx := errgroup.WithContext(ctx)
	for _, h := range u.hosts {
		group.Go(func() error {
			contents, err := u.contents(h, common)
			if err != nil {
				return err
			}
			args := runArgs(u.folder, u.Store.Dir, u.image, u.state, h)
			if err := start(ctx, u.Engine, args, container(u.state.Spec.Name, h.Name), contents, there); err != nil {
				return fmt.Errorf("starting host %s: %w", h.Name, err)
			}
			if h.Role == Balancer {
				return nil
			}
			return u.dial(ctx, h)
		})
	}
	if err := group.Wait(); err != nil {
		u.hangUp()
		return err
	}
	u.report.line("%d hosts run and answer over SSH", len(u.hosts))
	return nil
}

func (u *upping) contents(h Host, common []content) ([]content, error) {
	if h.Role == Balancer {
		config, err := render("haproxy.cfg.tmpl", only(u.hosts, ControlPlane))
		return []content{{"etc/haproxy/haproxy.cfg", 0o644, config}}, err
	}
	own, err := identity(u.folder, h)
	return append(own, common...), err
}

func (u *upping) dial(ctx context.Context, h Host) error {
	ctx, cancel := context.WithTimeoutCause(ctx, sshTimeout, errors.New("the host did not answer in time"))
	defer cancel()
	client, err := remote.Dial(ctx, u.folder.target(h))
	if err != nil {
		return fmt.Errorf("%w: \"docker logs %s\" shows how far it came", err, container(u.state.Spec.Name, h.Name))
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.shells[h.Name] = client
	return nil
}

func (f Folder) target(h Host) remote.Target {
	return remote.Target{
		Name: h.Name, Addr: netip.AddrPortFrom(h.Addr, 22).String(), User: "root",
		KeyFile: f.key(), KnownHostsFile: f.knownHosts(),
	}
}

func (u *upping) hangUp() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, client := range u.shells {
		client.Close()
	}
	u.shells = nil
}

// pause is the sandbox image of the running version.
func (u *upping) pause() string {
	for _, ref := range u.releases[0].images {
		if name, _ := split(ref); name == "pause" {
			return ref
		}
	}
	return ""
}

// each runs a step on hosts side by side.
func (u *upping) each(ctx context.Context, hosts []Host, step func(ctx context.Context, h Host, sh *remote.Client) error) error {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	for _, h := range hosts {
		group.Go(func() error { return step(ctx, h, u.shells[h.Name]) })
	}
	return group.Wait()
}

// prepareHosts installs what a node needs before kubeadm: the packages, and the images of the running version.
func (u *upping) prepareHosts(ctx context.Context) error {
	err := u.each(ctx, nodes(u.hosts), func(ctx context.Context, h Host, sh *remote.Client) error {
		if err := installPackages(ctx, sh, u.state.Spec.Version); err != nil {
			return err
		}
		return importImages(ctx, sh, u.archivesFor(h, u.releases[:1]))
	})
	if err == nil {
		u.report.line("packages are installed and held, images are loaded")
	}
	return err
}

// archivesFor are the images a host needs of these releases, as the host sees the files: workers run no control plane.
func (u *upping) archivesFor(h Host, releases []release) []string {
	var all []string
	for _, r := range releases {
		for _, ref := range wanted(r, u.state.Spec) {
			name, _ := split(ref)
			onlyControlPlanes := slices.Contains([]string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"}, name)
			if h.Role == ControlPlane || !onlyControlPlanes {
				all = append(all, path.Join(hostImages, filepath.Base(u.archives[ref])))
			}
		}
	}
	return all
}
