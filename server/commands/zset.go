package commands

import (
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
)

// ZSetRows are the rows of the commands about sorted sets.
func ZSetRows() []Row {
	return slices.Concat(zsetAddRows(), zsetRows(), zsetRangeRows(), zsetRemoveRows(), zsetScanRows(), zsetAlgebraRows(), zsetBlockRows())
}

// zsetRows are the rows of what asks about members and takes them out.
func zsetRows() []Row {
	return []Row{
		{
			Name: "zrem", Arity: -3, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "1.2.0",
			Summary:    "Removes members of a sorted set, and the set with its last one.",
			Complexity: "O(M*log(N)) with N being the number of elements in the sorted set and M the number of elements to be removed.",
			History:    []Change{{"2.4.0", "Accepts multiple elements."}},
			Syntax:     `key:key(0) member...`,
			Handler:    cmdZRem,
		},
		{
			Name: "zcard", Arity: 2, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "1.2.0",
			Summary:    "Counts the members of a sorted set.",
			Complexity: "O(1)",
			Syntax:     `key:key(0)`,
			Handler:    cmdZCard,
		},
		{
			Name: "zcount", Arity: 4, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "2.0.0",
			Summary:    "Counts the members within a range of scores.",
			Complexity: "O(log(N)) with N being the number of elements in the sorted set.",
			Syntax:     `key:key(0) min:double max:double`,
			Handler:    cmdZCount,
		},
		{
			Name: "zlexcount", Arity: 4, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "2.8.9",
			Summary:    "Counts the members within a range of names.",
			Complexity: "O(log(N)) with N being the number of elements in the sorted set.",
			Syntax:     `key:key(0) min max`,
			Handler:    cmdZLexCount,
		},
		{
			Name: "zscore", Arity: 3, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "1.2.0",
			Summary:    "Tells the score of a member.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) member`,
			Handler:    cmdZScore,
		},
		{
			Name: "zmscore", Arity: -3, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "6.2.0",
			Summary:    "Tells the scores of members.",
			Complexity: "O(N) where N is the number of members being requested.",
			Syntax:     `key:key(0) member...`,
			Handler:    cmdZMScore,
		},
		{
			Name: "zrank", Arity: 3, Newer: hasWithScore, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "2.0.0",
			Summary:    "Tells the rank of a member, by ascending score, and with `WITHSCORE` its score.",
			Complexity: "O(log(N))",
			Syntax:     `key:key(0) member`,
			Handler:    cmdZRank,
		},
		{
			Name: "zrevrank", Arity: 3, Newer: hasWithScore, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "2.0.0",
			Summary:    "Tells the rank of a member, by descending score, and with `WITHSCORE` its score.",
			Complexity: "O(log(N))",
			Syntax:     `key:key(0) member`,
			Handler:    cmdZRevRank,
		},
	}
}

// findSortedSet and peekSortedSet are findKind and peekKind for sorted sets.
func (c *Call) findSortedSet(e *datatypes.Entry, key []byte) (found, ok bool) {
	return c.findKind(e, key, datatypes.KindSortedSet)
}
func (c *Call) peekSortedSet(e *datatypes.Entry, key []byte) (found, ok bool) {
	return c.peekKind(e, key, datatypes.KindSortedSet)
}

// sortedSetOnView looks a sorted set up in a view; it was found to be one, or nothing, before the view was taken.
func (c *Call) sortedSetOnView(db datatypes.Reader, e *datatypes.Entry, key []byte) zset.Form {
	c.findOnView(db, e, key)
	return e.SortedSet()
}

// isSmallSortedSet tells whether a sorted set shows the encoding of small ones.
func isSmallSortedSet(e *datatypes.Entry) bool { return e.Encoding() == "listpack" }

// replyScoredMember replies with one of them.
func (c *Call) replyScoredMember(it *packed.Item, score float64, scores bool) {
	c.replyPair(scores)
	c.replyMember(it)
	if scores {
		c.Reply.Double(score)
	}
}

