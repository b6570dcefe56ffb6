package server

import (
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// shutdownRows are SHUTDOWN.
func (s *Server) shutdownRows() []commands.Row {
	return []commands.Row{
		{
			Name: "shutdown", Arity: -1, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale | commands.FlagNoMulti | commands.FlagAllowBusy,
			Group: "server", Since: "1.0.0",
			Summary:    "Ends the server, after saving if so configured.",
			Complexity: "O(N) when saving, where N is the total number of keys in all databases when saving data, otherwise O(1)",
			History:    []commands.Change{{Version: "7.0.0", What: "Added the `NOW`, `FORCE` and `ABORT` modifiers."}},
			Syntax:     `[nosave_save:<"NOSAVE"|"SAVE">] ["NOW"@7.0.0] ["FORCE"@7.0.0] ["ABORT"@7.0.0]`,
			Exclusive:  true,
			Handler:    s.cmdShutdown,
		},
	}
}

// shutdownArgs are the words of SHUTDOWN.
type shutdownArgs struct {
	save, noSave, now, force, abort bool
}

func parseShutdown(words [][]byte) (a shutdownArgs, ok bool) {
	for _, word := range words {
		switch {
		case commands.IsWord(word, "NOSAVE"):
			a.noSave = true
		case commands.IsWord(word, "SAVE"):
			a.save = true
		case commands.IsWord(word, "NOW"):
			a.now = true
		case commands.IsWord(word, "FORCE"):
			a.force = true
		case commands.IsWord(word, "ABORT"):
			a.abort = true
		default:
			return a, false
		}
	}
	alone := a == shutdownArgs{abort: true}
	return a, !(a.save && a.noSave) && (!a.abort || alone)
}

// cmdShutdown answers SHUTDOWN [NOSAVE|SAVE] [NOW] [FORCE] [ABORT]: the server ends, and nothing is replied. There is no replica to wait for,
// so that no shutdown is under way to be aborted but one that DEBUG PAUSE-CRON keeps waiting.
func (s *Server) cmdShutdown(c *commands.Call) {
	args, ok := parseShutdown(c.Args[1:])
	switch {
	case !ok:
		c.Error(commands.ErrSyntax)
	case args.abort && s.asked.CompareAndSwap(true, false):
		s.log.Notice("Shutdown manually aborted.")
		s.givenUp()
		c.Reply.OK()
	case args.abort:
		c.Error("ERR No shutdown in progress.")
	case s.scripts.busy.Load() && !args.noSave:
		c.Error(s.busyText())
	case s.scripts.busy.Load(): // the script is broken off
		if !s.finish(args) {
			c.Error(errShutdown)
		}
	default:
		clientOf(c).goElsewhere(func(c *commands.Call) {
			if !s.finish(args) {
				c.Error(errShutdown)
			}
		})
	}
}

const errShutdown = "ERR Errors trying to SHUTDOWN. Check logs."

// finish ends the server in order: with a snapshot where save rules or the words want one. If that can't be written the server goes on, unless
// it is forced. In the section.
func (s *Server) finish(args shutdownArgs) (ended bool) {
	s.log.Warning("User requested shutdown...")
	if s.saves.running != nil {
		s.log.Warning("There is a save under way. Breaking it off.")
		s.saves.breakOff()
	}
	if !s.endLog(args.force) {
		s.log.Warning("Errors trying to shut down the server. Check the logs for more information.")
		s.givenUp()
		return false
	}
	if !s.loading.active && (args.save || !args.noSave && len(s.config.SaveRules()) > 0) {
		s.log.Notice("Saving the final RDB snapshot before exiting.")
		if s.saveNow() != nil && !args.force {
			s.log.Warning("Error trying to save the DB, can't exit.")
			s.log.Warning("Errors trying to shut down the server. Check the logs for more information.")
			s.givenUp()
			return false
		}
	}
	s.log.Warning("Cinnabar is now ready to exit, bye bye...")
	s.stop(0)
	return true
}
