package server

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/commands"
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

// debugHelp lists what there is of DEBUG.
var debugHelp = []string{
	"CHANGE-REPL-ID",
	"    Change the replication IDs of the instance.",
	"    Dangerous: should be used only for testing the replication subsystem.",
	"CONFIG-REWRITE-FORCE-ALL",
	"    Like CONFIG REWRITE but writes all configuration options, including",
	"    keywords not listed in original configuration file or default values.",
	"ERROR <string>",
	"    Return a Redis protocol error with <string> as message. Useful for clients",
	"    unit tests to simulate Redis errors.",
	"LOG <message>",
	"    Write <message> to the server log.",
	"PANIC",
	"    Crash the server simulating a panic.",
	"POPULATE <count> [<prefix>] [<size>]",
	"    Create <count> string keys named key:<num>. If <prefix> is specified then",
	"    it is used instead of the 'key' prefix. These are not propagated to",
	"    replicas. Cluster slots are not respected so keys not belonging to the",
	"    current node can be created in cluster mode.",
	"PROTOCOL <type>",
	"    Reply with a test value of the specified type. <type> can be: string,",
	"    integer, double, bignum, null, array, set, map, attrib, push, verbatim,",
	"    true, false.",
	"SET-ACTIVE-EXPIRE <0|1>",
	"    Setting it to 0 disables expiring keys in background when they are not",
	"    accessed (otherwise the Redis behavior). Setting it to 1 reenables back the",
	"    default.",
	"SLEEP <seconds>",
	"    Stop the server for <seconds>. Decimals allowed.",
	"VIEW <milliseconds>",
	"    Open a view of all databases, as a save does, and read it for that long.",
	"    The answer doesn't wait for it.",
}

// cmdDebug answers DEBUG subcommand ....
func (s *Server) cmdDebug(c *commands.Call) {
	is := func(name string, words int) bool { return len(c.Args) == words && commands.IsWord(c.Args[1], name) }
	switch {
	case is("HELP", 2):
		c.Help(debugHelp...)
	case is("PANIC", 2):
		panic(fmt.Sprintf("DEBUG PANIC called at Unix time %d", c.NowMs/1000))
	case is("LOG", 3):
		s.log.Warning("DEBUG LOG: %s", cString(c.Args[2], math.MaxInt))
		c.Reply.OK()
	case is("ERROR", 3):
		// As it is: not counted as an error, and not looked at for a minus of its own.
		c.Reply.Error("-" + string(c.Args[2]))
	case is("PROTOCOL", 3):
		replyProtocol(c, strings.ToLower(string(c.Args[2])))
	case is("SLEEP", 3):
		s.debugSleep(c)
	case is("POPULATE", 3), is("POPULATE", 4), is("POPULATE", 5):
		debugPopulate(c)
	case is("CONFIG-REWRITE-FORCE-ALL", 2):
		clientOf(c).goElsewhere(func(c *commands.Call) {
			if err := s.config.RewriteAll(); err != nil {
				c.Errorf("ERR CONFIG-REWRITE-FORCE-ALL failed: %s", err)
				return
			}
			c.Reply.OK()
		})
	case is("SET-ACTIVE-EXPIRE", 3):
		s.expired.lazyOnly.Store(leadingInt(c.Args[2]) == 0)
		c.Reply.OK()
	case is("VIEW", 3):
		s.debugView(c)
	case is("CHANGE-REPL-ID", 2):
		s.log.Warning("Changing replication IDs after receiving DEBUG change-repl-id")
		s.identity.replicationID = randomHex(20)
		c.Reply.OK()
	default:
		c.UnknownSubcommand()
	}
}

