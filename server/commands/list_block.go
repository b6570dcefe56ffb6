package commands

import (
	"math/bits"
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// listBlockRows are the rows of the commands that wait for a list to have elements.
func listBlockRows() []Row {
	return []Row{
		{
			Name: "blpop", Arity: -3, Flags: FlagWrite | FlagNoScript | FlagBlocking,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: Range(-2, 1, 0), Flags: KeyRW | KeyAccess | KeyDelete}},
			ACL:  ACLList, Group: "list", Since: "2.0.0",
			Summary:    "Pops the first element of the first list that has one, waiting if none has.",
			Complexity: "O(N) where N is the number of provided keys.",
			History:    []Change{{"6.0.0", "`timeout` is interpreted as a double instead of an integer."}},
			Syntax:     `key:key(0)... timeout:double`,
			Handler:    cmdBLPop,
		},
		{
			Name: "brpop", Arity: -3, Flags: FlagWrite | FlagNoScript | FlagBlocking,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: Range(-2, 1, 0), Flags: KeyRW | KeyAccess | KeyDelete}},
			ACL:  ACLList, Group: "list", Since: "2.0.0",
			Summary:    "Pops the last element of the first list that has one, waiting if none has.",
			Complexity: "O(N) where N is the number of provided keys.",
			History:    []Change{{"6.0.0", "`timeout` is interpreted as a double instead of an integer."}},
			Syntax:     `key:key(0)... timeout:double`,
			Handler:    cmdBRPop,
		},
		{
			Name: "blmpop", Arity: -5, Flags: FlagWrite | FlagBlocking,
			Keys: []KeySpec{{Begin: AtIndex(2), Find: KeyNum(0, 1, 1), Flags: KeyRW | KeyAccess | KeyDelete}}, KeysFunc: KeysByCount(0, 2, 3),
			ACL: ACLList, Group: "list", Since: "7.0.0",
			Summary:    "Pops elements from the first list that has some, waiting if none has.",
			Complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
			Syntax:     `timeout:double numkeys:integer key:key(0)... where:<"LEFT"|"RIGHT"> [COUNT=count:integer]`,
			Handler:    cmdBLMPop,
		},
		{
			Name: "blmove", Arity: 6, Flags: FlagWrite | FlagDenyOOM | FlagNoScript | FlagBlocking,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete), KeyAt(2, KeyRW|KeyInsert)},
			ACL:  ACLList, Group: "list", Since: "6.2.0",
			Summary:    "Moves an element from one list to another, waiting for one if need be.",
			Complexity: "O(1)",
			Syntax:     `source:key(0) destination:key(1) wherefrom:<"LEFT"|"RIGHT"> whereto:<"LEFT"|"RIGHT"> timeout:double`,
			Handler:    cmdBLMove,
		},
		{
			Name: "brpoplpush", Arity: 4, Flags: FlagWrite | FlagDenyOOM | FlagNoScript | FlagBlocking,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete), KeyAt(2, KeyRW|KeyInsert)},
			ACL:  ACLList, Group: "list", Since: "2.2.0",
			Summary:    "Moves the last element of a list to the head of another, waiting for one if need be.",
			Complexity: "O(1)",
			Deprecated: &Deprecation{"6.2.0", "`BLMOVE` with the `RIGHT` and `LEFT` arguments"},
			History:    []Change{{"6.0.0", "`timeout` is interpreted as a double instead of an integer."}},
			Syntax:     `source:key(0) destination:key(1) timeout:double`,
			Handler:    cmdBRPopLPush,
		},
	}
}

// Errors of timeouts.
const (
	errTimeout         = "ERR timeout is not a float or out of range"
	errTimeoutNegative = "ERR timeout is negative"
)

// maxWait is the longest that anybody waits, a hundred years; more is as good as that.
const maxWait = 100 * 365 * 24 * time.Hour

// parseTimeout reads how long a command may wait, in seconds, 0 for ever; the error has been replied if it can't be read. What is too large
// for Redis counts as negative there.
func (c *Call) parseTimeout(word []byte) (timeout time.Duration, ok bool) {
	x, ok := parseLongDouble(word)
	if !ok {
		c.Error(errTimeout)
		return 0, false
	}
	ms, ok := x.milliseconds()
	if !ok || ms < 0 {
		c.Error(errTimeoutNegative)
		return 0, false
	}
	return time.Duration(min(ms, maxWait.Milliseconds())) * time.Millisecond, true
}

