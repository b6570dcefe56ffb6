package process

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"github.com/cinnabar-db/cinnabar/server/oplog"
)

// Signals turns SIGTERM and SIGINT into an orderly shutdown, and a SIGINT that follows into an end at once.
type Signals struct {
	log      *oplog.Logger
	shutdown func(signal string)
	exit     func(code int)
	asked    atomic.Bool

	arrived chan os.Signal
	done    chan struct{}
}

// IgnoreSignals makes the process deaf to SIGHUP and SIGPIPE: a closed terminal or a closed standard output must not
// end a server.
func IgnoreSignals() {
	signal.Ignore(ignoredSignals...)
}

// HandleSignals begins to listen. shutdown gets "SIGTERM" or "SIGINT" on a goroutine of Signals and must return soon;
// it is called for every signal, so it must bear repetition. exit is os.Exit but for tests; it gets 1, since an end by
// a second SIGINT is not a clean one. Stop ends the listening and waits for the goroutine.
func HandleSignals(log *oplog.Logger, shutdown func(signal string), exit func(code int)) *Signals {
	s := &Signals{log: log, shutdown: shutdown, exit: exit, arrived: make(chan os.Signal, 4), done: make(chan struct{})}
	signal.Notify(s.arrived, syscall.SIGTERM, os.Interrupt)
	go s.run()
	return s
}

func (s *Signals) run() {
	defer close(s.done)
	for sig := range s.arrived {
		s.handle(sig)
	}
}

func (s *Signals) handle(sig os.Signal) {
	name := "SIGTERM"
	if sig == os.Interrupt {
		name = "SIGINT"
		if s.asked.Load() {
			s.log.Signal(oplog.LevelWarning, "You insist... exiting now.")
			s.exit(1)
			return
		}
	}
	s.log.Signal(oplog.LevelWarning, "Received "+name+" scheduling shutdown...")
	s.asked.Store(true)
	s.shutdown(name)
}

// Refused forgets the signals so far: the shutdown they asked for was given up (a final save failed, say), and the
// next SIGINT asks anew instead of ending the process.
func (s *Signals) Refused() { s.asked.Store(false) }

// Stop gives the signals back to the runtime's own handling. Call it once, and not from shutdown.
func (s *Signals) Stop() {
	signal.Stop(s.arrived)
	close(s.arrived)
	<-s.done
}
