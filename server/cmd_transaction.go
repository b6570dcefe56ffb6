package server

import (
	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/tx"
)

// transactionRows are MULTI and what belongs to it.
func (s *Server) transactionRows() []commands.Row {
	return []commands.Row{
		{
			Name: "multi", Arity: 1, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale | commands.FlagFast | commands.FlagAllowBusy | commands.FlagUnqueued,
			ACL: commands.ACLTransaction, Group: "transactions", Since: "1.2.0",
			Summary:    "Begins a transaction.",
			Complexity: "O(1)",
			Handler:    cmdMulti,
		},
		{
			Name: "exec", Arity: 1, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale | commands.FlagSkipSlowlog | commands.FlagUnqueued,
			ACL: commands.ACLTransaction, Group: "transactions", Since: "1.2.0",
			Summary:    "Runs the commands of a transaction.",
			Complexity: "Depends on commands in the transaction",
			Exclusive:  true,
			Handler:    s.cmdExec,
		},
		{
			Name: "discard", Arity: 1, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale | commands.FlagFast | commands.FlagAllowBusy | commands.FlagUnqueued,
			ACL: commands.ACLTransaction, Group: "transactions", Since: "2.0.0",
			Summary:    "Forgets the commands of a transaction.",
			Complexity: "O(N), when N is the number of queued commands",
			Exclusive:  true,
			Handler:    s.cmdDiscard,
		},
		{
			Name: "watch", Arity: -2, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale | commands.FlagFast | commands.FlagAllowBusy | commands.FlagUnqueued,
			Keys: []commands.KeySpec{commands.KeysFrom(1, commands.KeyRO)},
			ACL:  commands.ACLTransaction, Group: "transactions", Since: "2.2.0",
			Summary:    "Makes the next transaction depend on keys not changing.",
			Complexity: "O(1) for every key.",
			Syntax:     `key:key(0)...`,
			Exclusive:  true,
			Handler:    s.cmdWatch,
		},
		{
			Name: "unwatch", Arity: 1, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale | commands.FlagFast | commands.FlagAllowBusy,
			ACL: commands.ACLTransaction, Group: "transactions", Since: "2.2.0",
			Summary:    "Forgets what is watched.",
			Complexity: "O(1)",
			Exclusive:  true,
			Handler:    s.cmdUnwatch,
		},
	}
}

// cmdMulti answers MULTI.
func cmdMulti(c *commands.Call) {
	if clientOf(c).inTransaction() {
		c.Error("ERR MULTI calls can not be nested")
		return
	}
	clientOf(c).begun().queue.Begin()
	c.Reply.OK()
}

// cmdExec answers EXEC.
func (s *Server) cmdExec(c *commands.Call) {
	cl := clientOf(c)
	if !cl.inTransaction() {
		c.Error("ERR EXEC without MULTI")
		return
	}
	t := cl.transaction
	look := func(database int, key []byte) tx.State { return s.stateAt(database, key, c.NowMs) }
	switch changed := t.watcher.Dirty() || s.watches.Stale(&t.watcher, look); {
	case t.queue.Broken():
		c.Error("EXECABORT Transaction discarded because of previous errors.")
	case changed:
		c.Reply.NullArray()
	case t.scripts: // one of them may take long
		s.onStrand(c, func(c *commands.Call) {
			s.exec(c)
			s.discard(cl)
		})
		return
	default:
		s.exec(c)
	}
	s.discard(cl)
}

// cmdDiscard answers DISCARD.
func (s *Server) cmdDiscard(c *commands.Call) {
	if !clientOf(c).inTransaction() {
		c.Error("ERR DISCARD without MULTI")
		return
	}
	s.discard(clientOf(c))
	c.Reply.OK()
}

// cmdWatch answers WATCH key [key ...].
func (s *Server) cmdWatch(c *commands.Call) {
	cl := clientOf(c)
	if cl.inTransaction() {
		c.Error("ERR WATCH inside MULTI is not allowed")
		return
	}
	if t := cl.begun(); !t.watcher.Dirty() {
		for _, key := range c.Args[1:] {
			s.watches.Watch(&t.watcher, cl.Database(), key, s.stateAt(cl.Database(), key, c.NowMs))
		}
	}
	c.Reply.OK()
}

// cmdUnwatch answers UNWATCH.
func (s *Server) cmdUnwatch(c *commands.Call) {
	if t := clientOf(c).transaction; t != nil {
		s.watches.Reset(&t.watcher)
	}
	c.Reply.OK()
}

// stateAt is what a key is to who watches it, at a time.
func (s *Server) stateAt(database int, key []byte, nowMs int64) tx.State {
	var e datatypes.Entry
	switch {
	case s.store.DB(database).Find(&e, key, nowMs):
		return tx.Present
	case e.Found():
		return tx.Expired
	}
	return tx.Absent
}
