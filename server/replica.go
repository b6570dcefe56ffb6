package server

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/snapshot"
	"github.com/cinnabar-db/cinnabar/persistence/vfs"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/oplog"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// replica is a client that follows the sequence of effects: it sent SYNC, got a copy of the keyspace, and is sent what happens from then
// on. It belongs to the section.
type replica struct {
	client *client
	// database is the one selected in what was sent, -1 before anything was.
	database int
}

// takes implements sink.
func (r *replica) takes(op operation) bool { return !op.logged }

// append implements sink.
func (r *replica) append(op operation) {
	if !r.takes(op) {
		return
	}
	var frame []byte
	if op.database != r.database && op.database != sameDatabase {
		r.database = op.database
		frame = resp.AppendCommand(frame, []byte("SELECT"), strconv.AppendInt(nil, int64(op.database), 10))
	}
	delivery{client: r.client, bytes: resp.AppendCommand(frame, op.words...)}.deliver()
}

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

// cmdSync answers SYNC: a snapshot of the keyspace, and then the effects of whatever happens, until the connection ends. What happens while
// the snapshot is written and sent waits behind it. A second SYNC is ignored, and one of a monitor.
func (s *Server) cmdSync(c *commands.Call) {
	cl := clientOf(c)
	switch {
	case cl.follows():
		return
	case c.Reply.Len() > 0:
		c.Error("ERR SYNC and PSYNC are invalid with pending output")
		return
	}
	s.log.Notice("Replica %s asks for synchronization", cl.conn.RemoteAddr())
	cl.session.replica = &replica{client: cl, database: -1}
	s.sequence.sinks = append(s.sequence.sinks, cl.session.replica)
	copied := &copied{client: cl, files: s.saves.files, view: s.store.View(), databases: s.store.Databases(), options: s.snapshotOptions(true)}
	copied.path = filepath.Join(s.config.String("dir"), fmt.Sprintf("temp-%d.sync-%d.rdb", os.Getpid(), cl.id))
	cl.goApart(c, func(*commands.Call) {
		if err := copied.send(); err != nil {
			s.log.Warning("The snapshot for replica %s was not sent: %s", cl.conn.RemoteAddr(), oplog.Reason(err))
			cl.loop.post(func() { cl.loop.close(cl) })
		}
	})
}

// copied is a snapshot for a replica. It lies in a file until it is sent, since its length stands before it.
type copied struct {
	client    *client
	files     vfs.FS
	path      string
	view      *datatypes.View
	databases int
	options   snapshot.WriteOptions
}

// send writes and sends the snapshot; nothing of it stays.
func (p *copied) send() error {
	size, err := p.write()
	if err != nil {
		return err
	}
	defer p.files.Remove(p.path)
	file, err := p.files.Open(p.path)
	if err != nil {
		return err
	}
	defer file.Close()
	return p.client.transfer(io.MultiReader(strings.NewReader(fmt.Sprintf("$%d\r\n", size)), io.NewSectionReader(file, 0, size)))
}

// write writes the file and tells its size.
func (p *copied) write() (size int64, err error) {
	defer p.view.Close()
	file, err := p.files.Create(p.path)
	if err != nil {
		return 0, err
	}
	p.options.Progress = func(int) error {
		if p.client.traffic.gone.Load() || p.client.loop.server.stopped.Load() {
			return errClientGone
		}
		return nil
	}
	_, err = snapshot.Write(file, p.view, p.databases, p.options)
	if err == nil {
		size, err = file.Size()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = p.files.Remove(p.path)
	}
	return size, err
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
