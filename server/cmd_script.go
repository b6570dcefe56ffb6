package server

import (
	"github.com/cinnabar-db/cinnabar/scripting"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// scriptRows are EVAL and its kin.
func (s *Server) scriptRows() []commands.Row {
	const (
		reads  = commands.FlagReadonly
		writes = commands.FlagMayReplicate
		flags  = commands.FlagNoScript | commands.FlagStale | commands.FlagSkipMonitor | commands.FlagNoMandatoryKeys
		note   = "We cannot tell how the keys will be used so we assume the worst, "
		cost   = "Depends on the script that is executed."
	)
	keys := func(flags commands.KeyFlag, notes string) []commands.KeySpec {
		return []commands.KeySpec{{Begin: commands.AtIndex(2), Find: commands.KeyNum(0, 1, 1), Flags: flags, Notes: notes}}
	}
	row := func(name, since string, more commands.Flag, specs []commands.KeySpec, summary, word string, handler commands.Handler) commands.Row {
		return commands.Row{
			Name: name, Arity: -3, Flags: flags | more, Keys: specs, KeysFunc: commands.KeysByCount(0, 2, 3), ACL: commands.ACLScripting,
			Group: "scripting", Since: since, Summary: summary, Complexity: cost, Syntax: word + ` numkeys:integer [key:key(0)...] [arg...]`,
			Exclusive: true, Handler: handler,
		}
	}
	const (
		any    = commands.KeyRW | commands.KeyAccess | commands.KeyUpdate
		access = commands.KeyRO | commands.KeyAccess
	)
	return []commands.Row{
		row("eval", "2.6.0", writes, keys(any, note+"RW and UPDATE"), "Runs a Lua script.", "script", func(c *commands.Call) { s.cmdEval(c, false) }),
		row("eval_ro", "7.0.0", reads, keys(access, note+"RO and ACCESS"), "Runs a Lua script that only reads.", "script",
			func(c *commands.Call) { s.cmdEval(c, true) }),
		row("evalsha", "2.6.0", writes, keys(any, ""), "Runs a cached Lua script by its digest.", "sha1",
			func(c *commands.Call) { s.cmdEvalSHA(c, false) }),
		row("evalsha_ro", "7.0.0", reads, keys(access, ""), "Runs a cached Lua script that only reads, by its digest.", "sha1",
			func(c *commands.Call) { s.cmdEvalSHA(c, true) }),
		s.scriptContainer(),
	}
}

// scriptContainer is SCRIPT.
func (s *Server) scriptContainer() commands.Row {
	row := func(name, since string, arity int, flags commands.Flag, summary, cost, syntax string, handler commands.Handler, tips ...string) commands.Row {
		return commands.Row{
			Name: name, Arity: arity, Flags: flags, ACL: commands.ACLScripting, Group: "scripting", Since: since, Summary: summary,
			Complexity: cost, Syntax: syntax, Tips: tips, Exclusive: true, Handler: handler,
		}
	}
	flush := row("flush", "2.6.0", -2, commands.FlagNoScript, "Empties the cache of scripts.", "O(N) with N being the number of scripts in cache",
		`[async:<"ASYNC"|"SYNC">@6.2.0]`, s.cmdScriptFlush, "request_policy:all_nodes", "response_policy:all_succeeded")
	flush.History = []commands.Change{{Version: "6.2.0", What: "Added the `ASYNC` and `SYNC` flushing mode modifiers."}}
	help := row("help", "5.0.0", 2, commands.FlagLoading|commands.FlagStale, "Describes the subcommands.", "O(1)", "", cmdScriptHelp)
	help.Exclusive = false
	return commands.Row{
		Name: "script", Arity: -2, Group: "scripting", Since: "2.6.0",
		Summary:    "Shows and governs the cache of Lua scripts.",
		Complexity: "Depends on subcommand.",
		Subcommands: []commands.Row{
			row("debug", "3.2.0", 3, commands.FlagNoScript, "Sets the debugger's mode for scripts.", "O(1)", `mode:<"YES"|"SYNC"|"NO">`, cmdScriptDebug),
			row("exists", "2.6.0", -3, commands.FlagNoScript, "Tells which scripts are in the cache.",
				"O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation).", `sha1...`,
				s.cmdScriptExists, "request_policy:all_shards", "response_policy:agg_logical_and"),
			flush,
			help,
			row("kill", "2.6.0", 2, commands.FlagNoScript|commands.FlagAllowBusy, "Ends the script that is running.", "O(1)", "",
				func(c *commands.Call) { s.killScript(c, false) }, "request_policy:all_shards", "response_policy:one_succeeded"),
			row("load", "2.6.0", 3, commands.FlagNoScript|commands.FlagStale, "Puts a script into the cache.",
				"O(N) with N being the length in bytes of the script body.", `script`, s.cmdScriptLoad, "request_policy:all_nodes",
				"response_policy:all_succeeded"),
		},
	}
}

// cmdEval answers EVAL and EVAL_RO script numkeys [key ...] [arg ...].
func (s *Server) cmdEval(c *commands.Call, readOnly bool) {
	s.showLine(clientOf(c), c.ShownArgs())
	keys, ok := scriptKeys(c, commands.ErrNotInteger)
	if !ok {
		return
	}
	script, err := s.evaluator().Load(c.Args[1])
	if err != nil {
		c.Error("ERR " + err.Error())
		return
	}
	s.evaluate(c, script, keys, readOnly)
}

// cmdEvalSHA answers EVALSHA and EVALSHA_RO sha1 numkeys [key ...] [arg ...].
func (s *Server) cmdEvalSHA(c *commands.Call, readOnly bool) {
	s.showLine(clientOf(c), c.ShownArgs())
	if len(c.Args[1]) != shaDigits {
		c.Error(errNoScript)
		return
	}
	keys, ok := scriptKeys(c, commands.ErrNotInteger)
	if !ok {
		return
	}
	script := s.evaluator().Find(c.Args[1])
	if script == nil {
		c.Error(errNoScript)
		return
	}
	s.evaluate(c, script, keys, readOnly)
}

const shaDigits = 40

// scriptKeys reads how many keys there are; the error has been replied if that is wrong: errNumber if it is no number.
func scriptKeys(c *commands.Call, errNumber string) (count int, ok bool) {
	n, ok := commands.ParseInt(c.Args[2])
	switch {
	case !ok:
		c.Error(errNumber)
	case n > int64(len(c.Args)-3):
		c.Error("ERR Number of keys can't be greater than number of args")
	case n < 0:
		c.Error("ERR Number of keys can't be negative")
	default:
		return int(n), true
	}
	return 0, false
}

// evaluation is a call of EVAL, or of its kin, and what runs it: functions that are made once, so that a call allocates nothing for them.
type evaluation struct {
	script   *scripting.Script
	keys     int
	readOnly bool
	run      scripting.Run
	prepared func(*commands.Call)
	started  func(*scriptRun)
}

// evaluate runs a script, on the strand.
func (s *Server) evaluate(c *commands.Call, script *scripting.Script, keys int, readOnly bool) {
	e := &s.scripts.evaluation
	if e.prepared == nil {
		e.prepared, e.started = s.evaluateNow, s.evaluateStarted
	}
	e.script, e.keys, e.readOnly = script, keys, readOnly
	s.onStrand(c, e.prepared)
}

func (s *Server) evaluateNow(c *commands.Call) {
	e := &s.scripts.evaluation
	s.runScript(c, scriptRequest{name: e.script.SHA, flags: e.script.Flags, readOnly: e.readOnly}, e.started)
}

func (s *Server) evaluateStarted(h *scriptRun) {
	e, args := &s.scripts.evaluation, h.outer.Args[3:]
	e.run = scripting.Run{Host: h, Keys: args[:e.keys], Args: args[e.keys:], Reply: h.outer.Reply}
	s.scripts.eval.Run(e.script, &e.run)
	e.run = scripting.Run{}
}

// declaredFlags are the flags of EVAL, FCALL, or of their kin, with what the script or function says of itself, as COMMAND's table can't know them.
func (s *Server) declaredFlags(command *commands.Command, words [][]byte) commands.Flag {
	var flags scripting.Flags
	known := false
	switch command.Name {
	case "eval", "eval_ro":
		flags, known = s.scripts.flagsOf(words[1])
	case "fcall", "fcall_ro":
		if f := s.libraries.Find(words[1]); f != nil {
			flags, known = f.Flags, true
		}
	case "evalsha", "evalsha_ro":
		if eval := s.scripts.eval; eval != nil {
			if script := eval.Find(words[1]); script != nil {
				flags, known = script.Flags, true
			}
		}
	}
	if !known || flags&scripting.Undeclared != 0 {
		return command.Flags
	}
	return commandFlags(command.Flags, flags)
}

func (sc *scripts) flagsOf(body []byte) (flags scripting.Flags, known bool) {
	if sc.eval != nil {
		return sc.eval.FlagsOf(body)
	}
	flags, _, err := scripting.Shebang(body)
	return flags, err == nil
}

// commandFlags are those of a command that runs a script or function with the flags it has declared.
func commandFlags(flags commands.Flag, declared scripting.Flags) commands.Flag {
	flags &^= commands.FlagStale | commands.FlagDenyOOM | commands.FlagWrite | commands.FlagMayReplicate
	if declared&(scripting.AllowOOM|scripting.NoWrites) == 0 {
		flags |= commands.FlagDenyOOM
	}
	if declared.Writes() {
		flags |= commands.FlagWrite
	}
	if declared&scripting.AllowStale != 0 {
		flags |= commands.FlagStale
	}
	return flags
}

// cmdScriptLoad answers SCRIPT LOAD script.
func (s *Server) cmdScriptLoad(c *commands.Call) {
	script, err := s.evaluator().Load(c.Args[2])
	if err != nil {
		c.Error("ERR " + err.Error())
		return
	}
	c.Reply.BulkString(script.SHA)
}

// cmdScriptExists answers SCRIPT EXISTS sha1 ...
func (s *Server) cmdScriptExists(c *commands.Call) {
	c.Reply.Array(len(c.Args) - 2)
	for _, sha := range c.Args[2:] {
		if s.evaluator().Find(sha) != nil {
			c.Reply.Int(1)
		} else {
			c.Reply.Int(0)
		}
	}
}

// cmdScriptFlush answers SCRIPT FLUSH [ASYNC|SYNC]: the collector frees the scripts in any case.
func (s *Server) cmdScriptFlush(c *commands.Call) {
	if len(c.Args) > 3 || len(c.Args) == 3 && !commands.IsWord(c.Args[2], "ASYNC") && !commands.IsWord(c.Args[2], "SYNC") {
		c.Error("ERR SCRIPT FLUSH only support SYNC|ASYNC option")
		return
	}
	if s.scripts.eval != nil {
		s.scripts.eval.Flush()
	}
	c.Reply.OK()
}

// cmdScriptDebug answers SCRIPT DEBUG YES|SYNC|NO: there is no debugger, so that scripts run as ever.
func cmdScriptDebug(c *commands.Call) {
	switch {
	case clientOf(c).reply.Len() > 0:
		c.Error("ERR SCRIPT DEBUG must be called outside a pipeline")
	case commands.IsWord(c.Args[2], "NO"), commands.IsWord(c.Args[2], "YES"), commands.IsWord(c.Args[2], "SYNC"):
		c.Reply.OK()
	default:
		c.Error("ERR Use SCRIPT DEBUG YES/SYNC/NO")
	}
}

var scriptHelp = []string{
	"DEBUG (YES|SYNC|NO)",
	"    Set the debug mode for subsequent scripts executed.",
	"EXISTS <sha1> [<sha1> ...]",
	"    Return information about the existence of the scripts in the script cache.",
	"FLUSH [ASYNC|SYNC]",
	"    Flush the Lua scripts cache. Very dangerous on replicas.",
	"    When called without the optional mode argument, the behavior is determined by the",
	"    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
	"    * ASYNC: Asynchronously flush the scripts cache.",
	"    * SYNC: Synchronously flush the scripts cache.",
	"KILL",
	"    Kill the currently executing Lua script.",
	"LOAD <script>",
	"    Load a script into the scripts cache without executing it.",
}

func cmdScriptHelp(c *commands.Call) { c.Help(scriptHelp...) }
