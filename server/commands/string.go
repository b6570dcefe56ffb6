package commands

import (
	"math"
	"strconv"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// StringRows are the rows of the string commands.
func StringRows() []Row {
	return []Row{
		{
			Name: "get", Arity: 2, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLString, Group: "string", Since: "1.0.0",
			Summary:    "Returns the string stored under a key.",
			Complexity: "O(1)",
			Syntax:     `key:key(0)`,
			Handler:    cmdGet,
		},
		{
			Name: "set", Arity: -3, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: Range(0, 1, 0), Flags: KeyRW | KeyAccess | KeyUpdate | KeyVariableFlags,
				Notes: "RW and ACCESS due to the optional `GET` argument",
			}}, KeysFunc: KeysOfSet,
			ACL: ACLString, Group: "string", Since: "1.0.0",
			Summary:    "Stores a string under a key, whatever was there before.",
			Complexity: "O(1)",
			History: []Change{
				{"2.6.12", "Added the `EX`, `PX`, `NX` and `XX` options."},
				{"6.0.0", "Added the `KEEPTTL` option."},
				{"6.2.0", "Added the `GET`, `EXAT` and `PXAT` option."},
				{"7.0.0", "Allowed the `NX` and `GET` options to be used together."},
			},
			Syntax: `key:key(0) value [condition:<"NX"|"XX">@2.6.12] ["GET"@6.2.0]
			[expiration:<EX=seconds:integer@2.6.12|PX=milliseconds:integer@2.6.12|EXAT=unix-time-seconds:unix-time@6.2.0|PXAT=unix-time-milliseconds:unix-time@6.2.0|"KEEPTTL"@6.0.0>]`,
			Handler: cmdSet,
		},
		{
			Name: "mget", Arity: -2, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeysFrom(1, KeyRO|KeyAccess)},
			ACL:  ACLString, Group: "string", Since: "1.0.0",
			Summary:    "Returns the strings stored under several keys.",
			Complexity: "O(N) where N is the number of keys to retrieve.",
			Tips:       []string{"request_policy:multi_shard"},
			Syntax:     `key:key(0)...`,
			Handler:    cmdMGet,
		},
		{
			Name: "mset", Arity: -3, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: Range(-1, 2, 0), Flags: KeyOW | KeyUpdate}},
			ACL:  ACLString, Group: "string", Since: "1.0.1",
			Summary:    "Stores several strings at once.",
			Complexity: "O(N) where N is the number of keys to set.",
			Tips:       []string{"request_policy:multi_shard", "response_policy:all_succeeded"},
			Syntax:     `key_value:{key:key(0) value}...`,
			Handler:    cmdMSet,
		},
		{
			Name: "incr", Arity: 2, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
			ACL:  ACLString, Group: "string", Since: "1.0.0",
			Summary:    "Adds one to the integer stored under a key.",
			Complexity: "O(1)",
			Syntax:     `key:key(0)`,
			Handler:    cmdIncr,
		},
		{
			Name: "incrby", Arity: 3, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
			ACL:  ACLString, Group: "string", Since: "1.0.0",
			Summary:    "Adds a number to an integer; a missing one counts as 0.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) increment:integer`,
			Handler:    cmdIncrBy,
		},
		{
			Name: "decr", Arity: 2, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
			ACL:  ACLString, Group: "string", Since: "1.0.0",
			Summary:    "Takes one from an integer; a missing one counts as 0.",
			Complexity: "O(1)",
			Syntax:     `key:key(0)`,
			Handler:    cmdDecr,
		},
		{
			Name: "decrby", Arity: 3, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
			ACL:  ACLString, Group: "string", Since: "1.0.0",
			Summary:    "Takes a number from an integer; a missing one counts as 0.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) decrement:integer`,
			Handler:    cmdDecrBy,
		},
	}
}

// findString looks a string up for reading. ok is false if a reply, the null or an error, has been written.
func (c *Call) findString(e *datatypes.Entry, key []byte) bool {
	switch {
	case !c.Find(e, key):
		c.Reply.Null()
		return false
	case e.Kind() != datatypes.KindString:
		c.Error(ErrWrongType)
		return false
	}
	return true
}

