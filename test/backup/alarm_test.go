package backup

import (
	"context"
	"testing"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
)

// raise raises the alarm NOSPACE as a member does that is full.
func raise(ctx context.Context, t *testing.T, c cluster) {
	t.Helper()
	cl := c.client(t)
	st, err := cl.Status(ctx, c.EtcdEndpoint())
	if err != nil {
		t.Fatal(err)
	}
	_, err = etcdserverpb.NewMaintenanceClient(cl.ActiveConnection()).Alarm(ctx, &etcdserverpb.AlarmRequest{
		Action: etcdserverpb.AlarmRequest_ACTIVATE, MemberID: st.Header.MemberId, Alarm: etcdserverpb.AlarmType_NOSPACE})
	if err != nil {
		t.Fatal(err)
	}
}
