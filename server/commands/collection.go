package commands

import (
	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// What commands about lists, sets, hashes and sorted sets have in common.

// findKind looks a key of a certain kind up for reading; found is false, too, if an error has been replied since it holds another, which ok
// tells.
func (c *Call) findKind(e *datatypes.Entry, key []byte, kind datatypes.Kind) (found, ok bool) {
	if !c.Find(e, key) {
		return false, true
	}
	ok = c.isKind(e, kind)
	return ok, ok
}

// peekKind is findKind for writing.
func (c *Call) peekKind(e *datatypes.Entry, key []byte, kind datatypes.Kind) (found, ok bool) {
	if !c.Peek(e, key) {
		return false, true
	}
	ok = c.isKind(e, kind)
	return ok, ok
}

// isKind replies with an error if a key holds another kind.
func (c *Call) isKind(e *datatypes.Entry, kind datatypes.Kind) bool {
	if e.Kind() == kind {
		return true
	}
	c.Error(ErrWrongType)
	return false
}

// findOnView looks a key up again that has been looked for, in a view or after others were deleted: what has expired is not found.
func (c *Call) findOnView(db datatypes.Reader, e *datatypes.Entry, key []byte) {
	if !db.Find(e, key, c.NowMs) {
		*e = datatypes.Entry{}
	}
}

// replyElements replies with how many elements a collection of a certain kind has, under the second word.
func (c *Call) replyElements(kind datatypes.Kind) {
	var e datatypes.Entry
	if _, ok := c.findKind(&e, c.Args[1], kind); ok {
		c.Reply.Int(int64(e.Elements()))
	}
}

// emptied declares the event of a key that went with its last member; e is what the change has left.
func (c *Call) emptied(e *datatypes.Entry, key []byte) {
	if !e.Found() {
		c.Event(key, EventGeneric, "del")
	}
}

// dropDestination deletes the key where nothing is left to be stored, and replies with that. Redis doesn't ask whether it has expired, so that
// it goes with "del".
func (c *Call) dropDestination(key []byte) {
	if c.Edit().Delete(key) {
		c.Changed(key, EventGeneric, "del")
	}
	c.Reply.Int(0)
}

// replyMember replies with a member, an element, a field or a value.
func (c *Call) replyMember(it *packed.Item) {
	if n, isInt := it.Int(); isInt {
		c.Reply.BulkInt(n)
		return
	}
	c.Reply.Bulk(it.Text())
}

// replyPairs begins the reply of count entries: with paired each comes with something that belongs to it, its score or its value, in a pair
// of its own, or since RESP2 has none of these behind it.
func (c *Call) replyPairs(count int, paired bool) {
	if paired && c.Reply.Proto() == 2 {
		count *= 2
	}
	c.Reply.Array(count)
}

// replyPair begins an entry of replyPairs.
func (c *Call) replyPair(paired bool) {
	if paired && c.Reply.Proto() != 2 {
		c.Reply.Array(2)
	}
}

// replyBit replies with 1 or 0.
func (c *Call) replyBit(on bool) {
	if on {
		c.Reply.Int(1)
		return
	}
	c.Reply.Int(0)
}

// rangeIn is the range [from, to) of n elements that the indexes of its first and its last name as Redis does.
func rangeIn(first, last int64, n int) (from, to int) {
	count := int64(n)
	if first < 0 {
		first = max(first+count, 0)
	}
	if last < 0 {
		last += count
	}
	last = min(last, count-1)
	if first > last {
		return 0, 0
	}
	return int(first), int(last) + 1
}
