package server

import (
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// builds is how many times something is built on a view before it is built in the section, because others change what it is made of.
const builds = 3

// Derive implements commands.Client.
func (c *client) Derive(call *commands.Call, d commands.Derivation) {
	work := c.elsewhere
	switch {
	case call != &c.call, work != nil && work.builds == builds: // a command of a transaction, or enough
		d.Build(call, call.DB())
		d.Store(call)
		return
	case work == nil && !c.loop.server.views.take():
		c.marks.crowded = &c.loop.server.views
		return
	case work == nil:
		work = &elsewhere{}
		c.elsewhere = work
	}
	work.derivation, work.view = &d, c.loop.server.store.View()
}

// runDerivation builds what a command stores on a view and stores it in the section; where somebody has changed meanwhile what it is made of,
// the command begins anew. As in Redis it is done even if the client has gone.
func (l *loop) runDerivation(c *client) (failed bool) {
	for {
		took, failed := l.buildOnView(c)
		if failed || !l.server.waitSectionFor(c.call.Cmd) {
			c.elsewhere.view.Close()
			return true
		}
		failed = l.storeBuilt(c, took)
		l.server.leaveSection()
		if failed || c.elsewhere.derivation == nil {
			return failed
		}
	}
}

// buildOnView is the first step, once it is its turn.
func (l *loop) buildOnView(c *client) (took time.Duration, failed bool) {
	l.server.workers <- struct{}{}
	defer func() { <-l.server.workers }()
	began := time.Now()
	view := c.elsewhere.view.DB(c.session.database)
	failed = l.guard(c, func(call *commands.Call) { c.elsewhere.derivation.Build(call, view) })
	return time.Since(began), failed
}

// waitSectionFor waits for the section and for the end of a pause that keeps the command from running; false if the server ends before,
// which leaves nothing held.
func (s *Server) waitSectionFor(command *commands.Command) bool {
	for {
		s.gates.waitSection()
		ended := s.pause.ended
		switch {
		case s.stopped.Load():
			s.gates.leaveSection()
			return false
		case !s.pause.holds(command.Flags, s.clock.nowMs()):
			return true
		}
		s.gates.leaveSection()
		select {
		case <-ended:
		case <-s.quit:
			return false
		}
	}
}

// storeBuilt is the second step, in the section, or another beginning, which may have derivation and view set again.
func (l *loop) storeBuilt(c *client, took time.Duration) (failed bool) {
	s, call, work := l.server, &c.call, c.elsewhere
	d, view := work.derivation, work.view
	began := s.clock.mono() - took
	next := d.Store
	if s.unchanged(call, d, s.store.DB(c.session.database), view.DB(c.session.database)) {
		call.Again()
	} else {
		work.builds++
		call.Begin(call.Cmd, call.Args, s.clock.nowMs())
		next = call.Cmd.Handler
	}
	view.Close()
	work.derivation, work.view = nil, nil
	s.tellCall(call)
	if l.guard(c, next) {
		if work.view != nil {
			work.view.Close()
		}
		s.sequence.end(true) // keys that it has found expired are gone
		return true
	}
	if work.derivation == nil {
		l.account(c, began)
	} else {
		s.observe(call)
	}
	return false
}

// unchanged tells whether what was read of a view is what there is.
func (s *Server) unchanged(call *commands.Call, d *commands.Derivation, db *datatypes.DB, view datatypes.Reader) bool {
	sources := d.Sources(call)
	for _, key := range sources {
		if !db.Unchanged(view, key, s.clock.nowMs()) {
			return false
		}
	}
	return sources != nil || db.AllUnchanged(view)
}
