package server

import (
	"cmp"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/resp"
	"github.com/cinnabar-db/cinnabar/server/tracking"
)

// caching is what the server keeps for those who cache what they read. The table has locks of its own, since reads of several loops add to it
// under their gates; everything else belongs to the section.
//
// Who reads a key is noted under the hold in which it is read, so that the next section that changes it finds him. Who is told gets it through
// his loop's inbox, behind the replies that came before.
type caching struct {
	// engaged is set by the first CLIENT TRACKING ON. Until then nobody pays more than a look at it.
	engaged  bool
	table    *tracking.Table
	prefixes tracking.Prefixes[*client]
	// clients are those who track; who has gone stays until the section hears of it.
	clients map[*client]struct{}
	random  *rand.Rand
	// expired are keys that were found expired and have just been deleted; finder is whose read has found them before, if it tracks.
	expired [][]byte
	finder  *client
	// own is what a client is told of its own command, behind the reply.
	own []ownInvalidation
	ids []int64
}

// bytes is what is remembered, 0 until somebody tracks.
func (k *caching) bytes() int64 {
	if !k.engaged {
		return 0
	}
	return k.table.Bytes()
}

// tracker is what one connection has chosen, and where the keys of its commands are listed.
type tracker struct {
	tracking.Client
	keys []commands.KeyRef
	// bytes is about what all of this takes.
	bytes atomic.Int64
}

// trackerBytes is about what it takes without prefixes, keptRefs places for keys included.
const trackerBytes = 1 << 10

// weigh notes what it takes after a change. In the section.
func (t *tracker) weigh() { t.bytes.Store(int64(trackerBytes + t.Client.Bytes())) }

// ownInvalidation is a key, or nil for all of them, that a client changed itself.
type ownInvalidation struct {
	client *client
	key    []byte
}

const (
	// trackedAtOnce is how many keys are given up in one hold, keptRefs how many places a client keeps for the keys of a command.
	trackedAtOnce = 100
	keptRefs      = 64
)

