//go:build !unix

package process

import (
	"errors"
	"sync/atomic"

	"github.com/cinnabar-db/cinnabar/server/oplog"
)

// ReportCrashes does nothing on a system that sends no such signals.
func ReportCrashes(*oplog.Logger, *atomic.Bool, func(code int)) {}

// Crash fails on a system that has no such signals.
func Crash() error { return errors.New("no SIGSEGV on this system") }
