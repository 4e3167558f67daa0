// Package sign is the command `fixline record sign`: one person signs a record
// for one role. Start at [NewCmdSign].
package sign

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/output"
	"github.com/fixline-dev/fixline/internal/cli/record/keys"
	"github.com/fixline-dev/fixline/internal/record"
	"github.com/fixline-dev/fixline/internal/record/decision"
	"github.com/fixline-dev/fixline/internal/record/signature"
)

// Options of `fixline record sign`.
type Options struct {
	Factory *factory.Factory
	Output  output.Options
	Dir     string
	Key     string
	Role    flags.Enum
	Name    string
	Adopt   string
}

// Done is `fixline record sign -o json`.
type Done struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	File       string `json:"file"`
	Role       string `json:"role"`
	Name       string `json:"name"`
	KeyID      string `json:"keyId"`
	Entries    int    `json:"entries"`
	Files      int    `json:"files"`
}

// NewCmdSign builds the command.
func NewCmdSign(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, Role: flags.Enum{Allowed: decision.Roles()}}
	cmd := &cobra.Command{
		Use:   "sign DIR --key FILE --role ROLE --name NAME",
		Short: "Sign a record for one role, with an ed25519 key",
		Long: `Sign every file of the record and its journal up to now, as an in-toto statement
in a DSSE envelope that says role and name. The first signature is in
attestation.dsse.json, the others are in attestations/. Who signs again for the
same role with the same key replaces the older signature. A record in which
something does not match is not signed.

The key is what openssl genpkey -algorithm ed25519 writes. One with a passphrase
is given unlocked: --key <(openssl pkey -in key.pem). Your public key, to give to
those who verify: openssl pkey -in key.pem -pubout.

` + exit.Help(exit.OK, exit.Failed, exit.Usage, exit.Findings),
		Example: "  fixline record sign change/ --key key.pem --role platform --name \"platform on call <platform@example.org>\"",
		Args:    flags.Args("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Dir = args[0]
			if err := o.complete(cmd); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(o)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&o.Key, "key", "", "Sign with the private key in `FILE` (ed25519, PKCS#8 in PEM)")
	flags.EnumVar(cmd, &o.Role, "role", "", "Role that is signed for")
	fs.StringVar(&o.Name, "name", "", "`NAME` of who signs, as it is to stand in the record")
	fs.StringVar(&o.Adopt, "adopt-edit", "", "Note first that record.yaml was edited by hand, and `WHY`")
	flags.Path(fs, "key")
	flags.NoTwin(fs, "key", "role", "name", "adopt-edit")
	o.Output.AddDataFlags(cmd)
	return cmd
}

// complete wants key, role and name on the command line itself: a name that a
// configuration file holds for something else must not sign.
func (o *Options) complete(cmd *cobra.Command) error {
	for _, name := range []string{"key", "role", "name"} {
		if len(flags.Given(cmd.Flags(), name)) == 0 {
			return exit.WithHint(exit.Usagef("--%s is missing on the command line", name), "fixline record sign --help")
		}
	}
	if err := record.CheckSigner(o.Role.Value, o.Name); err != nil {
		return exit.Usagef("--name: %w", err)
	}
	return nil
}

func run(o *Options) (err error) {
	key, warning, err := signature.LoadKey(o.Key)
	if err != nil {
		return exit.BadInput(err)
	}
	if warning != "" {
		o.Factory.IO.Notef("warning: %s", warning)
	}
	r, err := record.Open(o.Dir, record.Options{Now: o.Factory.Now, Program: "fixline " + build.Version()})
	if err != nil {
		return keys.Ended(err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for _, said := range r.Said() {
		o.Factory.IO.Notef("note: %s", said)
	}
	if o.Adopt != "" {
		e, err := r.Adopt(o.Adopt)
		switch {
		case err != nil:
			return keys.Ended(err)
		case e == nil:
			o.Factory.IO.Notef("note: %s was not edited", record.DecisionFile)
		}
	}
	s, err := r.Sign(key, o.Role.Value, o.Name)
	if err != nil {
		return signFailed(err)
	}
	done := Done{decision.APIVersion, "RecordSignature", s.File, o.Role.Value, o.Name, s.KeyID, s.Entries, s.Files}
	return o.Output.Data(o.Factory, done, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "Signed as %s by %s: %d files and %d journal entries, in %s\nkey %s\n",
			done.Role, done.Name, done.Files, done.Entries, done.File, done.KeyID)
		return err
	})
}

// signFailed: a record that is not what was written is a finding.
func signFailed(err error) error {
	if _, ok := errors.AsType[*record.MismatchError](err); ok {
		return &exit.Error{Code: exit.Findings, Err: err}
	}
	return keys.Ended(err)
}
