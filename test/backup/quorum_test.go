package backup

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
)

// seen is what these tests look at of a backup's clear manifest.
type seen struct {
	Proof    proof
	Manifest struct {
		Etcd struct {
			Endpoint string
			Alarms   []string
			Members  []struct {
				Name    string
				Learner bool
			}
			Peers []struct{ Endpoint string }
		}
		Restore []struct{ Commands []string }
	}
}

func (s seen) names() string {
	var out []string
	for _, m := range s.Manifest.Etcd.Members {
		if m.Learner {
			m.Name += " (learner)"
		}
		out = append(out, m.Name)
	}
	return strings.Join(out, " ")
}

// TestMembers: of three members one that keeps up is asked, the manifest names all, the backup restores each, and what is
// behind, cut off or stopped is named and never taken for the cluster.
func TestMembers(t *testing.T) {
	for _, version := range etcds() {
		t.Run(version, func(t *testing.T) {
			m := form(t, version, 3)
			err := m.fill(t, 200, 1000)
			for tries := 0; err != nil && tries < 3; tries++ { // a busy machine elects a leader more than once
				err = m.fill(t, 200, 1000)
			}
			if err != nil {
				t.Fatal(err)
			}
			m.whole(t)
			if version == etcds()[0] {
				m.learner(t)
			}
			m.lagging(t)
			if version == etcds()[0] {
				m.stopped(t)
			}
			nothingLeft(t)
		})
	}
}

func (m *members) whole(t *testing.T) {
	t.Helper()
	a := decode[seen](t, m.backup(t, "m2", "m1", "m3").want(t, 0).stdout)
	if a.Manifest.Etcd.Endpoint != m.named("m2").client || a.names() != "m1 m2 m3" {
		t.Errorf("%s of %s", a.Manifest.Etcd.Endpoint, a.names())
	}
	a.Proof.check(t, "members", "pass", "3 of 3 members hold the same data")
	a.Proof.check(t, "hash", "pass", "")
	var commands []string
	for _, s := range a.Manifest.Restore {
		commands = append(commands, s.Commands...)
	}
	for _, name := range []string{"m1", "m2", "m3"} {
		if !strings.Contains(strings.Join(commands, "\n"), "--name "+name) && !strings.Contains(strings.Join(commands, "\n"), "--name '"+name) {
			t.Errorf("no command restores %s:\n%s", name, strings.Join(commands, "\n"))
		}
	}
	alone := decode[seen](t, m.backup(t, "m1").want(t, 0).stdout)
	alone.Proof.check(t, "members", "skipped", "one of 3 members was asked")
}

// learner: a member that does not vote is named, and none to take a snapshot of.
func (m *members) learner(t *testing.T) {
	t.Helper()
	o := m.prepare(t, "m4", nil)
	cl := m.client(t)
	deadline := time.Now().Add(30 * time.Second)
	for {
		_, err := cl.MemberAddAsLearner(t.Context(), []string{o.proxy.URL})
		if err == nil {
			break
		}
		if time.Now().After(deadline) { // it takes none until its members have known each other for some seconds
			t.Fatal(err)
		}
		time.Sleep(500 * time.Millisecond)
	}
	var initial []string
	for _, x := range m.all {
		initial = append(initial, x.name+"="+x.proxy.URL)
	}
	m.run(t, o, "--initial-cluster-state=existing", "--initial-cluster="+strings.Join(initial, ","))
	m.ready(t, o)
	got := m.backup(t, "m4", "m1").want(t, 0, o.client+" is a learner")
	if a := decode[seen](t, got.stdout); a.names() != "m1 m2 m3 m4 (learner)" || a.Manifest.Etcd.Endpoint != m.named("m1").client {
		t.Errorf("%s of %s", a.Manifest.Etcd.Endpoint, a.names())
	}
	m.backup(t, "m4").want(t, 1, "is a learner", "name a member that votes")
}

