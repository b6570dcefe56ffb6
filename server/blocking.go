package server

import (
	"time"

	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// blocking is a command that has not been answered and waits for something to happen. Its client's later commands wait behind it; its
// socket is watched for a hang-up. It belongs to the section.
type blocking struct {
	timer *time.Timer
	// late answers when the time is up.
	late func(*resp.Writer)
}

// block has the client of the command that runs wait, at most for timeout, 0 for ever. The handler returns without a reply. In the
// section.
func (s *Server) block(c *client, timeout time.Duration, late func(*resp.Writer)) {
	b := &blocking{late: late}
	c.session.blocked = b
	c.traffic.blocked.Store(true)
	s.blocked++
	c.loop.stall(c)
	if timeout == 0 {
		return
	}
	b.timer = time.AfterFunc(timeout, func() {
		s.gates.waitSection()
		defer s.gates.leaveSection()
		if c.session.blocked == b {
			s.unblock(c, late)
		}
	})
}

// unblock answers the command that a client waits in, and lets the client go on. In the section.
func (s *Server) unblock(c *client, answer func(*resp.Writer)) {
	s.endBlocking(c)
	c.loop.post(func() {
		if c.marks.closing {
			return
		}
		answer(&c.reply)
		c.endReplies()
		c.loop.touch(c)
		c.loop.resume(c)
	})
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
	c.session.blocked = nil
	c.traffic.blocked.Store(false)
	s.blocked--
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
	if cl := clientOf(c); replicas > 0 && !cl.executing() {
		s.block(cl, timeout, func(w *resp.Writer) { w.Int(0) })
		return
	}
	c.Reply.Int(0)
}
