package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"

	"os"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/report"
)

// Intent is what a run will do, and `fixline backup --dry-run -o json`.
type Intent struct {
	APIVersion string   `json:"apiVersion"` // fixline.dev/v1alpha1
	Kind       string   `json:"kind"`       // BackupIntent
	From       []string `json:"from"`
	To         string   `json:"to"`
	Recipients []string `json:"recipients"` // public keys; empty = in the clear
	Plaintext  bool     `json:"plaintext"`
	OnNode     bool     `json:"onNode"`
	Scratch    string   `json:"scratch"` // where the test restore lies; "" = in memory
	Record     string   `json:"record"`
	EtcdImage  string   `json:"etcdImage,omitempty"` // pulled for the test restore
	// Hash is the SHA-256 sum of this without the hash; --yes takes it.
	Hash string `json:"hash"`
}

func (o *Options) intent(keys []string) (Intent, error) {
	i := Intent{APIVersion: "fixline.dev/v1alpha1", Kind: "BackupIntent", From: []string{}, To: o.Out, Recipients: append([]string{}, keys...),
		Plaintext: o.Plaintext, OnNode: o.OnNode, Scratch: o.Proving.Scratch, Record: o.Proving.Record, EtcdImage: o.Proving.EtcdImage}
	for _, e := range o.Endpoints {
		i.From = append(i.From, "etcd at "+e)
	}
	for _, h := range o.SSH.Hosts {
		i.From = append(i.From, "ssh "+h)
	}
	if o.Local {
		i.From = append(i.From, "this host")
	}
	if strings.HasPrefix(o.Out, "s3://") {
		i.To += " at " + o.Store.Endpoint
	}
	text, err := json.Marshal(i)
	if err != nil {
		return i, err
	}
	sum := sha256.Sum256(text)
	i.Hash = hex.EncodeToString(sum[:])
	return i, nil
}

func (i Intent) text(w io.Writer) error {
	fmt.Fprintf(w, "This will back up a control plane:\n")
	for _, f := range i.From {
		fmt.Fprintf(w, "  from       %s\n", report.Visible(f))
	}
	fmt.Fprintf(w, "  to         %s\n", report.Visible(i.To))
	switch {
	case i.Plaintext:
		fmt.Fprintln(w, "  sealed     not at all: who reads the file has every Secret and the keys of the cluster")
	default:
		for _, r := range i.Recipients {
			fmt.Fprintf(w, "  sealed to  %s\n", report.Visible(r))
		}
	}
	if i.OnNode {
		fmt.Fprintln(w, "  beware     the backup may lie on the node's own disk")
	}
	where := "in memory"
	if i.Scratch != "" {
		where = "in " + i.Scratch
	}
	fmt.Fprintf(w, "  then       restore it once %s, into an etcd of its own minor that no network reaches, and compare\n", report.Visible(where))
	if i.EtcdImage != "" {
		fmt.Fprintf(w, "  by         etcd out of the image %s\n", report.Visible(i.EtcdImage))
	}
	if i.Record != "" {
		fmt.Fprintf(w, "  record     %s gets the proof\n", report.Visible(i.Record))
	}
	_, err := fmt.Fprintf(w, "The cluster is read and not changed; etcd has to read its whole database once.\nhash %s\n", i.Hash)
	return err
}

// recipients reads public keys, and gives them as a person wrote them.
func (o *Options) recipients() (keys []string, out []age.Recipient, err error) {
	add := func(where, line string) error {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			return nil
		}
		r, err := recipient(line)
		if err != nil {
			return exit.Usagef("%s: %w", where, err)
		}
		keys, out = append(keys, line), append(out, r)
		return nil
	}
	for _, r := range o.Recipients {
		if err := add("--recipient", r); err != nil {
			return nil, nil, err
		}
	}
	for _, file := range o.RecipientsFile {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, nil, exit.BadInput(fmt.Errorf("--recipients-file: %w", err))
		}
		n := 0
		for line := range strings.Lines(string(text)) {
			n++
			if err := add(fmt.Sprintf("%s:%d", file, n), line); err != nil {
				return nil, nil, err
			}
		}
	}
	if !o.Plaintext && len(out) == 0 {
		return nil, nil, exit.Usagef("the files of --recipients-file hold no public key")
	}
	return keys, out, nil
}

func recipient(line string) (age.Recipient, error) {
	if strings.HasPrefix(line, "ssh-") {
		return agessh.ParseRecipient(line)
	}
	if strings.HasPrefix(strings.ToUpper(line), "AGE-SECRET-KEY-") {
		return nil, fmt.Errorf("this is a private key; its public one begins with age1")
	}
	rs, err := age.ParseRecipients(strings.NewReader(line))
	if err != nil || len(rs) != 1 {
		return nil, fmt.Errorf("%q is no public key of age or SSH (age1..., ssh-ed25519 ..., ssh-rsa ...)", line)
	}
	return rs[0], nil
}
