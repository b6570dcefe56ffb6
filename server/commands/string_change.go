package commands

import "github.com/cinnabar-db/cinnabar/datatypes"

const (
	errStringTooLong    = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
	errOffsetOutOfRange = "ERR offset is out of range"
)

// fits tells whether a string may have so many bytes behind a position, or replies that it may not.
func (c *Call) fits(position int64, bytes int) bool {
	if int64(bytes) <= c.Keys.MaxBulk()-position {
		return true
	}
	c.Error(errStringTooLong)
	return false
}

// cmdAppend answers APPEND key value.
func cmdAppend(c *Call) {
	key, value := c.Args[1], c.Args[2]
	var e datatypes.Entry
	found, ok := c.peekString(&e, key)
	if !ok {
		return
	}
	length := len(value)
	if found {
		if !c.fits(int64(e.StringLen()), len(value)) {
			return
		}
		length = c.Edit().AppendString(&e, key, value)
	} else {
		c.store(&e, key, value, datatypes.NoDeadline)
	}
	c.Changed(key, EventString, "append")
	c.Reply.Int(int64(length))
}

// cmdSetRange answers SETRANGE key offset value.
func cmdSetRange(c *Call) {
	key, value := c.Args[1], c.Args[3]
	offset, ok := ParseInt(c.Args[2])
	switch {
	case !ok:
		c.Error(ErrNotInteger)
		return
	case offset < 0:
		c.Error(errOffsetOutOfRange)
		return
	}
	var e datatypes.Entry
	if _, ok = c.peekString(&e, key); !ok {
		return
	}
	if len(value) == 0 {
		c.Reply.Int(int64(e.StringLen()))
		return
	}
	if !c.fits(offset, len(value)) {
		return
	}
	length := c.editKey(&e, key).WriteString(&e, key, int(offset), value)
	c.Changed(key, EventString, "setrange")
	c.Reply.Int(int64(length))
}
