package commands

import (
	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
)

// setScanRows are the rows of what goes through a set step by step.
func setScanRows() []Row {
	return []Row{
		{
			Name: "sscan", Arity: -3, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLSet, Group: "set", Since: "2.8.0",
			Summary:    "Walks through the members of a set step by step.",
			Complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..",
			Tips:       []string{"nondeterministic_output"},
			Syntax:     `key:key(0) cursor:integer [MATCH=pattern:pattern] [COUNT=count:integer]`,
			Handler:    cmdSScan,
		},
	}
}

// cmdSScan answers SSCAN key cursor [MATCH pattern] [COUNT count].
func cmdSScan(c *Call) {
	var e datatypes.Entry
	a, ok := c.beginScan(&e, (*Call).findSet, scanMembers)
	if !ok {
		return
	}
	f := e.Set()
	if c.Long(int(min(a.count, int64(f.Len())))) {
		c.OnView(func(c *Call, db datatypes.Reader) {
			a, _ := parseScan(c.Args[2:], scanMembers)
			f := c.setOnView(db, c.Args[1])
			c.replySetScan(&f, a)
		})
		return
	}
	c.replySetScan(&f, a)
}

// replySetScan replies with the next members that fit the pattern.
func (c *Call) replySetScan(f *set.Form, a scanArgs) {
	c.replyScan(func() (next uint64, count int) {
		next = c.scanSet(f, a, func(it packed.Item) {
			c.replyMember(&it)
			count++
		})
		return next, count
	})
}

// scanSet gives the next members that fit the pattern to show, and returns the next cursor.
func (c *Call) scanSet(f *set.Form, a scanArgs, show func(it packed.Item)) (next uint64) {
	return c.scanOn(&a, func(cursor uint64, count int) (next uint64, met int) {
		next = f.Scan(cursor, count, func(it packed.Item) {
			met++
			if a.pattern == nil || memberFits(a.pattern, &it) {
				show(it)
			}
		})
		return next, met
	})
}

// memberFits matches a member as text with a pattern.
func memberFits(pattern []byte, it *packed.Item) bool {
	var digits [packed.MaxDigits]byte
	return Match(pattern, it.TextIn(digits[:0]))
}
