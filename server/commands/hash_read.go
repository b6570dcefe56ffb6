package commands

import (
	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// hashReadRows are the rows of what reads fields.
func hashReadRows() []Row {
	return []Row{
		{
			Name: "hget", Arity: 3, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLHash, Group: "hash", Since: "2.0.0",
			Summary:    "Reads a field of a hash.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) field`,
			Handler:    cmdHGet,
		},
		{
			Name: "hmget", Arity: -3, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLHash, Group: "hash", Since: "2.0.0",
			Summary:    "Reads several fields of a hash.",
			Complexity: "O(N) where N is the number of fields being requested.",
			Syntax:     `key:key(0) field...`,
			Handler:    cmdHMGet,
		},
		{
			Name: "hexists", Arity: 3, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO)},
			ACL:  ACLHash, Group: "hash", Since: "2.0.0",
			Summary:    "Tells whether a hash has a field.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) field`,
			Handler:    cmdHExists,
		},
		{
			Name: "hstrlen", Arity: 3, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO)},
			ACL:  ACLHash, Group: "hash", Since: "3.2.0",
			Summary:    "Tells the length of a field's value.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) field`,
			Handler:    cmdHStrLen,
		},
		{
			Name: "hlen", Arity: 2, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO)},
			ACL:  ACLHash, Group: "hash", Since: "2.0.0",
			Summary:    "Counts the fields of a hash.",
			Complexity: "O(1)",
			Syntax:     `key:key(0)`,
			Handler:    cmdHLen,
		},
		{
			Name: "hgetall", Arity: 2, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLHash, Group: "hash", Since: "2.0.0",
			Summary:    "Reads all fields and values of a hash.",
			Complexity: "O(N) where N is the size of the hash.",
			Tips:       []string{"nondeterministic_output_order"},
			Syntax:     `key:key(0)`,
			Handler:    cmdHGetAll,
		},
		{
			Name: "hkeys", Arity: 2, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLHash, Group: "hash", Since: "2.0.0",
			Summary:    "Lists the fields of a hash.",
			Complexity: "O(N) where N is the size of the hash.",
			Tips:       []string{"nondeterministic_output_order"},
			Syntax:     `key:key(0)`,
			Handler:    cmdHKeys,
		},
		{
			Name: "hvals", Arity: 2, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLHash, Group: "hash", Since: "2.0.0",
			Summary:    "Lists the values of a hash.",
			Complexity: "O(N) where N is the size of the hash.",
			Tips:       []string{"nondeterministic_output_order"},
			Syntax:     `key:key(0)`,
			Handler:    cmdHVals,
		},
	}
}

// cmdHGet answers HGET key field.
func cmdHGet(c *Call) {
	var e datatypes.Entry
	if _, ok := c.findHash(&e, c.Args[1]); ok {
		c.replyField(&e, c.Args[2])
	}
}

// replyField replies with the value of a field of what findHash has found, a hash or nothing.
func (c *Call) replyField(e *datatypes.Entry, field []byte) {
	if value, found := c.findField(e, c.Args[1], field); found {
		c.replyMember(&value)
		return
	}
	c.Reply.Null()
}

// cmdHMGet answers HMGET key field [field ...].
func cmdHMGet(c *Call) {
	var e datatypes.Entry
	if _, ok := c.findHash(&e, c.Args[1]); !ok {
		return
	}
	key, fields := c.Args[1], c.Args[2:]
	c.expiredNamed(&e, key, fields)
	f := e.Hash()
	c.Reply.Array(len(fields))
	for _, field := range fields {
		c.replyPlace(&f, field)
	}
}

// cmdHExists answers HEXISTS key field.
func cmdHExists(c *Call) {
	var e datatypes.Entry
	if _, ok := c.findHash(&e, c.Args[1]); ok {
		_, found := c.findField(&e, c.Args[1], c.Args[2])
		c.replyBit(found)
	}
}

// cmdHStrLen answers HSTRLEN key field.
func cmdHStrLen(c *Call) {
	var e datatypes.Entry
	if _, ok := c.findHash(&e, c.Args[1]); !ok {
		return
	}
	length := 0
	if value, found := c.findField(&e, c.Args[1], c.Args[2]); found {
		length = value.Len()
	}
	c.Reply.Int(int64(length))
}

// cmdHLen answers HLEN key. As in Redis 7.4 it counts fields that are due until they have gone.
func cmdHLen(c *Call) { c.replyElements(datatypes.KindHash) }

// hashParts are what is shown of a hash.
type hashParts uint8

const (
	hashNames hashParts = 1 << iota
	hashValues
)

// cmdHGetAll answers HGETALL key.
func cmdHGetAll(c *Call) { c.readHash(hashNames | hashValues) }

// cmdHKeys answers HKEYS key.
func cmdHKeys(c *Call) { c.readHash(hashNames) }

// cmdHVals answers HVALS key.
func cmdHVals(c *Call) { c.readHash(hashValues) }

// readHash shows parts of all fields that aren't due.
func (c *Call) readHash(parts hashParts) {
	var e datatypes.Entry
	if _, ok := c.findHash(&e, c.Args[1]); !ok {
		return
	}
	f := e.Hash()
	if c.Long(f.Len()) {
		c.OnView(func(c *Call, db datatypes.Reader) {
			f := c.hashOnView(db, c.Args[1])
			c.replyFields(&f, parts)
		})
		return
	}
	c.replyFields(&f, parts)
}

// replyFields replies with parts of all fields that aren't due: a map if those are both.
func (c *Call) replyFields(f *hash.Form, parts hashParts) {
	if count := f.LiveLen(c.NowMs); parts == hashNames|hashValues {
		c.Reply.Map(count)
	} else {
		c.Reply.Array(count)
	}
	p := pace{breathe: c.Breathe}
	f.Each(c.NowMs, func(field, value packed.Item) bool {
		if parts&hashNames != 0 {
			c.replyMember(&field)
		}
		if parts&hashValues != 0 {
			c.replyMember(&value)
		}
		return p.looked(1)
	})
}
