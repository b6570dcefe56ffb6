package server

import (
	"fmt"
	"time"
)

// describe is the client's line in CLIENT LIST, as catClientInfoString of Redis 7.0.15 writes it with the two fields that 7.2 adds.
// Outside gate and section, as in the log, fields of the session may be read only by the client's loop.
func (c *client) describe() string {
	now := time.Now()
	command := "NULL"
	if c.session.last != nil {
		command = c.session.last.FullName()
	}
	queued, free := c.traffic.inputBytes.Load(), c.traffic.inputRoom.Load()
	out, outMemory := c.traffic.replyBytes.Load(), c.traffic.replyMemory.Load()
	return fmt.Sprintf("id=%d addr=%s laddr=%s fd=%d name=%s age=%d idle=%d flags=%s db=%d sub=0 psub=0 ssub=0 multi=-1 qbuf=%d qbuf-free=%d "+
		"argv-mem=%d multi-mem=0 rbs=%d rbp=%d obl=%d oll=%d omem=%d tot-mem=%d events=%s cmd=%s user=%s redir=-1 resp=%d "+
		"lib-name=%s lib-ver=%s",
		c.id, c.conn.RemoteAddr(), c.conn.LocalAddr(), c.conn.FD(), c.session.name,
		int64(now.Sub(c.session.created).Seconds()), max(0, (now.UnixMilli()-c.traffic.lastUseMs.Load())/1000),
		c.flags(), c.session.database, queued, free, 0, outMemory, out, min(out, writerFloorBytes), max(0, out-writerFloorBytes)/writerFloorBytes,
		outMemory, queued+free+outMemory+clientBytes, "r", command, c.session.user, c.proto(), c.session.libName, c.session.libVersion)
}

// clientBytes is about what a client without buffers takes.
const clientBytes = 700

// flags are the letters that CLIENT LIST shows.
func (c *client) flags() string {
	flags := ""
	if c.session.paused {
		flags += "b"
	}
	if c.conn.Unix() {
		flags += "U"
	}
	if c.session.noEvict {
		flags += "e"
	}
	if c.session.noTouch {
		flags += "T"
	}
	if flags == "" {
		return "N"
	}
	return flags
}

// proto is the protocol the client speaks: 2 or 3.
func (c *client) proto() int { return c.reply.Proto() }
