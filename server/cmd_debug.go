package server

import (
	"fmt"
	"math"
	"time"

	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/process"
)

// debugRows are DEBUG, whose subcommands have no rows in Redis either.
func (s *Server) debugRows() []commands.Row {
	return []commands.Row{
		{
			Name: "debug", Arity: -2, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale | commands.FlagProtected | commands.FlagSystem,
			Group: "server", Since: "1.0.0",
			Summary:    "Serves tests and the search for faults.",
			Complexity: "Depends on subcommand.",
			Exclusive:  true,
			Handler:    s.cmdDebug,
		},
	}
}

// debugWord is one subcommand: how many words it takes, DEBUG and its name among them, and its lines of HELP, those of Redis.
type debugWord struct {
	name        string
	least, most int
	run         func(s *Server, c *commands.Call)
	help        []string
}

// debugWords are what there is of DEBUG, in the order of HELP.
var debugWords = [...]debugWord{
	{"AOF-FLUSH-SLEEP", 3, 3, (*Server).debugFlushSleep, []string{
		"AOF-FLUSH-SLEEP <microsec>",
		"    Server will sleep before flushing the AOF, this is used for testing.",
	}},
	{"CHANGE-REPL-ID", 2, 2, (*Server).debugChangeID, []string{
		"CHANGE-REPL-ID",
		"    Change the replication IDs of the instance.",
		"    Dangerous: should be used only for testing the replication subsystem.",
	}},
	{"CONFIG-REWRITE-FORCE-ALL", 2, 2, (*Server).debugRewrite, []string{
		"CONFIG-REWRITE-FORCE-ALL",
		"    Like CONFIG REWRITE but writes all configuration options, including",
		"    keywords not listed in original configuration file or default values.",
	}},
	{"DIGEST", 2, 2, (*Server).debugDigest, []string{
		"DIGEST",
		"    Output a hex signature representing the current DB content.",
	}},
	{"DIGEST-VALUE", 2, math.MaxInt, (*Server).debugDigestValue, []string{
		"DIGEST-VALUE <key> [<key> ...]",
		"    Output a hex signature of the values of all the specified keys.",
	}},
	{"ERROR", 3, 3, (*Server).debugError, []string{
		"ERROR <string>",
		"    Return a Redis protocol error with <string> as message. Useful for clients",
		"    unit tests to simulate Redis errors.",
	}},
	{"IN-PLACE", 3, 3, (*Server).debugInPlace, []string{
		"IN-PLACE <looks>",
		"    How many entries a command may look at on its event loop: what looks at",
		"    more is answered from a view, elsewhere. 0 restores the default, -1 has",
		"    every command answered elsewhere that can be.",
	}},
	{"LOADAOF", 2, 2, (*Server).debugLoadLog, []string{
		"LOADAOF",
		"    Flush the AOF buffers on disk and reload the AOF in memory.",
	}},
	{"LOG", 3, 3, (*Server).debugLog, []string{
		"LOG <message>",
		"    Write <message> to the server log.",
	}},
	{"RELOAD", 2, math.MaxInt, (*Server).debugReload, []string{
		"RELOAD [option ...]",
		"    Save the RDB on disk and reload it back to memory. Valid <option> values:",
		"    * MERGE: conflicting keys will be loaded from RDB.",
		"    * NOFLUSH: the existing database will not be removed before load, but",
		"      conflicting keys will generate an exception and kill the server.",
		"    * NOSAVE: the database will be loaded from an existing RDB file.",
		"    Examples:",
		"    * DEBUG RELOAD: verify that the server is able to persist, flush and reload",
		"      the database.",
		"    * DEBUG RELOAD NOSAVE: replace the current database with the contents of an",
		"      existing RDB file.",
		"    * DEBUG RELOAD NOSAVE NOFLUSH MERGE: add the contents of an existing RDB",
		"      file to the database.",
	}},
	{"REPLICATE", 3, math.MaxInt, (*Server).debugReplicate, []string{
		"REPLICATE <string>",
		"    Replicates the provided string to replicas, allowing data divergence.",
	}},
	{"OBJECT", 3, 3, (*Server).debugObject, []string{
		"OBJECT <key>",
		"    Show low level info about `key` and associated value.",
	}},
	{"PANIC", 2, 2, (*Server).debugPanic, []string{
		"PANIC",
		"    Crash the server simulating a panic.",
	}},
	{"POPULATE", 3, 5, (*Server).debugPopulate, []string{
		"POPULATE <count> [<prefix>] [<size>]",
		"    Create <count> string keys named key:<num>. If <prefix> is specified then",
		"    it is used instead of the 'key' prefix. These are not propagated to",
		"    replicas. Cluster slots are not respected so keys not belonging to the",
		"    current node can be created in cluster mode.",
	}},
	{"PROTOCOL", 3, 3, (*Server).debugProtocol, []string{
		"PROTOCOL <type>",
		"    Reply with a test value of the specified type. <type> can be: string,",
		"    integer, double, bignum, null, array, set, map, attrib, push, verbatim,",
		"    true, false.",
	}},
	{"SEGFAULT", 2, 2, (*Server).debugCrash, []string{
		"SEGFAULT",
		"    Crash the server with sigsegv.",
	}},
	{"SET-ACTIVE-EXPIRE", 3, 3, (*Server).debugActiveExpire, []string{
		"SET-ACTIVE-EXPIRE <0|1>",
		"    Setting it to 0 disables expiring keys in background when they are not",
		"    accessed (otherwise the Redis behavior). Setting it to 1 reenables back the",
		"    default.",
	}},
	{"QUICKLIST-PACKED-THRESHOLD", 3, 3, (*Server).debugPackedThreshold, []string{
		"QUICKLIST-PACKED-THRESHOLD <size>",
		"    Sets the threshold for elements to be inserted as plain vs packed nodes",
		"    Default value is 1GB, allows values up to 4GB. Setting to 0 restores to default.",
	}},
	{"SET-SKIP-CHECKSUM-VALIDATION", 3, 3, (*Server).debugSkipChecksum, []string{
		"SET-SKIP-CHECKSUM-VALIDATION <0|1>",
		"    Enables or disables checksum checks for RDB files and RESTORE's payload.",
	}},
	{"SET-DISABLE-DENY-SCRIPTS", 3, 3, (*Server).debugDenyScripts, nil},
	{"SLEEP", 3, 3, (*Server).debugSleep, []string{
		"SLEEP <seconds>",
		"    Stop the server for <seconds>. Decimals allowed.",
	}},
	{"STRINGMATCH-TEST", 2, 2, (*Server).debugMatch, []string{
		"STRINGMATCH-TEST",
		"    Run a fuzz tester against the stringmatchlen() function.",
	}},
	{"CLIENT-EVICTION", 2, 2, (*Server).debugClientEviction, []string{
		"CLIENT-EVICTION",
		"    Show low level client eviction pools info (maxmemory-clients).",
	}},
	{"PAUSE-CRON", 3, 3, (*Server).debugPauseCron, []string{
		"PAUSE-CRON <0|1>",
		"    Stop periodic cron job processing.",
	}},
	{"REPLYBUFFER", 4, 4, (*Server).debugReplyBuffer, []string{
		"REPLYBUFFER PEAK-RESET-TIME <NEVER||RESET|time>",
		"    Sets the time (in milliseconds) to wait between client reply buffer peak resets.",
		"    In case NEVER is provided the last observed peak will never be reset",
		"    In case RESET is provided the peak reset time will be restored to the default value",
		"REPLYBUFFER RESIZING <0|1>",
		"    Enable or disable the reply buffer resize cron job",
	}},
	{"VIEW", 3, 3, (*Server).debugView, []string{
		"VIEW <milliseconds>",
		"    Open a view of all databases, as a save does, and read it for that long.",
		"    The answer doesn't wait for it.",
	}},
}

