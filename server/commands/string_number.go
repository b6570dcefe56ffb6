package commands

import (
	"math"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

const (
	errDecrementOverflow = "ERR decrement would overflow"
	errNotFinite         = "ERR increment would produce NaN or Infinity"
)

// cmdIncr answers INCR key.
func cmdIncr(c *Call) { c.incrementBy(c.Args[1], 1) }

// cmdDecr answers DECR key.
func cmdDecr(c *Call) { c.incrementBy(c.Args[1], -1) }

// cmdIncrBy answers INCRBY key increment.
func cmdIncrBy(c *Call) {
	by, ok := ParseInt(c.Args[2])
	if !ok {
		c.Error(ErrNotInteger)
		return
	}
	c.incrementBy(c.Args[1], by)
}

// cmdDecrBy answers DECRBY key decrement.
func cmdDecrBy(c *Call) {
	by, ok := ParseInt(c.Args[2])
	switch {
	case !ok:
		c.Error(ErrNotInteger)
	case by == math.MinInt64:
		c.Error(errDecrementOverflow)
	default:
		c.incrementBy(c.Args[1], -by)
	}
}

func (c *Call) incrementBy(key []byte, by int64) {
	var e datatypes.Entry
	n, ok := c.peekInt(&e, key)
	if !ok {
		return
	}
	sum, ok := addInts(n, by)
	if !ok {
		c.Error(ErrOverflow)
		return
	}
	c.storeInt(&e, key, sum, e.DeadlineMs())
	c.Changed(key, EventString, "incrby")
	c.Reply.Int(sum)
}

// addInts adds; ok is false if the sum isn't of 64 bits.
func addInts(a, b int64) (sum int64, ok bool) {
	sum = a + b
	return sum, (sum > a) == (b > 0) || b == 0
}

// subtractInts subtracts; ok is false if the difference isn't of 64 bits.
func subtractInts(a, b int64) (difference int64, ok bool) {
	difference = a - b
	return difference, (difference < a) == (b > 0) || b == 0
}

// peekInt looks an integer up for writing, 0 where there is no key. ok is false if an error has been replied.
func (c *Call) peekInt(e *datatypes.Entry, key []byte) (n int64, ok bool) {
	found, ok := c.peekString(e, key)
	if !found || !ok {
		return 0, ok
	}
	if n, ok = integer(e); !ok {
		c.Error(ErrNotInteger)
	}
	return n, ok
}

// integer reads a string as an integer, whether it is kept as one or not.
func integer(e *datatypes.Entry) (n int64, ok bool) {
	if n, ok = e.Int(); ok {
		return n, true
	}
	piece, _ := e.StringPiece()
	return ParseInt(piece)
}

// storeInt is store for an integer that takes the place of another.
func (c *Call) storeInt(found *datatypes.Entry, key []byte, n, deadlineMs int64) {
	c.editKey(found, key).ChangeIntAt(found, key, n, deadlineMs)
}

// cmdIncrByFloat answers INCRBYFLOAT key increment.
func cmdIncrByFloat(c *Call) {
	key := c.Args[1]
	var e datatypes.Entry
	n, ok := c.peekFloat(&e, key)
	if !ok {
		return
	}
	by, ok := parseLongDouble(c.Args[2])
	if !ok {
		c.Error(ErrNotFloat)
		return
	}
	sum, ok := n.add(by)
	if !ok {
		c.Error(errNotFinite)
		return
	}
	var room [64]byte
	digits := sum.append(room[:0])
	c.storeText(&e, key, digits, e.DeadlineMs())
	c.Changed(key, EventString, "incrbyfloat")
	c.Reply.Bulk(digits)
	if c.Observed {
		// The sum and not the increment, so that no other machine's arithmetic counts.
		c.Propagate([]byte("SET"), key, append([]byte(nil), digits...), []byte("KEEPTTL"))
	}
}

// peekFloat looks a floating-point number up for writing, 0 where there is no key. ok is false if an error has been replied.
func (c *Call) peekFloat(e *datatypes.Entry, key []byte) (n longDouble, ok bool) {
	found, ok := c.peekString(e, key)
	if !found || !ok {
		return longDouble{}, ok
	}
	if whole, isInt := e.Int(); isInt {
		return longDoubleOf(whole), true
	}
	piece, _ := e.StringPiece()
	if n, ok = parseLongDouble(piece); !ok {
		c.Error(ErrNotFloat)
	}
	return n, ok
}

// storeText is store for digits that are not to be kept as an integer, as those of a floating-point number.
func (c *Call) storeText(found *datatypes.Entry, key, digits []byte, deadlineMs int64) {
	c.editKey(found, key).SetTextAt(found, key, digits, deadlineMs)
}
