package server

import (
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// saveRows are the commands that write snapshots, or tell of them.
func (s *Server) saveRows() []commands.Row {
	return []commands.Row{
		{
			Name: "save", Arity: 1, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagNoAsyncLoading | commands.FlagNoMulti,
			Group: "server", Since: "1.0.0",
			Summary:    "Writes a snapshot and answers when it is on disk.",
			Complexity: "O(N) where N is the total number of keys in all databases",
			Exclusive:  true,
			Handler:    s.cmdSave,
		},
		{
			Name: "bgsave", Arity: -1, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagNoAsyncLoading,
			Group: "server", Since: "1.0.0",
			Summary:    "Writes a snapshot in the background.",
			Complexity: "O(1)",
			History:    []commands.Change{{Version: "3.2.2", What: "Added the `SCHEDULE` option."}},
			Syntax:     `["SCHEDULE"@3.2.2]`,
			Exclusive:  true,
			Handler:    s.cmdBackgroundSave,
		},
		{
			Name: "lastsave", Arity: 1, Flags: commands.FlagLoading | commands.FlagStale | commands.FlagFast,
			ACL: commands.ACLAdmin | commands.ACLDangerous, Group: "server", Since: "1.0.0",
			Summary:    "Tells when the last snapshot was written.",
			Complexity: "O(1)",
			Tips:       []string{"nondeterministic_output"},
			Handler:    func(c *commands.Call) { c.Reply.Int(s.saves.lastSave) },
		},
	}
}

const (
	errSaving    = "ERR Background save already in progress"
	errBusySaves = "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE " +
		"whenever possible."
)

// cmdSave answers SAVE: the snapshot is that of the moment, and the client waits until it is on disk, others don't.
func (s *Server) cmdSave(c *commands.Call) {
	if s.saves.running != nil {
		c.Error(errSaving)
		return
	}
	s.saveApart(c, func(err error) {
		if err != nil {
			c.Error("ERR")
			return
		}
		c.Reply.OK()
	})
}

// saveApart begins a save, of the keys as they are now and as the command has left them, that its client waits for; answer is told how it ended.
// In the section; none is under way.
func (s *Server) saveApart(c *commands.Call, answer func(err error)) {
	sv := s.newSave(false)
	sv.changes += int64(c.Effects.Changes)
	s.saves.begin(sv)
	clientOf(c).goApart(c, func(*commands.Call) {
		err := sv.write()
		s.gates.waitSection()
		s.saved(sv, err)
		s.gates.leaveSection()
		answer(err)
	})
}

// flushing are the rows of databases, with a FLUSHALL that does to snapshots what it does to keys.
func (s *Server) flushing(rows []commands.Row) []commands.Row {
	for i := range rows {
		if rows[i].Name == "flushall" {
			rows[i].Handler = s.flushSnapshot(rows[i].Handler)
		}
	}
	return rows
}

// flushSnapshot breaks off the save under way, since its keys are gone, and where there are save rules writes a snapshot of none before
// FLUSHALL is answered.
func (s *Server) flushSnapshot(flush commands.Handler) commands.Handler {
	return func(c *commands.Call) {
		length := c.Reply.Len()
		flush(c)
		cl, ofClient := c.Client.(*client) // a log that is loaded has none, and its FLUSHALL is of long ago
		if c.Effects.Flushed != commands.AllDatabases || !ofClient {
			return
		}
		s.saves.breakOff()
		switch {
		case len(s.config.SaveRules()) == 0:
		case cl.executing():
			_ = s.saveNow() // logged, as in Redis
		default:
			c.Reply.Truncate(length)
			s.saveApart(c, func(error) { c.Reply.OK() })
		}
	}
}

// cmdBackgroundSave answers BGSAVE [SCHEDULE].
func (s *Server) cmdBackgroundSave(c *commands.Call) {
	schedule, executing := len(c.Args) > 1, clientOf(c).executing()
	switch {
	case len(c.Args) > 2 || schedule && !commands.IsWord(c.Args[1], "SCHEDULE"):
		c.Error(commands.ErrSyntax)
	case s.saves.running != nil:
		c.Error(errSaving)
	case executing || schedule && s.busySaving():
		s.saves.scheduled = true
		c.Reply.Status("Background saving scheduled")
	case s.busySaving():
		c.Error(errBusySaves)
	default:
		s.beginBackgroundSave()
		c.Reply.Status("Background saving started")
	}
}
