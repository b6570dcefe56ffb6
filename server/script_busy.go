package server

import (
	"time"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

// A script that has run for longer than busy-reply-threshold keeps the server busy. From then on, at its every rest (scriptRun.rest), it
// lets go of scripts.turn for a moment, and whichever loop waits for it answers commands in between as Redis does: those with FlagAllowBusy are
// run, others are told that the server is busy. The section stays with the script; who has the turn may look at everything that belongs to the
// section, and change what belongs to its own clients.

// restEvery is how long a script that takes long runs between two rests.
const restEvery = 100 * time.Microsecond

// beBusy is called where a script that takes long rests.
func (s *Server) beBusy(h *scriptRun, now time.Duration) {
	sc := &s.scripts
	if sc.busy.Load() {
		sc.turn.Unlock()
		sc.turn.Lock()
		return
	}
	threshold, ran := s.settings.Load().busyThreshold, now-h.began
	if threshold == 0 || ran < threshold {
		return
	}
	word := "SCRIPT KILL"
	if h.asked.function {
		word = "FUNCTION KILL"
	}
	s.log.Warning("Slow script detected: still in execution after %d milliseconds. You can try killing the script using the %s command. "+
		"Script name is: %s.", ran.Milliseconds(), word, h.asked.name)
	sc.turn.Lock()
	sc.busy.Store(true)
	s.gates.wake() // those who wait for the store are told that it is busy
}

// endBusy is called when a script has ended.
func (s *Server) endBusy() {
	if s.scripts.busy.Load() {
		s.scripts.busy.Store(false)
		s.scripts.turn.Unlock()
	}
}

// busyText is what a command is told that has to wait for a script.
func (s *Server) busyText() string {
	if h := s.scripts.running; h != nil && h.asked.function {
		return errBusyFunction
	}
	return errBusyScript
}

// enterBusy takes the turn of a script that keeps the server busy; false if none does.
func (b *batch) enterBusy() bool {
	sc := &b.loop.server.scripts
	if !sc.busy.Load() {
		return false
	}
	sc.turn.Lock()
	if !sc.busy.Load() {
		sc.turn.Unlock()
		return false
	}
	b.hold = holdBusy
	b.keys = keyspace{server: b.loop.server, loop: b.loop}
	b.holdStart = b.loop.server.clock.mono()
	b.now = b.holdStart
	return true
}

// killScript answers SCRIPT KILL and FUNCTION KILL.
func (s *Server) killScript(c *commands.Call, function bool) {
	switch h := s.scripts.running; {
	case h == nil:
		c.Error("NOTBUSY No scripts in execution right now.")
	case h.wrote:
		c.Error("UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination " +
			"or kill the server in a hard way using the SHUTDOWN NOSAVE command.")
	case function != h.asked.function:
		c.Error(s.busyText())
	default:
		h.killed = true
		c.Reply.OK()
	}
}