// cmdZRem answers ZREM key member [member ...].
func cmdZRem(c *Call) {
	key, members := c.Args[1], c.Args[2:]
	var e datatypes.Entry
	if found, ok := c.peekSortedSet(&e, key); !found {
		if ok {
			c.Reply.Int(0)
		}
		return
	}
	removed := 0
	c.Edit().ChangeSortedSet(&e, key, 0, func(f *zset.Form, edit *zset.Edit) {
		for _, member := range members {
			if f.Remove(edit, member) {
				removed++
			}
		}
	})
	c.removedMembers(&e, key, removed, "zrem")
	c.Reply.Int(int64(removed))
}

// removedMembers declares that so many members were taken out; e is what the change has left.
func (c *Call) removedMembers(e *datatypes.Entry, key []byte, count int, event string) {
	if count > 0 {
		c.Changed(key, EventSortedSet, event)
		c.Counted(count - 1)
		c.emptied(e, key)
	}
}

// cmdZCard answers ZCARD key.
func cmdZCard(c *Call) { c.replyElements(datatypes.KindSortedSet) }

// cmdZCount answers ZCOUNT key min max.
func cmdZCount(c *Call) {
	r, ok := parseScoreRange(c.Args[2], c.Args[3])
	if !ok {
		c.Error(errScoreRange)
		return
	}
	var e datatypes.Entry
	if _, ok := c.findSortedSet(&e, c.Args[1]); ok {
		f := e.SortedSet()
		from, to := r.ranks(&f)
		c.Reply.Int(int64(to - from))
	}
}

// cmdZLexCount answers ZLEXCOUNT key min max.
func cmdZLexCount(c *Call) {
	r, ok := parseLexRange(c.Args[2], c.Args[3])
	if !ok {
		c.Error(errLexRange)
		return
	}
	var e datatypes.Entry
	if _, ok := c.findSortedSet(&e, c.Args[1]); ok {
		f := e.SortedSet()
		from, to := r.ranks(&f, &whole)
		c.Reply.Int(int64(to - from))
	}
}

// cmdZScore answers ZSCORE key member.
func cmdZScore(c *Call) {
	var e datatypes.Entry
	if _, ok := c.findSortedSet(&e, c.Args[1]); ok {
		f := e.SortedSet()
		c.replyScoreOf(&f, c.Args[2])
	}
}

// replyScoreOf replies with a member's score, null if there is no such member.
func (c *Call) replyScoreOf(f *zset.Form, member []byte) {
	if score, found := f.Score(member); found {
		c.Reply.Double(score)
		return
	}
	c.Reply.Null()
}

// cmdZMScore answers ZMSCORE key member [member ...].
func cmdZMScore(c *Call) {
	var e datatypes.Entry
	if _, ok := c.findSortedSet(&e, c.Args[1]); !ok {
		return
	}
	f, members := e.SortedSet(), c.Args[2:]
	c.Reply.Array(len(members))
	for _, member := range members {
		c.replyScoreOf(&f, member)
	}
}

func cmdZRank(c *Call)    { c.rank(false) }
func cmdZRevRank(c *Call) { c.rank(true) }

// hasWithScore recognises the form of ZRANK and ZREVRANK that Redis 7.2 has added.
func hasWithScore(words [][]byte) bool { return len(words) == 4 && IsWord(words[3], "WITHSCORE") }

// rank answers ZRANK key member [WITHSCORE] and ZREVRANK.
func (c *Call) rank(back bool) {
	withScore := len(c.Args) == 4
	var e datatypes.Entry
	if _, ok := c.findSortedSet(&e, c.Args[1]); !ok {
		return
	}
	f := e.SortedSet()
	at := f.Find(c.Args[2])
	switch {
	case !at.Found() && withScore:
		c.Reply.NullArray()
		return
	case !at.Found():
		c.Reply.Null()
		return
	}
	if withScore {
		c.Reply.Array(2)
	}
	if back {
		c.Reply.Int(int64(f.Len() - 1 - f.Rank(&at)))
	} else {
		c.Reply.Int(int64(f.Rank(&at)))
	}
	if withScore {
		c.Reply.Double(at.Score)
	}
}
