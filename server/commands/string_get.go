package commands

import (
	"strconv"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// cmdGet answers GET key.
func cmdGet(c *Call) {
	var e datatypes.Entry
	switch {
	case !c.findString(&e, c.Args[1]):
	case c.longCopy(e.StringLen()):
		c.OnView(func(c *Call, db datatypes.Reader) { c.replyValues(db, c.Args[1:]) })
	default:
		c.replyString(&e)
	}
}

// cmdMGet answers MGET key [key ...]: what isn't a string is a null.
func cmdMGet(c *Call) {
	began := c.Reply.Len()
	c.Reply.Array(len(c.Args) - 1)
	var e datatypes.Entry
	total := 0
	for i, key := range c.Args[1:] {
		if !c.Find(&e, key) || e.Kind() != datatypes.KindString {
			c.Reply.Null()
			continue
		}
		if total += e.StringLen(); c.longCopy(total) {
			c.Reply.Truncate(began)
			c.longMGet(c.Args[i+2:])
			return
		}
		c.replyString(&e)
	}
}

// longMGet answers on a view. The whole reply is made there, or messages to the client would stand within it. The rest of the keys, which
// weren't looked up yet, are counted now.
func (c *Call) longMGet(rest [][]byte) {
	var e datatypes.Entry
	for _, key := range rest {
		c.Find(&e, key)
	}
	c.OnView(func(c *Call, db datatypes.Reader) {
		c.Reply.Array(len(c.Args) - 1)
		c.replyValues(db, c.Args[1:])
	})
}

// replyValues replies with the strings under several keys of a view.
func (c *Call) replyValues(db datatypes.Reader, keys [][]byte) {
	var e datatypes.Entry
	for _, key := range keys {
		if !db.Find(&e, key, c.NowMs) || e.Kind() != datatypes.KindString {
			c.Reply.Null()
			continue
		}
		c.replyString(&e)
		if !c.Breathe() {
			return
		}
	}
}

// cmdGetDel answers GETDEL key.
func cmdGetDel(c *Call) {
	key := c.Args[1]
	var e datatypes.Entry
	if !c.findString(&e, key) {
		return
	}
	c.replyString(&e)
	c.Edit().DeleteAt(&e, key)
	c.Changed(key, EventGeneric, "del")
	c.PropagateDeletion(key, LazyUserDel)
}

// cmdGetEX answers GETEX key [EX seconds | PX ms | EXAT seconds | PXAT ms | PERSIST].
func cmdGetEX(c *Call) {
	key := c.Args[1]
	var args expireArgs
	for words := c.Args[2:]; len(words) > 0; {
		used := args.take(words, "PERSIST")
		if used == 0 {
			c.Error(ErrSyntax)
			return
		}
		words = words[used:]
	}
	var e datatypes.Entry
	if !c.findString(&e, key) {
		return
	}
	deadlineMs, errText := args.deadline(c.NowMs, "getex")
	if errText != "" {
		c.Error(errText)
		return
	}
	c.replyString(&e)
	switch {
	case args.keyword && e.DeadlineMs() != datatypes.NoDeadline:
		c.Edit().SetDeadlineAt(&e, key, datatypes.NoDeadline)
		c.Changed(key, EventGeneric, "persist")
		if c.Observed {
			c.Propagate([]byte("PERSIST"), key)
		}
	case args.unit == expireNone:
	case deadlineMs <= c.NowMs:
		// A moment of the past was named: a time to live always ends later.
		c.Edit().DeleteAt(&e, key)
		c.Changed(key, EventGeneric, "del")
		c.PropagateDeletion(key, LazyExpire)
	default:
		c.Edit().SetDeadlineAt(&e, key, deadlineMs)
		c.Changed(key, EventGeneric, "expire")
		if c.Observed {
			c.Propagate([]byte("PEXPIREAT"), key, strconv.AppendInt(nil, deadlineMs, 10))
		}
	}
}

// cmdStrLen answers STRLEN key.
func cmdStrLen(c *Call) {
	var e datatypes.Entry
	switch {
	case !c.Find(&e, c.Args[1]):
		c.Reply.Int(0)
	case c.isString(&e):
		c.Reply.Int(int64(e.StringLen()))
	}
}

// cmdGetRange answers GETRANGE key start end and SUBSTR, its old name.
func cmdGetRange(c *Call) {
	start, ok := ParseInt(c.Args[2])
	end, ok2 := ParseInt(c.Args[3])
	if !ok || !ok2 {
		c.Error(ErrNotInteger)
		return
	}
	var e datatypes.Entry
	if !c.Find(&e, c.Args[1]) {
		c.Reply.BulkString("")
		return
	}
	if !c.isString(&e) {
		return
	}
	from, to := partOf(e.StringLen(), start, end)
	if c.longCopy(to - from) {
		c.OnView(func(c *Call, db datatypes.Reader) {
			var e datatypes.Entry
			db.Find(&e, c.Args[1], c.NowMs)
			c.replyPart(&e, from, to)
		})
		return
	}
	c.replyPart(&e, from, to)
}

// partOf turns the first and the last index of a part, which count from the end where negative, into positions within a string of so many
// bytes; from equals to where the part is empty.
func partOf(length int, start, end int64) (from, to int) {
	if start < 0 && end < 0 && start > end {
		return 0, 0
	}
	size := int64(length)
	if start < 0 {
		start = max(0, start+size)
	}
	if end < 0 {
		end = max(0, end+size)
	}
	end = min(end, size-1)
	if start > end {
		return 0, 0
	}
	return int(start), int(end) + 1
}
