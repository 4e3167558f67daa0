package archive

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/backup/guide"
	"github.com/fixline-dev/fixline/internal/backup/member"
)

// Kinds of the two manifests.
const (
	Kind       = "Backup"
	BesideKind = "BackupManifest"
)

// Format is the version of a backup's form; a newer one is refused.
const Format = 1

// Manifest says what a backup holds, and how to restore it. It lies in the
// backup and is sealed with it. Times are RFC 3339.
type Manifest struct {
	APIVersion string `json:"apiVersion"` // fixline.dev/v1alpha1
	Kind       string `json:"kind"`       // Backup
	Format     int    `json:"format"`
	Cluster    string `json:"cluster"`
	Taken      string `json:"taken"`   // when the snapshot began
	Program    string `json:"program"` // "fixline v0.2.0"
	Sealed     bool   `json:"sealed"`
	Etcd       Etcd   `json:"etcd"`
	// Kubernetes is the API server's version; null = not known.
	Kubernetes *string    `json:"kubernetes"`
	Encryption Encryption `json:"encryption"`
	Files      []File     `json:"files,omitempty"`
	// Coverage lists what was not read.
	Coverage []Gap        `json:"coverage"`
	Restore  []guide.Step `json:"restore"`
}

// Etcd is the cluster a snapshot is of.
type Etcd struct {
	ClusterID string          `json:"clusterID"`
	Members   []member.Member `json:"members"`
	Endpoint  string          `json:"endpoint"` // of the member it was taken from
	Version   string          `json:"version"`  // of its server: "3.6.6"
	// Storage is the version of its storage; null before 3.6.
	Storage *string  `json:"storageVersion"`
	Alarms  []string `json:"alarms"`
	SHA256  string   `json:"sha256"` // of the snapshot file
	Bytes   int64    `json:"bytes"`
	// Revision is the snapshot's; null where it could not be read.
	Revision *int64 `json:"revision"`
	// Before is what a quorum had agreed on when the snapshot began.
	Before int64 `json:"revisionBefore"`
	// Live is what the cluster had as of that revision; null where it could not
	// be asked, LiveWhy says why.
	Live    *member.Census `json:"live"`
	LiveWhy string         `json:"liveWhy,omitempty"`
	// LiveRevision is another one that Live, Hash and Peers are as of: Before,
	// where Revision was compacted away while the snapshot came.
	LiveRevision *int64 `json:"liveRevision,omitempty"`
	// Hash is the member's sum as of that revision; null as Live.
	Hash *member.Hash `json:"hashKV"`
	// Peers are the sums of the other members that were asked.
	Peers []member.Peer `json:"peers"`
}

// Encryption is what is known of encryption at rest.
type Encryption struct {
	// Config is where the API server has its configuration; null where it has none.
	Config *string `json:"config"`
	// Included: the backup holds it, with its keys.
	Included bool `json:"included"`
	// Providers are its provider and key names, "secretbox/key1", "kms/vault";
	// never a key.
	Providers []string `json:"providers"`
}

// File is one file of a backup.
type File struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// Gap is something a backup does not hold.
type Gap struct {
	Check    string `json:"check"`
	Reason   string `json:"reason"`
	Required bool   `json:"required"`
}

// Stored is a backup as it lies in its store.
type Stored struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// Beside is the clear manifest that lies beside a backup: the same without the
// list of files, and what the sealed file should be. Nothing protects it from
// being changed, so it is for people, and to find a backup by.
type Beside struct {
	Manifest

	Stored         Stored `json:"stored"`
	ManifestSHA256 string `json:"manifestSHA256"`
}

// matches holds what was read to the list of files.
func (m *Manifest) matches(got map[string]File) error {
	for _, f := range m.Files {
		is, ok := got[f.Path]
		switch {
		case !ok:
			return &Error{fmt.Sprintf("it lacks %s, which its manifest lists", f.Path)}
		case is != f:
			return &Error{fmt.Sprintf("its %s is not what its manifest lists", f.Path)}
		}
		delete(got, f.Path)
	}
	for name := range got {
		return &Error{fmt.Sprintf("it holds %s, which its manifest does not list", name)}
	}
	return nil
}
