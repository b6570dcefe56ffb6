//go:build !unix

package process

import (
	"errors"
	"os"
	"syscall"
)

var ignoredSignals = []os.Signal{syscall.SIGHUP}

func stopSelf() error { return errors.New("no SIGSTOP on this system") }

// Umask is 0 on a system that has none.
func Umask() int { return 0 }
