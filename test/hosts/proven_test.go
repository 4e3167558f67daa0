package hosts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/fixline-dev/fixline/internal/backup/guide"
)

// watched is what a controller knows of ConfigMaps, which it watches all the time: before, while the cluster is dead, after.
type watched struct {
	store cache.Store
	// revision is one of before the restore, and of after the backup: what no watch may go on from.
	revision int64
}

// before makes what the snapshot has, and begins to watch.
func (d *drill) before(t *testing.T) {
	t.Helper()
	for _, args := range []string{
		"configmap kept --from-literal=when=before", "configmap deleted --from-literal=when=before",
		"secret generic kept --from-literal=password=" + d.planted.Mark("a Secret"),
		"deployment web --image=lab.invalid/busybox:1 --replicas=2 -- sleep 1000001",
	} {
		before, after, _ := strings.Cut(args, " -- ")
		if after != "" {
			after = " -- " + after
		}
		d.here(t, "kubectl create "+before+" --dry-run=client -o yaml"+after+" | kubectl apply -f -")
	}
	d.here(t, "kubectl rollout status deployment/web --timeout=3m")
	config, err := clientcmd.BuildConfigFromFlags("", d.Folder.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	informer := dynamicinformer.NewFilteredDynamicInformer(client, schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}, v1.NamespaceDefault, 0,
		cache.Indexers{}, nil).Informer()
	go informer.RunWithContext(t.Context())
	if !cache.WaitForCacheSync(t.Context().Done(), informer.HasSynced) {
		t.Fatal("the ConfigMaps cannot be watched")
	}
	d.watched = &watched{store: informer.GetStore()}
}

// knows waits until the watcher knows exactly these ConfigMaps of ours.
func (d *drill) knows(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(time.Second) {
		got = slices.DeleteFunc(d.watched.store.ListKeys(), func(k string) bool { return strings.HasSuffix(k, "/kube-root-ca.crt") })
		slices.Sort(got)
		if slices.Equal(got, want) {
			return
		}
	}
	t.Errorf("who watches knows %q, want %q", got, want)
}

// after makes and deletes what the snapshot does not know of.
func (d *drill) after(t *testing.T) {
	t.Helper()
	for _, args := range []string{
		"create configmap late --from-literal=when=after", "create deployment late --image=lab.invalid/busybox:1 -- sleep 1000002",
		"rollout status deployment/late --timeout=3m", "delete configmap deleted", "delete deployment web",
	} {
		d.here(t, "kubectl "+args)
	}
	d.knows(t, "default/kept", "default/late")
	d.watched.revision = number(t, d.here(t, "kubectl get configmap late -o jsonpath='{.metadata.resourceVersion}'"))
}

// proven wants the cluster of the snapshot, whole and at work.
func (d *drill) proven(t *testing.T, b taken) {
	t.Helper()
	d.here(t, "kubectl wait --for=condition=Ready --timeout=5m node --all")
	for _, what := range []string{"deployment/web", "-n kube-system deployment/coredns", "-n kube-system daemonset/kube-proxy"} {
		d.here(t, "kubectl rollout status --timeout=5m "+what)
	}
	if got := d.here(t, "kubectl get configmap,deployment -o jsonpath='{.items[*].metadata.name}'"); got != "deleted kept kube-root-ca.crt web" {
		t.Errorf("after the restore there are %q", got)
	}
	d.members(t, b)
	d.encrypted(t)

	// The revision went up, so nobody can go on from one of before, and whoever watched has begun anew.
	d.here(t, "kubectl create configmap news")
	now := number(t, d.here(t, "kubectl get configmap news -o jsonpath='{.metadata.resourceVersion}'"))
	if least := *b.Manifest.Etcd.Revision + guide.Bump; now <= least || now <= d.watched.revision {
		t.Errorf("the revision is %d, want more than %d", now, least)
	}
	old := d.here(t, fmt.Sprintf("kubectl get --raw '/api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=5&resourceVersion=%d'", d.watched.revision))
	if !strings.Contains(old, `"code":410`) {
		t.Errorf("a watch from revision %d goes on: %s", d.watched.revision, old)
	}
	d.knows(t, "default/deleted", "default/kept", "default/news")

	// Controllers, scheduler and kubelets work for what is new, and what the snapshot does not know of has ended.
	d.here(t, "kubectl create deployment fresh --image=lab.invalid/busybox:1 --replicas=2 -- sleep 1000003")
	d.here(t, "kubectl rollout status deployment/fresh --timeout=3m")
	d.Run(t, "w1", "for _ in $(seq 90); do pgrep -x -f 'sleep 1000002' >/dev/null || exit 0; sleep 1; done; echo 'a pod that nobody knows runs still' >&2; exit 1")
	d.here(t, "kubectl delete deployment fresh && kubectl delete configmap news")
	for _, host := range d.controlPlanes() {
		if left := d.Run(t, host, "ls -d /etc/kubernetes.before-restore /etc/kubernetes/manifests.stopped /var/lib/etcd.before-restore* 2>/dev/null || true"); left != "" {
			t.Errorf("%s: left behind:\n%s", host, left)
		}
	}
}

// etcdctl asks a member, in its own pod.
func (d *drill) etcdctl(t *testing.T, args string) string {
	t.Helper()
	return d.here(t, "kubectl -n kube-system exec etcd-cp1 -- etcdctl --endpoints https://127.0.0.1:2379 --cacert /etc/kubernetes/pki/etcd/ca.crt "+
		"--cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key "+args)
}

// members wants every one of them healthy, in a new cluster.
func (d *drill) members(t *testing.T, b taken) {
	t.Helper()
	list := decode[struct {
		Header struct {
			ClusterID uint64 `json:"cluster_id"`
		}
		Members []struct{ Name string }
	}](t, d.etcdctl(t, "member list -w json"))
	var names []string
	for _, m := range list.Members {
		names = append(names, m.Name)
	}
	slices.Sort(names)
	if !slices.Equal(names, d.controlPlanes()) {
		t.Errorf("members %q", names)
	}
	if health := d.etcdctl(t, "endpoint health --cluster 2>&1"); strings.Count(health, "is healthy") != len(names) {
		t.Errorf("members: %s", health)
	}
	if id := list.Header.ClusterID; id == 0 || fmt.Sprintf("%x", id) == b.Manifest.Etcd.ClusterID {
		t.Errorf("the cluster of etcd is %x, as before: a member that was forgotten could join it", id)
	}
}

// encrypted: what was encrypted at rest is so still, and can be read.
func (d *drill) encrypted(t *testing.T) {
	t.Helper()
	if got := d.here(t, "kubectl get secret kept -o jsonpath='{.data.password}' | base64 -d"); got != d.planted.Mark("a Secret") {
		t.Error("the Secret of before cannot be read")
	}
	stored := d.etcdctl(t, "get --print-value-only /registry/secrets/default/kept")
	if !strings.HasPrefix(stored, "k8s:enc:secretbox:v1:key1:") {
		t.Error("the Secret of before is not encrypted at rest")
	}
}

// number reads one that kubectl printed.
func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