// milliseconds is a number of seconds in milliseconds, rounded up; false if that doesn't fit in 64 bits.
func (x longDouble) milliseconds() (ms int64, ok bool) {
	high, low := bits.Mul64(x.mantissa, 1000)
	y := roundedTo64(high, low, false, x.exponent+64)
	if x.infinite || y.infinite || y.mantissa != 0 && y.exponent >= 0 {
		return 0, false
	}
	shift := -y.exponent
	if shift > 64 {
		shift = 64
	}
	whole := y.mantissa >> shift
	if x.negative {
		return -int64(whole), whole < 1<<63
	}
	if whole<<shift != y.mantissa {
		whole++
	}
	return int64(whole), whole < 1<<63
}

// served declares how an element is counted that was taken by a command that may wait: as in Redis it is no change if the client had waited,
// and is propagated nevertheless.
func (c *Call) served() {
	if c.Client.Woken(c) == nil {
		c.Counted(1)
	}
	c.ForcePropagation()
}

func cmdBLPop(c *Call) { c.popOrWait(false) }
func cmdBRPop(c *Call) { c.popOrWait(true) }

// popOrWait answers BLPOP key [key ...] timeout and BRPOP.
func (c *Call) popOrWait(back bool) {
	last := len(c.Args) - 1
	timeout, ok := c.parseTimeout(c.Args[last])
	if !ok {
		return
	}
	keys := c.Args[1:last]
	var e datatypes.Entry
	key := c.firstOrWait(&e, datatypes.KindList, keys, timeout, (*resp.Writer).NullArray)
	if key == nil {
		return
	}
	c.Reply.Array(2)
	c.Reply.Bulk(key)
	c.popElements(&e, key, back, 1)
	c.Touched(c.Client.Database(), key)
	c.Event(key, EventList, popEvent(back))
	c.emptied(&e, key)
	c.served()
	if c.Observed {
		c.Propagate(popWord(back), key)
	}
}

// cmdBLMPop answers BLMPOP timeout numkeys key [key ...] LEFT|RIGHT [COUNT count].
func cmdBLMPop(c *Call) { c.popFirstOrWait(endsOfLists) }

// cmdBLMove answers BLMOVE source destination LEFT|RIGHT LEFT|RIGHT timeout.
func cmdBLMove(c *Call) {
	from, ok := c.parseEnd(c.Args[3])
	if !ok {
		return
	}
	to, ok := c.parseEnd(c.Args[4])
	if !ok {
		return
	}
	c.moveOrWait(from, to, c.Args[5], func() [][]byte {
		if c.Client.Woken(c) != nil {
			return [][]byte{[]byte("LMOVE"), c.Args[1], c.Args[2], endWord(from), endWord(to)}
		}
		return [][]byte{[]byte("LMOVE"), c.Args[1], c.Args[2], c.Args[3], c.Args[4]}
	})
}

// endWord names an end of a list as Redis propagates it.
func endWord(back bool) []byte {
	if back {
		return []byte("right")
	}
	return []byte("left")
}

// cmdBRPopLPush answers BRPOPLPUSH source destination timeout.
func cmdBRPopLPush(c *Call) {
	c.moveOrWait(true, false, c.Args[3], func() [][]byte { return [][]byte{[]byte("RPOPLPUSH"), c.Args[1], c.Args[2]} })
}

// moveOrWait moves an element as soon as there is one, which is propagated as words.
func (c *Call) moveOrWait(fromBack, toBack bool, timeoutWord []byte, words func() [][]byte) {
	timeout, ok := c.parseTimeout(timeoutWord)
	if !ok {
		return
	}
	var e datatypes.Entry
	if c.firstOrWait(&e, datatypes.KindList, c.Args[1:2], timeout, (*resp.Writer).Null) == nil {
		return
	}
	if !c.moveElement(&e, fromBack, toBack) {
		return
	}
	c.served()
	if c.Observed {
		c.Propagate(words()...)
	}
}
