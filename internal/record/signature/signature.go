// Package signature signs what a change record holds and checks such a
// signature: an in-toto Statement of Fixline's own predicate type in a DSSE
// envelope, with an ed25519 key. It decides whether an envelope is whole and
// whose key made it; whether that key is to be believed is its caller's, and no
// network or key store is ever asked. Start at [Sign] and [Open].
package signature

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gowebpki/jcs"
	intoto "github.com/in-toto/attestation/go/v1"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
)

const (
	// PayloadType of the envelope: https://github.com/in-toto/attestation/blob/main/spec/v1/envelope.md
	PayloadType = "application/vnd.in-toto+json"
	// PredicateType says that the predicate is a [Predicate].
	PredicateType = "https://fixline.dev/change-record/v1"
	// MaxBytes bounds an envelope: 20,000 subjects of 200 bytes, in base64.
	MaxBytes = 8 << 20
)

// Predicate is what a signer says besides the sums of the files.
type Predicate struct {
	Record    string  `json:"record"` // id of the change
	Role      string  `json:"role"`
	Name      string  `json:"name"`
	SignedAt  string  `json:"signedAt"`  // RFC 3339, by the signer's own clock
	KeyID     string  `json:"keyId"`     // see [KeyID]
	PublicKey string  `json:"publicKey"` // PKIX, DER in base64: it says whose it claims to be, and proves nothing alone
	Journal   Journal `json:"journal"`
}

// Journal is how far the journal went when it was signed.
type Journal struct {
	Entries int    `json:"entries"`
	Bytes   int64  `json:"bytes"`
	Head    string `json:"head"` // hash of its last entry
}

// File is a subject: a file of the record and its SHA-256 sum in hex.
type File struct{ Name, SHA256 string }

// Statement is what is signed.
type Statement struct {
	Files []File // in order of their names
	Predicate
}

// Sign makes the envelope of s, in the one form [Open] takes. Key and signer
// in s are set from k.
func Sign(s Statement, k Key) ([]byte, error) {
	der, err := k.der()
	if err != nil {
		return nil, err
	}
	s.KeyID, s.PublicKey = k.ID(), base64.StdEncoding.EncodeToString(der)
	payload, err := s.encode()
	if err != nil {
		return nil, fmt.Errorf("encoding the statement: %w", err)
	}
	signer, err := dsse.NewEnvelopeSigner(ed{k.private, k.public})
	if err != nil {
		return nil, err
	}
	e, err := signer.SignPayload(context.Background(), PayloadType, payload)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	text, err := canonical(e)
	if err == nil && len(text) > MaxBytes {
		err = fmt.Errorf("the attestation of %d files is larger than %d bytes", len(s.Files), MaxBytes)
	}
	return text, err
}

// canonical is the one form an envelope has in a file.
func canonical(e *dsse.Envelope) ([]byte, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	if text, err = jcs.Transform(text); err != nil {
		return nil, err
	}
	return append(text, '\n'), nil
}

// encode is the RFC 8785 form of the in-toto statement.
func (s Statement) encode() ([]byte, error) {
	text, err := json.Marshal(s.Predicate)
	if err != nil {
		return nil, err
	}
	predicate := &structpb.Struct{}
	if err := protojson.Unmarshal(text, predicate); err != nil {
		return nil, err
	}
	out := &intoto.Statement{Type: intoto.StatementTypeUri, PredicateType: PredicateType, Predicate: predicate}
	for _, f := range s.Files {
		out.Subject = append(out.Subject, &intoto.ResourceDescriptor{Name: f.Name, Digest: map[string]string{"sha256": f.SHA256}})
	}
	if err := out.Validate(); err != nil {
		return nil, err
	}
	if text, err = protojson.Marshal(out); err != nil {
		return nil, err
	}
	return jcs.Transform(text)
}

// Open reads an envelope and checks its signature with the key it carries. An
// envelope has exactly one form, so that any other byte in it shows. That key
// is only the one the signer claims: see [Statement.Signer].
func Open(text []byte) (Statement, error) {
	var e dsse.Envelope
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil {
		return Statement{}, fmt.Errorf("is no DSSE envelope: %w", err)
	}
	again, err := canonical(&e)
	switch {
	case err != nil || !bytes.Equal(again, text):
		return Statement{}, errors.New("is not in the one form an attestation has (RFC 8785)")
	case e.PayloadType != PayloadType:
		return Statement{}, fmt.Errorf("holds a payload of type %q, not %s", e.PayloadType, PayloadType)
	case len(e.Signatures) != 1:
		return Statement{}, fmt.Errorf("holds %d signatures; one signer has one envelope", len(e.Signatures))
	}
	payload, err := strictBase64(e.Payload)
	if err == nil {
		_, err = strictBase64(e.Signatures[0].Sig)
	}
	if err != nil {
		return Statement{}, fmt.Errorf("is no DSSE envelope: %w", err)
	}
	s, err := decode(payload)
	if err != nil {
		return s, fmt.Errorf("holds a statement that %w", err)
	}
	return s, s.check(&e)
}

// check holds the signature against the key of the statement.
func (s Statement) check(e *dsse.Envelope) error {
	key, err := s.Signer()
	if err != nil {
		return err
	}
	if key.ID() != s.KeyID || e.Signatures[0].KeyID != s.KeyID {
		return errors.New("names a key other than the one it carries")
	}
	verifier, err := dsse.NewEnvelopeVerifier(ed{public: key.public})
	if err != nil {
		return err
	}
	if _, err := verifier.Verify(context.Background(), e); err != nil {
		return errors.New("was changed: its signature does not match what it signs")
	}
	return nil
}

// Signer is the public key the statement carries.
func (s Statement) Signer() (Public, error) {
	der, err := strictBase64(s.PublicKey)
	if err != nil {
		return Public{}, fmt.Errorf("carries no public key: %w", err)
	}
	return parsePublic(der)
}

func strictBase64(text string) ([]byte, error) {
	out, err := base64.StdEncoding.Strict().DecodeString(text)
	if err == nil && base64.StdEncoding.EncodeToString(out) != text {
		err = errors.New("it is not in the one form base64 has")
	}
	return out, err
}

// decode reads a payload, which has one form too.
func decode(payload []byte) (Statement, error) {
	var in intoto.Statement
	if err := protojson.Unmarshal(payload, &in); err != nil {
		return Statement{}, fmt.Errorf("is no in-toto statement: %w", err)
	}
	if err := in.Validate(); err != nil {
		return Statement{}, fmt.Errorf("is no in-toto statement: %w", err)
	}
	if in.GetType() != intoto.StatementTypeUri || in.GetPredicateType() != PredicateType {
		return Statement{}, fmt.Errorf("is of type %q about %q, not about a change record", in.GetType(), in.GetPredicateType())
	}
	var s Statement
	for _, d := range in.GetSubject() {
		s.Files = append(s.Files, File{d.GetName(), d.GetDigest()["sha256"]})
	}
	text, err := protojson.Marshal(in.GetPredicate())
	if err != nil {
		return s, err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s.Predicate); err != nil {
		return s, fmt.Errorf("has another predicate than a change record's: %w", err)
	}
	if _, err := time.Parse(time.RFC3339, s.SignedAt); err != nil {
		return s, errors.New("has no time of signing")
	}
	again, err := s.encode()
	if err != nil || !bytes.Equal(again, payload) {
		return s, errors.New("is not in the one form a statement has (RFC 8785)")
	}
	return s, nil
}
