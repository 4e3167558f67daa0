# Installs the kubelet of $VERSION, whichever way from here it lies, and holds it.
set -eu
export DEBIAN_FRONTEND=noninteractive
[ "$(kubelet --version)" = "Kubernetes v$VERSION" ] && exit 0
# A host sees the packages of one minor, as with pkgs.k8s.io: another minor is another line in its sources.
before=$(mktemp -d)
cp -a /etc/apt/sources.list.d/. "$before"
trap 'status=$?
if [ $status != 0 ]; then
	cp -a "$before"/. /etc/apt/sources.list.d/
	echo "kubelet $VERSION could not be installed: is it on offer in this lab? \"lab up --offer $VERSION\" adds it" >&2
fi
rm -rf "$before"
exit $status' EXIT
sed -i "s,/v[0-9][0-9.]*/deb,/v${VERSION%.*}/deb,g" /etc/apt/sources.list.d/*
apt-get update -qq
apt-get install -qq -y --allow-downgrades --allow-change-held-packages "kubelet=$VERSION-*" >/dev/null
apt-mark hold kubelet >/dev/null
# "kubeadm upgrade node" would take out a flag that this kubelet does not know any more (1.35 and --pod-infra-container-image).
# Nobody ran it here, and a kubelet that does not start is another trouble.
flags=/var/lib/kubelet/kubeadm-flags.env
kept=/var/lib/kubelet/kubeadm-flags.before-lab-seed.env
[ ! -e $kept ] || mv $kept $flags
known=$(kubelet --help 2>&1)
for flag in $(grep -o -e '--[a-z-]*' $flags); do
	case $known in *" $flag "*) continue ;; esac
	[ -e $kept ] || cp -p $flags $kept
	sed -i "s, *$flag=[^ \"]*,," $flags
done
systemctl daemon-reload
systemctl restart kubelet
