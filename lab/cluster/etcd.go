package cluster

import (
	"encoding/json"
	"fmt"
	"slices"
)

// etcdFacts are what the lab must know of etcd's versions; files/etcd.json says why and since when.
type etcdFacts struct {
	// Instead is the etcd for a Kubernetes minor whose kubeadm deploys one that an upgrade must not start from.
	Instead map[string]string `json:"instead"`
	// WithoutTools are versions of which only etcd itself can be built.
	WithoutTools []string `json:"withoutTools"`
}

func readEtcdFacts() (etcdFacts, error) {
	var facts etcdFacts
	data, err := files.ReadFile("files/etcd.json")
	if err != nil {
		return facts, err
	}
	if err := json.Unmarshal(data, &facts); err != nil {
		return facts, fmt.Errorf("reading files/etcd.json: %w", err)
	}
	return facts, nil
}

// etcdPrograms are those that an image of etcd holds. Never ones of another version, which its name would not say.
func etcdPrograms(version string) ([]string, error) {
	facts, err := readEtcdFacts()
	if err != nil || slices.Contains(facts.WithoutTools, version) {
		return []string{"etcd"}, err
	}
	return []string{"etcd", "etcdctl", "etcdutl"}, nil
}

func etcdTag(version string) string { return version + "-0" }
