package evidence

import "io"

// Schema is the version of a bundle's format. A bundle of a newer one is
// refused: it may hold what this program would overlook.
const Schema = 1

// Revision counts what was added to [Schema] since it began and what an older
// program may overlook without answering differently. Keys it does not know
// are an error in a bundle of its own revision and left alone in a newer one.
const Revision = 0

// ManifestAPIVersion and ManifestKind are how every bundle.json begins.
const (
	ManifestAPIVersion = "fixline.dev/v1alpha1"
	ManifestKind       = "EvidenceBundle"
)

// ManifestFile is where a bundle holds its [Manifest].
const ManifestFile = "bundle.json"

// Manifest says what a bundle holds, where each file came from, and what was
// asked without success. Times are RFC 3339 in UTC.
type Manifest struct {
	APIVersion string `json:"apiVersion"` // fixline.dev/v1alpha1
	Kind       string `json:"kind"`       // EvidenceBundle
	Schema     int    `json:"schema"`
	Revision   int    `json:"revision"` // of the schema, see [Revision]
	// Cluster is the name of the cluster, as a live assessment would give it.
	Cluster string `json:"cluster"`
	// Server is the API server that was asked; "" where only hosts were.
	Server   string  `json:"server"`
	Program  string  `json:"program"` // "fixline v0.2.0"
	Started  string  `json:"started"`
	Finished string  `json:"finished"`
	Files    []File  `json:"files"`
	Coverage []Check `json:"coverage"`
	// Warnings are Warning headers the API server answered with.
	Warnings []string `json:"warnings"`
	// Clocks are the clocks that were looked at on the way.
	Clocks []Clock `json:"clocks"`
}

// Clock is one look at a clock of the cluster, compared with the clock of the
// machine that collected.
type Clock struct {
	// Of is whose clock: "https://10.77.0.11:6443" (the Date header of the API
	// server), "hosts/cp1".
	Of string `json:"of"`
	// At is when, RFC 3339 with as many digits as are known, by the collecting
	// machine's clock.
	At string `json:"at"`
	// Ahead is by how many seconds Of was ahead; negative where it was behind.
	Ahead float64 `json:"aheadSeconds"`
	// Within is how far off Ahead may be, in seconds: half the round trip, and
	// the grain of what was read (a Date header has whole seconds).
	Within float64 `json:"withinSeconds"`
}

// File is one file of a bundle.
type File struct {
	Path   string `json:"path"` // slash-separated, below the bundle
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
	Items  int    `json:"items,omitempty"` // objects of a list
	Origin
}

// Origin is where, when and by whom something was read.
type Origin struct {
	// From is the request or the command: "GET https://10.77.0.11:6443/api/v1/pods",
	// "ssh root@10.77.0.11: dpkg-query -W".
	From string `json:"from"`
	// By is the identity it was read with: "kubernetes-admin", "root".
	By string `json:"by"`
	At string `json:"at"` // RFC 3339
}

// Check is one thing that was asked for, and what became of it.
type Check struct {
	// Asked is a [Resource] ("pods", "configmaps/kubeadm-config"), a host's file
	// ("hosts/cp1/dpkg.txt"), or another path of the bundle.
	Asked  string `json:"asked"`
	State  State  `json:"state"`
	Reason string `json:"reason,omitempty"` // for every State but Read: one line
	Rule   *Rule  `json:"rule,omitempty"`   // Forbidden only: the RBAC rule that would allow it
}

// Sink takes what is read, file by file. It is safe for concurrent use.
type Sink interface {
	// File writes the file at path with what fill writes; fill returns the
	// number of objects, 0 where none are counted. Where fill fails, no such
	// file is there and File returns its error. A second call for the same
	// path replaces the first.
	File(path string, from Origin, fill func(io.Writer) (items int, err error)) error
	// Note records what became of something that was asked for. Of several
	// notes for the same thing the last counts.
	Note(Check)
}

// Tee is a Sink that puts everything into both a and b. Where one of them
// fails the file is in neither.
func Tee(a, b Sink) Sink { return tee{a, b} }

type tee struct{ a, b Sink }

func (t tee) Note(c Check) {
	t.a.Note(c)
	t.b.Note(c)
}

func (t tee) File(path string, from Origin, fill func(io.Writer) (int, error)) error {
	return t.a.File(path, from, func(to io.Writer) (items int, err error) {
		err = t.b.File(path, from, func(too io.Writer) (int, error) {
			items, err = fill(io.MultiWriter(to, too))
			return items, err
		})
		return items, err
	})
}
