package commands

import (
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/list"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// ListRows are the rows of the commands about lists.
func ListRows() []Row {
	rows := []Row{
		{
			Name: "lpush", Arity: -3, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyInsert)},
			ACL:  ACLList, Group: "list", Since: "1.0.0",
			Summary:    "Puts elements before a list, which is made if need be.",
			Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
			History:    []Change{{"2.4.0", "Accepts multiple `element` arguments."}},
			Syntax:     `key:key(0) element...`,
			Handler:    cmdLPush,
		},
		{
			Name: "rpush", Arity: -3, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyInsert)},
			ACL:  ACLList, Group: "list", Since: "1.0.0",
			Summary:    "Puts elements behind a list, which is made if need be.",
			Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
			History:    []Change{{"2.4.0", "Accepts multiple `element` arguments."}},
			Syntax:     `key:key(0) element...`,
			Handler:    cmdRPush,
		},
		{
			Name: "lpushx", Arity: -3, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyInsert)},
			ACL:  ACLList, Group: "list", Since: "2.2.0",
			Summary:    "Puts elements before a list that exists.",
			Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
			History:    []Change{{"4.0.0", "Accepts multiple `element` arguments."}},
			Syntax:     `key:key(0) element...`,
			Handler:    cmdLPushX,
		},
		{
			Name: "rpushx", Arity: -3, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyInsert)},
			ACL:  ACLList, Group: "list", Since: "2.2.0",
			Summary:    "Puts elements behind a list that exists.",
			Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
			History:    []Change{{"4.0.0", "Accepts multiple `element` arguments."}},
			Syntax:     `key:key(0) element...`,
			Handler:    cmdRPushX,
		},
		{
			Name: "llen", Arity: 2, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO)},
			ACL:  ACLList, Group: "list", Since: "1.0.0",
			Summary:    "Counts the elements of a list.",
			Complexity: "O(1)",
			Syntax:     `key:key(0)`,
			Handler:    cmdLLen,
		},
		{
			Name: "lindex", Arity: 3, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLList, Group: "list", Since: "1.0.0",
			Summary:    "Reads an element of a list by its index.",
			Complexity: "O(N) where N is the number of elements to traverse to get to the element at index. This makes asking for the first or the last element of the list O(1).",
			Syntax:     `key:key(0) index:integer`,
			Handler:    cmdLIndex,
		},
		{
			Name: "lset", Arity: 4, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
			ACL:  ACLList, Group: "list", Since: "1.0.0",
			Summary:    "Sets an element of a list by its index.",
			Complexity: "O(N) where N is the length of the list. Setting either the first or the last element of the list is O(1).",
			Syntax:     `key:key(0) index:integer element`,
			Handler:    cmdLSet,
		},
		{
			Name: "lrange", Arity: 4, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLList, Group: "list", Since: "1.0.0",
			Summary:    "Reads a range of a list.",
			Complexity: "O(S+N) where S is the distance of start offset from HEAD for small lists, from nearest end (HEAD or TAIL) for large lists; and N is the number of elements in the specified range.",
			Syntax:     `key:key(0) start:integer stop:integer`,
			Handler:    cmdLRange,
		},
		{
			Name: "ltrim", Arity: 4, Flags: FlagWrite,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
			ACL:  ACLList, Group: "list", Since: "1.0.0",
			Summary:    "Removes all but a range of a list.",
			Complexity: "O(N) where N is the number of elements to be removed by the operation.",
			Syntax:     `key:key(0) start:integer stop:integer`,
			Handler:    cmdLTrim,
		},
	}
	return slices.Concat(rows, listSearchRows(), listPopRows(), listBlockRows())
}

// findList and peekList are findKind and peekKind for lists.
func (c *Call) findList(e *datatypes.Entry, key []byte) (found, ok bool) {
	return c.findKind(e, key, datatypes.KindList)
}
func (c *Call) peekList(e *datatypes.Entry, key []byte) (found, ok bool) {
	return c.peekKind(e, key, datatypes.KindList)
}

// listOnView is the list under a key of a view, the empty one if there is none; it was found to be one before the view was taken.
func (c *Call) listOnView(db datatypes.Reader, key []byte) list.Form {
	var e datatypes.Entry
	c.findOnView(db, &e, key)
	return e.List()
}

// pushList adds texts to a list at its front or back.
func pushList(f *list.Form, edit *list.Edit, back bool, texts ...[]byte) {
	if back {
		f.PushBack(edit, texts...)
		return
	}
	f.PushFront(edit, texts...)
}

// pushEvent and popEvent are the events of a list that gets an element, or gives one away, at its front or back.
func pushEvent(back bool) string {
	if back {
		return "rpush"
	}
	return "lpush"
}

func popEvent(back bool) string {
	if back {
		return "rpop"
	}
	return "lpop"
}

func cmdLPush(c *Call)  { c.push(false, false) }
func cmdRPush(c *Call)  { c.push(true, false) }
func cmdLPushX(c *Call) { c.push(false, true) }
func cmdRPushX(c *Call) { c.push(true, true) }

