package server

import (
	"bytes"
	"slices"
	"time"

	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// blocking is a command that has not been answered and waits: for its time, or for one of its keys to hold what it asks for. Its client's
// later commands wait behind it; its socket is watched for a hang-up. It belongs to the section.
//
// A command that waits for keys is run again, as it was sent, by the section that changed one of them, behind the command or transaction
// that did so: those who have waited longest for a key first. Either it answers now, or it asks to wait again and keeps its place.
type blocking struct {
	client *client
	timer  *time.Timer
	// late answers when the time is up.
	late func(*resp.Writer)
	// command and words are what is run again, database and keys what it waits for.
	command  *commands.Command
	words    [][]byte
	database int
	keys     []string
}

// waiting are all commands that wait. It belongs to the section.
type waiting struct {
	count int
	// byKey are those who wait for a key, by database, in the order of their coming.
	byKey []map[string][]*blocking
	// ready are keys that have changed and that somebody waits for.
	ready []waitedKey
	// call runs commands again, for woken; again is set when one asks to wait anew.
	call  commands.Call
	woken []byte
	again bool
}

type waitedKey struct {
	database int
	key      string
}

func newWaiting(databases int) waiting {
	return waiting{byKey: make([]map[string][]*blocking, databases)}
}

// MayBlock implements commands.Client.
func (c *client) MayBlock() bool { return !c.executing() }

// Block implements commands.Client.
func (c *client) Block(call *commands.Call, keys [][]byte, timeout time.Duration, late func(*resp.Writer)) {
	s := c.loop.server
	if call == &s.waiting.call {
		s.waiting.again = true
		return
	}
	b := &blocking{client: c, late: late, command: call.Cmd}
	if len(keys) > 0 {
		b.database = c.session.database
		for _, word := range call.Args {
			b.words = append(b.words, bytes.Clone(word))
		}
		s.waiting.add(b, keys)
	}
	c.session.blocked = b
	c.traffic.blocked.Store(true)
	s.waiting.count++
	c.loop.stall(c)
	if timeout == 0 {
		return
	}
	b.timer = time.AfterFunc(timeout, func() {
		s.gates.waitSection()
		defer s.gates.leaveSection()
		if c.session.blocked == b {
			s.unblock(c, late, "")
		}
	})
}

// Woken implements commands.Client.
func (c *client) Woken(call *commands.Call) (key []byte) {
	if w := &c.loop.server.waiting; call == &w.call {
		return w.woken
	}
	return nil
}

func (w *waiting) add(b *blocking, keys [][]byte) {
	if w.byKey[b.database] == nil {
		w.byKey[b.database] = map[string][]*blocking{}
	}
	for _, key := range keys {
		if !slices.Contains(b.keys, string(key)) {
			b.keys = append(b.keys, string(key))
			w.byKey[b.database][string(key)] = append(w.byKey[b.database][string(key)], b)
		}
	}
}

func (w *waiting) remove(b *blocking) {
	byKey := w.byKey[b.database]
	for _, key := range b.keys {
		// Who serves a key goes through the old list meanwhile.
		rest := slices.DeleteFunc(slices.Clone(byKey[key]), func(other *blocking) bool { return other == b })
		if len(rest) == 0 {
			delete(byKey, key)
		} else {
			byKey[key] = rest
		}
	}
}

// unblock answers the command that a client waits in with something else than what it waited for, and lets the client go on. errText is
// the answer if it is an error. In the section.
func (s *Server) unblock(c *client, answer func(*resp.Writer), errText string) {
	b := c.session.blocked
	reply := c.laterReply()
	answer(reply)
	s.endBlocking(c)
	b.answered(reply, &commands.Outcome{Failed: errText != "", FirstError: errText}, 0)
}

// laterReply is a place for the answer of a command that has waited.
func (c *client) laterReply() *resp.Writer {
	reply := &resp.Writer{}
	reply.SetProto(c.reply.Proto())
	reply.Mute(c.session.replies != repliesOn)
	return reply
}

// answered accounts for the command and hands the answer to the client's loop.
func (b *blocking) answered(reply *resp.Writer, outcome *commands.Outcome, took time.Duration) {
	l := b.client.loop
	l.stats.ran(b.command, took, outcome, l.server.settings.Load().trackLatency)
	if outcome.Failed {
		l.server.errors.count(outcome.FirstError)
	}
	delivery{client: b.client, answer: reply}.deliver()
}

// take puts a late answer behind the client's replies and lets the client go on.
func (l *loop) take(c *client, answer *resp.Writer) {
	c.reply.Take(answer)
	c.endReplies()
	c.traffic.blocked.Store(false)
	// What the client sends next may come before it is resumed, in the next round.
	c.conn.WatchReads(true)
	l.post(func() { l.resume(c) })
}

// endBlocking forgets that a client waits, in the section.
func (s *Server) endBlocking(c *client) {
	b := c.session.blocked
	if b == nil {
		return
	}
	if b.timer != nil {
		b.timer.Stop()
	}
	s.waiting.remove(b)
	c.session.blocked = nil
	s.waiting.count--
}

// noteReady notes which of the keys that a command touched somebody waits for.
func (s *Server) noteReady(fx *commands.Effects) {
	for _, touch := range fx.Touched {
		if key := string(touch.Key); len(s.waiting.byKey[touch.Database][key]) > 0 {
			s.waiting.ready = append(s.waiting.ready, waitedKey{touch.Database, key})
		}
	}
	if fx.Swapped != [2]int{} {
		for _, database := range fx.Swapped {
			for key := range s.waiting.byKey[database] {
				s.waiting.ready = append(s.waiting.ready, waitedKey{database, key})
			}
		}
	}
}

// serveBlocked runs the commands that wait for keys which have just changed, and those that wait for what these change in turn. In the
// section, behind a command or a whole transaction.
func (s *Server) serveBlocked() {
	w := &s.waiting
	for len(w.ready) > 0 {
		next := w.ready[0]
		w.ready = w.ready[1:]
		db, key, nowMs := s.store.DB(next.database), []byte(next.key), s.clock.nowMs()
		for _, b := range w.byKey[next.database][next.key] {
			if db.Expired(key, nowMs) {
				s.expireAlone(next.database, key)
			}
			if !db.Has(key, nowMs) {
				break
			}
			s.serve(b, next.key, nowMs)
		}
	}
	w.ready = nil
}

// serve runs a command that waits once more, for a key that has changed. One whose client has gone is forgotten before it takes anything.
func (s *Server) serve(b *blocking, key string, nowMs int64) {
	w, c := &s.waiting, b.client
	if c.session.blocked != b {
		return
	}
	if c.session.killed || c.conn.Gone() {
		s.endBlocking(c)
		return
	}
	reply, keys := c.laterReply(), keyspace{server: s, exclusive: true}
	w.call.Reply, w.call.Client, w.call.Keys = reply, c, &keys
	w.call.Begin(b.command, b.words, nowMs)
	defer w.call.End()
	w.call.Observed, w.woken, w.again = len(s.sequence.sinks) > 0, []byte(key), false
	began := s.clock.mono()
	if !s.runAgain(b) {
		return
	}
	if w.again {
		s.observe(&w.call)
		return
	}
	s.endBlocking(c)
	s.observe(&w.call)
	b.answered(reply, &w.call.Outcome, s.clock.mono()-began)
}

// runAgain runs the handler; false means that it panicked, which costs its own client the connection, not the one that serves it.
func (s *Server) runAgain(b *blocking) (ok bool) {
	defer func() {
		if problem := recover(); problem != nil {
			s.reportFailure(b.client, &s.waiting.call, problem)
			s.endBlocking(b.client)
			b.client.loop.post(func() { b.client.loop.close(b.client) })
		}
	}()
	b.command.Handler(&s.waiting.call)
	return true
}

// timeoutMs reads the timeout of a command that waits, in milliseconds; the error has been replied if it is none.
func timeoutMs(c *commands.Call, word []byte) (timeout time.Duration, ok bool) {
	ms, ok := commands.ParseInt(word)
	switch {
	case !ok:
		c.Error("ERR timeout is not an integer or out of range")
	case ms < 0:
		c.Error("ERR timeout is negative")
	default:
		return time.Duration(min(ms, maxTimeoutMs)) * time.Millisecond, true
	}
	return 0, false
}

// maxTimeoutMs is a hundred years.
const maxTimeoutMs = maxSleepSeconds * 1000

// cmdWait answers WAIT replicas timeout: no replica ever tells how far it is, so that only the time ends it.
func (s *Server) cmdWait(c *commands.Call) {
	replicas, ok := commands.ParseInt(c.Args[1])
	if !ok {
		c.Error(commands.ErrNotInteger)
		return
	}
	timeout, ok := timeoutMs(c, c.Args[2])
	if !ok {
		return
	}
	if replicas > 0 && c.Client.MayBlock() {
		c.Client.Block(c, nil, timeout, func(w *resp.Writer) { w.Int(0) })
		return
	}
	c.Reply.Int(0)
}