// replyString replies with the value of a string, however it is kept.
func (c *Call) replyString(e *datatypes.Entry) {
	if piece, ok := e.StringPiece(); ok {
		c.Reply.Bulk(piece)
		return
	}
	if n, ok := e.Int(); ok {
		c.Reply.BulkInt(n)
		return
	}
	c.Reply.BulkHeader(e.StringLen())
	e.StringRange(0, e.StringLen(), func(piece []byte) bool {
		c.Reply.Raw(piece)
		return true
	})
	c.Reply.RawString("\r\n")
}

// cmdGet answers GET key.
func cmdGet(c *Call) {
	var e datatypes.Entry
	if c.findString(&e, c.Args[1]) {
		c.replyString(&e)
	}
}

// cmdMGet answers MGET key [key ...]: what isn't a string is a null.
func cmdMGet(c *Call) {
	c.Reply.Array(len(c.Args) - 1)
	var e datatypes.Entry
	for _, key := range c.Args[1:] {
		if c.Find(&e, key) && e.Kind() == datatypes.KindString {
			c.replyString(&e)
		} else {
			c.Reply.Null()
		}
	}
}

// setCondition is what SET asks of the key before it writes.
type setCondition uint8

const (
	setAlways setCondition = iota
	setIfAbsent
	setIfPresent
)

// expireUnit says how the number of EX, PX, EXAT or PXAT is meant.
type expireUnit uint8

const (
	expireNone expireUnit = iota
	expireSeconds
	expireMs
	expireAtSeconds
	expireAtMs
)

// setArgs are the options of SET.
type setArgs struct {
	condition setCondition
	get       bool
	keepTTL   bool
	unit      expireUnit
	// expire is the number as it was written.
	expire []byte
}

// parseSet reads the options after key and value. It is pure; an error is the reply's text.
func parseSet(words [][]byte) (a setArgs, errText string) {
	for i := 0; i < len(words); i++ {
		word, last := words[i], i == len(words)-1
		switch {
		case IsWord(word, "NX") && a.condition != setIfPresent:
			a.condition = setIfAbsent
		case IsWord(word, "XX") && a.condition != setIfAbsent:
			a.condition = setIfPresent
		case IsWord(word, "GET"):
			a.get = true
		case IsWord(word, "KEEPTTL") && a.unit == expireNone:
			a.keepTTL = true
		default:
			unit := parseExpireUnit(word)
			if unit == expireNone || last || a.keepTTL || a.unit != expireNone && a.unit != unit {
				return a, ErrSyntax
			}
			i++
			a.unit, a.expire = unit, words[i]
		}
	}
	return a, ""
}

func parseExpireUnit(word []byte) expireUnit {
	switch {
	case IsWord(word, "EX"):
		return expireSeconds
	case IsWord(word, "PX"):
		return expireMs
	case IsWord(word, "EXAT"):
		return expireAtSeconds
	case IsWord(word, "PXAT"):
		return expireAtMs
	}
	return expireNone
}

// parseDeadline turns the number of an EX, PX, EXAT or PXAT into Unix milliseconds as getExpireMillisecondsOrReply of Redis 7.0 does.
// command is the name in the error.
func parseDeadline(number []byte, unit expireUnit, nowMs int64, command string) (deadlineMs int64, errText string) {
	n, ok := ParseInt(number)
	if !ok {
		return 0, ErrNotInteger
	}
	invalid := "ERR invalid expire time in '" + command + "' command"
	if n <= 0 {
		return 0, invalid
	}
	if unit == expireSeconds || unit == expireAtSeconds {
		if n > math.MaxInt64/1000 {
			return 0, invalid
		}
		n *= 1000
	}
	if unit == expireSeconds || unit == expireMs {
		if n > math.MaxInt64-nowMs {
			return 0, invalid
		}
		n += nowMs
	}
	return n, ""
}

