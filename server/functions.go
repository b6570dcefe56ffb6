package server

import (
	"bytes"
	"errors"
	"runtime"
	"time"

	"github.com/cinnabar-db/cinnabar/persistence/rdb"
	"github.com/cinnabar-db/cinnabar/scripting"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// libraryLoadLimit is how long a library's code may run that a client loads: it has to register functions, and nothing else.
const libraryLoadLimit = 500 * time.Millisecond

// errLoadLimit is Redis's word for a library whose code runs longer.
var errLoadLimit = errors.New("FUNCTION LOAD timeout")

// newLibraries makes a set without libraries.
func (s *Server) newLibraries() *scripting.Libraries {
	return scripting.NewLibraries(s.scriptOptions())
}

// librariesOf are the libraries that a command is about: the server's, or those of a log that is being loaded.
func (s *Server) librariesOf(c *commands.Call) *scripting.Libraries {
	if r, loads := c.Client.(*replayClient); loads {
		return r.load.libraries
	}
	return s.libraries
}

// setLibraries puts others in the place of those that a command is about.
func (s *Server) setLibraries(c *commands.Call, libraries *scripting.Libraries) {
	if r, loads := c.Client.(*replayClient); loads {
		r.load.libraries = libraries
		return
	}
	s.libraries = libraries
}

// onLibraries runs what loads libraries for a command, on the strand: do is given, for each library, what interrupts its code when it has run for
// libraryLoadLimit. What comes from a log has no limit. If it takes long it goes on elsewhere.
func (s *Server) onLibraries(c *commands.Call, do func(c *commands.Call, limited func() (interrupted func() error))) {
	if _, loads := c.Client.(*replayClient); loads {
		do(c, func() func() error { return s.goOnLoading })
		return
	}
	s.onStrand(c, func(c *commands.Call) { do(c, s.limitedLoading) })
}

// limitedLoading begins the time that a library's code may run, on the strand.
func (s *Server) limitedLoading() (interrupted func() error) {
	began, strand := s.clock.mono(), &s.scripts.strand
	return func() error {
		now := s.clock.mono()
		switch {
		case now-began > libraryLoadLimit:
			return errLoadLimit
		case strand.long:
			runtime.Gosched()
		case now-strand.began >= strandPatience:
			strand.giveUp()
		}
		return s.goOnLoading()
	}
}

// goOnLoading tells what is being loaded whether to go on.
func (s *Server) goOnLoading() error {
	if s.stopped.Load() {
		return errStopped
	}
	return nil
}

// library loads a library that stands in a file. Its code may run for as long as it likes.
func (l *load) library(code []byte) error {
	_, err := l.libraries.Load(bytes.Clone(code), l.options.Replace, l.server.goOnLoading)
	switch {
	case err == nil:
		return nil
	case l.server.stopped.Load():
		return errStopped
	}
	return &rdb.LibraryError{Text: err.Error()}
}
