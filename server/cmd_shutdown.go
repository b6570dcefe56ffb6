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

// cmdShutdown answers SHUTDOWN [NOSAVE|SAVE] [NOW] [FORCE] [ABORT]: the server ends, and nothing is replied. There is nothing to save
// and no replica to wait for, so that no shutdown is under way to be aborted but one that DEBUG PAUSE-CRON keeps waiting.
func (s *Server) cmdShutdown(c *commands.Call) {
	args, ok := parseShutdown(c.Args[1:])
	switch {
	case !ok:
		c.Error(commands.ErrSyntax)
	case args.abort && s.asked.CompareAndSwap(true, false):
		s.log.Notice("Shutdown manually aborted.")
		c.Reply.OK()
	case args.abort:
		c.Error("ERR No shutdown in progress.")
	default:
		c.Client.CloseAfterReply()
		s.finish()
	}
}
