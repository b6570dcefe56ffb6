package commands

import "github.com/cinnabar-db/cinnabar/datatypes"

// GenericRows are the rows of the commands that take keys of any type.
func GenericRows() []Row {
	return []Row{
		{
			Name: "del", Arity: -2, Flags: FlagWrite,
			Keys: []KeySpec{KeysFrom(1, KeyRM|KeyDelete)},
			ACL:  ACLKeyspace, Group: "generic", Since: "1.0.0",
			Summary:    "Deletes keys.",
			Complexity: "O(N) where N is the number of keys that will be removed. When a key to remove holds a value other than a string, the individual complexity for this key is O(M) where M is the number of elements in the list, set, sorted set or hash. Removing a single key that holds a string value is O(1).",
			Tips:       []string{"request_policy:multi_shard", "response_policy:agg_sum"},
			Syntax:     `key:key(0)...`,
			Handler:    cmdDel,
		},
		{
			Name: "exists", Arity: -2, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeysFrom(1, KeyRO)},
			ACL:  ACLKeyspace, Group: "generic", Since: "1.0.0",
			Summary:    "Counts how many of the keys exist.",
			Complexity: "O(N) where N is the number of keys to check.",
			History:    []Change{{"3.0.3", "Accepts multiple `key` arguments."}},
			Tips:       []string{"request_policy:multi_shard", "response_policy:agg_sum"},
			Syntax:     `key:key(0)...`,
			Handler:    cmdExists,
		},
		{
			Name: "type", Arity: 2, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO)},
			ACL:  ACLKeyspace, Group: "generic", Since: "1.0.0",
			Summary:    "Tells the type of the value stored under a key.",
			Complexity: "O(1)",
			Syntax:     `key:key(0)`,
			Handler:    cmdType,
		},
		{
			Name: "dbsize", Arity: 1, Flags: FlagReadonly | FlagFast,
			ACL: ACLKeyspace, Group: "server", Since: "1.0.0",
			Summary:    "Counts the keys of the selected database.",
			Complexity: "O(1)",
			Tips:       []string{"request_policy:all_shards", "response_policy:agg_sum"},
			Exclusive:  true, // what reads have found expired is deleted first
			Handler:    cmdDBSize,
		},
		{
			Name: "flushdb", Arity: -1, Flags: FlagWrite,
			ACL: ACLKeyspace | ACLDangerous, Group: "server", Since: "1.0.0",
			Summary:    "Deletes every key of the selected database.",
			Complexity: "O(N) where N is the number of keys in the selected database",
			History: []Change{
				{"4.0.0", "Added the `ASYNC` flushing mode modifier."},
				{"6.2.0", "Added the `SYNC` flushing mode modifier."},
			},
			Tips:    []string{"request_policy:all_shards", "response_policy:all_succeeded"},
			Syntax:  `[async:<"ASYNC"@4.0.0|"SYNC"@6.2.0>]`,
			Handler: cmdFlushDB,
		},
		{
			Name: "flushall", Arity: -1, Flags: FlagWrite,
			ACL: ACLKeyspace | ACLDangerous, Group: "server", Since: "1.0.0",
			Summary:    "Deletes every key of every database.",
			Complexity: "O(N) where N is the total number of keys in all databases",
			History: []Change{
				{"4.0.0", "Added the `ASYNC` flushing mode modifier."},
				{"6.2.0", "Added the `SYNC` flushing mode modifier."},
			},
			Tips:    []string{"request_policy:all_shards", "response_policy:all_succeeded"},
			Syntax:  `[async:<"ASYNC"@4.0.0|"SYNC"@6.2.0>]`,
			Handler: cmdFlushAll,
		},
	}
}

// cmdDel answers DEL key [key ...].
func cmdDel(c *Call) {
	var count int64
	var e datatypes.Entry
	for _, key := range c.Args[1:] {
		if c.Peek(&e, key) && c.Edit().Delete(key) {
			c.Changed(key, EventGeneric, "del")
			count++
		}
	}
	c.Reply.Int(count)
}

// cmdExists answers EXISTS key [key ...]; a key named twice counts twice.
func cmdExists(c *Call) {
	var count int64
	var e datatypes.Entry
	for _, key := range c.Args[1:] {
		if c.Look(&e, key) {
			count++
		}
	}
	c.Reply.Int(count)
}

// cmdType answers TYPE key.
func cmdType(c *Call) {
	var e datatypes.Entry
	if c.Look(&e, c.Args[1]) {
		c.Reply.Status(e.Kind().String())
		return
	}
	c.Reply.Status("none")
}

// cmdDBSize answers DBSIZE. Keys that have expired and still lie there count, as in Redis.
func cmdDBSize(c *Call) { c.Reply.Int(int64(c.DB().Len())) }

// flushMode reads [ASYNC | SYNC]; both empty a database at once, since that only moves a pointer.
func (c *Call) flushMode() bool {
	if len(c.Args) == 1 || len(c.Args) == 2 && (IsWord(c.Args[1], "ASYNC") || IsWord(c.Args[1], "SYNC")) {
		return true
	}
	c.Error(ErrSyntax)
	return false
}

// cmdFlushDB answers FLUSHDB [ASYNC | SYNC].
func cmdFlushDB(c *Call) {
	if !c.flushMode() {
		return
	}
	index := c.Client.Database()
	count := c.DB().Len()
	c.Edit().Clear()
	c.Flushed(index, count)
	c.Reply.OK()
}

// cmdFlushAll answers FLUSHALL [ASYNC | SYNC].
func cmdFlushAll(c *Call) {
	if !c.flushMode() {
		return
	}
	count := 0
	for index := range c.Keys.Databases() {
		count += c.Keys.DB(index).Len()
		c.EditAt(index).Clear()
	}
	c.Flushed(AllDatabases, count)
	c.Reply.OK()
}
