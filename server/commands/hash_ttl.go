package commands

import (
	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/hash"
)

// hashTTLRows are the rows of what tells the deadlines of fields, as in Redis 7.4.
func hashTTLRows() []Row {
	return []Row{
		{
			Name: "httl", Arity: -5, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLHash, Group: "hash", Since: "7.4.0",
			Summary:    "Tells the time to live of fields of a hash in seconds.",
			Complexity: "O(N) where N is the number of specified fields",
			Syntax:     `key:key(0) FIELDS=fields:{numfields:integer field...}`,
			Handler:    cmdHTTL,
		},
		{
			Name: "hpttl", Arity: -5, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLHash, Group: "hash", Since: "7.4.0",
			Summary:    "Tells the time to live of fields of a hash in milliseconds.",
			Complexity: "O(N) where N is the number of specified fields",
			Syntax:     `key:key(0) FIELDS=fields:{numfields:integer field...}`,
			Handler:    cmdHPTTL,
		},
		{
			Name: "hexpiretime", Arity: -5, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLHash, Group: "hash", Since: "7.4.0",
			Summary:    "Tells the deadlines of fields of a hash in Unix seconds.",
			Complexity: "O(N) where N is the number of specified fields",
			Syntax:     `key:key(0) FIELDS=fields:{numfields:integer field...}`,
			Handler:    cmdHExpireTime,
		},
		{
			Name: "hpexpiretime", Arity: -5, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLHash, Group: "hash", Since: "7.4.0",
			Summary:    "Tells the deadlines of fields of a hash in Unix milliseconds.",
			Complexity: "O(N) where N is the number of specified fields",
			Syntax:     `key:key(0) FIELDS=fields:{numfields:integer field...}`,
			Handler:    cmdHPExpireTime,
		},
	}
}

// cmdHTTL answers HTTL key FIELDS count field [field ...].
func cmdHTTL(c *Call) {
	c.replyFieldDeadlines(func(deadlineMs int64) int64 { return wholeSeconds(deadlineMs - c.NowMs) })
}

// cmdHPTTL answers HPTTL key FIELDS count field [field ...].
func cmdHPTTL(c *Call) {
	c.replyFieldDeadlines(func(deadlineMs int64) int64 { return deadlineMs - c.NowMs })
}

// cmdHExpireTime answers HEXPIRETIME key FIELDS count field [field ...].
func cmdHExpireTime(c *Call) { c.replyFieldDeadlines(wholeSeconds) }

// cmdHPExpireTime answers HPEXPIRETIME key FIELDS count field [field ...].
func cmdHPExpireTime(c *Call) {
	c.replyFieldDeadlines(func(deadlineMs int64) int64 { return deadlineMs })
}

// wholeSeconds rounds milliseconds up: a field that is there has a second left, while TTL says of a key that it may have none.
func wholeSeconds(ms int64) int64 { return (ms + 999) / 1000 }

// replyFieldDeadlines replies with what shown makes of the deadline of each field. Fields that are due stay.
func (c *Call) replyFieldDeadlines(shown func(deadlineMs int64) int64) {
	var e datatypes.Entry
	if _, ok := c.findHash(&e, c.Args[1]); !ok {
		return
	}
	fields, errText := parseNamedFields(c.Args[2:], errFieldsPositive)
	if errText != "" {
		c.Error(errText)
		return
	}
	f := e.Hash()
	c.Reply.Array(len(fields))
	for _, field := range fields {
		at := f.Find(field)
		c.Reply.Int(deadlineShown(&at, c.NowMs, shown))
	}
}

// deadlineShown is what shown makes of a field's deadline: -2 if there is no such field or it is due, -1 if it has none.
func deadlineShown(at *hash.Place, nowMs int64, shown func(deadlineMs int64) int64) int64 {
	switch {
	case !at.Live(nowMs):
		return fieldMissing
	case at.DeadlineMs == hash.NoDeadline:
		return fieldForever
	}
	return shown(at.DeadlineMs)
}
