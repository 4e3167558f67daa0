// Package archtest holds the law of the house: which package may import which,
// what pure code may not touch, and how packages are named and documented. Its
// tests read the source of the whole module and fail with the reason of the
// law that was broken; it decides nothing at run time, and no other package
// imports it. Start at [Layers]; a new folder asks for a row there.
package archtest

// Module is the path every law speaks of.
const Module = "github.com/fixline-dev/fixline/"

// Layer is a part of the house and what it may import.
type Layer struct {
	Name string
	// Folders below the module root. "x" is that package alone, "x/..." all
	// below it as well. The first layer that matches a package is its own.
	Folders []string
	// May names the layers it may import besides the standard library; its own
	// is named where its packages may import each other.
	May []string
	Why string
}

// Layers are the law, from the top of the house to its ground.
func Layers() []Layer {
	return []Layer{
		{"program", []string{"cmd/..."}, []string{"command line"},
			"a program is a dozen lines: everything it does can then be tested without starting it"},
		{"command line", []string{"internal/cli/..."}, []string{"command line", "demo", "report", "catalogue", "evidence", "reading", "live clusters", "recordings", "inventories", "plan files",
			"releases", "hosts", "remote", "record", "backup", "rehearse", "apply", "files", "manifests", "core"},
			"only the command line joins the parts, so that each can be read, tested and replaced alone"},
		{"demo", []string{"internal/demo/..."}, []string{},
			"the demo is a recording: how it is read is the same as for any other"},
		{"apply", []string{"internal/apply/..."}, []string{"apply", "remote", "record", "core"},
			"what carries a plan out decides nothing: it asks core what is next, and says in the record what it did"},
		{"record", []string{"internal/record/..."}, []string{"record", "report", "files", "core"},
			"what was decided and done is kept the same whoever did it, so the record knows no verb and no cluster"},
		{"report", []string{"internal/report/..."}, []string{"report", "core"},
			"every form of output is made from the same values; what fetches anything would make them differ"},
		{"generator", []string{"internal/catalog/gen/...", "internal/evidence/gen/..."}, []string{"generator", "catalogue", "files", "core"},
			"what makes the data files never runs in the product"},
		{"catalogue", []string{"internal/catalog/..."}, []string{"catalogue", "files", "core"},
			"facts do not depend on how a cluster is read or an answer printed"},
		{"reading", []string{"internal/evidence/reading/..."}, []string{"reading", "evidence", "core"},
			"what evidence means is the same wherever it came from, so it knows no source"},
		{"plan files", []string{"internal/planfile"}, []string{"inventories", "files", "core"},
			"a plan holds the inventory it starts from, and both are read strictly; what a plan means is core's"},
		{"live clusters", []string{"internal/evidence/kube/..."}, []string{"live clusters", "evidence", "core"},
			"adapters never import each other: a change for one source cannot break another"},
		{"recordings", []string{"internal/evidence/dump/...", "internal/evidence/pack/..."}, []string{"recordings", "evidence", "files", "core"},
			"adapters never import each other: a change for one source cannot break another"},
		{"inventories", []string{"internal/evidence/declared/..."}, []string{"evidence", "files", "core"},
			"adapters never import each other: a change for one source cannot break another"},
		{"releases", []string{"internal/evidence/helm/..."}, []string{"evidence", "core"},
			"adapters never import each other: a change for one source cannot break another"},
		{"hosts", []string{"internal/evidence/host/..."}, []string{"remote", "evidence", "core"},
			"adapters never import each other: how a host is reached is another matter than what is asked there"},
		{"backup", []string{"internal/backup/..."}, []string{"backup", "remote", "files", "core"},
			"what is backed up and how it is proven knows no flag, no record and no report"},
		{"rehearse", []string{"internal/rehearse/..."}, []string{"rehearse", "files", "core"},
			"a rehearsal holds a cluster's keys and data, and can reach no cluster: it knows no kubeconfig, no host and no record"},
		{"remote", []string{"internal/remote/..."}, []string{"remote"},
			"whoever runs something on a host asks the one contract, and need not know what is evidence"},
		{"evidence", []string{"internal/evidence"}, []string{"core"},
			"the contract between sources and readers knows neither"},
		{"files", []string{"internal/strict", "internal/policyfile"}, []string{"files", "core"},
			"what a person writes is read by one strict reader, used by everyone"},
		{"manifests", []string{"internal/manifest"}, []string{},
			"what people deploy is found as it is written; what it means is not a reader's to know"},
		{"core", []string{"internal/core/..."}, []string{"core"},
			"a judgement is a pure function of evidence, catalogue, date and policy: repeatable, testable, offline"},
		{"law", []string{"internal/archtest"}, []string{}, "the law stands beside the house"},
	}
}

