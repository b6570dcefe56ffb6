package commands

import (
	"bytes"
	"math"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/list"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// listPopRows are the rows of what takes elements from the ends of lists.
func listPopRows() []Row {
	return []Row{
		{
			Name: "lpop", Arity: -2, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete)},
			ACL:  ACLList, Group: "list", Since: "1.0.0",
			Summary:    "Pops the first elements of a list.",
			Complexity: "O(N) where N is the number of elements returned",
			History:    []Change{{"6.2.0", "Added the `count` argument."}},
			Syntax:     `key:key(0) [count:integer@6.2.0]`,
			Handler:    cmdLPop,
		},
		{
			Name: "rpop", Arity: -2, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete)},
			ACL:  ACLList, Group: "list", Since: "1.0.0",
			Summary:    "Pops the last elements of a list.",
			Complexity: "O(N) where N is the number of elements returned",
			History:    []Change{{"6.2.0", "Added the `count` argument."}},
			Syntax:     `key:key(0) [count:integer@6.2.0]`,
			Handler:    cmdRPop,
		},
		{
			Name: "lmpop", Arity: -4, Flags: FlagWrite,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: KeyNum(0, 1, 1), Flags: KeyRW | KeyAccess | KeyDelete}}, KeysFunc: KeysByCount(0, 1, 2),
			ACL: ACLList, Group: "list", Since: "7.0.0",
			Summary:    "Pops elements from the first list that has some.",
			Complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
			Syntax:     `numkeys:integer key:key(0)... where:<"LEFT"|"RIGHT"> [COUNT=count:integer]`,
			Handler:    cmdLMPop,
		},
		{
			Name: "lmove", Arity: 5, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete), KeyAt(2, KeyRW|KeyInsert)},
			ACL:  ACLList, Group: "list", Since: "6.2.0",
			Summary:    "Moves an element from one list to another.",
			Complexity: "O(1)",
			Syntax:     `source:key(0) destination:key(1) wherefrom:<"LEFT"|"RIGHT"> whereto:<"LEFT"|"RIGHT">`,
			Handler:    cmdLMove,
		},
		{
			Name: "rpoplpush", Arity: 3, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete), KeyAt(2, KeyRW|KeyInsert)},
			ACL:  ACLList, Group: "list", Since: "1.2.0",
			Summary:    "Moves the last element of a list to the head of another.",
			Complexity: "O(1)",
			Deprecated: &Deprecation{"6.2.0", "`LMOVE` with the `RIGHT` and `LEFT` arguments"},
			Syntax:     `source:key(0) destination:key(1)`,
			Handler:    cmdRPopLPush,
		},
	}
}

func cmdLPop(c *Call) { c.pop(false) }
func cmdRPop(c *Call) { c.pop(true) }

// pop answers LPOP key [count] and RPOP.
func (c *Call) pop(back bool) {
	key, count, many := c.Args[1], int64(1), len(c.Args) == 3
	if len(c.Args) > 3 {
		c.WrongArgs()
		return
	}
	if many {
		var ok bool
		if count, ok = ParseInt(c.Args[2]); !ok || count < 0 {
			c.Error(errNotPositive)
			return
		}
	}
	var e datatypes.Entry
	found, ok := c.peekList(&e, key)
	switch {
	case !ok:
	case !found && many:
		c.Reply.NullArray()
	case !found:
		c.Reply.Null()
	case count == 0:
		c.Reply.Array(0)
	default:
		taken := int(min(count, int64(e.Elements())))
		if many {
			c.Reply.Array(taken)
		}
		c.popElements(&e, key, back, taken)
		c.popped(&e, key, back, taken)
	}
}

// popElements takes elements, as many as the list has, and replies with them, one after the other. e becomes what the change has left.
func (c *Call) popElements(e *datatypes.Entry, key []byte, back bool, count int) {
	c.Edit().ChangeList(e, key, func(f *list.Form, edit *list.Edit) {
		f.Pop(edit, back, count, func(it packed.Item) bool {
			c.replyMember(&it)
			return true
		})
	})
}