// cmdDebug answers DEBUG subcommand ....
func (s *Server) cmdDebug(c *commands.Call) {
	if len(c.Args) == 2 && commands.IsWord(c.Args[1], "HELP") {
		var lines []string
		for _, word := range debugWords {
			lines = append(lines, word.help...)
		}
		c.Help(lines...)
		return
	}
	for i := range debugWords {
		word := &debugWords[i]
		if word.least <= len(c.Args) && len(c.Args) <= word.most && commands.IsWord(c.Args[1], word.name) {
			word.run(s, c)
			return
		}
	}
	c.UnknownSubcommand()
}

func (s *Server) debugChangeID(c *commands.Call) {
	s.log.Warning("Changing replication IDs after receiving DEBUG change-repl-id")
	s.identity.replicationID = randomHex(20)
	c.Reply.OK()
}

func (s *Server) debugRewrite(c *commands.Call) {
	clientOf(c).goElsewhere(func(c *commands.Call) {
		if err := s.config.RewriteAll(); err != nil {
			c.Errorf("ERR CONFIG-REWRITE-FORCE-ALL failed: %s", err)
			return
		}
		c.Reply.OK()
	})
}

// debugError replies with an error as it is: not counted as one, and not looked at for a minus of its own.
func (s *Server) debugError(c *commands.Call) { c.Reply.Error("-" + string(c.Args[2])) }

