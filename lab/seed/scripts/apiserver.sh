# For scripts that edit the API server's static pod by hand, as kubeadm-config does not know: begin, then flag and folder
# (or unflag and unfolder), then use. What is so already stays so, and two scenarios can be undone in any order.
set -eu
manifest=/etc/kubernetes/manifests/kube-apiserver.yaml
keep=/etc/kubernetes/lab-seed
mkdir -p -m 0700 $keep

begin() { cp -p $manifest $keep/new.yaml; }

flag() {
	grep -qxF -- "    - $1" $keep/new.yaml || sed -i "/^    - kube-apiserver\$/a\\    - $1" $keep/new.yaml
}

unflag() {
	grep -vxF -- "    - $1" $keep/new.yaml >$keep/less.yaml
	cat $keep/less.yaml >$keep/new.yaml # whose mode and owner are kubeadm's
	rm $keep/less.yaml
}

# folder NAME PATH mounts a folder of the host.
folder() {
	grep -q "{name: $1," $keep/new.yaml && return 0
	sed -i -e "/^    volumeMounts:\$/a\\    - {name: $1, mountPath: $2}" \
		-e "/^  volumes:\$/a\\  - {name: $1, hostPath: {path: $2, type: DirectoryOrCreate}}" $keep/new.yaml
}

unfolder() { sed -i "/{name: $1,/d" $keep/new.yaml; }

# use gives the kubelet the new manifest, where it differs, and waits for the server that runs with it.
use() {
	if cmp -s $keep/new.yaml $manifest; then
		rm $keep/new.yaml
	else
		mv $keep/new.yaml $manifest
	fi
	rmdir $keep 2>/dev/null || : # somebody else's edit is under way
	answers
}

# restart ends the server; the kubelet starts it again.
restart() {
	pid=$(pgrep -x kube-apiserver)
	kill $pid
	for _ in $(seq 60); do
		kill -0 $pid 2>/dev/null || break
		sleep 1
	done
	answers
}

# answers waits for a ready server whose command line is the manifest's.
answers() {
	wanted=$(sed -n 's/^    - \(--.*\)$/\1/p' $manifest | sort)
	for _ in $(seq 180); do
		pid=$(pgrep -x kube-apiserver | head -n 1)
		if [ -n "$pid" ] && [ "$(tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | sed 1d | sort)" = "$wanted" ] &&
			[ "$(curl -sk --max-time 5 https://127.0.0.1:6443/readyz)" = ok ]; then
			return 0
		fi
		sleep 1
	done
	echo "kube-apiserver is not ready with its manifest after three minutes" >&2
	return 1
}
