package backup

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// narrow is a way to etcd on which a long answer stops until it is let on.
type narrow struct {
	url   string
	held  chan struct{} // closed once a long answer has stopped
	later atomic.Int64  // connections that began after that, and have ended
	on    chan struct{} // close it to let the answer on
}

// narrowed is one to an address. A snapshot is longer than 256 KiB, and nothing else is.
func narrowed(t *testing.T, to string) *narrow {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	n := &narrow{url: "https://" + l.Addr().String(), held: make(chan struct{}), on: make(chan struct{})}
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", to)
			if err != nil {
				_ = in.Close()
				continue
			}
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
			go n.carry(in, out)
		}
	}()
	return n
}

func (n *narrow) carry(in, out net.Conn) {
	later := false
	select {
	case <-n.held:
		later = true
	default:
	}
	if _, err := io.CopyN(in, out, 256<<10); err == nil {
		if !later {
			close(n.held)
		}
		<-n.on
		_, _ = io.Copy(in, out)
	}
	_, _ = in.Close(), out.Close()
	if later {
		n.later.Add(1)
	}
}

// TestCompactedMeanwhile: where the revision of a slow snapshot is compacted away while it comes, the restore is compared with
// what the cluster had before it began, and the proof says so; where nobody asked for that in time, nothing is proven.
func TestCompactedMeanwhile(t *testing.T) {
	for _, version := range etcds() {
		t.Run(version, func(t *testing.T) {
			m := form(t, version, 1)
			if err := m.fill(t, 1500, 8000); err != nil {
				t.Fatal(err)
			}
			take := func(wait func(*narrow)) said {
				t.Helper()
				way := narrowed(t, strings.TrimPrefix(m.all[0].client, "https://"))
				args := m.args(t, filepath.Join(t.TempDir(), "b"), "m1")
				for i, a := range args {
					if a == "--endpoints" {
						args[i+1] = way.url
					}
				}
				dry := run(t, append(args, "--dry-run")...).want(t, 0)
				args = append(args, "--yes", decode[struct{ Hash string }](t, dry.stdout).Hash)
				written := m.busy(t)
				ended := make(chan said, 1)
				go func() { ended <- run(t, args...) }()
				<-way.held
				wait(way)
				written()
				cl := m.client(t)
				now, err := cl.Put(t.Context(), "/registry/pods/default/last", "k8s\x00")
				if err == nil {
					_, err = cl.Compact(t.Context(), now.Header.Revision)
				}
				if err != nil {
					t.Error(err)
				}
				close(way.on)
				return <-ended
			}
			got := take(func(way *narrow) {
				for deadline := time.Now().Add(time.Minute); way.later.Load() == 0 && time.Now().Before(deadline); {
					time.Sleep(20 * time.Millisecond)
				}
			})
			a := decode[slowAnswer](t, got.want(t, 0, "what changed from revision").stdout)
			a.Proof.check(t, "keys", "pass", "from before the snapshot began: its own was compacted away while it came")
			a.Proof.check(t, "hash", "pass", "that of the member")
			if was := a.Manifest.Etcd; was.LiveRevision == nil || *was.LiveRevision > was.Revision || len(a.Proof.Resources) < 1 || a.Proof.Resources[0].Live != 1500 {
				t.Errorf("%+v %+v", was, a.Proof.Resources)
			}
			b := decode[slowAnswer](t, take(func(*narrow) {}).want(t, 4).stdout)
			b.Proof.check(t, "keys", "unknown", "the revision of the snapshot was compacted away while it came")
			nothingLeft(t)
		})
	}
}

type slowAnswer struct {
	Manifest struct {
		Etcd struct {
			Revision     int64
			LiveRevision *int64
		}
	}
	Proof proof
}