// Library limits where a library may be used.
type Library struct {
	Prefix string   // of the import path
	Layers []string // that may import it
	Why    string
}

// Libraries are those whose reach is limited. Core may use none at all.
func Libraries() []Library {
	return []Library{
		{"github.com/spf13/", []string{"command line"}, "flags and commands are the command line's"},
		{"k8s.io/cli-runtime", []string{"command line"}, "how a user names a cluster is the command line's"},
		{"k8s.io/client-go", []string{"command line", "live clusters", "releases", "rehearse", "apply"}, "only the readers of live clusters talk to one, the rehearsal to the server it started, and what carries a plan out"},
		{"k8s.io/", []string{"command line", "live clusters", "releases", "evidence", "reading", "rehearse", "apply"}, "judgements take Fixline's own types, not those of an API version"},
		{"golang.org/x/term", []string{"command line"}, "whether a stream is a terminal is the command line's to know"},
		{"golang.org/x/crypto/ssh", []string{"command line", "remote"}, "how a host is reached is one package's"},
		{"github.com/secure-systems-lab/", []string{"record"}, "what is signed, and how, is the record's alone"},
		{"github.com/in-toto/", []string{"record"}, "what is signed, and how, is the record's alone"},
		{"go.etcd.io/", []string{"backup", "rehearse"}, "who speaks with etcd holds every Secret of a cluster: backup does with the cluster's, rehearse with its own copy"},
		{"github.com/google/go-containerregistry", []string{"rehearse", "command line"}, "images are pulled for a rehearsal alone"},
		{"filippo.io/age", []string{"backup", "command line"}, "what is sealed, and to whom, is the backup's alone"},
		{"github.com/minio/", []string{"backup"}, "where backups are kept is the backup's alone"},
		{"github.com/adrg/xdg", []string{"command line"}, "where a user's folders are is the command line's to know"},
	}
}

// Forbidden is a standard package or function that most of the house may not use.
type Forbidden struct {
	Package string   // import path; all below it too
	Names   []string // of its functions; empty = the whole package
	Except  []string // layers that may
	Why     string
}

// Forbiddens keep clock, environment and the outside world at the edge.
func Forbiddens() []Forbidden {
	edge := []string{"program", "command line", "generator"}
	notCore := []string{"program", "command line", "demo", "report", "generator", "catalogue", "reading", "live clusters",
		"recordings", "inventories", "releases", "hosts", "remote", "evidence", "record", "backup", "rehearse", "apply", "files", "manifests", "law"}
	pure := "core is pure: no files, network, processes or logs; what it needs comes in as a value"
	return []Forbidden{
		{"time", []string{"Now", "Since", "Until"}, edge, "the day comes in as --as-of, so that a judgement reads the same next year"},
		{"time", []string{"Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}, notCore, "core waits for nothing"},
		{"os", []string{"Getenv", "LookupEnv", "Environ", "ExpandEnv", "Setenv"}, edge, "the environment is read in one place, where every variable is documented"},
		{"os", []string{"Exit"}, edge, "a package returns errors; only main ends the program"},
		{"os", nil, notCore, pure},
		{"io/ioutil", nil, notCore, pure},
		{"path/filepath", nil, notCore, pure},
		{"net", nil, notCore, pure},
		{"net/http", nil, []string{"command line", "catalogue", "generator", "live clusters", "releases", "rehearse"}, "never a silent network call: only what fetches may know how"},
		{"log", nil, nil, "errors are returned and progress is an event; nothing writes to a log of its own"},
		{"syscall", nil, notCore, pure},
		{"context", nil, notCore, "core does nothing that could be cancelled"},
		{"sync", nil, notCore, "core has no goroutines, so nothing to lock"},
		{"unsafe", nil, nil, "no need for it"},
	}
}

// LongFile is a file of more than [MaxLines] lines and the reason for it.
type LongFile struct{ File, Why string }

// MaxLines is how long a file may be without a reason.
const MaxLines = 400

// LongFiles have a reason to be long.
func LongFiles() []LongFile { return []LongFile{} }

// PackageState is a package-level variable and the reason it may be one.
type PackageState struct{ Package, Name, Why string }

// PackageStates are the variables that are no error, pattern or embedded data.
func PackageStates() []PackageState { return []PackageState{} }
