package server

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// monitors are the clients that sent MONITOR: each is sent a line for every command that is run, as call of Redis 7.0.15 does it, behind
// the command and its keyspace events. Commands for administrators aren't shown, nor those that were refused; one that waits is shown when it
// begins to, those of a transaction when EXEC runs them, and then EXEC.
//
// # Order
//
// All monitors get the same lines in the same order, and it is one in which the commands took effect. A write's line is made in its section. A
// read's is made under the gate that it ran under, or had its view opened under, so that it stands between the same sections as the read;
// reads of several loops between two sections could have run in any order, and the lock makes one of it. Since a line is in the
// inboxes before its command is answered, what somebody sends who has read the answer stands behind it.
//
// A monitor's lines come through its loop's inbox like messages: behind the reply of its own command, and behind all the replies of its own
// transaction, where Redis puts them in between, inside the array.
//
// # Locks and costs
//
// The list changes in the section. The lock is held while a line is made and put into the inboxes, which is the time that reads of other loops
// wait; with nobody monitoring a command costs one load. A monitor that doesn't read keeps its lines in its replies until
// client-output-buffer-limit normal, and delays nobody.
type monitors struct {
	clients []*client
	mu      sync.Mutex
}

// monitorRows are MONITOR.
func (s *Server) monitorRows() []commands.Row {
	return []commands.Row{{
		Name: "monitor", Arity: 1, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
		Group: "server", Since: "1.0.0",
		Summary:   "Streams every command that the server runs.",
		Exclusive: true,
		Handler:   s.cmdMonitor,
	}}
}

// cmdMonitor answers MONITOR. As in Redis who is a monitor or a replica already gets no reply.
func (s *Server) cmdMonitor(c *commands.Call) {
	cl := clientOf(c)
	switch {
	case !c.Client.MayBlock():
		c.Error("ERR MONITOR isn't allowed for DENY BLOCKING client")
	case cl.follows():
	default:
		cl.session.monitor = true
		s.monitors.clients = append(s.monitors.clients, cl)
		c.Reply.OK()
	}
}

// follows tells whether the client is sent what others do, as a replica or a monitor: it may not touch keys and isn't kept by a pause.
func (c *client) follows() bool { return c.session.replica != nil || c.session.monitor }

// unmonitor ends what MONITOR began. In the section.
func (s *Server) unmonitor(c *client) {
	if c.session.monitor {
		s.monitors.clients = slices.DeleteFunc(s.monitors.clients, func(other *client) bool { return other == c })
	}
}

// show tells the monitors of a command that was run; right after its handler, in the gate or section that ran it.
func (s *Server) show(call *commands.Call) {
	if len(s.monitors.clients) > 0 && call.Cmd.Flags&(commands.FlagAdmin|commands.FlagSkipMonitor) == 0 {
		s.showLine(clientOf(call), call.ShownArgs())
	}
}

// showLine tells the monitors, if there are any, of words that a client has sent.
func (s *Server) showLine(c *client, words [][]byte) {
	m := &s.monitors
	if len(m.clients) == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	line := appendMonitorLine(nil, time.Now(), c, words)
	for _, monitor := range m.clients {
		delivery{client: monitor, bytes: line, line: true}.deliver()
	}
}

// appendMonitorLine appends a line: +seconds.microseconds [database address] "word" "word" ...
func appendMonitorLine(dst []byte, now time.Time, c *client, words [][]byte) []byte {
	addr := c.conn.RemoteAddr()
	switch {
	case c.script != nil:
		addr = "lua"
	case c.conn.Unix():
		addr = "unix:" + strings.TrimSuffix(addr, ":0")
	}
	size := len(addr) + lineBytes
	for _, word := range words {
		size += len(word) + len(` ""`)
	}
	dst = fmt.Appendf(slices.Grow(dst, size), "+%d.%06d [%d %s]", now.Unix(), now.Nanosecond()/int(time.Microsecond), c.session.database, addr)
	for _, word := range words {
		dst = conf.AppendQuoted(append(dst, ' '), word)
	}
	return append(dst, "\r\n"...)
}

// lineBytes is about what a line has beside words and address.
const lineBytes = 32
