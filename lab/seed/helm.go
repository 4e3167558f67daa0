package seed

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// HelmRelease is one revision of a release, kept as Helm keeps it: the Secret sh.helm.release.v1.NAME.vREVISION.
type HelmRelease struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	Revision  int    `json:"revision"`
	// Status is Helm's: deployed, superseded, failed, pending-upgrade.
	Status string `json:"status"`
	Chart  struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	} `json:"chart"`
	// Manifest is what Helm believes it installed; nothing of it is applied.
	Manifest string `json:"manifest"`
}

// deployedAt is the time of every made release: what is made twice shall be the same.
const deployedAt = "2025-06-02T09:00:00Z"

// secret is the release as Helm 3 stores it: the JSON gzipped, in base64, under the key "release".
// Source: https://github.com/helm/helm/blob/v3.19.0/pkg/storage/driver/util.go and secrets.go
func (r HelmRelease) secret() (Object, error) {
	record, err := json.Marshal(map[string]any{
		"name":      r.Name,
		"namespace": r.Namespace,
		"version":   r.Revision,
		"info": map[string]any{
			"first_deployed": deployedAt, "last_deployed": deployedAt, "deleted": "",
			"description": "Upgrade complete", "status": r.Status,
		},
		"chart": map[string]any{
			"metadata":  map[string]any{"apiVersion": "v2", "name": r.Chart.Name, "version": r.Chart.Version, "type": "application"},
			"lock":      nil,
			"templates": []any{map[string]any{"name": "templates/all.yaml", "data": base64.StdEncoding.EncodeToString([]byte(r.Manifest))}},
			"values":    map[string]any{}, "schema": nil, "files": []any{},
		},
		"config":   map[string]any{},
		"manifest": "---\n# Source: " + r.Chart.Name + "/templates/all.yaml\n" + strings.TrimRight(r.Manifest, "\n") + "\n",
	})
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(record); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	revision := strconv.Itoa(r.Revision)
	helms := base64.StdEncoding.EncodeToString(packed.Bytes())
	return Object{
		"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
		"metadata": map[string]any{
			"name": fmt.Sprintf("sh.helm.release.v1.%s.v%s", r.Name, revision), "namespace": r.Namespace,
			"labels": map[string]any{"owner": "helm", "name": r.Name, "version": revision, "status": r.Status, "modifiedAt": "1748854800"},
		},
		// A Secret's own base64 comes on top of Helm's.
		"data": map[string]any{"release": base64.StdEncoding.EncodeToString([]byte(helms))},
	}, nil
}
