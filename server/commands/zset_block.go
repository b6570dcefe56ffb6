package commands

import (
	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// zsetBlockRows are the rows of what takes from the first sorted set that has members, and of what waits for one.
func zsetBlockRows() []Row {
	return []Row{
		{
			Name: "zmpop", Arity: -4, Flags: FlagWrite,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: KeyNum(0, 1, 1), Flags: KeyRW | KeyAccess | KeyDelete}}, KeysFunc: KeysByCount(0, 1, 2),
			ACL: ACLSortedSet, Group: "sorted-set", Since: "7.0.0",
			Summary:    "Pops members of the first sorted set that has some, by lowest or highest score.",
			Complexity: "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.",
			Syntax:     `numkeys:integer key:key(0)... where:<"MIN"|"MAX"> [COUNT=count:integer]`,
			Handler:    cmdZMPop,
		},
		{
			Name: "bzpopmin", Arity: -3, Flags: FlagWrite | FlagNoScript | FlagBlocking | FlagFast,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: Range(-2, 1, 0), Flags: KeyRW | KeyAccess | KeyDelete}},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "5.0.0",
			Summary:    "Pops the member of lowest score of the first sorted set that has one, waiting if none has.",
			Complexity: "O(log(N)) with N being the number of elements in the sorted set.",
			History:    []Change{{"6.0.0", "`timeout` is interpreted as a double instead of an integer."}},
			Syntax:     `key:key(0)... timeout:double`,
			Handler:    cmdBZPopMin,
		},
		{
			Name: "bzpopmax", Arity: -3, Flags: FlagWrite | FlagNoScript | FlagBlocking | FlagFast,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: Range(-2, 1, 0), Flags: KeyRW | KeyAccess | KeyDelete}},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "5.0.0",
			Summary:    "Pops the member of highest score of the first sorted set that has one, waiting if none has.",
			Complexity: "O(log(N)) with N being the number of elements in the sorted set.",
			History:    []Change{{"6.0.0", "`timeout` is interpreted as a double instead of an integer."}},
			Syntax:     `key:key(0)... timeout:double`,
			Handler:    cmdBZPopMax,
		},
		{
			Name: "bzmpop", Arity: -5, Flags: FlagWrite | FlagBlocking,
			Keys: []KeySpec{{Begin: AtIndex(2), Find: KeyNum(0, 1, 1), Flags: KeyRW | KeyAccess | KeyDelete}}, KeysFunc: KeysByCount(0, 2, 3),
			ACL: ACLSortedSet, Group: "sorted-set", Since: "7.0.0",
			Summary:    "Pops members of the first sorted set that has some, by lowest or highest score, waiting if none has.",
			Complexity: "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.",
			Syntax:     `timeout:double numkeys:integer key:key(0)... where:<"MIN"|"MAX"> [COUNT=count:integer]`,
			Handler:    cmdBZMPop,
		},
	}
}

// endsOfSortedSets are what ZMPOP and BZMPOP take from.
var endsOfSortedSets = &poppable{
	kind: datatypes.KindSortedSet, front: "MIN", back: "MAX", word: zpopWord,
	pop: func(c *Call, e *datatypes.Entry, key []byte, back bool, count int) {
		c.popMembers(e, key, back, count, true)
	},
}

// cmdZMPop answers ZMPOP numkeys key [key ...] MIN|MAX [COUNT count].
func cmdZMPop(c *Call) { c.popFirst(endsOfSortedSets) }

// cmdBZMPop answers BZMPOP timeout numkeys key [key ...] MIN|MAX [COUNT count].
func cmdBZMPop(c *Call) { c.popFirstOrWait(endsOfSortedSets) }

func zpopWord(back bool) []byte {
	if back {
		return []byte("ZPOPMAX")
	}
	return []byte("ZPOPMIN")
}

func cmdBZPopMin(c *Call) { c.popScoredOrWait(false) }
func cmdBZPopMax(c *Call) { c.popScoredOrWait(true) }

// popScoredOrWait answers BZPOPMIN key [key ...] timeout and BZPOPMAX.
func (c *Call) popScoredOrWait(back bool) {
	last := len(c.Args) - 1
	timeout, ok := c.parseTimeout(c.Args[last])
	if !ok {
		return
	}
	keys := c.Args[1:last]
	var e datatypes.Entry
	key := c.firstOrWait(&e, datatypes.KindSortedSet, keys, timeout, (*resp.Writer).NullArray)
	if key == nil {
		return
	}
	c.Reply.Array(3)
	c.Reply.Bulk(key)
	c.popMembers(&e, key, back, 1, false)
	if c.Observed {
		c.Propagate(zpopWord(back), key)
	}
}
