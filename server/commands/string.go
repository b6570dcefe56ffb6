package commands

import "github.com/cinnabar-db/cinnabar/datatypes"

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
		{
			Name: "setnx", Arity: 3, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyOW|KeyInsert)},
			ACL:  ACLString, Group: "string", Since: "1.0.0",
			Summary:    "Sets a string unless the key exists.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) value`,
			Handler:    cmdSetNX,
		},
		{
			Name: "setex", Arity: 4, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{KeyAt(1, KeyOW|KeyUpdate)},
			ACL:  ACLString, Group: "string", Since: "2.0.0",
			Summary:    "Sets a string with a time to live in seconds.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) seconds:integer value`,
			Handler:    cmdSetEX,
		},
		{
			Name: "psetex", Arity: 4, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{KeyAt(1, KeyOW|KeyUpdate)},
			ACL:  ACLString, Group: "string", Since: "2.6.0",
			Summary:    "Sets a string with a time to live in milliseconds.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) milliseconds:integer value`,
			Handler:    cmdPSetEX,
		},
		{
			Name: "getset", Arity: 3, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
			ACL:  ACLString, Group: "string", Since: "1.0.0",
			Summary:    "Sets a string and returns the old one.",
			Complexity: "O(1)",
			Deprecated: &Deprecation{"6.2.0", "`SET` with the `!GET` argument"},
			Syntax:     `key:key(0) value`,
			Handler:    cmdGetSet,
		},
		{
			Name: "getdel", Arity: 2, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete)},
			ACL:  ACLString, Group: "string", Since: "6.2.0",
			Summary:    "Reads a string and deletes its key.",
			Complexity: "O(1)",
			Syntax:     `key:key(0)`,
			Handler:    cmdGetDel,
		},
		{
			Name: "getex", Arity: -2, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: Range(0, 1, 0), Flags: KeyRW | KeyAccess | KeyUpdate,
				Notes: "RW and UPDATE because it changes the TTL",
			}},
			ACL: ACLString, Group: "string", Since: "6.2.0",
			Summary:    "Reads a string and changes its deadline.",
			Complexity: "O(1)",
			Syntax: `key:key(0) [expiration:<EX=seconds:integer|PX=milliseconds:integer|EXAT=unix-time-seconds:unix-time|
				PXAT=unix-time-milliseconds:unix-time|"PERSIST">]`,
			Handler: cmdGetEX,
		},
		{
			Name: "msetnx", Arity: -3, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: Range(-1, 2, 0), Flags: KeyOW | KeyInsert}},
			ACL:  ACLString, Group: "string", Since: "1.0.1",
			Summary:    "Sets several strings, unless one of the keys exists.",
			Complexity: "O(N) where N is the number of keys to set.",
			Tips:       []string{"request_policy:multi_shard", "response_policy:agg_min"},
			Syntax:     `key_value:{key:key(0) value}...`,
			Handler:    cmdMSetNX,
		},
		{
			Name: "append", Arity: 3, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyInsert)},
			ACL:  ACLString, Group: "string", Since: "2.0.0",
			Summary:    "Appends to a string; a missing one counts as empty.",
			Complexity: "O(1). The amortized time complexity is O(1) assuming the appended value is small and the already present value is of any size, since the dynamic string library used by Redis will double the free space available on every reallocation.",
			Syntax:     `key:key(0) value`,
			Handler:    cmdAppend,
		},
		{
			Name: "strlen", Arity: 2, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO)},
			ACL:  ACLString, Group: "string", Since: "2.2.0",
			Summary:    "Tells the length of a string.",
			Complexity: "O(1)",
			Syntax:     `key:key(0)`,
			Handler:    cmdStrLen,
		},
		{
			Name: "getrange", Arity: 4, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLString, Group: "string", Since: "2.4.0",
			Summary:    "Reads a part of a string.",
			Complexity: "O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned length, but because creating a substring from an existing string is very cheap, it can be considered O(1) for small strings.",
			Syntax:     `key:key(0) start:integer end:integer`,
			Handler:    cmdGetRange,
		},
		{
			Name: "substr", Arity: 4, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLString, Group: "string", Since: "1.0.0",
			Summary:    "Reads a part of a string.",
			Complexity: "O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned length, but because creating a substring from an existing string is very cheap, it can be considered O(1) for small strings.",
			Deprecated: &Deprecation{"2.0.0", "`GETRANGE`"},
			Syntax:     `key:key(0) start:integer end:integer`,
			Handler:    cmdGetRange,
		},
		{
			Name: "setrange", Arity: 4, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
			ACL:  ACLString, Group: "string", Since: "2.2.0",
			Summary:    "Overwrites a part of a string.",
			Complexity: "O(1), not counting the time taken to copy the new string in place. Usually, this string is very small so the amortized complexity is O(1). Otherwise, complexity is O(M) with M being the length of the value argument.",
			Syntax:     `key:key(0) offset:integer value`,
			Handler:    cmdSetRange,
		},
		{
			Name: "incrbyfloat", Arity: 3, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
			ACL:  ACLString, Group: "string", Since: "2.6.0",
			Summary:    "Adds a number to a floating-point number; a missing one counts as 0.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) increment:double`,
			Handler:    cmdIncrByFloat,
		},
		{
			Name: "lcs", Arity: -3, Flags: FlagReadonly,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: Range(1, 1, 0), Flags: KeyRO | KeyAccess}},
			ACL:  ACLString, Group: "string", Since: "7.0.0",
			Summary:    "Finds the longest common subsequence of two strings.",
			Complexity: "O(N*M) where N and M are the lengths of s1 and s2, respectively",
			Syntax:     `key1:key(0) key2:key(0) ["LEN"] ["IDX"] [MINMATCHLEN=len:integer] ["WITHMATCHLEN"]`,
			Handler:    cmdLCS,
		},
	}
}

