package evidence

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadHolds(t *testing.T) {
	got, err := ReadHolds([]byte("# none by hand\nkubelet\nkubeadm:amd64\n\n"))
	if diff := cmp.Diff([]string{"kubelet", "kubeadm"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err := ReadHolds(nil); got == nil || err != nil {
		t.Errorf("nothing held is an empty list: %v, %v", got, err)
	}
	if _, err := ReadHolds([]byte("sh: apt-mark: not found\n")); err == nil {
		t.Error("an error message of a shell passes")
	}
}

func TestReadHostJSON(t *testing.T) {
	var u *Updates
	if err := ReadHostJSON([]byte(`{"pending":null,"automatic":"active","newer":1}`), &u); err != nil || u.Pending != nil || u.Automatic != "active" {
		t.Errorf("%+v, %v", u, err)
	}
	for _, bad := range []string{"", "{", "[]", `{"pending":7}`, "{} {}"} {
		var u *Updates
		if err := ReadHostJSON([]byte(bad), &u); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
}

func TestReadVersionsOfCRIO(t *testing.T) {
	var h Host
	h.ReadVersions([]byte("crio version 1.34.1\n6.1.0\n"))
	if h.CRIO != "1.34.1" || h.Kernel != "6.1.0" {
		t.Errorf("%+v", h)
	}
}
