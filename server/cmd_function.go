package server

import (
	"errors"
	"strings"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
	"github.com/cinnabar-db/cinnabar/scripting"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

const (
	errNoLibrary     = "ERR Library not found"
	errNoPattern     = "ERR library name argument was not given"
	errFunctionFlush = "ERR FUNCTION FLUSH only supports SYNC|ASYNC option"
	errRestoreWords  = "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE."
)

// cmdFunctionLoad answers FUNCTION LOAD [REPLACE] code.
func (s *Server) cmdFunctionLoad(c *commands.Call) {
	options, code := c.Args[2:len(c.Args)-1], c.Args[len(c.Args)-1]
	for _, word := range options {
		if !commands.IsWord(word, "REPLACE") {
			c.Errorf("ERR Unknown option given: %s", commands.UntilZero(word))
			return
		}
	}
	code = c.Client.Own(c, code)
	s.onLibraries(c, func(c *commands.Call, limited func() func() error) {
		name, err := s.librariesOf(c).Load(code, len(options) > 0, limited())
		if err != nil {
			c.Error("ERR " + err.Error())
			return
		}
		c.Counted(1)
		c.Reply.BulkString(name)
	})
}

// cmdFunctionDelete answers FUNCTION DELETE library.
func (s *Server) cmdFunctionDelete(c *commands.Call) {
	if !s.librariesOf(c).Delete(c.Args[2]) {
		c.Error(errNoLibrary)
		return
	}
	c.Counted(1)
	c.Reply.OK()
}

// cmdFunctionFlush answers FUNCTION FLUSH [ASYNC|SYNC], which make no difference here: what nobody needs is left to the collector.
func (s *Server) cmdFunctionFlush(c *commands.Call) {
	switch {
	case len(c.Args) > 3:
		c.UnknownSubcommand()
		return
	case len(c.Args) == 3 && !commands.IsWord(c.Args[2], "SYNC") && !commands.IsWord(c.Args[2], "ASYNC"):
		c.Error(errFunctionFlush)
		return
	}
	s.setLibraries(c, s.newLibraries())
	c.Counted(1)
	c.Reply.OK()
}

// cmdFunctionDump answers FUNCTION DUMP.
func (s *Server) cmdFunctionDump(c *commands.Call) {
	c.Reply.Bulk(rdb.DumpLibraries(s.libraries.Codes(), s.dumpOptions()))
}

// cmdFunctionRestore answers FUNCTION RESTORE payload [FLUSH|APPEND|REPLACE].
func (s *Server) cmdFunctionRestore(c *commands.Call) {
	flush, replace := false, false
	switch {
	case len(c.Args) > 4:
		c.UnknownSubcommand()
		return
	case len(c.Args) == 3 || commands.IsWord(c.Args[3], "APPEND"):
	case commands.IsWord(c.Args[3], "REPLACE"):
		replace = true
	case commands.IsWord(c.Args[3], "FLUSH"):
		flush = true
	default:
		c.Error(errRestoreWords)
		return
	}
	s.onLibraries(c, func(c *commands.Call, limited func() func() error) {
		restored, err := s.restoredLibraries(c, limited)
		switch {
		case err != nil:
		case flush:
			s.setLibraries(c, restored)
		default:
			err = s.librariesOf(c).Join(restored, replace)
		}
		if err != nil {
			c.Error("ERR " + err.Error())
			return
		}
		c.Counted(1)
		c.Reply.OK()
	})
}

// restoredLibraries loads the libraries of a payload into a set of their own. Redis has no limit for their code, but a client's payload may hold
// any.
func (s *Server) restoredLibraries(c *commands.Call, limited func() func() error) (*scripting.Libraries, error) {
	codes, fault := rdb.OpenLibraries(c.Args[2], rdb.NewestVersion, s.loading.skipChecksum)
	if errors.Is(fault, rdb.ErrDumpVersion) || errors.Is(fault, rdb.ErrDumpChecksum) {
		return nil, errors.New(strings.TrimPrefix(errDumpFooter, "ERR "))
	}
	restored := s.librariesOf(c).Beside()
	for _, code := range codes {
		if _, err := restored.Load(code, false, limited()); err != nil {
			return nil, err
		}
	}
	var unreadable *rdb.LibraryError
	if errors.As(fault, &unreadable) {
		return nil, errors.New(unreadable.Text)
	}
	return restored, fault
}

// cmdFunctionList answers FUNCTION LIST [LIBRARYNAME pattern] [WITHCODE].
func (s *Server) cmdFunctionList(c *commands.Call) {
	withCode := false
	var pattern []byte
	for i := 2; i < len(c.Args); i++ {
		switch word := c.Args[i]; {
		case !withCode && commands.IsWord(word, "WITHCODE"):
			withCode = true
		case pattern == nil && commands.IsWord(word, "LIBRARYNAME"):
			if i++; i == len(c.Args) {
				c.Error(errNoPattern)
				return
			}
			pattern = c.Args[i]
		default:
			c.Errorf("ERR Unknown argument %s", commands.UntilZero(word))
			return
		}
	}
	count, length := 0, c.Reply.Defer()
	for l := range s.libraries.All() {
		if pattern == nil || conf.Match(string(pattern), l.Name) {
			replyLibrary(c, l, withCode)
			count++
		}
	}
	c.Reply.SetDeferredArray(length, count)
}

func replyLibrary(c *commands.Call, l *scripting.Library, withCode bool) {
	r := c.Reply
	if withCode {
		r.Map(4)
	} else {
		r.Map(3)
	}
	r.BulkString("library_name")
	r.BulkString(l.Name)
	r.BulkString("engine")
	r.BulkString(scripting.EngineName)
	r.BulkString("functions")
	r.Array(len(l.Functions))
	for _, f := range l.Functions {
		r.Map(3)
		r.BulkString("name")
		r.BulkString(f.Name)
		r.BulkString("description")
		if f.Described {
			r.BulkString(f.Description)
		} else {
			r.Null()
		}
		r.BulkString("flags")
		names := f.Flags.Names()
		r.Set(len(names))
		for _, name := range names {
			r.Status(name)
		}
	}
	if withCode {
		r.BulkString("library_code")
		r.Bulk(l.Code)
	}
}

// cmdFunctionHelp answers FUNCTION HELP.
func cmdFunctionHelp(c *commands.Call) {
	c.Help(
		"LOAD [REPLACE] <FUNCTION CODE>",
		"    Create a new library with the given library name and code.",
		"DELETE <LIBRARY NAME>",
		"    Delete the given library.",
		"LIST [LIBRARYNAME PATTERN] [WITHCODE]",
		"    Return general information on all the libraries:",
		"    * Library name",
		"    * The engine used to run the Library",
		"    * Library description",
		"    * Functions list",
		"    * Library code (if WITHCODE is given)",
		"    It also possible to get only function that matches a pattern using LIBRARYNAME argument.",
		"STATS",
		"    Return information about the current function running:",
		"    * Function name",
		"    * Command used to run the function",
		"    * Duration in MS that the function is running",
		"    If no function is running, return nil",
		"    In addition, returns a list of available engines.",
		"KILL",
		"    Kill the current running function.",
		"FLUSH [ASYNC|SYNC]",
		"    Delete all the libraries.",
		"    When called without the optional mode argument, the behavior is determined by the",
		"    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
		"    * ASYNC: Asynchronously flush the libraries.",
		"    * SYNC: Synchronously flush the libraries.",
		"DUMP",
		"    Return a serialized payload representing the current libraries, can be restored using FUNCTION RESTORE command",
		"RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
		"    Restore the libraries represented by the given payload, it is possible to give a restore policy to",
		"    control how to handle existing libraries (default APPEND):",
		"    * FLUSH: delete all existing libraries.",
		"    * APPEND: appends the restored libraries to the existing libraries. On collision, abort.",
		"    * REPLACE: appends the restored libraries to the existing libraries, On collision, replace the old",
		"      libraries with the new libraries (notice that even on this option there is a chance of failure",
		"      in case of functions name collision with another library).",
	)
}
