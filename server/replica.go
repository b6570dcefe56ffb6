package server

import (
	"slices"
	"strconv"

	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// replica is a client that follows the sequence of effects: it sent SYNC, got a copy of the keyspace, and is sent what happens from then
// on. It belongs to the section.
type replica struct {
	client *client
	// database is the one selected in what was sent, -1 before anything was.
	database int
}

// append implements sink.
func (r *replica) append(op operation) {
	var frame []byte
	if op.database != r.database && op.database != sameDatabase {
		r.database = op.database
		frame = resp.AppendCommand(frame, []byte("SELECT"), strconv.AppendInt(nil, int64(op.database), 10))
	}
	delivery{client: r.client, bytes: resp.AppendCommand(frame, op.words...)}.deliver()
}

// emptyRDB is a file of no keys: the format's name and version, the mark of the end, and no checksum.
const emptyRDB = "REDIS0010\xff\x00\x00\x00\x00\x00\x00\x00\x00"

// errNoCopy is the refusal to give a copy that lacks the keys: who asked would take it for a backup.
const errNoCopy = "ERR SYNC of a server that holds keys is not built yet, the copy would be empty"

// syncRow is SYNC, the old way to follow a server.
func (s *Server) syncRow() commands.Row {
	return commands.Row{
		Name: "sync", Arity: 1, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagNoAsyncLoading | commands.FlagNoMulti,
		Group: "server", Since: "1.0.0",
		Summary:   "Begins replication the old way.",
		Exclusive: true,
		Handler:   s.cmdSync,
	}
}

// cmdSync answers SYNC: a copy of the keyspace, and then the effects of whatever happens, until the connection ends. As long as no RDB
// files can be written the copy is empty, which only tests may want of a keyspace that isn't. A second SYNC is ignored, and one of a monitor.
func (s *Server) cmdSync(c *commands.Call) {
	cl := clientOf(c)
	switch {
	case cl.follows():
	case s.keyCount() > 0 && s.config.String("enable-debug-command") == "no":
		c.Error(errNoCopy)
	case c.Reply.Len() > 0:
		c.Error("ERR SYNC and PSYNC are invalid with pending output")
	default:
		s.log.Notice("Replica %s asks for synchronization", cl.conn.RemoteAddr())
		cl.session.replica = &replica{client: cl, database: -1}
		s.sequence.sinks = append(s.sequence.sinks, cl.session.replica)
		c.Reply.BulkHeader(len(emptyRDB))
		c.Reply.RawString(emptyRDB)
	}
}

// unfollow ends what SYNC began, for a client that goes. In the section. What the session says stays, since the client's loop may be looking.
func (s *Server) unfollow(c *client) {
	if r := c.session.replica; r != nil {
		s.sequence.sinks = slices.DeleteFunc(s.sequence.sinks, func(other sink) bool { return other == r })
	}
}

// forget lets go of what others keep of a client that is gone: its subscriptions now, what belongs to the section soon.
func (s *Server) forget(c *client) {
	s.pubsub.Forget(c)
	watches := c.transaction != nil && c.transaction.watcher.Count() > 0
	if !c.follows() && !watches && c.tracker == nil && !c.traffic.blocked.Load() {
		return
	}
	s.goRun(func() {
		s.gates.waitSection()
		defer s.gates.leaveSection()
		s.forgetKilled(c)
	})
}

// forgetKilled is forget in the section, at once. The queue of a transaction stays: the client's loop may be looking at it.
func (s *Server) forgetKilled(c *client) {
	s.pubsub.Forget(c)
	if t := c.transaction; t != nil {
		s.watches.Reset(&t.watcher)
	}
	s.unfollow(c)
	s.untrack(c)
	s.unmonitor(c)
	s.endBlocking(c)
}

// keyCount counts the keys of all databases. In the section.
func (s *Server) keyCount() (count int) {
	for index := range s.store.Databases() {
		count += s.store.DB(index).Len()
	}
	return count
}
