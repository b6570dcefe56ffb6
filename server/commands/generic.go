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
			Name: "unlink", Arity: -2, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeysFrom(1, KeyRM|KeyDelete)},
			ACL:  ACLKeyspace, Group: "generic", Since: "4.0.0",
			Summary:    "Deletes keys and frees their memory later.",
			Complexity: "O(1) for each key removed regardless of its size. Then the command does O(N) work in a different thread in order to reclaim memory, where N is the number of allocations the deleted objects where composed of.",
			Tips:       []string{"request_policy:multi_shard", "response_policy:agg_sum"},
			Syntax:     `key:key(0)...`,
			Handler:    cmdDel,
		},
		{
			Name: "touch", Arity: -2, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeysFrom(1, KeyRO)},
			ACL:  ACLKeyspace, Group: "generic", Since: "3.2.1",
			Summary:    "Counts which of the keys exist and marks them as used.",
			Complexity: "O(N) where N is the number of keys that will be touched.",
			Tips:       []string{"request_policy:multi_shard", "response_policy:agg_sum"},
			Syntax:     `key:key(0)...`,
			Handler:    cmdTouch,
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
	}
}

// cmdDel answers DEL key [key ...] and UNLINK key [key ...]: neither takes longer for a large value.
func cmdDel(c *Call) {
	var count int64
	var e datatypes.Entry
	for _, key := range c.Args[1:] {
		if c.Peek(&e, key) && c.Edit().DeleteAt(&e, key) {
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

// cmdTouch answers TOUCH key [key ...], which is a use of them even for a client with CLIENT NO-TOUCH.
func cmdTouch(c *Call) {
	c.NoTouch = false
	var count int64
	var e datatypes.Entry
	for _, key := range c.Args[1:] {
		if c.Find(&e, key) {
			count++
		}
	}
	c.Reply.Int(count)
}
