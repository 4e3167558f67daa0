package keep

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// partSize is how much of an upload is held in memory; 10,000 parts are the
// most an upload may have, so 160 GiB fit
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html).
const partSize = 16 << 20

// BucketOptions say where an S3-compatible store is.
type BucketOptions struct {
	Address  string // s3://BUCKET/PREFIX/
	Endpoint string // https://HOST[:PORT]
	Region   string // "" = asked of the store
	// Keys; a store that asks for none may be named without.
	AccessKey, SecretKey, Token string
	// Now tells an upload that a killed run left from one that goes on.
	Now func() time.Time
}

// Bucket is a [Store] in an S3-compatible one. An object is there once its
// upload is completed, so it is whole or not at all by itself.
type Bucket struct {
	client         *minio.Client
	bucket, prefix string
	now            func() time.Time
}

// NewBucket prepares one; nothing is asked yet.
func NewBucket(o BucketOptions) (*Bucket, error) {
	at, err := url.Parse(o.Address)
	if err != nil || at.Scheme != "s3" || at.Host == "" || at.RawQuery != "" {
		return nil, fmt.Errorf("%q is no s3://BUCKET/PREFIX", o.Address)
	}
	end, err := url.Parse(o.Endpoint)
	if err != nil || end.Host == "" || end.Scheme != "https" && end.Scheme != "http" || strings.Trim(end.Path, "/") != "" {
		return nil, fmt.Errorf("%q is no endpoint of an S3-compatible store such as https://s3.example.org", o.Endpoint)
	}
	client, err := minio.New(end.Host, &minio.Options{Secure: end.Scheme == "https", Region: o.Region,
		Creds: credentials.NewStaticV4(o.AccessKey, o.SecretKey, o.Token)})
	if err != nil {
		return nil, fmt.Errorf("preparing the store %s: %w", o.Endpoint, err)
	}
	return &Bucket{client: client, bucket: at.Host, prefix: strings.Trim(at.Path, "/"), now: o.Now}, nil
}

func (b *Bucket) key(name string) string { return path.Join(b.prefix, name) }

// Where is s3://BUCKET/KEY.
func (b *Bucket) Where(name string) string { return S3Scheme + path.Join(b.bucket, b.key(name)) }

// Check asks whether the bucket is there and lets us in, and takes back the
// parts of uploads that killed runs left.
func (b *Bucket) Check(ctx context.Context) error {
	ok, err := b.client.BucketExists(ctx, b.bucket)
	if err == nil && !ok {
		err = fmt.Errorf("there is no bucket %q", b.bucket)
	}
	if err == nil {
		b.sweep(ctx)
	}
	return err
}

// abandoned is after how long an upload is nobody's any more. Nothing else
// tells one whose run was killed from one that goes on elsewhere.
const abandoned = 24 * time.Hour

// sweep removes them: their parts are paid for, and no listing of objects shows
// them. A key that may not do that leaves it to the bucket's own rules.
func (b *Bucket) sweep(ctx context.Context) {
	prefix := b.prefix
	if prefix != "" {
		prefix += "/"
	}
	for u := range b.client.ListIncompleteUploads(ctx, b.bucket, prefix, false) {
		name := path.Base(u.Key)
		if u.Err == nil && b.now().Sub(u.Initiated) > abandoned && (strings.HasSuffix(name, ".tar.age") || strings.HasSuffix(name, ".tar") || strings.HasSuffix(name, ".manifest.json")) {
			_ = b.client.RemoveIncompleteUpload(ctx, b.bucket, u.Key)
		}
	}
}

// Create begins an upload in parts.
func (b *Bucket) Create(ctx context.Context, name string) (Pending, error) {
	_, err := b.client.StatObject(ctx, b.bucket, b.key(name), minio.StatObjectOptions{})
	switch code := minio.ToErrorResponse(err).Code; {
	case err == nil:
		return nil, fmt.Errorf("%s: %w", b.Where(name), ErrExist)
	case code != minio.NoSuchKey:
		return nil, fmt.Errorf("asking for %s: %w", b.Where(name), err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	out, in := io.Pipe()
	p := &pendingObject{b: b, name: name, in: in, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		// A sum of each part in its header, and no signature woven into the stream,
		// which not every S3-compatible store takes out again.
		_, p.err = b.client.PutObject(ctx, b.bucket, b.key(name), out, -1, minio.PutObjectOptions{
			PartSize: partSize, ContentType: "application/octet-stream", DisableContentSha256: true, SendContentMd5: true})
		out.CloseWithError(errors.Join(p.err, io.ErrClosedPipe))
	}()
	return p, nil
}

// Open reads an object.
func (b *Bucket) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	o, err := b.client.GetObject(ctx, b.bucket, b.key(name), minio.GetObjectOptions{})
	if err == nil {
		_, err = o.Stat()
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", b.Where(name), err)
	}
	return o, nil
}

type pendingObject struct {
	b      *Bucket
	name   string
	in     *io.PipeWriter
	cancel context.CancelCauseFunc
	done   chan struct{}
	err    error
	whole  bool
}

// Write gives the store's own error where the upload has ended.
func (p *pendingObject) Write(text []byte) (int, error) {
	n, err := p.in.Write(text)
	if err != nil {
		<-p.done
		err = fmt.Errorf("storing %s: %w", p.b.Where(p.name), errors.Join(p.err, err))
	}
	return n, err
}

// Commit completes the upload.
func (p *pendingObject) Commit() error {
	_ = p.in.Close()
	<-p.done
	if p.err != nil {
		return fmt.Errorf("storing %s: %w", p.b.Where(p.name), p.err)
	}
	p.whole = true
	return nil
}

var errAborted = errors.New("the backup was given up")

// Abort ends the upload and takes its parts back, also where the run's own
// context has ended.
func (p *pendingObject) Abort() {
	if p.whole {
		return
	}
	p.whole = true
	p.in.CloseWithError(errAborted)
	select {
	case <-p.done: // the client takes the parts back itself
	case <-time.After(10 * time.Second):
		p.cancel(errAborted)
		<-p.done
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_ = p.b.client.RemoveIncompleteUpload(ctx, p.b.bucket, p.b.key(p.name)) // there may be none
}
