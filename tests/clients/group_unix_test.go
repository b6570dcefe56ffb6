//go:build unix

package clients

import (
	"os/exec"
	"syscall"
	"time"
)

// together keeps a program and what it starts in a group, which is told to end when the program's time is over, and then made to.
func together(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		time.AfterFunc(endTimeout, func() { endAll(cmd) })
		return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
	}
}

// endAll kills whatever of the group is left.
func endAll(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
