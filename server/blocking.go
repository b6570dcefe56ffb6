package server

import (
	"bytes"
	"container/list"
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
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
	// command and words are what is run again, database and keys what it waits for, to hold a value of that kind.
	command  *commands.Command
	words    [][]byte
	database int
	kind     datatypes.Kind
	keys     []string
	// places are where it stands among those who wait for each of keys; round is the last one in which it had its turn.
	places []*list.Element
	round  uint64
}

// waiting are all commands that wait. It belongs to the section.
type waiting struct {
	count int
	// byKey are those who wait for a key, by database: *blocking in the order of their coming.
	byKey []map[string]*list.List
	// ready are keys that have changed and that somebody waits for, each once, which noted tells. round numbers those that have had their
	// turn.
	ready []waitedKey
	noted map[waitedKey]struct{}
	round uint64
	// call runs commands again, for woken; again is set when one asks to wait anew.
	call  commands.Call
	woken []byte
	again bool
}

type waitedKey struct {
	database int
	key      string
}

// waitedBytes is about what a key takes that a client waits for, beside its name: its places in the client's list and among all who wait.
const waitedBytes = 250

func newWaiting(databases int) waiting {
	return waiting{byKey: make([]map[string]*list.List, databases), noted: map[waitedKey]struct{}{}}
}

// MayBlock implements commands.Client.
func (c *client) MayBlock() bool { return !c.executing() }

// Block implements commands.Client.
func (c *client) Block(call *commands.Call, kind datatypes.Kind, keys [][]byte, timeout time.Duration, late func(*resp.Writer)) {
	s := c.loop.server
	if call == &s.waiting.call {
		s.waiting.again = true
		return
	}
	b := &blocking{client: c, late: late, command: call.Cmd, kind: kind}
	if len(keys) > 0 {
		b.database = c.session.database
		for _, word := range call.Args {
			b.words = append(b.words, bytes.Clone(word))
		}
		c.weight.words.Store(2*keptWordsBytes(call.Args) + int64(len(keys)*waitedBytes))
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
		w.byKey[b.database] = map[string]*list.List{}
	}
	byKey := w.byKey[b.database]
	for _, word := range keys {
		key := string(word)
		queue := byKey[key]
		if queue == nil {
			queue = list.New()
			byKey[key] = queue
		}
		if last := queue.Back(); last == nil || last.Value != b { // otherwise the key is named twice
			b.keys, b.places = append(b.keys, key), append(b.places, queue.PushBack(b))
		}
	}
}

func (w *waiting) remove(b *blocking) {
	byKey := w.byKey[b.database]
	for i, key := range b.keys {
		queue := byKey[key]
		if queue.Remove(b.places[i]); queue.Len() == 0 {
			delete(byKey, key)
		}
	}
}

// next is who waits longest for a key among those who haven't had their turn in this round; after stands before him, if he isn't nil and
// still waits.
func (w *waiting) next(k waitedKey, after *list.Element) *list.Element {
	queue := w.byKey[k.database][k.key]
	if queue == nil {
		return nil
	}
	at := queue.Front()
	if after != nil {
		at = after.Next()
	}
	for at != nil && at.Value.(*blocking).round == w.round {
		at = at.Next()
	}
	return at
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
	c.weight.words.Store(0)
	c.session.blocked = nil
	s.waiting.count--
}

// noteReady notes which of the keys that a command touched somebody waits for.
func (s *Server) noteReady(fx *commands.Effects) {
	w := &s.waiting
	for _, touch := range fx.Touched {
		if w.byKey[touch.Database][string(touch.Key)] != nil {
			w.note(waitedKey{touch.Database, string(touch.Key)})
		}
	}
	if fx.Swapped != [2]int{} {
		for _, database := range fx.Swapped {
			for key := range w.byKey[database] {
				w.note(waitedKey{database, key})
			}
		}
	}
}

func (w *waiting) note(k waitedKey) {
	if _, noted := w.noted[k]; !noted {
		w.noted[k] = struct{}{}
		w.ready = append(w.ready, k)
	}
}

// serveBlocked runs the commands that wait for keys which have just changed, and those that wait for what these change in turn. In the
// section, behind a command or a whole transaction.
func (s *Server) serveBlocked() {
	w := &s.waiting
	for len(w.ready) > 0 {
		next := w.ready[0]
		w.ready = w.ready[1:]
		delete(w.noted, next)
		s.serveKey(next)
	}
	w.ready = nil
}

// serveKey is serveBlocked for one key.
func (s *Server) serveKey(k waitedKey) {
	w := &s.waiting
	w.round++
	db, key, nowMs := s.store.DB(k.database), []byte(k.key), s.clock.nowMs()
	for at := w.next(k, nil); at != nil; {
		b := at.Value.(*blocking)
		b.round = w.round
		if db.Expired(key, nowMs) {
			s.expireAlone(k.database, key)
		}
		var e datatypes.Entry
		if !db.Find(&e, key, nowMs) {
			return
		}
		if e.Kind() == b.kind {
			s.serve(b, k.key, nowMs)
		}
		if b.client.session.blocked != b {
			at = nil // it has gone, and the others have moved up
		}
		at = w.next(k, at)
	}
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
	s.tellCall(&w.call)
	w.woken, w.again = []byte(key), false
	began := s.clock.mono()
	if !s.runAgain(b) {
		return
	}
	if w.again {
		s.observe(&w.call)
		s.tellOwn()
		return
	}
	s.endBlocking(c)
	s.observe(&w.call)
	b.answered(reply, &w.call.Outcome, s.clock.mono()-began)
	s.tellOwn()
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
		c.Client.Block(c, 0, nil, timeout, func(w *resp.Writer) { w.Int(0) })
		return
	}
	c.Reply.Int(0)
}
