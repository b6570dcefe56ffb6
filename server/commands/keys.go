package commands

import (
	"bytes"
	"math"
	"math/rand/v2"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// KeyRows are the rows of the commands that give keys other names and places, and draw one.
func KeyRows() []Row {
	return []Row{
		{
			Name: "rename", Arity: 3, Flags: FlagWrite,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete), KeyAt(2, KeyOW|KeyUpdate)},
			ACL:  ACLKeyspace, Group: "generic", Since: "1.0.0",
			Summary:    "Renames a key; one of that name is overwritten.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) newkey:key(1)`,
			Handler:    cmdRename,
		},
		{
			Name: "renamenx", Arity: 3, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete), KeyAt(2, KeyOW|KeyInsert)},
			ACL:  ACLKeyspace, Group: "generic", Since: "1.0.0",
			Summary:    "Renames a key unless one of that name exists.",
			Complexity: "O(1)",
			History:    []Change{{"3.2.0", "The command no longer returns an error when source and destination names are the same."}},
			Syntax:     `key:key(0) newkey:key(1)`,
			Handler:    cmdRenameNX,
		},
		{
			Name: "copy", Arity: -3, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess), KeyAt(2, KeyOW|KeyUpdate)},
			ACL:  ACLKeyspace, Group: "generic", Since: "6.2.0",
			Summary:    "Copies a key.",
			Complexity: "O(N) worst case for collections, where N is the number of nested items. O(1) for string values.",
			Syntax:     `source:key(0) destination:key(1) [DB=destination-db:integer] ["REPLACE"]`,
			Handler:    cmdCopy,
		},
		{
			Name: "move", Arity: 3, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
			ACL:  ACLKeyspace, Group: "generic", Since: "1.0.0",
			Summary:    "Moves a key to another database.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) db:integer`,
			Handler:    cmdMove,
		},
		{
			Name: "randomkey", Arity: 1, Flags: FlagReadonly | FlagTouchesArbitraryKeys,
			ACL: ACLKeyspace, Group: "generic", Since: "1.0.0",
			Summary:    "Draws a key at random.",
			Complexity: "O(1)",
			Tips:       []string{"request_policy:all_shards", "nondeterministic_output"},
			Exclusive:  true, // what it finds expired goes at once
			Handler:    cmdRandomKey,
		},
	}
}

const errSameObject = "ERR source and destination objects are the same"

// cmdRename answers RENAME key newkey.
func cmdRename(c *Call) {
	if c.rename(true) {
		c.Reply.OK()
	}
}

// cmdRenameNX answers RENAMENX key newkey.
func cmdRenameNX(c *Call) { c.rename(false) }

// rename gives a key another name, whatever was there before if replace is set; else it replies with 1 or 0 itself.
func (c *Call) rename(replace bool) (ok bool) {
	from, to := c.Args[1], c.Args[2]
	var e, other datatypes.Entry
	if !c.Peek(&e, from) {
		c.Error(ErrNoSuchKey)
		return false
	}
	if bytes.Equal(from, to) {
		if !replace {
			c.Reply.Int(0)
		}
		return true
	}
	if c.Peek(&other, to) && !replace {
		c.Reply.Int(0)
		return false
	}
	ed := c.Edit()
	ed.Move(from, ed, to)
	index := c.Client.Database()
	c.Counted(1)
	c.Event(to, EventNew, "new")
	c.Touched(index, from)
	c.Touched(index, to)
	c.Event(from, EventGeneric, "rename_from")
	c.Event(to, EventGeneric, "rename_to")
	if !replace {
		c.Reply.Int(1)
	}
	return true
}

// databaseIndex reads the index of a database; the error has been replied if it is none.
func (c *Call) databaseIndex(word []byte) (index int, ok bool) {
	n, ok := ParseInt(word)
	switch {
	case !ok:
		c.Error(ErrNotInteger)
	case n < math.MinInt32 || n > math.MaxInt32:
		c.Errorf("ERR value is out of range, value must between %d and %d", math.MinInt32, math.MaxInt32)
	case n < 0 || n >= int64(c.Keys.Databases()):
		c.Error(ErrDBOutOfRange)
	default:
		return int(n), true
	}
	return 0, false
}

// cmdCopy answers COPY source destination [DB index] [REPLACE].
func cmdCopy(c *Call) {
	here := c.Client.Database()
	there, replace := here, false
	for i := 3; i < len(c.Args); i++ {
		switch {
		case IsWord(c.Args[i], "REPLACE"):
			replace = true
		case IsWord(c.Args[i], "DB") && i+1 < len(c.Args):
			i++
			var ok bool
			if there, ok = c.databaseIndex(c.Args[i]); !ok {
				return
			}
		default:
			c.Error(ErrSyntax)
			return
		}
	}
	from, to := c.Args[1], c.Args[2]
	if here == there && bytes.Equal(from, to) {
		c.Error(errSameObject)
		return
	}
	var e, other datatypes.Entry
	if !c.Find(&e, from) || c.PeekIn(there, &other, to) && !replace {
		c.Reply.Int(0)
		return
	}
	c.Edit().Copy(from, c.EditAt(there), to)
	c.EventIn(there, to, EventNew, "new")
	c.ChangedIn(there, to, EventGeneric, "copy_to")
	c.Reply.Int(1)
}

// cmdMove answers MOVE key db.
func cmdMove(c *Call) {
	here, key := c.Client.Database(), c.Args[1]
	there, ok := c.databaseIndex(c.Args[2])
	if !ok {
		return
	}
	if here == there {
		c.Error(errSameObject)
		return
	}
	var e, other datatypes.Entry
	if !c.Peek(&e, key) || c.PeekIn(there, &other, key) {
		c.Reply.Int(0)
		return
	}
	c.Edit().Move(key, c.EditAt(there), key)
	c.Counted(1)
	c.EventIn(there, key, EventNew, "new")
	c.Touched(here, key)
	c.Touched(there, key)
	c.Event(key, EventGeneric, "move_from")
	c.EventIn(there, key, EventGeneric, "move_to")
	c.Reply.Int(1)
}

// cmdRandomKey answers RANDOMKEY. What it draws and finds expired goes.
func cmdRandomKey(c *Call) {
	random := rand.New(runtimeSource{})
	for range randomTries {
		key, e, ok := c.DB().Random(random)
		if !ok {
			c.Reply.Null()
			return
		}
		if !e.Expired(c.NowMs) {
			c.Reply.Bulk(key)
			return
		}
		c.expired(c.Client.Database(), bytes.Clone(key))
	}
	c.replyAnyKey()
}

// randomTries is how many expired keys RANDOMKEY draws, while CLIENT PAUSE keeps them, before it looks for one that isn't.
const randomTries = 10_000

// replyAnyKey replies with the first key that has not expired.
func (c *Call) replyAnyKey() {
	found := false
	c.DB().Range(func(key []byte, e datatypes.Entry) bool {
		if found = !e.Expired(c.NowMs); found {
			c.Reply.Bulk(key)
		}
		return !found
	})
	if !found {
		c.Reply.Null()
	}
}

// runtimeSource draws from the runtime's generator, which any goroutine may do.
type runtimeSource struct{}

// Uint64 implements rand.Source.
func (runtimeSource) Uint64() uint64 { return rand.Uint64() }
