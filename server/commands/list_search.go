package commands

import (
	"math"
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/list"
)

// listSearchRows are the rows of what looks for elements of a list by their value.
func listSearchRows() []Row {
	return []Row{
		{
			Name: "linsert", Arity: 5, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyInsert)},
			ACL:  ACLList, Group: "list", Since: "2.2.0",
			Summary:    "Inserts an element before or after another.",
			Complexity: "O(N) where N is the number of elements to traverse before seeing the value pivot. This means that inserting somewhere on the left end on the list (head) can be considered O(1) and inserting somewhere on the right end (tail) is O(N).",
			Syntax:     `key:key(0) where:<"BEFORE"|"AFTER"> pivot element`,
			Handler:    cmdLInsert,
		},
		{
			Name: "lrem", Arity: 4, Flags: FlagWrite,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyDelete)},
			ACL:  ACLList, Group: "list", Since: "1.0.0",
			Summary:    "Removes elements that equal a value.",
			Complexity: "O(N+M) where N is the length of the list and M is the number of elements removed.",
			Syntax:     `key:key(0) count:integer element`,
			Handler:    cmdLRem,
		},
		{
			Name: "lpos", Arity: -3, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLList, Group: "list", Since: "6.0.6",
			Summary:    "Finds the indexes of an element.",
			Complexity: "O(N) where N is the number of elements in the list, for the average case. When searching for elements near the head or the tail of the list, or when the MAXLEN option is provided, the command may run in constant time.",
			Syntax:     `key:key(0) element [RANK=rank:integer] [COUNT=num-matches:integer] [MAXLEN=len:integer]`,
			Handler:    cmdLPos,
		},
	}
}

// cmdLInsert answers LINSERT key BEFORE|AFTER pivot element. It goes through the list in the section, up to the pivot.
func cmdLInsert(c *Call) {
	key, pivot, element := c.Args[1], c.Args[3], c.Args[4]
	after := IsWord(c.Args[2], "AFTER")
	if !after && !IsWord(c.Args[2], "BEFORE") {
		c.Error(ErrSyntax)
		return
	}
	var e datatypes.Entry
	found, ok := c.peekList(&e, key)
	if !found {
		if ok {
			c.Reply.Int(0)
		}
		return
	}
	f, at := e.List(), -1
	f.Find(pivot, 0, f.Len(), false, func(i int) bool {
		at = i
		return false
	})
	if at < 0 {
		c.Reply.Int(-1)
		return
	}
	if after {
		at++
	}
	length := 0
	c.Edit().ChangeList(&e, key, func(f *list.Form, edit *list.Edit) {
		f.Insert(edit, at, element)
		length = f.Len()
	})
	c.Changed(key, EventList, "linsert")
	c.Reply.Int(int64(length))
}

// removedAtOnce is how many elements LREM finds before it removes them.
const removedAtOnce = 4096

// cmdLRem answers LREM key count element. It goes through the list in the section.
func cmdLRem(c *Call) {
	count, ok := ParseInt(c.Args[2])
	if !ok {
		c.Error(ErrNotInteger)
		return
	}
	key, element := c.Args[1], c.Args[3]
	var e datatypes.Entry
	found, ok := c.peekList(&e, key)
	if !found {
		if ok {
			c.Reply.Int(0)
		}
		return
	}
	removed := 0
	c.Edit().ChangeList(&e, key, func(f *list.Form, edit *list.Edit) { removed = removeEqual(f, edit, element, count) })
	if removed > 0 {
		c.Changed(key, EventList, "lrem")
		c.Counted(removed - 1)
		c.emptied(&e, key)
	}
	c.Reply.Int(int64(removed))
}

// removeEqual removes the first count elements that equal a text, the last -count if that is negative, all if it is 0.
func removeEqual(f *list.Form, edit *list.Edit, text []byte, count int64) (removed int) {
	left, back := f.Len(), count < 0
	if count != 0 && count != math.MinInt64 {
		left = int(min(int64(left), max(count, -count)))
	}
	var indexes []int
	for from, to := 0, f.Len(); left > 0; {
		indexes = indexes[:0]
		f.Find(text, from, to, back, func(i int) bool {
			indexes = append(indexes, i)
			return len(indexes) < min(left, removedAtOnce)
		})
		found := len(indexes)
		if found == 0 {
			break
		}
		if back {
			slices.Reverse(indexes)
			to = indexes[0]
		} else {
			from = indexes[found-1] + 1 - found
		}
		f.RemoveEach(edit, indexes)
		if !back {
			to = f.Len()
		}
		left, removed = left-found, removed+found
	}
	return removed
}

