package commands

import (
	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
)

// zsetRemoveRows are the rows of what takes ranges out.
func zsetRemoveRows() []Row {
	return []Row{
		{
			Name: "zremrangebyrank", Arity: 4, Flags: FlagWrite,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "2.0.0",
			Summary:    "Removes the members within a range of ranks.",
			Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.",
			Syntax:     `key:key(0) start:integer stop:integer`,
			Handler:    cmdZRemRangeByRank,
		},
		{
			Name: "zremrangebyscore", Arity: 4, Flags: FlagWrite,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "1.2.0",
			Summary:    "Removes the members within a range of scores.",
			Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.",
			Syntax:     `key:key(0) min:double max:double`,
			Handler:    cmdZRemRangeByScore,
		},
		{
			Name: "zremrangebylex", Arity: 4, Flags: FlagWrite,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "2.8.9",
			Summary:    "Removes the members within a range of names.",
			Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.",
			Syntax:     `key:key(0) min max`,
			Handler:    cmdZRemRangeByLex,
		},
		{
			Name: "zpopmin", Arity: -2, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "5.0.0",
			Summary:    "Pops the members of lowest score.",
			Complexity: "O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.",
			Syntax:     `key:key(0) [count:integer]`,
			Handler:    cmdZPopMin,
		},
		{
			Name: "zpopmax", Arity: -2, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "5.0.0",
			Summary:    "Pops the members of highest score.",
			Complexity: "O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.",
			Syntax:     `key:key(0) [count:integer]`,
			Handler:    cmdZPopMax,
		},
	}
}

func cmdZRemRangeByRank(c *Call)  { c.removeRange(byRank, "zremrangebyrank") }
func cmdZRemRangeByScore(c *Call) { c.removeRange(byScore, "zremrangebyscore") }
func cmdZRemRangeByLex(c *Call)   { c.removeRange(byLex, "zremrangebylex") }

// removeRange answers ZREMRANGEBYRANK, ZREMRANGEBYSCORE and ZREMRANGEBYLEX key min max.
func (c *Call) removeRange(by rangeBy, event string) {
	key, a := c.Args[1], zrangeArgs{by: by, window: whole}
	if errText := a.parseEnds(c.Args[2], c.Args[3]); errText != "" {
		c.Error(errText)
		return
	}
	var e datatypes.Entry
	if _, ok := c.peekSortedSet(&e, key); !ok {
		return
	}
	f := e.SortedSet()
	from, to := a.ranks(&f)
	if from < to {
		c.Edit().ChangeSortedSet(&e, key, 0, func(f *zset.Form, edit *zset.Edit) { f.RemoveRange(edit, from, to) })
		c.removedMembers(&e, key, to-from, event)
	}
	c.Reply.Int(int64(to - from))
}

func cmdZPopMin(c *Call) { c.popScored(false) }
func cmdZPopMax(c *Call) { c.popScored(true) }

// popScored answers ZPOPMIN key [count] and ZPOPMAX.
func (c *Call) popScored(back bool) {
	key, count, pairs := c.Args[1], int64(1), len(c.Args) == 3
	if len(c.Args) > 3 {
		c.Error(ErrSyntax)
		return
	}
	if pairs {
		var ok bool
		if count, ok = ParseInt(c.Args[2]); !ok || count < 0 {
			c.Error(errNotPositive)
			return
		}
	}
	var e datatypes.Entry
	found, ok := c.peekSortedSet(&e, key)
	switch {
	case !ok:
		return
	case !found || count == 0:
		c.Reply.Array(0)
		return
	}
	f := e.SortedSet()
	taken := int(min(count, int64(f.Len())))
	if pairs {
		c.replyPairs(taken, true)
	} else {
		c.Reply.Array(2)
	}
	c.popMembers(&e, key, back, taken, pairs && c.Reply.Proto() != 2)
}

// popMembers takes so many members out at an end, as many as there are or fewer, replies with each and its score, as an array of two if pairs
// says so, and declares it. e becomes what the change has left.
func (c *Call) popMembers(e *datatypes.Entry, key []byte, back bool, count int, pairs bool) {
	from, to, event := 0, count, "zpopmin"
	if back {
		f := e.SortedSet()
		from, to, event = f.Len()-count, f.Len(), "zpopmax"
	}
	reply := func(it packed.Item, score float64) bool {
		if pairs {
			c.Reply.Array(2)
		}
		c.replyMember(&it)
		c.Reply.Double(score)
		return true
	}
	c.Edit().ChangeSortedSet(e, key, 0, func(f *zset.Form, edit *zset.Edit) {
		if back {
			f.RangeBack(from, to, reply)
		} else {
			f.Range(from, to, reply)
		}
		f.RemoveRange(edit, from, to)
	})
	c.removedMembers(e, key, count, event)
}
