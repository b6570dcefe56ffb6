package commands

import (
	"bytes"
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
)

// SetRows are the rows of the commands about sets.
func SetRows() []Row {
	rows := []Row{
		{
			Name: "sadd", Arity: -3, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyInsert)},
			ACL:  ACLSet, Group: "set", Since: "1.0.0",
			Summary:    "Adds members to a set.",
			Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
			History:    []Change{{"2.4.0", "Accepts multiple `member` arguments."}},
			Syntax:     `key:key(0) member...`,
			Handler:    cmdSAdd,
		},
		{
			Name: "srem", Arity: -3, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
			ACL:  ACLSet, Group: "set", Since: "1.0.0",
			Summary:    "Removes members of a set, and the set with its last one.",
			Complexity: "O(N) where N is the number of members to be removed.",
			History:    []Change{{"2.4.0", "Accepts multiple `member` arguments."}},
			Syntax:     `key:key(0) member...`,
			Handler:    cmdSRem,
		},
		{
			Name: "sismember", Arity: 3, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO)},
			ACL:  ACLSet, Group: "set", Since: "1.0.0",
			Summary:    "Tells whether a set has a member.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) member`,
			Handler:    cmdSIsMember,
		},
		{
			Name: "smismember", Arity: -3, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLSet, Group: "set", Since: "6.2.0",
			Summary:    "Tells which members a set has.",
			Complexity: "O(N) where N is the number of elements being checked for membership",
			Syntax:     `key:key(0) member...`,
			Handler:    cmdSMIsMember,
		},
		{
			Name: "scard", Arity: 2, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO)},
			ACL:  ACLSet, Group: "set", Since: "1.0.0",
			Summary:    "Counts the members of a set.",
			Complexity: "O(1)",
			Syntax:     `key:key(0)`,
			Handler:    cmdSCard,
		},
		{
			Name: "smembers", Arity: 2, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLSet, Group: "set", Since: "1.0.0",
			Summary:    "Lists the members of a set.",
			Complexity: "O(N) where N is the set cardinality.",
			Tips:       []string{"nondeterministic_output_order"},
			Syntax:     `key:key(0)`,
			Handler:    cmdSMembers,
		},
		{
			Name: "smove", Arity: 4, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete), KeyAt(2, KeyRW|KeyInsert)},
			ACL:  ACLSet, Group: "set", Since: "1.0.0",
			Summary:    "Moves a member from one set to another.",
			Complexity: "O(1)",
			Syntax:     `source:key(0) destination:key(1) member`,
			Handler:    cmdSMove,
		},
	}
	return slices.Concat(rows, setRandomRows(), setAlgebraRows(), setScanRows())
}

// findSet and peekSet are findKind and peekKind for sets.
func (c *Call) findSet(e *datatypes.Entry, key []byte) (found, ok bool) {
	return c.findKind(e, key, datatypes.KindSet)
}
func (c *Call) peekSet(e *datatypes.Entry, key []byte) (found, ok bool) {
	return c.peekKind(e, key, datatypes.KindSet)
}

// setOnView is the set under a key of a view, the empty one if there is none; it was found to be one before the view was taken.
func (c *Call) setOnView(db datatypes.Reader, key []byte) set.Form {
	var e datatypes.Entry
	c.findOnView(db, &e, key)
	return e.Set()
}

// cmdSAdd answers SADD key member [member ...].
func cmdSAdd(c *Call) {
	key, members := c.Args[1], c.Args[2:]
	var e datatypes.Entry
	found, ok := c.peekSet(&e, key)
	if !ok {
		return
	}
	added := 0
	c.Edit().ChangeSet(&e, key, func(f *set.Form, edit *set.Edit) {
		for _, member := range members {
			if f.Add(edit, member) {
				added++
			}
		}
	})
	if !found {
		c.Event(key, EventNew, "new")
	}
	if added > 0 {
		c.Changed(key, EventSet, "sadd")
		c.Counted(added - 1)
	}
	c.Reply.Int(int64(added))
}

// cmdSRem answers SREM key member [member ...].
func cmdSRem(c *Call) {
	key, members := c.Args[1], c.Args[2:]
	var e datatypes.Entry
	if found, ok := c.peekSet(&e, key); !found {
		if ok {
			c.Reply.Int(0)
		}
		return
	}
	removed := 0
	c.Edit().ChangeSet(&e, key, func(f *set.Form, edit *set.Edit) {
		for _, member := range members {
			if f.Remove(edit, member) {
				removed++
			}
		}
	})
	if removed > 0 {
		c.Changed(key, EventSet, "srem")
		c.Counted(removed - 1)
		c.emptied(&e, key)
	}
	c.Reply.Int(int64(removed))
}

// cmdSIsMember answers SISMEMBER key member.
func cmdSIsMember(c *Call) {
	var e datatypes.Entry
	found, ok := c.findSet(&e, c.Args[1])
	if !ok {
		return
	}
	f := e.Set()
	c.replyBit(found && f.Has(c.Args[2]))
}

// cmdSMIsMember answers SMISMEMBER key member [member ...].
func cmdSMIsMember(c *Call) {
	var e datatypes.Entry
	found, ok := c.findSet(&e, c.Args[1])
	if !ok {
		return
	}
	f, members := e.Set(), c.Args[2:]
	c.Reply.Array(len(members))
	for _, member := range members {
		c.replyBit(found && f.Has(member))
	}
}

// cmdSCard answers SCARD key.
func cmdSCard(c *Call) { c.replyElements(datatypes.KindSet) }

// cmdSMembers answers SMEMBERS key.
func cmdSMembers(c *Call) {
	var e datatypes.Entry
	if _, ok := c.findSet(&e, c.Args[1]); !ok {
		return
	}
	f := e.Set()
	if c.Long(f.Len()) {
		c.OnView(func(c *Call, db datatypes.Reader) {
			f := c.setOnView(db, c.Args[1])
			c.Reply.Set(f.Len())
			c.replyMembers(&f)
		})
		return
	}
	c.Reply.Set(f.Len())
	c.replyMembers(&f)
}

// replyMembers replies with all members, whose number has been replied.
func (c *Call) replyMembers(f *set.Form) {
	p := pace{breathe: c.Breathe}
	f.Each(func(it packed.Item) bool {
		c.replyMember(&it)
		return p.looked(1)
	})
}

// cmdSMove answers SMOVE source destination member.
func cmdSMove(c *Call) {
	from, to, member := c.Args[1], c.Args[2], c.Args[3]
	var source, destination datatypes.Entry
	found, foundTo := c.Peek(&source, from), c.Peek(&destination, to)
	if !found {
		c.Reply.Int(0)
		return
	}
	if !foundTo {
		c.DB().Find(&source, from, c.NowMs) // an expired destination may have been deleted, which moves others
	}
	if !c.isKind(&source, datatypes.KindSet) || foundTo && !c.isKind(&destination, datatypes.KindSet) {
		return
	}
	f := source.Set()
	if has := f.Has(member); !has || bytes.Equal(from, to) {
		c.replyBit(has)
		return
	}
	edit := c.Edit()
	edit.ChangeSet(&source, from, func(f *set.Form, edit *set.Edit) { f.Remove(edit, member) })
	c.Changed(from, EventSet, "srem")
	c.emptied(&source, from)
	if !foundTo {
		c.Event(to, EventNew, "new")
	}
	added := false
	edit.ChangeSet(&destination, to, func(f *set.Form, edit *set.Edit) { added = f.Add(edit, member) })
	if added {
		c.Changed(to, EventSet, "sadd")
	}
	c.Reply.Int(1)
}
