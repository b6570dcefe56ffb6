package commands

import (
	"strconv"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/hash"
)

// hashExpireRows are the rows of what gives fields deadlines and takes them away, as in Redis 7.4.
func hashExpireRows() []Row {
	return []Row{
		{
			Name: "hexpire", Arity: -6, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
			ACL:  ACLHash, Group: "hash", Since: "7.4.0",
			Summary:    "Gives fields of a hash a time to live in seconds.",
			Complexity: "O(N) where N is the number of specified fields",
			Syntax: `key:key(0) seconds:integer [condition:<"NX"|"XX"|"GT"|"LT">]
				FIELDS=fields:{numfields:integer field...}`,
			Handler: cmdHExpire,
		},
		{
			Name: "hpexpire", Arity: -6, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
			ACL:  ACLHash, Group: "hash", Since: "7.4.0",
			Summary:    "Gives fields of a hash a time to live in milliseconds.",
			Complexity: "O(N) where N is the number of specified fields",
			Syntax: `key:key(0) milliseconds:integer [condition:<"NX"|"XX"|"GT"|"LT">]
				FIELDS=fields:{numfields:integer field...}`,
			Handler: cmdHPExpire,
		},
		{
			Name: "hexpireat", Arity: -6, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
			ACL:  ACLHash, Group: "hash", Since: "7.4.0",
			Summary:    "Gives fields of a hash a deadline in Unix seconds.",
			Complexity: "O(N) where N is the number of specified fields",
			Syntax: `key:key(0) unix-time-seconds:unix-time [condition:<"NX"|"XX"|"GT"|"LT">]
				FIELDS=fields:{numfields:integer field...}`,
			Handler: cmdHExpireAt,
		},
		{
			Name: "hpexpireat", Arity: -6, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
			ACL:  ACLHash, Group: "hash", Since: "7.4.0",
			Summary:    "Gives fields of a hash a deadline in Unix milliseconds.",
			Complexity: "O(N) where N is the number of specified fields",
			Syntax: `key:key(0) unix-time-milliseconds:unix-time [condition:<"NX"|"XX"|"GT"|"LT">]
				FIELDS=fields:{numfields:integer field...}`,
			Handler: cmdHPExpireAt,
		},
		{
			Name: "hpersist", Arity: -5, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
			ACL:  ACLHash, Group: "hash", Since: "7.4.0",
			Summary:    "Takes away the deadlines of fields of a hash.",
			Complexity: "O(N) where N is the number of specified fields",
			Syntax:     `key:key(0) FIELDS=fields:{numfields:integer field...}`,
			Handler:    cmdHPersist,
		},
	}
}

const (
	errNoFieldsWord   = "ERR Mandatory argument FIELDS is missing or not at the right position"
	errFieldsMismatch = "ERR The `numfields` parameter must match the number of arguments"
	// errFieldsPositive and errFieldsAboveZero say the same of a count, for one command and another.
	errFieldsPositive  = "ERR Number of fields must be a positive integer"
	errFieldsAboveZero = "ERR Parameter `numFields` should be greater than 0"
	errTimeNegative    = "ERR invalid expire time, must be >= 0"
)

// What is replied of a field.
const (
	fieldMissing = -2
	fieldForever = -1
	fieldRefused = 0 // a condition isn't met
	fieldChanged = 1
	fieldDeleted = 2 // the deadline had come already
)

// maxFieldDeadlineMs is the last deadline that a field may be given, as in Redis 7.4.
const maxFieldDeadlineMs = 1<<46 - 1

// parseNamedFields reads FIELDS count field [field ...]; countErr is said of a count that is none.
func parseNamedFields(words [][]byte, countErr string) (fields [][]byte, errText string) {
	if !IsWord(words[0], "FIELDS") {
		return nil, errNoFieldsWord
	}
	if len(words) == 1 {
		return nil, errFieldsMismatch
	}
	fields = words[2:]
	switch n, ok := ParseInt(words[1]); {
	case !ok || n < 1:
		return nil, countErr
	case n != int64(len(fields)):
		return nil, errFieldsMismatch
	}
	return fields, ""
}

// fieldDeadline reads a time, as baseMs + time * unit in Unix milliseconds.
func (c *Call) fieldDeadline(word []byte, baseMs, unit int64) (deadlineMs int64, errText string) {
	n, ok := ParseInt(word)
	switch {
	case !ok:
		return 0, ErrNotInteger
	case n < 0:
		return 0, errTimeNegative
	case n > maxFieldDeadlineMs/unit || n*unit > maxFieldDeadlineMs-baseMs:
		return 0, "ERR invalid expire time in '" + c.Cmd.FullName() + "' command"
	}
	return n*unit + baseMs, ""
}

// cmdHExpire answers HEXPIRE key seconds [NX | XX | GT | LT] FIELDS count field [field ...].
func cmdHExpire(c *Call) { c.expireFields(c.NowMs, 1000) }

// cmdHPExpire answers HPEXPIRE key milliseconds [NX | XX | GT | LT] FIELDS count field [field ...].
func cmdHPExpire(c *Call) { c.expireFields(c.NowMs, 1) }

// cmdHExpireAt answers HEXPIREAT key unix-seconds [NX | XX | GT | LT] FIELDS count field [field ...].
func cmdHExpireAt(c *Call) { c.expireFields(0, 1000) }