// endsOfLists are what LMPOP and BLMPOP take from.
var endsOfLists = &poppable{
	kind: datatypes.KindList, front: "LEFT", back: "RIGHT", word: popWord,
	pop: func(c *Call, e *datatypes.Entry, key []byte, back bool, count int) {
		c.popElements(e, key, back, count)
		c.popped(e, key, back, count)
	},
}

// cmdLMPop answers LMPOP numkeys key [key ...] LEFT|RIGHT [COUNT count].
func cmdLMPop(c *Call) { c.popFirst(endsOfLists) }

// popped declares what popElements did.
func (c *Call) popped(e *datatypes.Entry, key []byte, back bool, count int) {
	c.Changed(key, EventList, popEvent(back))
	c.Counted(count - 1)
	c.emptied(e, key)
}

// parseEnd reads LEFT or RIGHT; the error has been replied if it is neither.
func (c *Call) parseEnd(word []byte) (back, ok bool) { return c.parseEither(word, "LEFT", "RIGHT") }

// parseEither reads one of two words and tells whether it is the second; the error has been replied if it is neither.
func (c *Call) parseEither(word []byte, first, second string) (isSecond, ok bool) {
	isSecond = IsWord(word, second)
	ok = isSecond || IsWord(word, first)
	if !ok {
		c.Error(ErrSyntax)
	}
	return isSecond, ok
}

func popWord(back bool) []byte {
	if back {
		return []byte("RPOP")
	}
	return []byte("LPOP")
}

// cmdLMove answers LMOVE source destination LEFT|RIGHT LEFT|RIGHT.
func cmdLMove(c *Call) {
	from, ok := c.parseEnd(c.Args[3])
	if !ok {
		return
	}
	if to, ok := c.parseEnd(c.Args[4]); ok {
		c.move(from, to)
	}
}

// cmdRPopLPush answers RPOPLPUSH source destination.
func cmdRPopLPush(c *Call) { c.move(true, false) }

func (c *Call) move(fromBack, toBack bool) {
	var source datatypes.Entry
	found, ok := c.peekList(&source, c.Args[1])
	if !found {
		if ok {
			c.Reply.Null()
		}
		return
	}
	if c.moveElement(&source, fromBack, toBack) {
		c.Counted(1)
	}
}

// moveElement takes an element from the list under the first key, which was found, to that under the second, replies with it, and declares
// all of this but the change itself. ok is false if an error was replied.
func (c *Call) moveElement(source *datatypes.Entry, fromBack, toBack bool) (ok bool) {
	from, to, same := c.Args[1], c.Args[2], bytes.Equal(c.Args[1], c.Args[2])
	var destination datatypes.Entry
	foundTo, ok := c.peekList(&destination, to)
	if !ok {
		return false
	}
	if !foundTo {
		c.DB().Find(source, from, math.MinInt64) // an expired destination may have been deleted, which moves others
	}
	f, at := source.List(), 0
	if fromBack {
		at = f.Len() - 1
	}
	it := f.At(at)
	var room [64]byte
	element := it.AppendTo(room[:0])
	edit := c.Edit()
	edit.ChangeList(source, from, func(f *list.Form, edit *list.Edit) {
		f.Delete(edit, at, at+1)
		if same {
			pushList(f, edit, toBack, element)
		}
	})
	if !same {
		edit.ChangeList(&destination, to, func(f *list.Form, edit *list.Edit) { pushList(f, edit, toBack, element) })
	}
	if !foundTo {
		c.Event(to, EventNew, "new")
	}
	database := c.Client.Database()
	c.Touched(database, to)
	c.Event(to, EventList, pushEvent(toBack))
	c.Event(from, EventList, popEvent(fromBack))
	c.emptied(source, from)
	c.Touched(database, from)
	c.Reply.Bulk(element)
	return true
}
