package proving

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/rehearse/image"
)

// Offline says that an image must not be pulled.
func Offline(reference string) error {
	return exit.Usagef("--offline forbids pulling images, and --etcd-image names %s; --etcd-binary names a program that is here", reference)
}

// Pull takes etcd and etcdutl out of the image of --etcd-image, if it is given,
// into a folder that done removes: programs, and nothing of a cluster.
func (o *Options) Pull(ctx context.Context, f *factory.Factory) (done func(), err error) {
	done = func() {}
	if o.EtcdImage == "" {
		return done, nil
	}
	if f.Offline {
		return done, Offline(o.EtcdImage)
	}
	f.Progress.Step("pulling %s", o.EtcdImage)
	dir, err := os.MkdirTemp("", "fixline-etcd-*")
	if err != nil {
		return done, err
	}
	done = func() { _ = os.RemoveAll(dir) } // it holds no secret
	digest, err := image.Extract(ctx, o.EtcdImage, "", "etcd", filepath.Join(dir, "etcd"))
	if err != nil {
		return done, err
	}
	// An image without it will do for the minor that is built in; where it is
	// needed, its absence is said then.
	_, err = image.Extract(ctx, o.EtcdImage, digest, "etcdutl", filepath.Join(dir, "etcdutl"))
	if err != nil && !errors.Is(err, image.ErrAbsent) {
		return done, err
	}
	o.EtcdBinary, o.pulled = dir, o.EtcdImage+"@"+digest
	return done, nil
}
