// Command fixline takes a Kubernetes operator from a security advisory to a
// proven, fixed cluster. Everything happens in internal/cli.
package main

import (
	"os"

	"github.com/fixline-dev/fixline/internal/cli"
)

func main() { os.Exit(cli.Main()) }
