package server

import (
	"strconv"
	"time"

	"github.com/cinnabar-db/cinnabar/pubsub"
)

const (
	// descriptionBytes is about how long a client's line is.
	descriptionBytes = 400
)

// describe is the client's line for the log. Outside gate and section fields of the session may be read only by the client's loop.
func (c *client) describe() string {
	return string(c.appendDescription(nil, time.Now().UnixMilli(), 0))
}

// appendDescription appends the client's line of CLIENT LIST to dst, as catClientInfoString of Redis 7.0.15 writes it, with the two
// fields that 7.2 adds. argumentBytes are those of the command that it is running; tot-mem is them and what
// was counted at the end of its last turn. It costs a fraction of a microsecond: all clients are described in one hold of the section.
func (c *client) appendDescription(dst []byte, nowMs int64, argumentBytes int) []byte {
	command := "NULL"
	if c.session.last != nil {
		command = c.session.last.FullName()
	}
	queued, free := c.traffic.inputBytes.Load(), c.traffic.inputRoom.Load()
	if nowMs-c.traffic.lastUseMs.Load() <= idleMs {
		free = max(free, lentBytes)
	}
	replies, replyMemory := c.traffic.replyBytes.Load(), c.traffic.replyMemory.Load()
	events := "r"
	if replies > 0 {
		events = "rw"
	}
	// Redis counts its first buffer apart from the list of those that follow it.
	first := min(replies, writerFloorBytes)
	listed := (replies - first + writerFloorBytes - 1) / writerFloorBytes
	firstMemory := min(replyMemory, lentBlockBytes)
	d := description(dst)
	d.number("id", c.id)
	d.text(" addr", c.conn.RemoteAddr())
	d.text(" laddr", c.conn.LocalAddr())
	d.number(" fd", int64(c.conn.FD()))
	d.text(" name", c.session.name)
	d.number(" age", max(0, nowMs/1000-c.session.created.Unix()))
	d.number(" idle", max(0, nowMs-c.traffic.lastUseMs.Load())/1000)
	d.text(" flags", c.flags())
	d.number(" db", int64(c.session.database))
	d.number(" sub", int64(c.subscriptions.Count(pubsub.Channel)))
	d.number(" psub", int64(c.subscriptions.Count(pubsub.Pattern)))
	d.number(" ssub", int64(c.subscriptions.Count(pubsub.Shard)))
	d.number(" multi", int64(c.queuedCommands()))
	d.number(" qbuf", queued)
	d.number(" qbuf-free", free)
	d.number(" argv-mem", int64(argumentBytes)+c.weight.words.Load()+c.weight.begun.Load())
	d.number(" multi-mem", c.queuedBytes())
	d.number(" rbs", firstMemory)
	d.number(" rbp", first)
	d.number(" obl", first)
	d.number(" oll", listed)
	d.number(" omem", replyMemory-firstMemory)
	d.number(" tot-mem", c.weight.bytes.Load()+int64(argumentBytes))
	d.text(" events", events)
	d.text(" cmd", command)
	d.text(" user", c.session.user)
	d.number(" redir", c.redirection())
	d.number(" resp", int64(c.proto()))
	d.text(" lib-name", c.session.libName)
	d.text(" lib-ver", c.session.libVersion)
	return d
}

// description is a line of name=value fields.
type description []byte

func (d *description) text(name, value string) {
	*d = append(append(append(*d, name...), '='), value...)
}

func (d *description) number(name string, value int64) {
	*d = strconv.AppendInt(append(append(*d, name...), '='), value, 10)
}

// flags are the letters that CLIENT LIST shows.
func (c *client) flags() string {
	var flags [16]byte
	letters := flags[:0]
	if c.session.replica != nil {
		letters = append(letters, 'S')
	}
	if c.session.monitor {
		letters = append(letters, 'O')
	}
	if c.subscribed() {
		letters = append(letters, 'P')
	}
	if c.inTransaction() {
		letters = append(letters, 'x')
	}
	if c.traffic.paused.Load() || c.traffic.blocked.Load() {
		letters = append(letters, 'b')
	}
	if t := c.tracker; t != nil {
		letters = t.appendLetters(letters)
	}
	if c.transaction != nil && c.transaction.watcher.Dirty() {
		letters = append(letters, 'd')
	}
	if c.conn.Unix() {
		letters = append(letters, 'U')
	}
	if c.session.noEvict {
		letters = append(letters, 'e')
	}
	if c.session.noTouch {
		letters = append(letters, 'T')
	}
	if len(letters) == 0 {
		return "N"
	}
	return string(letters)
}

// proto is the protocol the client speaks: 2 or 3.
func (c *client) proto() int { return c.reply.Proto() }