// isString tells whether a key that was found is a string, or replies that it isn't.
func (c *Call) isString(e *datatypes.Entry) bool {
	if e.Kind() == datatypes.KindString {
		return true
	}
	c.Error(ErrWrongType)
	return false
}

// findString looks a string up for reading. ok is false if a reply, the null or an error, has been written.
func (c *Call) findString(e *datatypes.Entry, key []byte) (ok bool) {
	if !c.Find(e, key) {
		c.Reply.Null()
		return false
	}
	return c.isString(e)
}

// peekString looks a string up for writing. ok is false if an error has been replied.
func (c *Call) peekString(e *datatypes.Entry, key []byte) (found, ok bool) {
	if !c.Peek(e, key) {
		return false, true
	}
	return true, c.isString(e)
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
	c.replyPart(e, 0, e.StringLen())
}

// replyPart replies with the bytes of a string from one position up to another, both within it.
func (c *Call) replyPart(e *datatypes.Entry, from, to int) {
	c.Reply.BulkHeader(to - from)
	e.StringRange(from, to, func(piece []byte) bool {
		c.Reply.Raw(piece)
		return true
	})
	c.Reply.RawString("\r\n")
}

// copiedPerLook is how many bytes are copied into a reply, or hashed, in the time that looking at an entry takes.
const copiedPerLook = 512

// longCopy tells whether a reply with so many bytes of values is to be made on a view.
func (c *Call) longCopy(bytes int) bool { return c.Long(bytes / copiedPerLook) }

// editKey is Edit for one key, and declares the event of a new one; found is what looking it up has just returned.
func (c *Call) editKey(found *datatypes.Entry, key []byte) datatypes.Editor {
	if !found.Found() {
		c.Event(key, EventNew, "new")
	}
	return c.Edit()
}

// store puts an argument under a key, in place of what was there; found is what looking the key up has just returned. The change is the
// caller's to declare.
func (c *Call) store(found *datatypes.Entry, key, value []byte, deadlineMs int64) {
	ed := c.editKey(found, key)
	if len(value) < datatypes.LongString {
		ed.SetStringAt(found, key, value, deadlineMs)
		return
	}
	ed.AdoptString(key, c.Client.Own(c, value), deadlineMs)
}
