package keep

import (
	"bytes"
	"errors"
	"io"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7"
)

func bucket(t *testing.T, how ...gofakes3.Option) (*Bucket, *s3mem.Backend) {
	t.Helper()
	backend := s3mem.New()
	server := httptest.NewServer(gofakes3.New(backend, how...).Server())
	t.Cleanup(server.Close)
	if err := backend.CreateBucket("backups"); err != nil {
		t.Fatal(err)
	}
	b, err := NewBucket(BucketOptions{Address: "s3://backups/prod/", Endpoint: server.URL, Region: "us-east-1", AccessKey: "key", SecretKey: "secret", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return b, backend
}

// TestBucket: an object of several parts comes back as it was, its name is
// taken once, and one that was given up is not there.
func TestBucket(t *testing.T) {
	b, _ := bucket(t)
	ctx := t.Context()
	if err := b.Check(ctx); err != nil {
		t.Fatal(err)
	}
	text := bytes.Repeat([]byte("0123456789abcdef"), 2*partSize/16+5)
	p, err := b.Create(ctx, "a.tar.age")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(p, bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Open(ctx, "a.tar.age"); err == nil {
		t.Error("half an object is there")
	}
	if err := p.Commit(); err != nil {
		t.Fatal(err)
	}
	p.Abort() // does nothing now
	r, err := b.Open(ctx, "a.tar.age")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, text) || r.Close() != nil {
		t.Errorf("%d bytes came back of %d: %v", len(got), len(text), err)
	}
	if _, err := b.Create(ctx, "a.tar.age"); !errors.Is(err, ErrExist) {
		t.Errorf("a taken name: %v", err)
	}

	given, err := b.Create(ctx, "b.tar.age")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := given.Write(text); err != nil {
		t.Fatal(err)
	}
	given.Abort()
	if _, err := b.Open(ctx, "b.tar.age"); err == nil {
		t.Error("what was given up is there")
	}
	for part := range b.client.ListIncompleteUploads(ctx, b.bucket, "", true) {
		t.Errorf("parts are left: %+v", part)
	}
	if b.Where("x") != "s3://backups/prod/x" {
		t.Error(b.Where("x"))
	}
}

// TestAbandoned: parts of an upload that ended a day ago and more are taken
// back by the next run; those of one that may go on are not, nor another's.
func TestAbandoned(t *testing.T) {
	for name, tc := range map[string]struct {
		age  time.Duration
		key  string
		left bool
	}{"a killed run's": {48 * time.Hour, "prod/a.tar.age", false}, "one of now": {time.Minute, "prod/a.tar.age", true},
		"another's": {48 * time.Hour, "prod/film.mkv", true}, "elsewhere": {48 * time.Hour, "dev/a.tar.age", true}} {
		b, _ := bucket(t, gofakes3.WithTimeSource(gofakes3.FixedTimeSource(time.Now().Add(-tc.age))), gofakes3.WithTimeSkewLimit(0))
		core := minio.Core{Client: b.client}
		if _, err := core.NewMultipartUpload(t.Context(), b.bucket, tc.key, minio.PutObjectOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := b.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		left := 0
		for range b.client.ListIncompleteUploads(t.Context(), b.bucket, "", true) {
			left++
		}
		if (left > 0) != tc.left {
			t.Errorf("%s: %d are left", name, left)
		}
	}
}

func TestNoBucket(t *testing.T) {
	b, _ := bucket(t)
	b.bucket = "none"
	if err := b.Check(t.Context()); err == nil {
		t.Error("a bucket that is not there")
	}
	for _, o := range []BucketOptions{{Address: "/x", Endpoint: "https://h"}, {Address: "s3://b/", Endpoint: "h"}, {Address: "s3://b/", Endpoint: "https://h/path"}} {
		if _, err := NewBucket(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}
