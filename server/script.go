package server

import (
	"errors"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cinnabar-db/cinnabar/scripting"
	"github.com/cinnabar-db/cinnabar/scripting/lua51"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/oplog"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// scripts is what the server keeps to run scripts and functions. It belongs to the section, but for busy and turn.
type scripts struct {
	// eval is EVAL's machine, made at the first need.
	eval *scripting.Scripts
	// running is the run that goes on, nil mostly; host is used again for each.
	running *scriptRun
	host    scriptRun
	strand  strand
	// evaluation is the call of EVAL that goes on.
	evaluation evaluation
	// unguarded lets scripts call what they may not: DEBUG SET-DISABLE-DENY-SCRIPTS.
	unguarded bool
	// busy is set while a script has run for longer than busy-reply-threshold; who then holds turn may look at the session of clients and answer
	// commands that are allowed meanwhile (script_busy.go).
	busy atomic.Bool
	turn sync.Mutex
}

// scriptRun is one run of a script or function: the world as it sees it (scripting.Host).
type scriptRun struct {
	server *Server
	client *client
	// outer is the call of EVAL or FCALL, call runs the script's commands, one after the other.
	outer *commands.Call
	call  commands.Call
	reply resp.Writer
	room  replyRoom
	asked scriptRequest
	// began is when it began, now when its last command ended: readings of the server's clock.
	began, now time.Duration
	// restAt is when it is to let others have something done again.
	restAt time.Duration
	// wrote is set by its first writing command, killed by SCRIPT KILL and FUNCTION KILL.
	wrote, killed bool
	// short is set where memory was short when it began; problem is with what a command panicked.
	short   bool
	problem any
}

// scriptRequest is what is known of a script or function before it runs.
type scriptRequest struct {
	// name is the SHA-1 or the function's name.
	name     string
	flags    scripting.Flags
	readOnly bool
	// function: it was called by FCALL.
	function bool
}

// replyRoom is where the reply of a script's command is put together in one piece if it lies in several.
type replyRoom struct {
	pieces [][]byte
	joined []byte
}

// keptReplyBytes is how much room for replies is kept.
const keptReplyBytes = 64 << 10

// The errors of scripts, in Redis's words.
const (
	errNoScript       = "NOSCRIPT No matching script. Please use EVAL."
	errBusyScript     = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
	errBusyFunction   = "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE."
	errScriptUnknown  = "ERR Unknown Redis command called from script"
	errScriptArgs     = "ERR Wrong number of args calling Redis command from script"
	errScriptDenied   = "ERR This Redis command is not allowed from script"
	errScriptReadOnly = "ERR Write commands are not allowed from read-only scripts."
	errScriptWrites   = "ERR Can not execute a script with write flag using *_ro command."
	errScriptOOM      = "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'"
)

var (
	errScriptKilled = errors.New("Script killed by user with SCRIPT KILL...")
	errScriptEnded  = errors.New("the script was ended")
)

// evaluator is EVAL's machine. In the section.
func (s *Server) evaluator() *scripting.Scripts {
	if s.scripts.eval == nil {
		s.scripts.eval = scripting.NewScripts(s.scriptOptions())
	}
	return s.scripts.eval
}

// scriptOptions are what machines are told of the server: what the store takes isn't a script's own memory.
func (s *Server) scriptOptions() scripting.Options {
	levels := [...]oplog.Level{oplog.LevelDebug, oplog.LevelVerbose, oplog.LevelNotice, oplog.LevelWarning}
	return scripting.Options{
		Version: redisVersion,
		Log:     func(level scripting.LogLevel, text string) { s.log.Raw(levels[level], text) },
		Lua:     lua51.Options{HostBytes: s.usedMemory},
	}
}

// mayRun applies the checks before a script, or function, that says what it does, in the order of scriptPrepareForRun of Redis 7.0.15; the error
// has been replied if it may not be run. Of one that says nothing each command is asked. short is set where memory is.
func (s *Server) mayRun(c *commands.Call, asked scriptRequest, short bool) bool {
	if asked.flags&scripting.Undeclared != 0 {
		return true
	}
	if asked.flags.Writes() {
		switch refusal := s.refusesWrites(); {
		case refusal != "":
			c.Error(refusal)
			return false
		case asked.readOnly:
			c.Error(errScriptWrites)
			return false
		case s.settings.Load().wantsReplicas:
			c.Error(errNoReplicas)
			return false
		}
	}
	if asked.flags&(scripting.AllowOOM|scripting.NoWrites) == 0 && short {
		c.Error(errScriptOOM)
		return false
	}
	return true
}

// runScript runs a script or function that c has called, on the strand: run is given the host. In the section.
func (s *Server) runScript(c *commands.Call, asked scriptRequest, run func(*scriptRun)) {
	cl, h := clientOf(c), &s.scripts.host
	h.short = s.outOfMemory()
	if !s.mayRun(c, asked, h.short) {
		return
	}
	h.server, h.client, h.outer, h.asked = s, cl, c, asked
	h.asked.readOnly = asked.readOnly || asked.flags&(scripting.Undeclared|scripting.NoWrites) == scripting.NoWrites
	h.wrote, h.killed, h.problem = false, false, nil
	h.call.Reply, h.call.Client, h.call.Keys, h.call.Scripted = &h.reply, cl, c.Keys, true
	h.reply.SetProto(2)
	h.began = s.clock.mono()
	h.now, h.restAt = h.began, s.scripts.strand.began+strandPatience
	database, open := cl.session.database, s.sequence.open
	cl.script, s.scripts.running, s.sequence.open = h, h, true
	defer func() {
		cl.script, s.scripts.running, s.sequence.open = nil, nil, open
		cl.session.database = database
		s.sequence.withheld = 0
		h.end()
		s.sequence.end(false)
		s.endBusy()
	}()
	run(h)
}

// end lets go of what the run has left behind.
func (h *scriptRun) end() {
	h.call.End()
	h.reply.Reset()
	clear(h.room.pieces)
	if cap(h.room.joined) > keptReplyBytes {
		h.room.joined = nil
	}
	if cl := h.client; h.problem != nil {
		cl.session.killed = true
		cl.loop.post(func() { cl.loop.close(cl) })
	}
	if h.server.stopped.Load() {
		h.server.sequence.forget() // it was broken off by the end of the server, which has ended the log
	}
	h.client, h.outer = nil, nil
}

// Call implements scripting.Host.
func (h *scriptRun) Call(words [][]byte) []byte {
	s := h.server
	h.reply.Rewind()
	if h.problem != nil || h.now >= h.restAt && h.rest(h.now) != nil {
		return nil
	}
	command := s.table.Find(words)
	if text := h.objection(command, words); text != "" {
		s.errors.count(text)
		h.client.loop.stats.rejected(command)
		h.reply.Error(text)
		return h.whole()
	}
	h.wrote = h.wrote || command.Flags&commands.FlagWrite != 0
	from := len(s.sequence.unit)
	h.call.Begin(command, words, h.outer.NowMs)
	h.call.NoTouch = h.client.session.noTouch
	s.tellCall(&h.call)
	if !h.handle(command) {
		return nil
	}
	h.now = h.client.loop.accountCall(h.client, &h.call, h.now)
	s.sequence.own(from)
	return h.whole()
}

// handle runs the handler; false means that it panicked before it changed anything, which ends the script and costs the client its connection. It
// must not get as far as the script, which could catch it.
func (h *scriptRun) handle(command *commands.Command) (ok bool) {
	defer func() {
		if problem := recover(); problem != nil {
			h.server.reportFailure(h.client, &h.call, problem)
			h.problem = problem
		}
	}()
	command.Handler(&h.call)
	return true
}

// objection is why a command may not be run by the script, in the order of scriptCall of Redis 7.0.15; "" if it may.
func (h *scriptRun) objection(command *commands.Command, words [][]byte) string {
	s := h.server
	switch {
	case command == nil:
		return errScriptUnknown
	case !command.Fits(words):
		return errScriptArgs
	case command.Flags&commands.FlagNoScript != 0 && !s.scripts.unguarded:
		return errScriptDenied
	case h.asked.readOnly && command.Flags&(commands.FlagWrite|commands.FlagMayReplicate) != 0:
		return errScriptReadOnly
	case h.wrote: // what has begun to write isn't stopped half-way
		return ""
	}
	if command.Flags&commands.FlagWrite != 0 {
		if refusal := s.refusesWrites(); refusal != "" {
			return refusal
		}
		if s.settings.Load().wantsReplicas {
			return errNoReplicas
		}
	}
	if h.short && command.Flags&commands.FlagDenyOOM != 0 && (h.asked.flags&scripting.AllowOOM == 0 || h.asked.flags&scripting.Undeclared != 0) {
		return errOOM
	}
	return ""
}

// whole is the reply in one piece.
func (h *scriptRun) whole() []byte {
	h.room.pieces = h.reply.Segments(h.room.pieces[:0], math.MaxInt)
	if len(h.room.pieces) == 1 {
		return h.room.pieces[0]
	}
	h.room.joined = h.room.joined[:0]
	for _, piece := range h.room.pieces {
		h.room.joined = append(h.room.joined, piece...)
	}
	return h.room.joined
}

// SetProtocol implements scripting.Host.
func (h *scriptRun) SetProtocol(version int) { h.reply.SetProto(version) }

// SetReplication implements scripting.Host.
func (h *scriptRun) SetReplication(to scripting.Replication) {
	h.server.sequence.withheld = scripting.ReplicateAll &^ to
}

// Allows implements scripting.Host: the one user there is may do everything.
func (h *scriptRun) Allows(words [][]byte) (allowed, known bool) {
	return true, h.server.table.Find(words) != nil
}

// Failed implements scripting.Host.
func (h *scriptRun) Failed(text string, counted bool) {
	if counted { // as in Redis each of them makes the script one that has failed, once more
		h.client.loop.stats.commands[h.outer.Cmd.ID].failed++
		return
	}
	h.outer.Outcome.Failed = true
	h.server.errors.count(text)
}

// Interrupted implements scripting.Host.
func (h *scriptRun) Interrupted() error {
	if h.problem != nil || h.server.stopped.Load() {
		return errScriptEnded
	}
	return h.rest(h.server.clock.mono())
}

// rest lets others have something done, if it is time for that, and tells whether the script has been ended meanwhile.
func (h *scriptRun) rest(now time.Duration) error {
	s := h.server
	switch {
	case h.killed:
		return errScriptKilled
	case now < h.restAt:
		return nil
	case s.scripts.strand.long:
		runtime.Gosched()
		s.beBusy(h, now)
	default:
		s.scripts.strand.giveUp()
	}
	h.restAt = now + restEvery
	if s.stopped.Load() {
		return errScriptEnded
	}
	if h.killed {
		s.log.Warning("Lua script killed by user with SCRIPT KILL.")
		return errScriptKilled
	}
	return nil
}

// bytes is about what the scripts of EVAL take.
func (sc *scripts) bytes() int64 {
	if sc.eval == nil {
		return 0
	}
	return sc.eval.Bytes()
}

// infoScripts writes what scripts and functions take: what the Lua states take, of which little is known, and the texts.
func (s *Server) infoScripts(w *infoWriter) {
	var machine, count int64
	if eval := s.scripts.eval; eval != nil {
		machine, count = eval.Machine().Bytes(), int64(eval.Len())
	}
	scripts, libraries := s.scripts.bytes(), s.libraries.Bytes()
	countLibraries, countFunctions := s.libraries.Counts()
	w.numbers(machine, "used_memory_lua", "used_memory_vm_eval")
	w.human("used_memory_lua", machine)
	w.number("used_memory_scripts_eval", scripts)
	w.number("number_of_cached_scripts", count)
	w.number("number_of_functions", int64(countFunctions))
	w.number("number_of_libraries", int64(countLibraries))
	w.number("used_memory_vm_functions", s.libraries.StateBytes())
	w.bytes("used_memory_vm_total", machine+s.libraries.StateBytes())
	w.number("used_memory_functions", libraries)
	w.bytes("used_memory_scripts", scripts+libraries)
}
