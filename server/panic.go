package server

import (
	"os"
	"runtime/debug"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// panicked deals with a panic in a command, on the loop that ran it. Outside the apply part of a handler the store is whole: the client
// is closed, the report goes to the log, everybody else goes on. In the apply part keys may be half-changed, so that the process ends.
func (l *loop) panicked(c *client, problem any) {
	l.server.reportPanic(c, problem)
	l.close(c)
}

// reportPanic is panicked without the end of the connection.
func (s *Server) reportPanic(c *client, problem any) {
	call := &c.call
	if inner := c.innerCall(); inner != nil {
		call = inner
	}
	s.reportFailure(c, call, problem)
}

// reportFailure is reportPanic for a call that is known.
func (s *Server) reportFailure(c *client, call *commands.Call, problem any) {
	s.log.Warning("=== PANIC === %v, serving %s\n%s", problem, c.describe(), debug.Stack())
	if call.Applying {
		s.die("a command failed while it was changing keys")
	}
	s.stats.panics.Add(1)
}

// fatal ends the process because of an error that leaves nothing to go on with.
func (s *Server) fatal(what string, err error) {
	s.log.Warning("Fatal: %s: %s", what, err)
	s.die(what)
}

// die ends the process at once: without saving, since memory can't be trusted, and with exit code 1.
func (s *Server) die(why string) {
	s.log.Warning("Exiting without saving: %s", why)
	if err := s.appendLog.shut(); err != nil {
		s.log.Warning("Fail to fsync the AOF file: %s", conf.Reason(err))
	}
	s.exit(1)
}

// exitProcess is what exit is outside tests.
func exitProcess(code int) { os.Exit(code) }