// cmdHPExpireAt answers HPEXPIREAT key unix-milliseconds [NX | XX | GT | LT] FIELDS count field [field ...].
func cmdHPExpireAt(c *Call) { c.expireFields(0, 1) }

// expireFields gives fields the deadline baseMs + argument * unit, in milliseconds; one that has come already deletes them at once. As in
// Redis 7.4 a field that is due, but has not gone yet, is one that has its deadline, and may get another.
func (c *Call) expireFields(baseMs, unit int64) {
	key := c.Args[1]
	var e datatypes.Entry
	found, ok := c.peekHash(&e, key)
	if !ok {
		return
	}
	deadlineMs, errText := c.fieldDeadline(c.Args[2], baseMs, unit)
	if errText != "" {
		c.Error(errText)
		return
	}
	var conditions expireConditions
	rest := c.Args[3:]
	if conditions.take(rest[0]) {
		rest = rest[1:]
	}
	fields, errText := parseNamedFields(rest, errFieldsAboveZero)
	if errText != "" {
		c.Error(errText)
		return
	}
	c.Reply.Array(len(fields))
	if !found {
		c.replyOfEach(fields, fieldMissing)
		return
	}
	past, changed := deadlineMs <= c.NowMs, 0
	var names [][]byte // of those that have changed, where somebody wants to know
	c.Edit().ChangeHash(&e, key, datatypes.NoneSet, func(f *hash.Form, edit *hash.Edit) {
		for _, field := range fields {
			outcome := setFieldDeadline(f, edit, field, &conditions, deadlineMs, past)
			c.Reply.Int(int64(outcome))
			if outcome < fieldChanged {
				continue
			}
			changed++
			if c.Observed {
				names = append(names, field)
			}
		}
	})
	switch {
	case changed == 0:
	case past:
		c.Changed(key, EventHash, "hdel")
		c.Counted(changed - 1)
		c.emptied(&e, key)
		c.Effects.ExpiredFields = changed
		c.propagateFieldDeletions(key, names)
	default:
		c.Changed(key, EventHash, "hexpire")
		c.Counted(changed - 1)
		if c.Observed && (baseMs != 0 || unit != 1 || changed < len(fields)) { // otherwise it is passed on as it was sent
			c.propagateFieldDeadlines(baseMs == 0 && unit == 1, deadlineMs, c.Args[3:len(c.Args)-len(fields)-1], names)
		}
	}
}

// replyOfEach replies the same of every field.
func (c *Call) replyOfEach(fields [][]byte, outcome int64) {
	for range fields {
		c.Reply.Int(outcome)
	}
}

// setFieldDeadline gives a field a deadline, or with past deletes it, and tells what is replied of it.
func setFieldDeadline(f *hash.Form, edit *hash.Edit, field []byte, conditions *expireConditions, deadlineMs int64, past bool) (outcome int) {
	at := f.Find(field)
	switch {
	case !at.Found():
		return fieldMissing
	case !conditions.allow(at.DeadlineMs, deadlineMs):
		return fieldRefused
	case past:
		f.DeleteAt(edit, &at)
		return fieldDeleted
	}
	f.SetDeadlineAt(edit, &at, field, deadlineMs)
	return fieldChanged
}

// propagateFieldDeletions puts an HDEL for each field in place of the command.
func (c *Call) propagateFieldDeletions(key []byte, fields [][]byte) {
	if !c.Observed {
		return
	}
	for _, field := range fields {
		c.Propagate([]byte("HDEL"), key, field)
	}
}

// propagateFieldDeadlines puts an HPEXPIREAT in place of the command, with those words that stand between the time and the count, and with
// those fields that have got the deadline. own tells that it is HPEXPIREAT itself.
func (c *Call) propagateFieldDeadlines(own bool, deadlineMs int64, between, fields [][]byte) {
	name := []byte("HPEXPIREAT")
	if own {
		name = c.Args[0]
	}
	words := append([][]byte{name, c.Args[1], strconv.AppendInt(nil, deadlineMs, 10)}, between...)
	words = append(words, strconv.AppendInt(nil, int64(len(fields)), 10))
	c.Propagate(append(words, fields...)...)
}

// cmdHPersist answers HPERSIST key FIELDS count field [field ...].
func cmdHPersist(c *Call) {
	key := c.Args[1]
	var e datatypes.Entry
	found, ok := c.peekHash(&e, key)
	if !ok {
		return
	}
	fields, errText := parseNamedFields(c.Args[2:], errFieldsPositive)
	if errText != "" {
		c.Error(errText)
		return
	}
	c.Reply.Array(len(fields))
	if !found {
		c.replyOfEach(fields, fieldMissing)
		return
	}
	changed := false
	c.Edit().ChangeHash(&e, key, datatypes.NoneSet, func(f *hash.Form, edit *hash.Edit) {
		for _, field := range fields {
			at := f.Find(field)
			outcome := deadlineShown(&at, c.NowMs, func(int64) int64 { return fieldChanged })
			if outcome == fieldChanged {
				f.SetDeadlineAt(edit, &at, field, hash.NoDeadline)
				changed = true
			}
			c.Reply.Int(outcome)
		}
	})
	if changed {
		c.Changed(key, EventHash, "hpersist")
	}
}
