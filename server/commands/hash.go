package commands

import (
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// HashRows are the rows of the commands about hashes.
func HashRows() []Row {
	return slices.Concat(hashRows(), hashReadRows(), hashNumberRows(), hashScanRows(), hashExpireRows(), hashTTLRows(), newerHashRows())
}

// hashRows are the rows of what sets and deletes fields.
func hashRows() []Row {
	return []Row{
		{
			Name: "hset", Arity: -4, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
			ACL:  ACLHash, Group: "hash", Since: "2.0.0",
			Summary:    "Sets fields of a hash.",
			Complexity: "O(1) for each field/value pair added, so O(N) to add N field/value pairs when the command is called with multiple field/value pairs.",
			History:    []Change{{"4.0.0", "Accepts multiple `field` and `value` arguments."}},
			Syntax:     `key:key(0) field_value:{field value}...`,
			Handler:    cmdHSet,
		},
		{
			Name: "hmset", Arity: -4, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
			ACL:  ACLHash, Group: "hash", Since: "2.0.0",
			Summary:    "Sets several fields of a hash.",
			Complexity: "O(N) where N is the number of fields being set.",
			Deprecated: &Deprecation{"4.0.0", "`HSET` with multiple field-value pairs"},
			Syntax:     `key:key(0) field_value:{field value}...`,
			Handler:    cmdHMSet,
		},
		{
			Name: "hsetnx", Arity: 4, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyInsert)},
			ACL:  ACLHash, Group: "hash", Since: "2.0.0",
			Summary:    "Sets a field of a hash unless it exists.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) field value`,
			Handler:    cmdHSetNX,
		},
		{
			Name: "hdel", Arity: -3, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
			ACL:  ACLHash, Group: "hash", Since: "2.0.0",
			Summary:    "Deletes fields of a hash, and the hash with its last one.",
			Complexity: "O(N) where N is the number of fields to be removed.",
			History:    []Change{{"2.4.0", "Accepts multiple `field` arguments."}},
			Syntax:     `key:key(0) field...`,
			Handler:    cmdHDel,
		},
	}
}

// findHash and peekHash are findKind and peekKind for hashes.
func (c *Call) findHash(e *datatypes.Entry, key []byte) (found, ok bool) {
	return c.findKind(e, key, datatypes.KindHash)
}
func (c *Call) peekHash(e *datatypes.Entry, key []byte) (found, ok bool) {
	return c.peekKind(e, key, datatypes.KindHash)
}

// hashOnView looks a hash up in a view; it was found to be one, or nothing, before the view was taken.
func (c *Call) hashOnView(db datatypes.Reader, key []byte) hash.Form {
	var e datatypes.Entry
	c.findOnView(db, &e, key)
	return e.Hash()
}

// longestWord is the length of the longest of some words.
func longestWord(words [][]byte) (longest int) {
	for _, word := range words {
		longest = max(longest, len(word))
	}
	return longest
}

// findField looks a field of a hash up that findHash or peekHash has found. One that is due is none, and goes; e may be the zero value then.
func (c *Call) findField(e *datatypes.Entry, key, field []byte) (value packed.Item, found bool) {
	at := c.placeOfField(e, key, field)
	if !at.Live(c.NowMs) {
		return value, false
	}
	return at.Value, true
}

// placeOfField is findField for those who change the field.
func (c *Call) placeOfField(e *datatypes.Entry, key, field []byte) hash.Place {
	f := e.Hash()
	at := f.Find(field)
	if at.Found() && !at.Live(c.NowMs) {
		c.expiredFields(e, key, field)
		f = e.Hash()
		at = f.Find(field) // it is still there while keys are only noted
	}
	return at
}

// cmdHSet answers HSET key field value [field value ...].
func cmdHSet(c *Call) {
	if added, ok := c.setFields(); ok {
		c.Reply.Int(int64(added))
	}
}

// cmdHMSet answers HMSET key field value [field value ...].
func cmdHMSet(c *Call) {
	if _, ok := c.setFields(); ok {
		c.Reply.OK()
	}
}

// cmdHSetNX answers HSETNX key field value.
func cmdHSetNX(c *Call) {
	key := c.Args[1]
	var e datatypes.Entry
	if _, ok := c.peekHash(&e, key); !ok {
		return
	}
	_, there := c.findField(&e, key, c.Args[2])
	if !there {
		c.setFieldsAt(&e)
	}
	c.replyBit(!there)
}

// setFields gives values to fields, from the third word on, and tells how many are new. Unless ok, it has replied.
func (c *Call) setFields() (added int, ok bool) {
	if len(c.Args)%2 != 0 {
		c.WrongArgs()
		return 0, false
	}
	var e datatypes.Entry
	if _, ok := c.peekHash(&e, c.Args[1]); !ok {
		return 0, false
	}
	return c.setFieldsAt(&e), true
}

// setFieldsAt is setFields of what peekHash has found, a hash or nothing.
func (c *Call) setFieldsAt(e *datatypes.Entry) (added int) {
	key, words, found := c.Args[1], c.Args[2:], e.Found()
	c.Edit().ChangeHash(e, key, longestWord(words), func(f *hash.Form, edit *hash.Edit) {
		for i := 0; i < len(words); i += 2 {
			if f.Set(edit, words[i], words[i+1]) {
				added++
			}
		}
	})
	c.changedFields(found, key, "hset")
	c.Counted(len(words)/2 - 1)
	return added
}

// changedFields declares a change of a hash that was found, or not.
func (c *Call) changedFields(found bool, key []byte, event string) {
	if !found {
		c.Event(key, EventNew, "new")
	}
	c.Changed(key, EventHash, event)
}

// cmdHDel answers HDEL key field [field ...].
func cmdHDel(c *Call) {
	key, fields := c.Args[1], c.Args[2:]
	var e datatypes.Entry
	if found, ok := c.peekHash(&e, key); !found {
		if ok {
			c.Reply.Int(0)
		}
		return
	}
	deleted := 0
	c.Edit().ChangeHash(&e, key, datatypes.NoneSet, func(f *hash.Form, edit *hash.Edit) {
		for _, field := range fields {
			if f.Delete(edit, field) {
				deleted++
			}
		}
	})
	if deleted > 0 {
		c.Changed(key, EventHash, "hdel")
		c.Counted(deleted - 1)
		c.emptied(&e, key)
	}
	c.Reply.Int(int64(deleted))
}
