package server

import (
	"fmt"
	"strings"
	"time"

	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

const (
	errNoAuth     = "NOAUTH Authentication required."
	errNoReplicas = "NOREPLICAS Not enough good replicas to write."
	// shownBytes bounds what an error repeats of an unknown command.
	shownBytes = 128
)

// verdict is what dispatch decides about a request.
type verdict uint8

const (
	verdictRun verdict = iota
	verdictRejected
	verdictPaused
	verdictQueued
)

// judge applies the checks that stand before every command, in the order of processCommand of Redis 7.0.15. A rejection has been
// replied. The caller holds the gate or the section, so that nothing that it decides by changes meanwhile.
func (s *Server) judge(c *client, r *request, nowMs int64) verdict {
	command := r.command
	switch {
	case command != nil && command.Flags&commands.FlagProtected == 0 && command.Fits(r.args) && s.nothingSpecial(c, r):
		return verdictRun
	case command == nil:
		s.reject(c, r, s.unknownText(r.args))
	case !command.Fits(r.args):
		s.reject(c, r, "ERR wrong number of arguments for '"+command.FullName()+"' command")
	case command.Flags&commands.FlagProtected != 0 && !s.allowsProtected(c, command):
		s.reject(c, r, protectedText(command))
	case s.authRequired(c) && command.Flags&commands.FlagNoAuth == 0:
		s.reject(c, r, errNoAuth)
	case c.inTransaction() && command.Flags&commands.FlagNoMulti != 0:
		s.reject(c, r, "ERR Command not allowed inside a transaction")
	case !s.scripts.busy.Load() && s.lacksMemory(c, r):
		s.reject(c, r, errOOM)
	case s.saves.trouble.Load() && (s.flagsOf(c, command, r.args)&commands.FlagWrite != 0 || command.Name == "ping") && s.refusesWrites() != "":
		s.reject(c, r, s.refusesWrites())
	case s.settings.Load().wantsReplicas && s.flagsOf(c, command, r.args)&commands.FlagWrite != 0:
		s.reject(c, r, errNoReplicas)
	case command.Flags&commands.FlagSubscriber == 0 && c.subscriber():
		s.reject(c, r, "ERR Can't execute '"+command.FullName()+"': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET "+
			"are allowed in this context")
	case s.loading.active && command.Flags&commands.FlagLoading == 0:
		s.reject(c, r, errLoading)
	case s.scripts.busy.Load() && command.Flags&commands.FlagAllowBusy == 0:
		s.reject(c, r, s.busyText())
	case c.follows() && s.flagsOf(c, command, r.args)&(commands.FlagWrite|commands.FlagReadonly|commands.FlagMayReplicate) != 0:
		s.reject(c, r, "ERR Replica can't interact with the keyspace")
	case !c.follows() && s.pause.holds(s.flagsOf(c, command, r.args), nowMs):
		return verdictPaused
	case c.queues(command):
		return verdictQueued
	default:
		return verdictRun
	}
	return verdictRejected
}

// nothingSpecial tells whether a client and the server are as they usually are, so that none of judge's checks but those of the command itself
// could object.
func (s *Server) nothingSpecial(c *client, r *request) bool {
	set := s.settings.Load()
	return c.session.authenticated && !c.inTransaction() && !c.follows() && s.pause.kind == pauseNone && !c.subscribed() &&
		!set.wantsReplicas && !s.loading.active && !s.saves.trouble.Load() && !s.scripts.busy.Load() &&
		(set.eviction.limit == 0 || !s.lacksMemory(c, r))
}

// reject replies with an error to a command that is not run. It spoils the transaction that it was meant for, and ends it if it is EXEC, which
// monitors are shown.
func (s *Server) reject(c *client, r *request, text string) {
	command := r.command
	if r.item != nil {
		s.rejectItem(c, r, text)
		return
	}
	if t := c.transaction; t != nil {
		t.queue.Break()
	}
	if command != nil && command.Name == "exec" {
		s.discard(c) // EXEC is judged in the section
		text = "EXECABORT Transaction discarded because of: " + strings.TrimPrefix(text, "ERR ")
		defer c.loop.takeInbox()
		defer s.showLine(c, r.args)
	}
	c.reply.Error(text)
	c.loop.stats.rejected(command)
	s.errors.count(text)
}

// unknownText is Redis's answer to a name, or a container's second word, that isn't in the table. As in Redis a word ends at its first
// zero byte.
func (s *Server) unknownText(args [][]byte) string {
	if s.table.Lookup(args[0]) != nil {
		return fmt.Sprintf("ERR unknown subcommand '%s'. Try %s HELP.", cString(args[1], shownBytes), strings.ToUpper(string(args[0])))
	}
	var shown []byte
	for _, arg := range args[1:] {
		if len(shown) >= shownBytes {
			break
		}
		shown = append(shown, '\'')
		shown = append(shown, cString(arg, shownBytes-len(shown)+1)...)
		shown = append(shown, "' "...)
	}
	return fmt.Sprintf("ERR unknown command '%s', with args beginning with: %s", cString(args[0], shownBytes), shown)
}

// cString is what C's "%.*s" prints of word.
func cString(word []byte, limit int) []byte {
	word = commands.UntilZero(word)
	return word[:min(len(word), limit)]
}

func protectedText(command *commands.Command) string {
	top := command.Top()
	return fmt.Sprintf("ERR %s command not allowed. If the enable-%s-command option is set to \"local\", you can run it from a local "+
		"connection, otherwise you need to set this option in the configuration file, and then restart the server.",
		strings.ToUpper(top.Name), top.Name)
}

// allowsProtected applies enable-debug-command and enable-module-command.
func (s *Server) allowsProtected(c *client, command *commands.Command) bool {
	top := command.Top()
	return s.config.Allowed("enable-"+top.Name+"-command", c.conn.Loopback() || c.conn.Unix())
}

// runOne answers one request under what is held and accounts for it.
func (b *batch) runOne(r *request) {
	s, c := b.loop.server, r.client
	if c.session.killed {
		b.loop.close(c)
		return
	}
	if r.item != nil && b.beginItem(r) {
		return
	}
	if r.command == nil && (r.problem != nil || len(r.args) == 0) {
		c.input.ran = r.end
		if r.problem != nil {
			b.loop.protocolError(c, r.problem)
		}
		return
	}
	if r.command == nil && isCrossProtocol(r.args[0]) {
		s.log.Warning("Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. This is "+
			"likely due to an attacker attempting to use Cross Protocol Scripting to compromise your Redis instance. Connection from %s "+
			"aborted.", c.conn.RemoteAddr())
		b.loop.close(c)
		return
	}
	nowMs := s.clock.wallMs(b.now)
	pending := c.reply.Len()
	c.beginReplies()
	c.session.last = r.command
	switch s.judge(c, r, nowMs) {
	case verdictPaused:
		s.pause.park(c)
		return
	case verdictQueued:
		c.transaction.add(r.command, r.args, s.flagsOf(c, r.command, r.args))
		c.reply.Status("QUEUED")
	case verdictRun:
		b.call(c, r, nowMs)
	}
	if places := c.marks.crowded; places != nil {
		c.marks.crowded = nil
		b.loop.stall(c)
		places.whenFree(func() { b.loop.post(func() { b.loop.resume(c) }) })
		return
	}
	if r.item == nil {
		c.input.ran = r.end
	} else if c.input.items.again {
		return
	} else {
		b.endItem(r)
		b.items.counters.Moved(0, c.reply.Len()-pending)
	}
	if c.tracker != nil {
		b.tracked(c, r.command)
	}
	if c.elsewhere != nil {
		b.handOver(c)
		return
	}
	if c.traffic.blocked.Load() {
		return
	}
	if b.loop.crowded != nil {
		b.loop.keepBack(c)
	}
	if b.hold == holdSection && s.appendLog.crowd.full.Load() {
		b.loop.keepForLog(c)
	}
	c.endReplies()
	if c.reply.Len() > pending {
		b.loop.gathered += c.reply.Len() - pending
		b.loop.touch(c)
		if c.reply.Len() >= writerFloorBytes {
			b.loop.checkReplyLimit(c)
			b.loop.weighNow(c)
		}
	} else if c.marks.finishing {
		b.loop.touch(c)
	}
}

// call runs the handler and tells its effects.
func (b *batch) call(c *client, r *request, nowMs int64) {
	call, command := &c.call, r.command
	call.Begin(command, r.args, nowMs)
	call.NoTouch = c.session.noTouch
	b.loop.server.tellCall(call)
	command.Handler(call)
	switch {
	case r.item != nil && c.input.items.again: // in the section
		call.End()
	case c.marks.crowded != nil: // it will be run again
		b.loop.server.observe(call)
		call.End()
	case c.elsewhere != nil && c.elsewhere.inSection(): // all of it is told when the rest is done
	case c.elsewhere != nil: // the rest changes nothing: what looking keys up did is told now, since its words lie in the client's input
		b.loop.server.observe(call)
		if c.elsewhere.derivation == nil {
			b.loop.server.show(call)
		}
	case c.traffic.blocked.Load(): // accounted for when it is answered
		b.loop.server.observe(call)
		b.loop.server.show(call)
		call.End()
	default:
		b.now = b.loop.account(c, b.now)
		call.End()
	}
	b.loop.takeInbox()
}

// tellCall tells a call what others want to know of it.
func (s *Server) tellCall(call *commands.Call) {
	call.Observed, call.Untold = len(s.sequence.sinks) > 0, ^s.settings.Load().events
}

// account tells what a command that began then has done, and how long it took; in the gate or section that ran it. It returns the time.
func (l *loop) account(c *client, began time.Duration) (now time.Duration) {
	return l.accountCall(c, &c.call, began)
}

// accountCall is account for a call that may be one of a transaction.
func (l *loop) accountCall(c *client, call *commands.Call, began time.Duration) (now time.Duration) {
	l.server.observe(call)
	l.server.show(call)
	if len(l.server.waiting.ready) > 0 && !l.server.sequence.open {
		l.server.serveBlocked()
	}
	now = l.server.clock.mono()
	l.accountTime(c, call, now-began)
	return now
}

// accountTime notes how long a command took and what it met.
func (l *loop) accountTime(c *client, call *commands.Call, took time.Duration) {
	s := l.server
	set := s.settings.Load()
	l.stats.ran(call.Cmd, took, &call.Outcome, set.trackLatency)
	if call.Outcome.Failed && call.Outcome.FirstError != "" {
		s.errors.count(call.Outcome.FirstError)
	}
	if took >= set.slow.least {
		s.noteSlow(c, call, took, set.slow, call.NowMs)
	}
}

// slowLimits are the times from which commands are noted in the slow log and by the latency monitor; least is the smaller of both.
type slowLimits struct {
	least, log, latency time.Duration
}

// protocolError answers bytes that aren't a command and ends the connection.
func (l *loop) protocolError(c *client, problem *resp.ProtocolError) {
	l.server.log.Verbose("Protocol error (%s) from client: %s. Query buffer during protocol error: %q", problem.Log, c.describe(),
		c.input.bytes[c.input.ran:min(len(c.input.bytes), c.input.ran+shownBytes)])
	c.reply.Raw([]byte(problem.Reply()))
	l.server.errors.count("ERR Protocol error")
	c.marks.finishing = true
	l.touch(c)
}

func isCrossProtocol(name []byte) bool {
	return commands.IsWord(name, "POST") || commands.IsWord(name, "HOST:")
}

// beginReplies and endReplies apply CLIENT REPLY around a command.
func (c *client) beginReplies() {
	if c.session.replies != repliesOn {
		c.reply.Mute(true)
	}
}

func (c *client) endReplies() {
	switch c.session.replies {
	case repliesSkip:
		c.session.replies = repliesOn
	case repliesSkipNext:
		c.session.replies = repliesSkip
	}
	if c.session.replies == repliesOn {
		c.reply.Mute(false)
	}
}
