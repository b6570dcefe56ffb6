package server

import (
	"slices"
	"time"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server/resp"
	"github.com/cinnabar-db/cinnabar/server/transport"
)

const (
	// writeSegments is how many pieces of a reply one system call takes.
	writeSegments = 64
	// sendBytes is about how much one client is sent in a round, lest a large reply to a fast reader keep the others waiting.
	sendBytes = 1 << 20
	// muchBytes of replies are sent before another command runs, and not at the end of the round: they are still in the processor's cache then.
	muchBytes = 64 << 10
	// soonBytes is about how much is sent in that way in a round.
	soonBytes = 16 << 20
)

// touch notes that a client has replies to send at the end of the round.
func (l *loop) touch(c *client) {
	if !c.marks.flushing && !c.marks.closing {
		c.marks.flushing = true
		l.flushes = append(l.flushes, c)
	}
}

// flush sends what this round has replied, as in Redis first to who came last: a publisher is answered before its many subscribers are sent
// the message, and has sent more when they are done.
//
// Where the log is on, all of it waits until the log has what came before (appendlog_hold.go).
func (l *loop) flush() {
	l.gathered = 0
	if w := l.server.appendLog.writer.Load(); w != l.held.writer || w != nil {
		l.flushLogged(w)
		return
	}
	l.flushNow()
}

// hasMuch tells whether replies are to be sent before the end of the round. Where client-output-buffer-limit bounds them they aren't: as with Redis what one
// write of a client asks for counts as a whole then, and if it is too much nothing of it is sent. Nor are they where the log is on, which is synced for all
// replies of a round together, and behind some megabytes, lest others wait.
func (l *loop) hasMuch() bool {
	return l.gathered >= muchBytes && l.soon < soonBytes && l.server.appendLog.writer.Load() == nil &&
		l.server.settings.Load().replyLimits[normalClient] == (conf.OutputLimit{})
}

// flushSoon is flush before the end of the round.
func (l *loop) flushSoon() {
	l.soon += l.gathered
	l.flush()
}

func (l *loop) flushNow() {
	for i, c := range slices.Backward(l.flushes) {
		l.flushes[i] = nil
		c.marks.flushing = false
		l.flushOne(c)
	}
	l.flushes = l.flushes[:0]
	l.inbox.sent()
}

func (l *loop) flushOne(c *client) {
	switch {
	case c.marks.closing:
	case c.marks.watchingWrites:
		c.notePending()
	default:
		l.send(c)
	}
	if c.marks.finishing && !c.marks.closing {
		c.conn.WatchReads(false)
	}
}

// send writes as much as the socket takes, up to sendBytes; what is left goes when the socket says so.
func (l *loop) send(c *client) {
	left := l.sendable(c)
	for sent := 0; left > 0 && sent < sendBytes; {
		pieces := c.reply.Segments(l.segments[:0], writeSegments)
		n, err := c.conn.Write(firstBytes(pieces, left))
		clear(pieces)
		if n > 0 {
			sent += n
			left -= int64(n)
			c.marks.free, c.marks.sealed = c.marks.free-int64(n), c.marks.sealed-int64(n)
			c.reply.Advance(n)
			l.stats.writes.add(1)
			l.stats.outputBytes.add(int64(n))
		}
		if err == transport.ErrWouldBlock {
			break
		}
		if err != nil {
			l.server.log.Verbose("Error writing to client: %s", err)
			if c.hasToRun() {
				c.reply.Reset()
				left, c.marks.free, c.marks.sealed = 0, 0, 0
				if c.marks.stalled {
					c.conn.Unwatch()
				}
				break
			}
			l.close(c)
			return
		}
		c.traffic.lastUseMs.Store(l.server.clock.nowMs())
	}
	c.notePending()
	waiting := left > 0
	if waiting != c.marks.watchingWrites {
		c.marks.watchingWrites = waiting
		c.conn.WatchWrites(waiting)
	}
	switch {
	case waiting:
		l.checkReplyLimit(c)
	case c.reply.Len() > 0: // the log is awaited
	case c.marks.finishing:
		l.close(c)
	default:
		c.marks.overSoft = time.Time{}
		c.tellSent()
	}
}

// notePending tells others what waits to be sent.
func (c *client) notePending() {
	c.traffic.replyBytes.Store(c.reply.Len())
	c.traffic.replyMemory.Store(c.reply.MemoryBytes())
	c.loop.weigh(c)
}

// Unread implements commands.Client: the hard limit holds for one reply in the making, too.
func (c *client) Unread(reply *resp.Writer) bool {
	if c.traffic.gone.Load() {
		return true
	}
	if work := c.elsewhere; work != nil && reply == &work.reply {
		c.tellBuilding(reply.MemoryBytes())
	}
	class := c.class()
	hard := c.loop.server.settings.Load().replyLimits[class].Hard
	return hard > 0 && class.limitedBytes(reply) >= hard
}

// limitedBytes is what counts for client-output-buffer-limit. Redis leaves out what lies in a client's first buffer, which is full before
// others are begun where messages are sent; a reply that begins with a length yet to be known, as large ones do, leaves it empty.
func (class clientClass) limitedBytes(reply *resp.Writer) uint64 {
	bytes := reply.MemoryBytes()
	if class == pubSubClient || bytes <= writerFloorBytes {
		bytes = max(0, bytes-writerFloorBytes)
	}
	return uint64(bytes)
}

// checkReplyLimit ends a client whose replies wait above client-output-buffer-limit: at once above the hard limit, after the limit's
// seconds above the soft one. As in Redis seconds are those of the clock: of three, more than three have passed.
func (l *loop) checkReplyLimit(c *client) {
	set := l.server.settings.Load()
	class := c.class()
	limit, bytes := set.replyLimits[class], class.limitedBytes(&c.reply)
	if c.elsewhere != nil {
		bytes += uint64(c.elsewhere.pushes.MemoryBytes())
	}
	over := limit.Hard > 0 && bytes >= limit.Hard
	if soft := limit.Soft > 0 && bytes >= limit.Soft; !soft {
		c.marks.overSoft = time.Time{}
	} else if c.marks.overSoft.IsZero() {
		c.marks.overSoft = time.Now()
	} else if time.Now().Unix()-c.marks.overSoft.Unix() > int64(limit.SoftSeconds) {
		over = true
	}
	if over {
		l.server.log.Warning("Client %s scheduled to be closed ASAP for overcoming of output buffer limits.", c.describe())
		l.server.stats.replyLimitClosed.Add(1)
		l.close(c)
	}
}

// writerFloorBytes is the reply buffer that every client may have for nothing, as Redis's static buffer isn't counted.
const writerFloorBytes = 16 << 10
