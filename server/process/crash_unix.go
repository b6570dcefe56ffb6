//go:build unix

package process

import (
	"os"
	"os/signal"
	"runtime"
	"sync/atomic"
	"syscall"

	"github.com/cinnabar-db/cinnabar/server/oplog"
)

// Those that somebody sends arrive here; a fault of the program itself is Go's, and a panic long before.
var crashSignals = []os.Signal{syscall.SIGABRT, syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL}

// ReportCrashes has a signal that ends the process write what every goroutine is doing into the log first, as Redis reports crashes. exit is
// os.Exit but for tests; it gets 1. enabled is asked first; without it the process ends without a report.
func ReportCrashes(log *oplog.Logger, enabled *atomic.Bool, exit func(code int)) {
	arrived := make(chan os.Signal, 1)
	signal.Notify(arrived, crashSignals...)
	go func() { // ends with the process
		sig := (<-arrived).(syscall.Signal)
		if !enabled.Load() {
			exit(1)
			return
		}
		log.Raw(oplog.LevelWarning, "\n\n=== CINNABAR BUG REPORT START: Cut & paste starting from here ===\n")
		log.Warning("Cinnabar %s crashed by signal: %d (%s)", Version, int(sig), sig)
		log.Raw(oplog.LevelWarning, "\n------ STACK TRACE ------\n"+string(allStacks())+
			"\n=== CINNABAR BUG REPORT END. Make sure to include from START to END. ===\n\n")
		exit(1)
	}()
}

// maxStackBytes bounds the report.
const maxStackBytes = 4 << 20

func allStacks() []byte {
	buf := make([]byte, maxStackBytes)
	return buf[:runtime.Stack(buf, true)]
}

// Crash ends the process as a fault would, with a report if ReportCrashes was called.
func Crash() error { return syscall.Kill(os.Getpid(), syscall.SIGSEGV) }
