package commands

import (
	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
	"github.com/cinnabar-db/cinnabar/server/resp"
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

// cmdSScan answers SSCAN key cursor [MATCH pattern] [COUNT count]. As in Redis nothing is asked of the options where there is no such key.
func cmdSScan(c *Call) {
	cursor, ok := parseCursor(c.Args[2])
	if !ok {
		c.Error(errCursor)
		return
	}
	var e datatypes.Entry
	found, ok := c.findSet(&e, c.Args[1])
	switch {
	case !ok:
		return
	case !found:
		c.replyEmptyScan()
		return
	}
	a, errText := parseScanOptions(c.Args[3:], false)
	if errText != "" {
		c.Error(errText)
		return
	}
	a.cursor = cursor
	f := e.Set()
	if c.Long(int(min(a.count, int64(f.Len())))) {
		c.OnView(func(c *Call, db datatypes.Reader) {
			a, _ := parseScanOptions(c.Args[3:], false)
			a.cursor = cursor
			f := c.setOnView(db, c.Args[1])
			c.scanSetView(&f, a)
		})
		return
	}
	var room [64]packed.Item
	members := room[:0]
	next := c.scanSet(&f, a, func(it packed.Item) { members = append(members, it) })
	c.Reply.Array(2)
	c.Reply.BulkInt(int64(next))
	c.Reply.Array(len(members))
	for i := range members {
		c.replyMember(&members[i])
	}
}

// replyEmptyScan is the reply of a scan that has come to its end and found nothing.
func (c *Call) replyEmptyScan() {
	c.Reply.Array(2)
	c.Reply.BulkString("0")
	c.Reply.Array(0)
}

// scanSetView is SSCAN of many members, which are written down as they come.
func (c *Call) scanSetView(f *set.Form, a scanArgs) {
	var members resp.Writer
	reply, count := c.Reply, 0
	c.Reply = &members
	next := c.scanSet(f, a, func(it packed.Item) {
		c.replyMember(&it)
		count++
	})
	c.Reply = reply
	reply.Array(2)
	reply.BulkInt(int64(next))
	reply.Array(count)
	reply.Take(&members)
}

// scanSet gives the next members that fit the pattern to show, and returns the next cursor.
func (c *Call) scanSet(f *set.Form, a scanArgs, show func(it packed.Item)) (next uint64) {
	next = a.cursor
	for left := a.count; ; {
		next = f.Scan(next, int(min(left, scanPiece)), func(it packed.Item) {
			left--
			if a.pattern == nil || memberFits(a.pattern, &it) {
				show(it)
			}
		})
		if next == 0 || left <= 0 || !c.Breathe() {
			return next
		}
	}
}

// memberFits matches a member as text with a pattern.
func memberFits(pattern []byte, it *packed.Item) bool {
	if _, isInt := it.Int(); isInt {
		var digits [20]byte
		return Match(pattern, it.AppendTo(digits[:0]))
	}
	return Match(pattern, it.Text())
}