// cmdSet answers SET key value [NX | XX] [GET] [EX seconds | PX ms | EXAT seconds | PXAT ms | KEEPTTL].
func cmdSet(c *Call) {
	key, value := c.Args[1], c.Args[2]
	args, errText := setArgs{}, ""
	if len(c.Args) > 3 {
		if args, errText = parseSet(c.Args[3:]); errText != "" {
			c.Error(errText)
			return
		}
	}
	deadlineMs := datatypes.NoDeadline
	if args.unit != expireNone {
		if deadlineMs, errText = parseDeadline(args.expire, args.unit, c.NowMs, "set"); errText != "" {
			c.Error(errText)
			return
		}
	}
	var old datatypes.Entry
	found := false
	if args.get {
		// The old value's bytes belong to the store, so that they are replied before it changes.
		if found = c.findString(&old, key); found {
			c.replyString(&old)
		} else if c.Outcome.Failed {
			return
		}
	} else {
		found = c.Peek(&old, key)
	}
	if args.condition == setIfAbsent && found || args.condition == setIfPresent && !found {
		if !args.get {
			c.Reply.Null()
		}
		return
	}
	if args.keepTTL && found {
		deadlineMs = old.DeadlineMs()
	}
	c.store(c.Edit(), &old, key, value, deadlineMs)
	c.Changed(key, EventString, "set")
	if args.unit != expireNone {
		c.Event(key, EventGeneric, "expire")
	}
	if c.Observed {
		c.propagateSet(args, deadlineMs)
	}
	if !args.get {
		c.Reply.OK()
	}
}

// store puts an argument under a key; found is what Peek has just returned for it.
func (c *Call) store(ed datatypes.Editor, found *datatypes.Entry, key, value []byte, deadlineMs int64) {
	if len(value) < datatypes.LongString {
		ed.SetStringAt(found, key, value, deadlineMs)
		return
	}
	ed.AdoptString(key, c.Client.Own(value), deadlineMs)
}

// propagateSet replaces a time to live by the deadline it came to, and drops GET, whose reply nobody reads.
func (c *Call) propagateSet(args setArgs, deadlineMs int64) {
	switch {
	case args.unit != expireNone:
		c.Propagate([]byte("SET"), c.Args[1], c.Args[2], []byte("PXAT"), strconv.AppendInt(nil, deadlineMs, 10))
	case args.get:
		words := make([][]byte, 0, len(c.Args)-1)
		for i, word := range c.Args {
			if i < 3 || !IsWord(word, "GET") {
				words = append(words, word)
			}
		}
		c.Propagate(words...)
	}
}

// cmdMSet answers MSET key value [key value ...].
func cmdMSet(c *Call) {
	pairs := c.Args[1:]
	if len(pairs)%2 != 0 {
		c.WrongArgs()
		return
	}
	var found datatypes.Entry
	for i := 0; i < len(pairs); i += 2 {
		c.Peek(&found, pairs[i])
		c.store(c.Edit(), &found, pairs[i], pairs[i+1], datatypes.NoDeadline)
		c.Changed(pairs[i], EventString, "set")
	}
	c.Reply.OK()
}

// cmdIncr answers INCR key.
func cmdIncr(c *Call) { c.incrementBy(c.Args[1], 1) }

// cmdDecr answers DECR key.
func cmdDecr(c *Call) { c.incrementBy(c.Args[1], -1) }

// cmdIncrBy answers INCRBY key increment.
func cmdIncrBy(c *Call) {
	by, ok := ParseInt(c.Args[2])
	if !ok {
		c.Error(ErrNotInteger)
		return
	}
	c.incrementBy(c.Args[1], by)
}

// cmdDecrBy answers DECRBY key decrement.
func cmdDecrBy(c *Call) {
	by, ok := ParseInt(c.Args[2])
	switch {
	case !ok:
		c.Error(ErrNotInteger)
	case by == math.MinInt64:
		c.Error("ERR decrement would overflow")
	default:
		c.incrementBy(c.Args[1], -by)
	}
}

func (c *Call) incrementBy(key []byte, by int64) {
	var e datatypes.Entry
	var n int64
	if c.Peek(&e, key) {
		if e.Kind() != datatypes.KindString {
			c.Error(ErrWrongType)
			return
		}
		var ok bool
		if n, ok = integer(&e); !ok {
			c.Error(ErrNotInteger)
			return
		}
	}
	if by < 0 && n < math.MinInt64-by || by > 0 && n > math.MaxInt64-by {
		c.Error(ErrOverflow)
		return
	}
	n += by
	c.Edit().SetIntAt(&e, key, n, e.DeadlineMs())
	c.Changed(key, EventString, "incrby")
	c.Reply.Int(n)
}

// integer reads a string as an integer, whether it is kept as one or not.
func integer(e *datatypes.Entry) (n int64, ok bool) {
	if n, ok = e.Int(); ok {
		return n, true
	}
	piece, _ := e.StringPiece()
	return ParseInt(piece)
}
