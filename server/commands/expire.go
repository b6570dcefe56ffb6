package commands

import (
	"math"
	"strconv"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// ExpireRows are the rows of the commands about when keys expire.
func ExpireRows() []Row {
	return []Row{
		{
			Name: "expire", Arity: -3, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
			ACL:  ACLKeyspace, Group: "generic", Since: "1.0.0",
			Summary:    "Gives a key a time to live in seconds.",
			Complexity: "O(1)",
			History:    []Change{{"7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."}},
			Syntax:     `key:key(0) seconds:integer [condition:<"NX"|"XX"|"GT"|"LT">@7.0.0]`,
			Handler:    cmdExpire,
		},
		{
			Name: "pexpire", Arity: -3, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
			ACL:  ACLKeyspace, Group: "generic", Since: "2.6.0",
			Summary:    "Gives a key a time to live in milliseconds.",
			Complexity: "O(1)",
			History:    []Change{{"7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."}},
			Syntax:     `key:key(0) milliseconds:integer [condition:<"NX"|"XX"|"GT"|"LT">@7.0.0]`,
			Handler:    cmdPExpire,
		},
		{
			Name: "expireat", Arity: -3, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
			ACL:  ACLKeyspace, Group: "generic", Since: "1.2.0",
			Summary:    "Gives a key a deadline in Unix seconds.",
			Complexity: "O(1)",
			History:    []Change{{"7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."}},
			Syntax:     `key:key(0) unix-time-seconds:unix-time [condition:<"NX"|"XX"|"GT"|"LT">@7.0.0]`,
			Handler:    cmdExpireAt,
		},
		{
			Name: "pexpireat", Arity: -3, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
			ACL:  ACLKeyspace, Group: "generic", Since: "2.6.0",
			Summary:    "Gives a key a deadline in Unix milliseconds.",
			Complexity: "O(1)",
			History:    []Change{{"7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."}},
			Syntax:     `key:key(0) unix-time-milliseconds:unix-time [condition:<"NX"|"XX"|"GT"|"LT">@7.0.0]`,
			Handler:    cmdPExpireAt,
		},
		{
			Name: "ttl", Arity: 2, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLKeyspace, Group: "generic", Since: "1.0.0",
			Summary:    "Tells the time to live of a key in seconds.",
			Complexity: "O(1)",
			History:    []Change{{"2.8.0", "Added the -2 reply."}},
			Tips:       []string{"nondeterministic_output"},
			Syntax:     `key:key(0)`,
			Handler:    cmdTTL,
		},
		{
			Name: "pttl", Arity: 2, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLKeyspace, Group: "generic", Since: "2.6.0",
			Summary:    "Tells the time to live of a key in milliseconds.",
			Complexity: "O(1)",
			History:    []Change{{"2.8.0", "Added the -2 reply."}},
			Tips:       []string{"nondeterministic_output"},
			Syntax:     `key:key(0)`,
			Handler:    cmdPTTL,
		},
		{
			Name: "expiretime", Arity: 2, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLKeyspace, Group: "generic", Since: "7.0.0",
			Summary:    "Tells the deadline of a key in Unix seconds.",
			Complexity: "O(1)",
			Syntax:     `key:key(0)`,
			Handler:    cmdExpireTime,
		},
		{
			Name: "pexpiretime", Arity: 2, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLKeyspace, Group: "generic", Since: "7.0.0",
			Summary:    "Tells the deadline of a key in Unix milliseconds.",
			Complexity: "O(1)",
			Syntax:     `key:key(0)`,
			Handler:    cmdPExpireTime,
		},
		{
			Name: "persist", Arity: 2, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
			ACL:  ACLKeyspace, Group: "generic", Since: "2.2.0",
			Summary:    "Takes away the deadline of a key.",
			Complexity: "O(1)",
			Syntax:     `key:key(0)`,
			Handler:    cmdPersist,
		},
	}
}

// expireConditions are the options of EXPIRE and its like.
type expireConditions struct{ ifNone, ifSome, ifLater, ifEarlier bool }

// parseExpireConditions reads NX, XX, GT and LT.
func parseExpireConditions(words [][]byte) (o expireConditions, errText string) {
	for _, word := range words {
		if !o.take(word) {
			return o, "ERR Unsupported option " + string(UntilZero(word))
		}
	}
	switch {
	case o.ifNone && (o.ifSome || o.ifLater || o.ifEarlier):
		return o, "ERR NX and XX, GT or LT options at the same time are not compatible"
	case o.ifLater && o.ifEarlier:
		return o, "ERR GT and LT options at the same time are not compatible"
	}
	return o, ""
}

// take reads one of them; false if word is another.
func (o *expireConditions) take(word []byte) (ok bool) {
	switch {
	case IsWord(word, "NX"):
		o.ifNone = true
	case IsWord(word, "XX"):
		o.ifSome = true
	case IsWord(word, "GT"):
		o.ifLater = true
	case IsWord(word, "LT"):
		o.ifEarlier = true
	default:
		return false
	}
	return true
}

// allow tells whether a key with one deadline, or a field, may get another. What has none expires after every deadline.
func (o *expireConditions) allow(has, deadlineMs int64) bool {
	none := has == datatypes.NoDeadline
	switch {
	case o.ifNone && !none,
		o.ifSome && none,
		o.ifLater && (none || deadlineMs <= has),
		o.ifEarlier && !none && deadlineMs >= has:
		return false
	}
	return true
}

// cmdExpire answers EXPIRE key seconds [NX | XX | GT | LT].
func cmdExpire(c *Call) { c.expire(c.NowMs, 1000) }

// cmdPExpire answers PEXPIRE key milliseconds [NX | XX | GT | LT].
func cmdPExpire(c *Call) { c.expire(c.NowMs, 1) }

// cmdExpireAt answers EXPIREAT key unix-seconds [NX | XX | GT | LT].
func cmdExpireAt(c *Call) { c.expire(0, 1000) }

// cmdPExpireAt answers PEXPIREAT key unix-milliseconds [NX | XX | GT | LT].
func cmdPExpireAt(c *Call) { c.expire(0, 1) }

// expire gives a key the deadline baseMs + argument * unit, in milliseconds; one that has come already deletes the key at once.
func (c *Call) expire(baseMs, unit int64) {
	conditions, errText := parseExpireConditions(c.Args[3:])
	if errText != "" {
		c.Error(errText)
		return
	}
	when, ok := ParseInt(c.Args[2])
	if !ok {
		c.Error(ErrNotInteger)
		return
	}
	if when > math.MaxInt64/unit || when < math.MinInt64/unit || when*unit > math.MaxInt64-baseMs {
		c.Errorf("ERR invalid expire time in '%s' command", c.Cmd.FullName())
		return
	}
	deadlineMs := when*unit + baseMs
	key := c.Args[1]
	var e datatypes.Entry
	if !c.Peek(&e, key) || !conditions.allow(e.DeadlineMs(), deadlineMs) {
		c.Reply.Int(0)
		return
	}
	if deadlineMs <= c.NowMs {
		c.Edit().DeleteAt(&e, key)
		c.Changed(key, EventGeneric, "del")
		c.PropagateDeletion(key, LazyExpire)
	} else {
		c.Edit().SetDeadlineAt(&e, key, deadlineMs)
		c.Changed(key, EventGeneric, "expire")
		if c.Observed && (baseMs != 0 || unit != 1) { // PEXPIREAT itself is passed on as it was sent
			words := [][]byte{[]byte("PEXPIREAT"), key, strconv.AppendInt(nil, deadlineMs, 10)}
			c.Propagate(append(words, c.Args[3:]...)...)
		}
	}
	c.Reply.Int(1)
}

// cmdTTL answers TTL key.
func cmdTTL(c *Call) {
	c.replyDeadline(func(deadlineMs int64) int64 { return seconds(max(0, deadlineMs-c.NowMs)) })
}

// cmdPTTL answers PTTL key.
func cmdPTTL(c *Call) {
	c.replyDeadline(func(deadlineMs int64) int64 { return max(0, deadlineMs-c.NowMs) })
}

// cmdExpireTime answers EXPIRETIME key.
func cmdExpireTime(c *Call) {
	c.replyDeadline(seconds)
}

// seconds rounds milliseconds.
func seconds(ms int64) int64 { return int64((uint64(ms) + 500) / 1000) }

// cmdPExpireTime answers PEXPIRETIME key.
func cmdPExpireTime(c *Call) {
	c.replyDeadline(func(deadlineMs int64) int64 { return deadlineMs })
}

// replyDeadline replies with what shown makes of a key's deadline: -2 if there is no such key, -1 if it never expires.
func (c *Call) replyDeadline(shown func(deadlineMs int64) int64) {
	var e datatypes.Entry
	switch {
	case !c.Look(&e, c.Args[1]):
		c.Reply.Int(-2)
	case e.DeadlineMs() == datatypes.NoDeadline:
		c.Reply.Int(-1)
	default:
		c.Reply.Int(shown(e.DeadlineMs()))
	}
}

// cmdPersist answers PERSIST key.
func cmdPersist(c *Call) {
	var e datatypes.Entry
	key := c.Args[1]
	if !c.Peek(&e, key) || e.DeadlineMs() == datatypes.NoDeadline {
		c.Reply.Int(0)
		return
	}
	c.Edit().SetDeadlineAt(&e, key, datatypes.NoDeadline)
	c.Changed(key, EventGeneric, "persist")
	c.Reply.Int(1)
}
