// Package image takes one program out of a container image in a registry or a
// mirror, by the image's digest. It decides nothing about the program, and runs
// no container. Start at [Extract].
package image

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"runtime"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// ErrAbsent is an image without the program.
var ErrAbsent = errors.New("no such file is in it")

// Digest asks the registry which image a reference is now: "sha256:...".
// Credentials are those of the docker configuration, where there are any.
func Digest(ctx context.Context, reference string) (string, error) {
	ref, err := name.ParseReference(reference)
	if err != nil {
		return "", fmt.Errorf("reading the image reference: %w", err)
	}
	got, err := remote.Get(ref, options(ctx)...)
	if err != nil {
		return "", fmt.Errorf("asking the registry for %s: %w", reference, err)
	}
	return got.Digest.String(), nil
}

// Extract writes the file named program out of the image to the path to, and
// returns the image's digest. A digest that is given must be that of the image.
func Extract(ctx context.Context, reference, digest, program, to string) (string, error) {
	ref, err := name.ParseReference(reference)
	if err != nil {
		return "", fmt.Errorf("reading the image reference: %w", err)
	}
	got, err := remote.Get(ref, options(ctx)...)
	if err != nil {
		return "", fmt.Errorf("pulling %s: %w", reference, err)
	}
	if digest != "" && got.Digest.String() != digest {
		return "", fmt.Errorf("pulling %s: it is %s now, and was %s when it was agreed to", reference, got.Digest, digest)
	}
	img, err := got.Image()
	if err != nil {
		return "", fmt.Errorf("pulling %s: %w", reference, err)
	}
	flat := mutate.Extract(img)
	err = find(tar.NewReader(flat), program, to)
	if err = errors.Join(err, flat.Close()); err != nil {
		return "", fmt.Errorf("taking %s out of %s: %w", program, reference, err)
	}
	return got.Digest.String(), nil
}

func options(ctx context.Context) []remote.Option {
	return []remote.Option{
		remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain), remote.WithUserAgent("fixline"),
		remote.WithPlatform(v1.Platform{OS: "linux", Architecture: runtime.GOARCH}),
	}
}

// maxProgram bounds what is written: kube-apiserver has about 100 MB.
const maxProgram = 1 << 30

func find(in *tar.Reader, program, to string) error {
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return ErrAbsent
		}
		if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg || path.Base(h.Name) != program {
			continue
		}
		if h.Size > maxProgram {
			return fmt.Errorf("it has %d bytes", h.Size)
		}
		out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o700)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, in) //nolint:gosec // bounded by the header, see above
		return errors.Join(err, out.Close())
	}
}