// lagging: m3 serves its clients, and has not heard of what the others agreed on since.
func (m *members) lagging(t *testing.T) {
	t.Helper()
	m.lose(t, "m3")
	if err := m.fill(t, 20, 1000); err != nil {
		t.Fatal(err)
	}
	got := m.backup(t, "m3", "m1", "m2").want(t, 0, m.named("m3").client+" has lost the other members")
	if a := decode[seen](t, got.stdout); a.Manifest.Etcd.Endpoint != m.named("m1").client {
		t.Errorf("taken from %s", a.Manifest.Etcd.Endpoint)
	}
	m.backup(t, "m3").want(t, 1, "has lost the other members", "name the other members too", "m1 at "+m.named("m1").client)
}

// stopped: with two of three gone there is no quorum, and what could be kept is said.
func (m *members) stopped(t *testing.T) {
	t.Helper()
	stop := func(name string) {
		if err := m.named(name).cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
	}
	stop("m2")
	m.backup(t, "m2", "m1", "m3", "m4").want(t, 1, "no answer in time", "has lost the other members", "is a learner", "etcdctl snapshot save", "fixline backup verify FILE")
}

// TestNoSpace: a cluster whose space is used up takes no writes, and can be backed up.
func TestNoSpace(t *testing.T) {
	m := form(t, etcds()[0], 3, "--quota-backend-bytes=2097152")
	if err := m.fill(t, 1000, 20000); err == nil || !strings.Contains(err.Error(), "space exceeded") {
		t.Fatalf("%v", err)
	}
	a := decode[seen](t, m.backup(t, "m1", "m2", "m3").want(t, 0, "NOSPACE on m", "takes no writes").stdout)
	a.Proof.check(t, "alarms", "pass", "NOSPACE on m")
	nothingLeft(t)
}

// TestCorrupt: members that do not hold the same data prove nothing, whether etcd noticed it or not.
func TestCorrupt(t *testing.T) {
	for _, version := range etcds() {
		t.Run(version, func(t *testing.T) {
			m := form(t, version, 3)
			if err := m.fill(t, 50, 1000); err != nil {
				t.Fatal(err)
			}
			m.corrupt(t, "m3")
			a := decode[seen](t, m.backup(t, "m1", "m2", "m3").want(t, 3).stdout)
			a.Proof.check(t, "members", "fail", "do not hold the same data")

			for _, o := range m.all { // and now with etcd's own watch
				m.stop(o)
				o.flags = []string{corruptCheck(version)}
				m.run(t, o)
			}
			m.alarmed(t, "m1")
			got := m.backup(t, "m1").want(t, 3, "CORRUPT on m", "do not hold the same data")
			decode[seen](t, got.stdout).Proof.check(t, "alarms", "fail", "CORRUPT on m")
			nothingLeft(t)
		})
	}
}

// corruptCheck makes a member compare itself with the others every second.
func corruptCheck(version string) string {
	if strings.HasPrefix(version, "3.5.") {
		return "--experimental-corrupt-check-time=1s"
	}
	return "--corrupt-check-time=1s"
}

// corrupt changes a value on the disk of a member, as a failing disk or a defect of etcd does.
func (m *members) corrupt(t *testing.T, name string) {
	t.Helper()
	o := m.named(name)
	m.stop(o)
	db, err := bbolt.Open(filepath.Join(o.dir, "member", "snap", "db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		keys := tx.Bucket([]byte("key"))
		k, v := keys.Cursor().Last()
		return keys.Put(bytes.Clone(k), bytes.Replace(v, []byte("vvvv"), []byte("VVVV"), 1))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	m.run(t, o)
	m.ready(t, o)
}

// alarmed waits for an alarm.
func (m *members) alarmed(t *testing.T, at string) {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		list, err := m.client(t, at).AlarmList(ctx)
		cancel()
		if err == nil && len(list.Alarms) > 0 && list.Alarms[0].Alarm == etcdserverpb.AlarmType_CORRUPT {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no alarm: %+v %v", list, err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}