// Errors of LPOS.
const (
	errRankZero       = "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list"
	errCountNegative  = "ERR COUNT can't be negative"
	errMaxLenNegative = "ERR MAXLEN can't be negative"
)

// lposArgs is what LPOS looks for.
type lposArgs struct {
	element []byte
	// rank is the first match that counts, from 1, or from -1 backwards.
	rank int64
	// count is how many matches are wanted, 0 for all; many is set if it was given.
	count int64
	many  bool
	// maxLen is how many elements are looked at, 0 for all.
	maxLen int64
}

func parseLPos(words [][]byte) (a lposArgs, errText string) {
	a = lposArgs{element: words[0], rank: 1, count: 1}
	for words = words[1:]; len(words) > 0; words = words[2:] {
		if len(words) == 1 {
			return a, ErrSyntax
		}
		n, isInt := ParseInt(words[1])
		switch {
		case IsWord(words[0], "RANK"):
			if !isInt {
				return a, ErrNotInteger
			}
			if n == 0 {
				return a, errRankZero
			}
			a.rank = n
		case IsWord(words[0], "COUNT"):
			if !isInt || n < 0 {
				return a, errCountNegative
			}
			a.count, a.many = n, true
		case IsWord(words[0], "MAXLEN"):
			if !isInt || n < 0 {
				return a, errMaxLenNegative
			}
			a.maxLen = n
		default:
			return a, ErrSyntax
		}
	}
	return a, ""
}

// lposPiece is how many elements LPOS looks at between two breaths: some 50 us' worth.
const lposPiece = 8192

// search calls found for the matches that are wanted, up to looks elements of the list, and breathe in between. It returns false if more
// of the list would have to be looked at.
func (a *lposArgs) search(f *list.Form, looks int, found func(i int), breathe func() bool) (ended bool) {
	n, back, skip := f.Len(), a.rank < 0, a.rank-1
	left := a.count
	if back {
		skip = -(a.rank + 1)
	}
	if a.rank == math.MinInt64 { // Redis can't turn it round: every match counts, and none is the last
		skip = 0
		if a.many {
			left = 0
		}
	}
	all := n
	if a.maxLen > 0 {
		all = int(min(int64(n), a.maxLen))
	}
	looks = min(looks, all)
	if left == 0 {
		left = math.MaxInt64
	}
	for at := 0; at < looks && left > 0; at += lposPiece {
		from, to := at, min(at+lposPiece, looks)
		if back {
			from, to = n-to, n-from
		}
		f.Find(a.element, from, to, back, func(i int) bool {
			if skip > 0 {
				skip--
				return true
			}
			found(i)
			left--
			return left > 0
		})
		if !breathe() {
			return true
		}
	}
	return left == 0 || looks == all
}

// cmdLPos answers LPOS key element [RANK rank] [COUNT count] [MAXLEN length]. What isn't found within what may be looked at in place is
// looked for on a view.
func cmdLPos(c *Call) {
	a, errText := parseLPos(c.Args[2:])
	if errText != "" {
		c.Error(errText)
		return
	}
	var e datatypes.Entry
	if _, ok := c.findList(&e, c.Args[1]); !ok {
		return
	}
	var room [16]int
	f, matches := e.List(), room[:0]
	goOn := func() bool { return true }
	if !a.search(&f, c.Keys.InPlace(), func(i int) { matches = append(matches, i) }, goOn) {
		c.OnView(lposOnView)
		return
	}
	switch {
	case a.many:
		c.Reply.Array(len(matches))
	case len(matches) == 0:
		c.Reply.Null()
	}
	for _, i := range matches {
		c.Reply.Int(int64(i))
	}
}

func lposOnView(c *Call, db datatypes.Reader) {
	a, _ := parseLPos(c.Args[2:])
	f := c.listOnView(db, c.Args[1])
	if !a.many {
		at := -1
		a.search(&f, f.Len(), func(i int) { at = i }, c.Breathe)
		if at < 0 {
			c.Reply.Null()
		} else {
			c.Reply.Int(int64(at))
		}
		return
	}
	count, length := 0, c.Reply.Defer()
	a.search(&f, f.Len(), func(i int) {
		c.Reply.Int(int64(i))
		count++
	}, c.Breathe)
	c.Reply.SetDeferredArray(length, count)
}