// engage makes ready for whoever tracks first. In the section.
func (k *caching) engage() {
	if !k.engaged {
		k.engaged, k.table, k.clients = true, tracking.NewTable(), map[*client]struct{}{}
		k.random = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
}

// tracking counts the clients who track. In the section.
func (k *caching) tracking() (count int64) {
	for c := range k.clients {
		if !c.traffic.gone.Load() {
			count++
		}
	}
	return count
}

// untrack turns a client's tracking off. Its number stays in the table until its keys change. In the section.
func (s *Server) untrack(c *client) {
	if t := c.tracker; t != nil && t.On {
		s.caching.prefixes.Disable(c, &t.Client)
		delete(s.caching.clients, c)
		t.weigh()
	}
}

// track passes on what a command did to those who cache, and remembers what it has read: part of observe, if anybody has ever tracked.
func (s *Server) track(call *commands.Call) {
	k, c, fx := &s.caching, clientOf(call), &call.Effects
	if len(k.expired) > 0 {
		s.invalidateExpired(c)
	}
	by := c
	if c.script != nil {
		by = nil // as in Redis what a script changes no client has changed
	}
	for i := range fx.Touched {
		s.invalidate(fx.Touched[i].Key, c, by)
	}
	if fx.Flushed != commands.NoDatabase {
		s.invalidateAll(c)
	}
	if c.tracker != nil && c.tracker.ByKey() && call.Cmd.Flags&commands.FlagReadonly != 0 && call.Cmd.Categories&commands.ACLScripting == 0 {
		if c.script != nil {
			call = c.script.outer // as in Redis a script that reads has read all the keys that it was given
		}
		s.remember(c, call)
	}
	if len(k.own) > 0 && !s.sequence.open && call != &s.waiting.call {
		s.tellOwn()
	}
}

// remember notes the keys of a command that has read them, in the gate or section that ran it.
func (s *Server) remember(c *client, call *commands.Call) {
	t := c.tracker
	remembers, expired := t.Remembers(), s.expired.waiting.Load() > 0
	if !remembers && !expired {
		return
	}
	t.keys = call.Cmd.AppendKeys(call.Args, t.keys[:0])
	for _, ref := range t.keys {
		key := call.Args[ref.Index]
		if expired {
			s.expired.claim(c, key, remembers)
		}
		if remembers && s.caching.table.Add(key, c.id) {
			s.caching.table.Prune(key, func(id int64) bool { return s.clients.get(id) == nil })
		}
	}
	if cap(t.keys) > keptRefs {
		t.keys = nil
	}
	if s.overTracked() {
		s.expired.wake()
	}
}

// invalidate tells those who may have a key that it has changed. current is the client whose command runs, who is told behind its reply, by who
// changed it; both may be nil. In the section.
func (s *Server) invalidate(key []byte, current, by *client) {
	k := &s.caching
	k.prefixes.Touch(key, by)
	if k.ids = k.table.Take(key, k.ids[:0]); len(k.ids) > 0 {
		s.tellReaders(key, k.ids, current)
	}
}

// tellReaders tells clients of a key that they have read.
func (s *Server) tellReaders(key []byte, ids []int64, current *client) {
	var message *invalidation
	for _, id := range ids {
		c := s.clients.get(id)
		switch {
		case c == nil || c.tracker == nil || !c.tracker.ByKey():
		case c == current && c.tracker.NoLoop:
		case c == current:
			s.caching.own = append(s.caching.own, ownInvalidation{c, slices.Clone(key)})
		default:
			if message == nil {
				message = &invalidation{body: resp.AppendCommand(nil, key)}
			}
			s.tellInvalid(c, message)
		}
	}
}

// noteExpired notes a key that was found expired and is gone.
func (k *caching) noteExpired(key []byte) {
	if k.engaged {
		k.expired = append(k.expired, slices.Clone(key))
	}
}

// invalidateExpired tells of the keys that were found expired and are gone. As in Redis nobody has changed them, but the client whose command
// found them is told behind its reply.
func (s *Server) invalidateExpired(current *client) {
	k := &s.caching
	for i, key := range k.expired {
		k.expired[i] = nil
		s.invalidate(key, current, nil)
	}
	k.expired = k.expired[:0]
}

// invalidateAll tells everybody who tracks, in whatever mode, that all keys have changed.
func (s *Server) invalidateAll(current *client) {
	k := &s.caching
	clients := slices.SortedFunc(maps.Keys(k.clients), func(a, b *client) int { return cmp.Compare(a.id, b.id) })
	for _, c := range clients {
		switch {
		case c.traffic.gone.Load():
		case c == current:
			k.own = append(k.own, ownInvalidation{client: c})
		default:
			s.tellInvalid(c, everything(c))
		}
	}
	k.table.Clear()
}

// tellOwn tells a client of what its command has changed, once that has been replied.
func (s *Server) tellOwn() {
	k := &s.caching
	for i, own := range k.own {
		k.own[i] = ownInvalidation{}
		message := &invalidation{}
		if own.key == nil {
			message = everything(own.client)
		} else {
			message.body = resp.AppendCommand(nil, own.key)
		}
		s.tellInvalid(own.client, message)
	}
	k.own = k.own[:0]
}

// broadcast tells those in broadcast mode of what has changed since the last time: with the section that changed it, as Redis does at the end
// of a turn of its event loop. Whoever leaves a section in which keys may have changed calls it.
func (s *Server) broadcast() {
	k := &s.caching
	if !k.engaged {
		return
	}
	if len(k.expired) > 0 || len(k.own) > 0 { // a command has panicked that left them behind
		s.invalidateExpired(nil)
		s.tellOwn()
	}
	k.prefixes.Broadcast(func(members iter.Seq[*client], keys []string, by func(string) *client) {
		var all *invalidation
		for c := range members {
			switch {
			case c.traffic.gone.Load():
			case c.tracker.NoLoop:
				if others := keysMessage(keys, func(key string) bool { return by(key) != c }); others != nil {
					s.tellInvalid(c, others)
				}
			default:
				if all == nil {
					all = keysMessage(keys, func(string) bool { return true })
				}
				s.tellInvalid(c, all)
			}
		}
	})
}

// leaveSection leaves the section after broadcast.
func (s *Server) leaveSection() (awaited bool) {
	s.broadcast()
	return s.gates.leaveSection()
}

// overTracked tells whether more keys are remembered than tracking-table-max-keys allows.
func (s *Server) overTracked() bool {
	limit := s.settings.Load().trackedKeys
	return limit > 0 && s.caching.engaged && s.caching.table.Keys() > limit
}

// limitTracked gives up keys at random, as if they had changed, until there are few enough or it has done enough for one hold; it tells
// whether there is more to do. Unlike Redis it tells those, too, who don't want to hear of their own changes: it isn't one. In the section.
func (s *Server) limitTracked() (more bool) {
	k := &s.caching
	for range trackedAtOnce {
		if !s.overTracked() {
			return false
		}
		key, ids, ok := k.table.TakeAny(k.random, k.ids[:0])
		if !ok {
			return false
		}
		k.ids = ids
		s.tellReaders(key, ids, nil)
	}
	return s.overTracked()
}

// followTracked follows tracking-table-max-keys, in the section.
func (s *Server) followTracked() {
	if s.limitTracked() {
		s.expired.wake()
	}
}

// tracked ends a command of a client that has tracked: what CLIENT CACHING has set goes with it, and a table that it has filled gives way.
func (b *batch) tracked(c *client, command *commands.Command) {
	if c.tracker.Caching && !c.inTransaction() && (command == nil || command.Top().Name != "client") {
		c.tracker.Caching = false
	}
	s := b.loop.server
	if !s.overTracked() {
		return
	}
	if b.hold == holdGate {
		b.leave()
		if !b.enter(holdSection) {
			return // the expirer does it
		}
	}
	if b.hold == holdSection {
		s.followTracked()
		b.loop.takeInbox()
	}
}

// tellInvalid tells a client that tracks, or the one that it has chosen for that. As in Redis nobody is told in RESP2 who doesn't listen to a
// channel, and who has chosen one that has gone hears of that.
func (s *Server) tellInvalid(c *client, message *invalidation) {
	t, target := c.tracker, c
	if t.Redirect != 0 {
		if target = s.clients.get(t.Redirect); target == nil {
			t.Broken = true
			if c.proto() == 3 {
				delivery{client: c, bytes: append(strconv.AppendInt([]byte(redirectionBroken), t.Redirect, 10), "\r\n"...)}.deliver()
			}
			return
		}
	}
	switch {
	case target.proto() == 3:
		delivery{client: target, bytes: message.frame(pushHead, &message.push)}.deliver()
	case t.Redirect != 0 && target.subscribed():
		delivery{client: target, bytes: message.frame(messageHead, &message.message)}.deliver()
	}
}

// invalidation is one message; its body, an array of keys or a null, is the same in both protocols, and each form is made once, at the first
// need.
type invalidation struct{ body, push, message []byte }

// What stands before the body of an invalidation, and before the number of a client that has gone.
const (
	pushHead          = ">2\r\n$10\r\ninvalidate\r\n"
	messageHead       = "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n"
	redirectionBroken = ">2\r\n$21\r\ntracking-redir-broken\r\n:"
)

func (i *invalidation) frame(head string, form *[]byte) []byte {
	if *form == nil {
		*form = append([]byte(head), i.body...)
	}
	return *form
}

// everything says that all keys have changed: a null, as Redis in the protocol of who tracks, whoever is told.
func everything(c *client) *invalidation {
	if c.proto() == 3 {
		return &invalidation{body: []byte("_\r\n")}
	}
	return &invalidation{body: []byte("$-1\r\n")}
}

// keysMessage is about those of keys that fit; nil if none does.
func keysMessage(keys []string, fits func(key string) bool) *invalidation {
	var words [][]byte
	for _, key := range keys {
		if fits(key) {
			words = append(words, []byte(key))
		}
	}
	if len(words) == 0 {
		return nil
	}
	return &invalidation{body: resp.AppendCommand(nil, words...)}
}