// push answers LPUSH key element [element ...] and the like; with mustExist no list is made.
func (c *Call) push(back, mustExist bool) {
	key, elements := c.Args[1], c.Args[2:]
	var e datatypes.Entry
	found, ok := c.peekList(&e, key)
	if !ok {
		return
	}
	if !found && mustExist {
		c.Reply.Int(0)
		return
	}
	length := 0
	c.Edit().ChangeList(&e, key, func(f *list.Form, edit *list.Edit) {
		pushList(f, edit, back, elements...)
		length = f.Len()
	})
	if !found {
		c.Event(key, EventNew, "new")
	}
	c.Changed(key, EventList, pushEvent(back))
	c.Counted(len(elements) - 1)
	c.Reply.Int(int64(length))
}

// cmdLLen answers LLEN key.
func cmdLLen(c *Call) { c.replyElements(datatypes.KindList) }

// indexIn is where an index lies in a list of n elements; a negative one counts from the end. ok is false if it lies outside.
func indexIn(index int64, n int) (i int, ok bool) {
	if index < 0 {
		index += int64(n)
	}
	return int(index), 0 <= index && index < int64(n)
}

// parseRange reads the indexes behind the key; the error has been replied if they aren't any.
func (c *Call) parseRange() (first, last int64, ok bool) {
	if first, ok = ParseInt(c.Args[2]); ok {
		last, ok = ParseInt(c.Args[3])
	}
	if !ok {
		c.Error(ErrNotInteger)
	}
	return first, last, ok
}

// cmdLIndex answers LINDEX key index.
func cmdLIndex(c *Call) {
	var e datatypes.Entry
	found, ok := c.findList(&e, c.Args[1])
	if !found {
		if ok {
			c.Reply.Null()
		}
		return
	}
	index, ok := ParseInt(c.Args[2])
	if !ok {
		c.Error(ErrNotInteger)
		return
	}
	f := e.List()
	i, ok := indexIn(index, f.Len())
	if !ok {
		c.Reply.Null()
		return
	}
	it := f.At(i)
	c.replyMember(&it)
}

// cmdLSet answers LSET key index element.
func cmdLSet(c *Call) {
	key, element := c.Args[1], c.Args[3]
	var e datatypes.Entry
	found, ok := c.peekList(&e, key)
	if !found {
		if ok {
			c.Error(ErrNoSuchKey)
		}
		return
	}
	index, ok := ParseInt(c.Args[2])
	if !ok {
		c.Error(ErrNotInteger)
		return
	}
	f := e.List()
	i, ok := indexIn(index, f.Len())
	if !ok {
		c.Error(ErrOutOfRange)
		return
	}
	c.Edit().ChangeList(&e, key, func(f *list.Form, edit *list.Edit) { f.Set(edit, i, element) })
	c.Changed(key, EventList, "lset")
	c.Reply.OK()
}

// rangeLooks is what replying with so many elements of a list costs, in looks at entries.
func rangeLooks(f *list.Form, count int) int {
	if f.Tree == nil {
		return count
	}
	return count + int(f.Tree.Bytes()/int64(f.Len()))*count/copiedPerLook
}

// cmdLRange answers LRANGE key start stop.
func cmdLRange(c *Call) {
	first, last, ok := c.parseRange()
	if !ok {
		return
	}
	var e datatypes.Entry
	if _, ok := c.findList(&e, c.Args[1]); !ok {
		return
	}
	f := e.List()
	from, to := rangeIn(first, last, f.Len())
	if c.Long(rangeLooks(&f, to-from)) {
		c.OnView(func(c *Call, db datatypes.Reader) {
			f := c.listOnView(db, c.Args[1])
			c.replyRange(&f, from, to)
		})
		return
	}
	c.replyRange(&f, from, to)
}

// replyRange replies with the elements [from, to).
func (c *Call) replyRange(f *list.Form, from, to int) {
	c.Reply.Array(to - from)
	var items [list.Stretch]packed.Item
	looks, r := 0, f.Reader(from, to)
	for count := r.Read(items[:]); count > 0; count = r.Read(items[:]) {
		for k := range items[:count] {
			c.replyMember(&items[k])
			looks += 1 + len(items[k].Text())/copiedPerLook
			if looks < breathEvery {
				continue
			}
			looks = 0
			if !c.Breathe() {
				return
			}
		}
	}
}

// cmdLTrim answers LTRIM key start stop.
func cmdLTrim(c *Call) {
	first, last, ok := c.parseRange()
	if !ok {
		return
	}
	key := c.Args[1]
	var e datatypes.Entry
	found, ok := c.peekList(&e, key)
	if !found {
		if ok {
			c.Reply.OK()
		}
		return
	}
	f := e.List()
	n := f.Len()
	from, to := rangeIn(first, last, n)
	c.Edit().ChangeList(&e, key, func(f *list.Form, edit *list.Edit) { f.Trim(edit, from, to) })
	c.Touched(c.Client.Database(), key)
	c.Event(key, EventList, "ltrim")
	c.emptied(&e, key)
	c.Counted(n - (to - from))
	c.Reply.OK()
}