// leadingInt is C's atoi: the number that a word begins with, 0 where there is none.
func leadingInt(word []byte) int {
	text := strings.TrimLeft(string(word), " \t\n\v\f\r")
	end := 0
	for end < len(text) && ('0' <= text[end] && text[end] <= '9' || end == 0 && (text[0] == '-' || text[0] == '+')) {
		end++
	}
	n, err := strconv.Atoi(text[:end])
	if err != nil {
		return 0
	}
	return n
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

// debugView opens a view, which a goroutine of its own reads and then keeps open until its time is up or the server stops. In the section.
func (s *Server) debugView(c *commands.Call) {
	view, end := s.store.View(), time.Now().Add(time.Duration(min(max(leadingInt(c.Args[2]), 0), maxViewMs))*time.Millisecond)
	s.goRun(func() {
		defer view.Close()
		pause := time.NewTicker(viewPause)
		defer pause.Stop()
		index, from := 0, uint64(0)
		for index < s.store.Databases() && !s.stopped.Load() && time.Now().Before(end) {
			if from = view.DB(index).Scan(from, viewPiece, func([]byte, datatypes.Entry) {}); from == 0 {
				index++
			}
			<-pause.C
		}
		select {
		case <-time.After(time.Until(end)):
		case <-s.quit:
		}
	})
	c.Reply.OK()
}

const (
	// viewPiece is how many keys of a view are read at a time, some 50 us' worth, and viewPause the time between two: others may need
	// the processor.
	viewPiece = 200
	maxViewMs = 3600_000
	viewPause = 200 * time.Microsecond
)

// maxSleepSeconds is a hundred years.
const maxSleepSeconds = 100 * 365 * 24 * 3600

// leadingFloat is C's strtod: the longest beginning of a word that is a number, 0 where there is none.
func leadingFloat(word []byte) float64 {
	text := strings.TrimLeft(string(word[:min(len(word), 64)]), " \t\n\v\f\r")
	for end := len(text); end > 0; end-- {
		if f, err := strconv.ParseFloat(text[:end], 64); err == nil && f == f {
			return f
		}
	}
	return 0
}

const errNotPositive = "ERR value is out of range, must be positive"

// debugPopulate answers DEBUG POPULATE count [prefix [size]], in one hold of the section however many keys there are: elsewhere, and
// nobody is told of them.
func debugPopulate(c *commands.Call) {
	prefix, size := "key", int64(0)
	count, ok := commands.ParseInt(c.Args[2])
	if len(c.Args) > 3 {
		prefix = string(cString(c.Args[3], math.MaxInt))
	}
	if len(c.Args) > 4 && ok {
		size, ok = commands.ParseInt(c.Args[4])
	}
	if !ok || count < 0 || size < 0 || size > populateBytesMax {
		c.Error(errNotPositive)
		return
	}
	clientOf(c).goElsewhere(func(c *commands.Call) {
		edit := c.Edit()
		var found datatypes.Entry
		sized := make([]byte, size)
		for i := range count {
			key := fmt.Appendf(nil, "%s:%d", prefix, i)
			if c.Peek(&found, key) {
				continue
			}
			value := fmt.Appendf(nil, "value:%d", i)
			if size > 0 {
				copy(sized, value)
				value = sized
			}
			edit.SetString(key, value, datatypes.NoDeadline)
		}
		c.Reply.OK()
	})
}

// populateBytesMax is the largest value that DEBUG POPULATE makes.
const populateBytesMax = 512 << 20

const errProtocolType = "ERR Wrong protocol type name. Please use one of the following: " +
	"string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"

// replyProtocol answers DEBUG PROTOCOL type.
func replyProtocol(c *commands.Call, kind string) {
	r := c.Reply
	switch kind {
	case "string":
		r.BulkString("Hello World")
	case "integer":
		r.Int(12345)
	case "double":
		r.Double(3.141)
	case "bignum":
		r.BigNumber("1234567999999999999999999999999999999")
	case "null":
		r.Null()
	case "array":
		r.Array(3)
		replyCount(c, 3)
	case "set":
		r.Set(3)
		replyCount(c, 3)
	case "map":
		r.Map(3)
		for i := range int64(3) {
			r.Int(i)
			r.Bool(i == 1)
		}
	case "attrib":
		if r.Proto() >= 3 {
			r.Attribute(1)
			r.BulkString("key-popularity")
			r.Array(2)
			r.BulkString("key:123")
			r.Int(90)
		}
		r.BulkString("Some real reply following the attribute")
	case "push":
		if r.Proto() < 3 {
			c.Error("ERR RESP2 is not supported by this command")
			return
		}
		r.Push(2)
		r.BulkString("server-cpu-usage")
		r.Int(42)
		r.BulkString("Some real reply following the push reply")
	case "verbatim":
		r.Verbatim("txt", "This is a verbatim\nstring")
	case "true", "false":
		r.Bool(kind == "true")
	default:
		c.Error(errProtocolType)
	}
}

// replyCount writes the numbers from 0 to n-1.
func replyCount(c *commands.Call, n int64) {
	for i := range n {
		c.Reply.Int(i)
	}
}
