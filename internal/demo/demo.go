// Package demo holds the recording of a real kubeadm cluster that
// `fixline demo` assesses and tests read. See README.md for what it is. Start
// at [Recording].
package demo

import (
	"embed"
	"io/fs"
)

//go:embed all:recording
var files embed.FS

// Name is what the cluster is called in reports.
const Name = "demo"

// Recording is the folder of kubectl output, as evidence/dump.ReadFS takes it.
func Recording() fs.FS {
	sub, err := fs.Sub(files, "recording")
	if err != nil {
		panic("the recording is embedded at build time: " + err.Error())
	}
	return sub
}
