package server

import (
	"slices"
	"sync/atomic"

	"github.com/cinnabar-db/cinnabar/persistence/aof"
)

// held is what a loop keeps back until the log has what came before: all that its clients are to be sent, whatever it is, since a reply, a
// message or a line of MONITOR may tell of any write before it.
//
//	flushes ──seal──> group, at a position ──released──> sent
//
// At the seal everything that there is to send is of sections that have ended (loop.takeFinished), so that the log has, or is about to get, no
// more of them: its position then is the group's.
//
// While a group waits, what comes gathers in flushes and becomes the next group, with one sync for all of it. What is added meanwhile to the
// replies of a client of the group stays behind what was sealed (marks.sealed, marks.free).
type held struct {
	// writer is the log that the loop follows, nil if nothing is kept back.
	writer   *aof.Writer
	group    []*client
	position int64
	// taken are the bytes of the inbox that are in the group.
	taken int64
	// awaiting is set while the loop wants to be woken by progress of the log.
	awaiting atomic.Bool
}

// flushLogged is flush where the log is on, or was at the last flush.
func (l *loop) flushLogged(w *aof.Writer) {
	h := &l.held
	if h.writer != w {
		l.followLog(w)
	}
	for w != nil {
		if len(h.group) > 0 && !l.releases(w) {
			return
		}
		l.sendGroup()
		if len(l.flushes) == 0 {
			return
		}
		l.seal(w)
	}
	l.flushNow()
}

// releases tells whether the group may be sent. If not, the loop will be woken.
func (l *loop) releases(w *aof.Writer) bool {
	h, log := &l.held, l.server.appendLog
	if log.released(w, h.position) {
		return true
	}
	h.awaiting.Store(true)
	if !log.released(w, h.position) { // it may have been so before anybody saw that the loop awaits it
		return false
	}
	h.awaiting.Store(false)
	return true
}

// followLog begins anew with another log, or with none: what there is to send is looked at again.
func (l *loop) followLog(w *aof.Writer) {
	h := &l.held
	h.writer = w
	h.awaiting.Store(false)
	l.inbox.taken += h.taken
	clear(h.group)
	h.group, h.taken = h.group[:0], 0
	for _, c := range l.clients.list {
		c.marks.free, c.marks.sealed = 0, 0
		if c.reply.Len() > 0 || c.marks.finishing {
			l.touch(c)
		}
	}
}

// seal makes a group of what is to be sent now.
func (l *loop) seal(w *aof.Writer) {
	h := &l.held
	h.group, l.flushes = l.flushes, h.group[:0]
	for _, c := range h.group {
		c.marks.flushing = false
		c.marks.sealed = c.reply.Len()
		if c.marks.finishing && !c.marks.closing {
			c.conn.WatchReads(false)
		}
	}
	h.position = w.Appended()
	h.taken, l.inbox.taken = l.inbox.taken, 0
}

// sendGroup sends what the group was sealed with.
func (l *loop) sendGroup() {
	h := &l.held
	h.awaiting.Store(false)
	for i, c := range slices.Backward(h.group) {
		h.group[i] = nil
		c.marks.free = c.marks.sealed
		l.flushOne(c)
	}
	h.group = h.group[:0]
	l.inbox.tried(h.taken)
	h.taken = 0
}

// sendable is how many bytes of a client's replies may be sent.
func (l *loop) sendable(c *client) int64 {
	if l.server.appendLog.writer.Load() == nil {
		return c.reply.Len()
	}
	return c.marks.free
}

// firstBytes are the first so many bytes of pieces.
func firstBytes(pieces [][]byte, limit int64) [][]byte {
	for i := range pieces {
		if size := int64(len(pieces[i])); size >= limit {
			pieces[i] = pieces[i][:limit]
			return pieces[:i+1]
		} else {
			limit -= size
		}
	}
	return pieces
}
