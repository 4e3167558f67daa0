package proving

import (
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/fixline-dev/fixline/internal/backup/keep"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
)

// Store says how an S3-compatible store is reached.
type Store struct {
	Endpoint, Region string
}

// AddFlags adds its flags.
func (s *Store) AddFlags(fs *pflag.FlagSet) {
	fs.StringVar(&s.Endpoint, "s3-endpoint", "https://s3.amazonaws.com", "Reach the store of s3://... at `URL`; the key is in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	fs.StringVar(&s.Region, "s3-region", "", "`REGION` of the bucket (default: asked of the store)")
}

// Open is the store at an address: a folder, or s3://BUCKET/PREFIX.
func (s *Store) Open(f *factory.Factory, address string) (keep.Store, error) {
	if !strings.HasPrefix(address, keep.S3Scheme) {
		return keep.Folder{Dir: address}, nil
	}
	store, err := keep.NewBucket(keep.BucketOptions{
		Address: address, Endpoint: s.Endpoint, Region: s.Region,
		AccessKey: f.Getenv("AWS_ACCESS_KEY_ID"), SecretKey: f.Getenv("AWS_SECRET_ACCESS_KEY"), Token: f.Getenv("AWS_SESSION_TOKEN"), Now: time.Now,
	})
	if err != nil {
		return nil, exit.BadInput(err)
	}
	return store, nil
}
