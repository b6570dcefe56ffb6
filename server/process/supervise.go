package process

import (
	"errors"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/cinnabar-db/cinnabar/server/oplog"
)

// The words of the directive supervised.
const (
	SupervisedNo      = "no"
	SupervisedAuto    = "auto"
	SupervisedUpstart = "upstart"
	SupervisedSystemd = "systemd"
)

// Supervisor speaks to whatever started the server: systemd by datagrams to the socket that NOTIFY_SOCKET names,
// upstart by stopping itself. Failures are lines in the log and nothing else.
type Supervisor struct {
	log      *oplog.Logger
	mode     string
	active   bool
	stopping atomic.Bool
}

// NewSupervisor takes the directive's word and says nothing to anybody yet. A daemon made by Detach uses it alone: its
// parent has made the handshake already, and was told no.
func NewSupervisor(mode string, log *oplog.Logger) *Supervisor {
	return &Supervisor{log: log, mode: mode}
}

// Handshake makes contact before the configuration takes effect and reports whether there is a supervisor; if there
// is, the server must not become a daemon. For upstart the process stops here until upstart continues it.
func (s *Supervisor) Handshake() bool {
	mode := s.mode
	if mode == SupervisedAuto {
		mode = s.detect()
	}
	switch mode {
	case SupervisedUpstart:
		s.active = s.handshakeUpstart()
	case SupervisedSystemd:
		s.active = s.handshakeSystemd()
	}
	if s.active {
		s.mode = mode
	}
	return s.active
}

func (s *Supervisor) detect() string {
	if os.Getenv("UPSTART_JOB") != "" {
		s.log.Verbose("Upstart supervision detected.")
		return SupervisedUpstart
	}
	if os.Getenv("NOTIFY_SOCKET") != "" {
		s.log.Verbose("Systemd supervision detected.")
		return SupervisedSystemd
	}
	return SupervisedNo
}

func (s *Supervisor) handshakeUpstart() bool {
	if os.Getenv("UPSTART_JOB") == "" {
		s.log.Warning("upstart supervision requested, but UPSTART_JOB not found!")
		return false
	}
	s.log.Notice("supervised by upstart, will stop to signal readiness.")
	if err := stopSelf(); err != nil {
		s.log.Warning("upstart supervision: %s", oplog.Reason(err))
	}
	_ = os.Unsetenv("UPSTART_JOB")
	return true
}

func (s *Supervisor) handshakeSystemd() bool {
	if !s.tell("STATUS=Cinnabar is loading...\n") {
		return false
	}
	s.log.Notice("Supervised by systemd. Please make sure you set appropriate values for TimeoutStartSec and TimeoutStopSec in your service unit.")
	return true
}

// Active tells whether the handshake found a supervisor.
func (s *Supervisor) Active() bool { return s.active }

// Status gives systemd a line for `systemctl status`; without systemd it does nothing.
func (s *Supervisor) Status(text string) {
	if s.mode == SupervisedSystemd {
		s.tell("STATUS=" + text + "\n")
	}
}

// Ready tells systemd that connections are accepted.
func (s *Supervisor) Ready() {
	s.Status("Ready to accept connections")
	if s.mode == SupervisedSystemd {
		s.tell("READY=1\n")
	}
}

// Stopping tells systemd that the server is going down. Only the first call speaks.
func (s *Supervisor) Stopping() {
	if s.mode == SupervisedSystemd && s.stopping.CompareAndSwap(false, true) {
		s.tell("STOPPING=1\n")
	}
}

// tell sends one datagram and logs in Redis's words why it could not.
func (s *Supervisor) tell(message string) bool {
	err := Notify(os.Getenv("NOTIFY_SOCKET"), message)
	if errors.Is(err, ErrNoSocket) {
		s.log.Warning("systemd supervision error: NOTIFY_SOCKET not found!")
		return false
	}
	if err != nil {
		code := int(syscall.EINVAL)
		var errno syscall.Errno
		if errors.As(err, &errno) {
			code = int(errno)
		}
		s.log.Warning("systemd supervision error: sd_notify: %d", -code)
		return false
	}
	return true
}
