package commands

import (
	"bytes"
	"strconv"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// hashNumberRows are the rows of what adds to fields.
func hashNumberRows() []Row {
	return []Row{
		{
			Name: "hincrby", Arity: 4, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
			ACL:  ACLHash, Group: "hash", Since: "2.0.0",
			Summary:    "Adds an integer to a field of a hash; a missing one counts as 0.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) field increment:integer`,
			Handler:    cmdHIncrBy,
		},
		{
			Name: "hincrbyfloat", Arity: 4, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
			ACL:  ACLHash, Group: "hash", Since: "2.6.0",
			Summary:    "Adds a number to a field of a hash; a missing one counts as 0.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) field increment:double`,
			Handler:    cmdHIncrByFloat,
		},
	}
}

const (
	errHashNotInteger = "ERR hash value is not an integer"
	errHashNotFloat   = "ERR hash value is not a float"
	errInfinite       = "ERR value is NaN or Infinity"
)

// cmdHIncrBy answers HINCRBY key field increment.
func cmdHIncrBy(c *Call) {
	key, field := c.Args[1], c.Args[2]
	by, ok := ParseInt(c.Args[3])
	if !ok {
		c.Error(ErrNotInteger)
		return
	}
	var e datatypes.Entry
	if _, ok := c.peekHash(&e, key); !ok {
		return
	}
	at, n := c.placeOfField(&e, key, field), int64(0)
	if at.Live(c.NowMs) {
		if n, ok = at.Value.Int(); !ok {
			c.Error(errHashNotInteger)
			return
		}
	}
	sum, ok := addInts(n, by)
	if !ok {
		c.Error(ErrOverflow)
		return
	}
	value := packed.IntItem(sum)
	c.setNumber(&e, &at, &value, "hincrby")
	c.Reply.Int(sum)
}

// cmdHIncrByFloat answers HINCRBYFLOAT key field increment.
func cmdHIncrByFloat(c *Call) {
	key, field := c.Args[1], c.Args[2]
	by, ok := parseLongDouble(c.Args[3])
	switch {
	case !ok:
		c.Error(ErrNotFloat)
		return
	case by.infinite:
		c.Error(errInfinite)
		return
	}
	var e datatypes.Entry
	if _, ok := c.peekHash(&e, key); !ok {
		return
	}
	at := c.placeOfField(&e, key, field)
	var n longDouble
	if at.Live(c.NowMs) {
		if n, ok = longDoubleOfItem(&at.Value); !ok {
			c.Error(errHashNotFloat)
			return
		}
	}
	sum, ok := n.add(by)
	if !ok {
		c.Error(errNotFinite)
		return
	}
	var room [64]byte
	digits := sum.append(room[:0])
	value := packed.TextItem(digits)
	c.setNumber(&e, &at, &value, "hincrbyfloat")
	c.Reply.Bulk(digits)
	if c.Observed {
		// The sum and not the increment, so that no other machine's arithmetic counts.
		c.Propagate([]byte("HSET"), key, field, bytes.Clone(digits))
		if at.Live(c.NowMs) && at.DeadlineMs != hash.NoDeadline { // which HSET takes away
			c.Propagate([]byte("HPEXPIREAT"), key, strconv.AppendInt(nil, at.DeadlineMs, 10), []byte("FIELDS"), []byte("1"), field)
		}
	}
}

// longDoubleOfItem reads a value as a floating-point number.
func longDoubleOfItem(it *packed.Item) (n longDouble, ok bool) {
	if whole, isInt := it.Int(); isInt {
		return longDoubleOf(whole), true
	}
	return parseLongDouble(it.Text())
}

// setNumber gives the field that is named by the third word another value; at is where placeOfField has found it, or not. A deadline that isn't
// due stays.
func (c *Call) setNumber(e *datatypes.Entry, at *hash.Place, value *packed.Item, event string) {
	key, field, found := c.Args[1], c.Args[2], e.Found()
	deadlineMs := hash.NoDeadline
	if at.Live(c.NowMs) {
		deadlineMs = at.DeadlineMs
	}
	c.Edit().ChangeHash(e, key, max(len(field), value.Len()), func(f *hash.Form, edit *hash.Edit) {
		f.Put(edit, at, field, value, deadlineMs)
	})
	c.changedFields(found, key, event)
}
