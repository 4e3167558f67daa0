package rehearse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/gowebpki/jcs"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/rehearse"
	"github.com/fixline-dev/fixline/internal/rehearse/hostfiles"
	"github.com/fixline-dev/fixline/internal/rehearse/image"
)

// Intent is what a run will start; `--dry-run -o json`. Its hash is what --yes
// agrees to, so it holds nothing that differs from run to run.
type Intent struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Snapshot   Named    `json:"snapshot"`   // or the backup, as it is stored
	Kubernetes Named    `json:"kubernetes"` // the folder or host, and the sum of its static pod
	Etcd       Named    `json:"etcd"`
	Baseline   *Named   `json:"baseline"`
	Hops       []Named  `json:"hops"`
	Place      string   `json:"place"`
	Changes    []string `json:"changes"`
	Hash       string   `json:"hash"`
}

// Named is a file and its sum, or an image and its digest.
type Named struct {
	Name string `json:"name"`
	Sum  string `json:"sum"` // "sha256:..."
}

// intent sums what the options name. Of an image only the registry's answer is
// taken: nothing is pulled yet.
func (o *Options) intent(ctx context.Context, spec *rehearse.Spec, b *opened) (Intent, error) {
	in := Intent{APIVersion: "fixline.dev/v1alpha1", Kind: "RehearsalIntent", Place: spec.Place.Dir}
	var err error
	if b != nil {
		in.Snapshot = Named{o.Backup, "sha256:" + b.stored.SHA256}
	} else if in.Snapshot, err = named(ctx, &rehearse.Binary{Path: o.Snapshot}); err != nil {
		return in, exit.BadInput(fmt.Errorf("reading the snapshot: %w", err))
	}
	if in.Etcd, err = named(ctx, &spec.Etcd); err != nil {
		return in, exit.BadInput(fmt.Errorf("reading etcd: %w", err))
	}
	if spec.Baseline != nil {
		n, err := named(ctx, spec.Baseline)
		if err != nil {
			return in, exit.BadInput(fmt.Errorf("reading today's kube-apiserver: %w", err))
		}
		in.Baseline = &n
	}
	for i := range spec.Hops {
		n, err := named(ctx, &spec.Hops[i])
		if err != nil {
			return in, exit.BadInput(fmt.Errorf("reading the kube-apiserver of hop %d: %w", i+1, err))
		}
		in.Hops = append(in.Hops, n)
	}
	pod, err := hostfiles.Read(spec.Source, rehearse.Manifest)
	if err != nil {
		return in, exit.BadInput(fmt.Errorf("reading the API server's static pod: %w", err))
	}
	podSum := sha256.Sum256(pod)
	in.Kubernetes = Named{o.Kubernetes, "sha256:" + hex.EncodeToString(podSum[:])}
	if b != nil && o.Kubernetes == "" {
		in.Kubernetes.Name = b.host + " in the backup"
	}
	if in.Changes, err = rehearse.Changes(spec.Source); err != nil {
		return in, exit.BadInput(err)
	}
	text, err := json.Marshal(in)
	if err == nil {
		text, err = jcs.Transform(text)
	}
	sum := sha256.Sum256(text)
	in.Hash = hex.EncodeToString(sum[:])
	return in, err
}

// named sums a program and notes the sum in it, so that what is started is what
// was agreed to.
func named(ctx context.Context, b *rehearse.Binary) (Named, error) {
	if b.Path == "" {
		digest, err := image.Digest(ctx, b.Image)
		b.Digest = digest
		return Named{b.Image, digest}, err
	}
	sum, err := rehearse.Sum(b.Path)
	b.SHA256 = sum
	return Named{b.Path, "sha256:" + sum}, err
}

// text says it to a person.
func (in Intent) text(w io.Writer) error {
	var b strings.Builder
	b.WriteString("This will be started on this machine, on loopback only; the cluster is not touched:\n\n")
	line := func(what string, n Named) {
		fmt.Fprintf(&b, "  %-10s %s (%s)\n", what, n.Name, n.Sum[:min(19, len(n.Sum))])
	}
	line("etcd", in.Etcd)
	if in.Baseline != nil {
		line("today", *in.Baseline)
	}
	for i, h := range in.Hops {
		line(fmt.Sprintf("hop %d", i+1), h)
	}
	fmt.Fprintf(&b, "\non the data of %s (%s), with the flags and keys of %s,\nin a private folder in %s that is removed afterwards.\n",
		filepath.Base(in.Snapshot.Name), in.Snapshot.Sum[:min(19, len(in.Snapshot.Sum))], in.Kubernetes.Name, in.Place)
	if len(in.Changes) > 0 {
		b.WriteString("\nNot as in the cluster:\n")
	}
	for _, c := range in.Changes {
		fmt.Fprintf(&b, "  %s\n", c)
	}
	fmt.Fprintf(&b, "\nhash: %s\n", in.Hash)
	_, err := io.WriteString(w, b.String())
	return err
}
