//go:build !linux

package process

import (
	"os"
	"os/exec"
)

func tie(*exec.Cmd) {}

func hold() (release func()) { return func() {} }

func ask(cmd *exec.Cmd) { _ = cmd.Process.Signal(os.Interrupt) }
func end(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
