//go:build unix

package process

import (
	"os"
	"syscall"
)

var ignoredSignals = []os.Signal{syscall.SIGHUP, syscall.SIGPIPE}

// stopSelf stops the whole process until somebody sends SIGCONT.
func stopSelf() error { return syscall.Kill(os.Getpid(), syscall.SIGSTOP) }

// Umask is the process's mask for new files. The system can only be asked by setting it, so call this before other
// goroutines make files.
func Umask() int {
	mask := syscall.Umask(0o777)
	syscall.Umask(mask)
	return mask
}
