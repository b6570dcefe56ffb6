package server

import (
	"sync"
	"sync/atomic"

	"github.com/cinnabar-db/cinnabar/persistence/aof"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// logRows are the commands about the append only log.
func (s *Server) logRows() []commands.Row {
	return []commands.Row{
		{
			Name: "bgrewriteaof", Arity: 1, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagNoAsyncLoading,
			Group: "server", Since: "1.0.0",
			Summary:    "Rewrites the append-only file in the background.",
			Complexity: "O(1)",
			Exclusive:  true,
			Handler:    s.cmdRewrite,
		},
		{
			Name: "waitaof", Arity: 4, Flags: commands.FlagNoScript,
			ACL: commands.ACLConnection, Group: "generic", Since: "7.2.0",
			Summary:    "Waits until what the connection wrote is synced to the append-only file.",
			Complexity: "O(1)",
			Tips:       []string{"request_policy:all_shards", "response_policy:agg_min"},
			Syntax:     `numlocal:integer numreplicas:integer timeout:integer`,
			Exclusive:  true,
			Handler:    s.cmdWaitLog,
		},
	}
}

// logWaits are the clients that wait for the log to be synced up to a position.
type logWaits struct {
	server *Server
	// state is the log's, for who doesn't hold the section.
	state   atomic.Uint32
	count   atomic.Int32
	mu      sync.Mutex
	waiting []logWait
}

type logWait struct {
	blocked *blocking
	place   logPlace
}

// logPlace is a position of a log: of its writer, nil if it has none yet.
type logPlace struct {
	writer   *aof.Writer
	position int64
}

// here is where the log is now. In the section.
func (l *appendLog) here() logPlace {
	w := l.writer.Load()
	if w == nil {
		return logPlace{}
	}
	return logPlace{w, w.Appended()}
}

// synced tells whether a start would find all before a place. It wouldn't before a log that is switched on has its base; a log that was
// switched on behind the place has it in there.
func (q *logWaits) synced(place logPlace) bool {
	w := q.server.appendLog.writer.Load()
	return logState(q.state.Load()) == logOn && w != nil && (w != place.writer || w.Stats().Synced >= place.position)
}

// add has a client that has just blocked answered when the log is synced up to a place. In the section.
func (q *logWaits) add(b *blocking, place logPlace) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, logWait{b, place})
	q.count.Store(int32(len(q.waiting)))
}

// look answers who has waited long enough; any goroutine may call it.
func (q *logWaits) look() {
	q.mu.Lock()
	off := logState(q.state.Load()) == logOff
	var ready []*blocking
	kept := q.waiting[:0]
	for _, wait := range q.waiting {
		if off || q.synced(wait.place) {
			ready = append(ready, wait.blocked)
		} else {
			kept = append(kept, wait)
		}
	}
	clear(q.waiting[len(kept):])
	q.waiting = kept
	q.count.Store(int32(len(kept)))
	q.mu.Unlock()
	if len(ready) > 0 {
		q.server.goRun(func() { q.server.answerSynced(ready) })
	}
}

// answerSynced answers those who still wait.
func (s *Server) answerSynced(ready []*blocking) {
	s.gates.waitSection()
	defer s.gates.leaveSection()
	for _, b := range ready {
		switch {
		case b.client.session.blocked != b:
		case s.appendLog.state == logOff:
			s.unblock(b.client, func(w *resp.Writer) { w.Error(errWaitLogOff) }, errWaitLogOff)
		default:
			s.unblock(b.client, func(w *resp.Writer) { writeSynced(w, 1) }, "")
		}
	}
}

const errWaitLogOff = "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."

func writeSynced(w *resp.Writer, local int64) {
	w.Array(2)
	w.Int(local)
	w.Int(0)
}

// cmdWaitLog answers WAITAOF numlocal numreplicas timeout, of Redis 7.2: all that was written before, by whomever, counts. There are no
// replicas that could tell how far they are, so that who waits for one waits for the time to end.
func (s *Server) cmdWaitLog(c *commands.Call) {
	local, ok := commands.ParseInt(c.Args[1])
	if !ok {
		c.Error(commands.ErrNotInteger)
		return
	}
	if local < 0 || local > 1 {
		c.Error("ERR value is out of range, value must between 0 and 1")
		return
	}
	replicas, ok := commands.ParseInt(c.Args[2])
	if !ok {
		c.Error(commands.ErrNotInteger)
		return
	}
	if replicas < 0 {
		c.Error("ERR value is out of range, must be positive")
		return
	}
	timeout, ok := timeoutMs(c, c.Args[3])
	if !ok {
		return
	}
	l := s.appendLog
	if local > 0 && l.state == logOff {
		c.Error(errWaitLogOff)
		return
	}
	place := l.here()
	synced := oneIf(l.waits.synced(place))
	if synced >= local && replicas == 0 || !c.Client.MayBlock() {
		writeSynced(c.Reply, synced)
		return
	}
	cl := clientOf(c)
	c.Client.Block(c, 0, nil, timeout, func(w *resp.Writer) { writeSynced(w, oneIf(l.waits.synced(place))) })
	if replicas == 0 {
		l.waits.add(cl.session.blocked, place)
	}
}
