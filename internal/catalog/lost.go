package catalog

import (
	_ "embed"
	"fmt"

	"github.com/fixline-dev/fixline/internal/catalog/settingrules"
	"github.com/fixline-dev/fixline/internal/core/settings"
)

//go:embed data/settings/kubeadm-flags.json
var kubeadmFlagsJSON []byte

//go:embed data/settings/corefile.json
var corefileJSON []byte

// Lost is what is known of the static pods kubeadm writes and of its migration
// of CoreDNS's configuration. Which CoreDNS a release brings, and the day, are
// the caller's to add. An error means that the program was built from a broken
// file.
func Lost() (settings.LostFacts, error) {
	written, err := settingrules.DecodeWritten(kubeadmFlagsJSON)
	if err != nil {
		return settings.LostFacts{}, fmt.Errorf("loading the embedded settings/kubeadm-flags.json: %w", err)
	}
	corefile, err := settingrules.DecodeCorefile(corefileJSON)
	if err != nil {
		return settings.LostFacts{}, fmt.Errorf("loading the embedded settings/corefile.json: %w", err)
	}
	return settings.LostFacts{Written: written, Corefile: corefile}, nil
}
