package evidence

import (
	"encoding/json"
	"maps"
	"slices"
)

// APIGroupsFile is where a bundle holds what the server serves: the answer of
// /apis, reduced to names, as `kubectl get --raw /apis` also writes it.
const APIGroupsFile = "apigroups.json"

// apiGroupList is the used part of the answer of /apis
// (https://kubernetes.io/docs/reference/using-api/api-concepts/#discovery-api).
type apiGroupList struct {
	Kind       string     `json:"kind"`
	APIVersion string     `json:"apiVersion"`
	Groups     []apiGroup `json:"groups"`
}

type apiGroup struct {
	Name     string       `json:"name"`
	Versions []apiVersion `json:"versions"`
}

type apiVersion struct {
	Version string `json:"version"`
}

// ReadAPIGroups reads the answer of /apis: the versions of each group, in the
// server's order.
func ReadAPIGroups(data []byte) (map[string][]string, error) {
	var doc apiGroupList
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, &OffsetError{Err: plain(err)}
	}
	out := map[string][]string{}
	for _, g := range doc.Groups {
		for _, v := range g.Versions {
			out[g.Name] = append(out[g.Name], v.Version)
		}
	}
	return out, nil
}

// WriteAPIGroups is groups as [ReadAPIGroups] reads them, sorted by name.
func WriteAPIGroups(groups map[string][]string) ([]byte, error) {
	doc := apiGroupList{Kind: "APIGroupList", APIVersion: "v1", Groups: []apiGroup{}}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		g := apiGroup{Name: name, Versions: []apiVersion{}}
		for _, v := range groups[name] {
			g.Versions = append(g.Versions, apiVersion{v})
		}
		doc.Groups = append(doc.Groups, g)
	}
	text, err := json.MarshalIndent(doc, "", " ")
	return append(text, '\n'), err
}
