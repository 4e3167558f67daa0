package record

import (
	"context"
	"errors"
)

// fact is one file of hosts/NODE/ and the command that prints it.
type fact struct {
	file, command string
	// controlPlane: only there is it asked.
	controlPlane bool
}

func facts() []fact {
	return []fact{
		{file: "dpkg.txt", command: `dpkg -l containerd containerd.io cri-o runc kubeadm kubectl kubelet kubernetes-cni cri-tools 2>/dev/null | grep '^.i'`},
		{file: "apt-madison-kubeadm.txt", command: `apt-cache madison kubeadm`},
		{file: "versions.txt", command: `containerd --version; runc --version | head -n 1; uname -r; stat -f -c %T /sys/fs/cgroup`},
		{file: "kubelet-config.yaml", command: `cat /var/lib/kubelet/config.yaml`},
		{file: "kubeadm-flags.env", command: `cat /var/lib/kubelet/kubeadm-flags.env`},
		{
			file: "static-pods.yaml", controlPlane: true,
			command: `for f in /etc/kubernetes/manifests/*.yaml; do echo "# $f"; cat "$f"; echo ---; done`,
		},
		{file: "certs.txt", command: `kubeadm certs check-expiration --kubeconfig /etc/kubernetes/admin.conf`, controlPlane: true},
	}
}

// hosts records what each host says. One that says nothing does not spoil the recording: its files are missing.
func (r *recorder) hosts(ctx context.Context) error {
	for _, host := range r.opts.Hosts {
		_, away := r.opts.Runner.Run(ctx, host.Name, "true")
		if away != nil { // said once and waited for once, not for each command
			r.miss("hosts/%s/*, but for what its kubelet says: %s", host.Name, short(away))
		}
		for _, fact := range facts() {
			if away != nil || fact.controlPlane && !host.ControlPlane {
				continue
			}
			name := "hosts/" + host.Name + "/" + fact.file
			out, err := r.opts.Runner.Run(ctx, host.Name, fact.command)
			if err == nil && len(out) == 0 {
				err = errors.New("the command printed nothing")
			}
			if err := r.host(ctx, name, out, err); err != nil {
				return err
			}
		}
		configz, err := r.api.configz(ctx, host.Name)
		if err := r.host(ctx, "hosts/"+host.Name+"/configz.json", configz, err); err != nil {
			return err
		}
	}
	return nil
}

// host writes one file of a host, or notes why there is none.
func (r *recorder) host(ctx context.Context, name string, data []byte, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		r.miss("%s: %s", name, short(err))
		return nil
	}
	return r.put(name, []byte(text(string(data))))
}
