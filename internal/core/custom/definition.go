package custom

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
)

const object = "CustomResourceDefinition/"

// stored judges the versions objects may be stored in. An API server refuses
// to take one out of spec.versions that is still in status.storedVersions, so
// the next release of the operator fails there
// (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#upgrade-existing-objects-to-a-new-stored-version).
func (j *judge) stored(d Definition) {
	storage := "the storage version"
	if i := slices.IndexFunc(d.Versions, func(v Version) bool { return v.Storage }); i >= 0 {
		storage = d.Versions[i].Name
	}
	var gone, unserved, old []string
	for _, name := range d.Stored {
		i := slices.IndexFunc(d.Versions, func(v Version) bool { return v.Name == name })
		switch {
		case i < 0:
			gone = append(gone, name)
		case d.Versions[i].Storage:
		case !d.Versions[i].Served:
			unserved = append(unserved, name)
		default:
			old = append(old, name)
		}
	}
	for _, found := range []struct {
		code, text string
		versions   []string
	}{
		{"CRD-001", "%s may be stored in %s, which the definition no longer has: such objects cannot be read, and every update of the definition is refused", gone},
		{"CRD-002", "%s may be stored in %s, which is no longer served: an update of the definition that drops it is refused", unserved},
		{"CRD-003", "%s may be stored in %s beside the storage version: an update of the definition that drops it is refused until they are written anew", old},
	} {
		if len(found.versions) == 0 {
			continue
		}
		f := finding.New(found.code, object+d.Name, fmt.Sprintf(found.text, d.Kind, strings.Join(found.versions, ", ")), "status.storedVersions: "+strings.Join(d.Stored, ", "))
		f.Remedy = migrate(d, storage)
		if found.code == "CRD-001" {
			f.Remedy = "where objects may still be stored so, first bring the definition back that has " + strings.Join(gone, ", ") + ", not served; then " + f.Remedy
		}
		j.add(f)
	}
}

// migrate is how objects come into the storage version, and how that is said.
func migrate(d Definition, storage string) string {
	plural, _, _ := strings.Cut(d.Name, ".")
	all := plural + "." + d.Group
	return fmt.Sprintf("write every object once, so that it is stored in %s (`kubectl get %s -A -o json | kubectl replace -f -`, or a StorageVersionMigration), then say so: `kubectl patch crd %s --subresource=status --type=merge -p '{\"status\":{\"storedVersions\":[\"%s\"]}}'`",
		storage, all, d.Name, storage)
}

// conditions judges what the API server says of a definition.
func (j *judge) conditions(d Definition) {
	for _, bad := range []struct{ name, status, text string }{
		{"Established", "False", "is not established: its objects are not served"},
		{"NamesAccepted", "False", "has names another definition has: it is not served under all of them"},
		{"NonStructuralSchema", "True", "has a schema that is not structural: v1 takes none such, and the definition cannot be written again as it is"},
		{"Terminating", "True", "is being deleted and does not come to its end"},
	} {
		if got := d.Conditions[bad.name]; got.Status == bad.status {
			j.add(finding.New("CRD-009", object+d.Name+"/"+bad.name, d.Name+" "+bad.text, fmt.Sprintf("condition %s is %s: %s", bad.name, got.Status, got.Reason)))
		}
	}
}

// deprecated names versions that are served and announced to go.
func (j *judge) deprecated(d Definition) {
	var names []string
	for _, v := range d.Versions {
		if v.Served && v.Deprecated {
			names = append(names, v.Name)
		}
	}
	if len(names) > 0 {
		j.add(finding.New("CRD-010", object+d.Name, fmt.Sprintf("%s serves %s, which it says is deprecated", d.Name, strings.Join(names, ", "))))
	}
}