func (s *Server) debugLog(c *commands.Call) {
	s.log.Warning("DEBUG LOG: %s", cString(c.Args[2], math.MaxInt))
	c.Reply.OK()
}

func (s *Server) debugPanic(c *commands.Call) {
	panic(fmt.Sprintf("DEBUG PANIC called at Unix time %d", c.NowMs/1000))
}

// debugCrash answers DEBUG SEGFAULT, if at all.
func (s *Server) debugCrash(c *commands.Call) {
	if err := process.Crash(); err != nil {
		c.Errorf("ERR %s", err)
		return
	}
	c.Reply.OK()
}

// debugReplicate passes words on as if they had been propagated, in whichever database was the last.
func (s *Server) debugReplicate(c *commands.Call) {
	s.sequence.pass(operation{database: sameDatabase, words: c.Args[2:], forced: true})
	c.Reply.OK()
}

func (s *Server) debugActiveExpire(c *commands.Call) {
	s.expired.lazyOnly.Store(leadingInt(c.Args[2]) == 0)
	c.Reply.OK()
}

// debugPauseCron answers DEBUG PAUSE-CRON 0|1: while it is paused no samples are taken for the rates and the clients' figures of INFO, and a
// signal that asks for the end waits.
func (s *Server) debugPauseCron(c *commands.Call) {
	paused := leadingInt(c.Args[2]) != 0
	s.rates.paused.Store(paused)
	if !paused && s.asked.CompareAndSwap(true, false) {
		s.endSoon()
	}
	c.Reply.OK()
}

const errPackedThreshold = "ERR argument must be a memory value bigger than 1 and smaller than 4gb"

// debugPackedThreshold answers DEBUG QUICKLIST-PACKED-THRESHOLD size. How lists lie here depends on bytes alone, so that there is nothing
// to set.
func (s *Server) debugPackedThreshold(c *commands.Call) {
	const most = 1<<32 - 1<<20
	size, ok := leadingMemory(cString(c.Args[2], math.MaxInt))
	if !ok || size > most {
		c.Error(errPackedThreshold)
		return
	}
	c.Reply.OK()
}

// debugReplyBuffer answers DEBUG REPLYBUFFER PEAK-RESET-TIME time and RESIZING 0|1. Replies lie in buffers that are given back at once, so
// that there is no peak to forget.
func (s *Server) debugReplyBuffer(c *commands.Call) {
	switch {
	case commands.IsWord(c.Args[2], "PEAK-RESET-TIME"):
		word := c.Args[3]
		if _, ok := commands.ParseInt(word); !ok && !commands.IsWord(word, "NEVER") && !commands.IsWord(word, "RESET") {
			c.Error(commands.ErrNotInteger)
			return
		}
	case !commands.IsWord(c.Args[2], "RESIZING"):
		c.UnknownSubcommand()
		return
	}
	c.Reply.OK()
}

// debugSleep stops the whole store for a number of seconds, while loops go on serving their sockets.
func (s *Server) debugSleep(c *commands.Call) {
	seconds := leadingFloat(c.Args[2])
	clientOf(c).goElsewhere(func(c *commands.Call) {
		timer := time.NewTimer(time.Duration(min(max(seconds, 0), maxSleepSeconds) * float64(time.Second)))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.quit:
		}
		c.Reply.OK()
	})
}

// maxSleepSeconds is a hundred years.
const maxSleepSeconds = 100 * 365 * 24 * 3600

// debugInPlace answers DEBUG IN-PLACE looks.
func (s *Server) debugInPlace(c *commands.Call) {
	s.inPlace = leadingInt(c.Args[2])
	if s.inPlace == 0 {
		s.inPlace = inPlaceLooks
	}
	c.Reply.OK()
}

// debugDenyScripts answers DEBUG SET-DISABLE-DENY-SCRIPTS 0|1: with 1 scripts may run what they may not.
func (s *Server) debugDenyScripts(c *commands.Call) {
	s.scripts.unguarded = string(c.Args[2]) != "0"
	c.Reply.OK()
}
