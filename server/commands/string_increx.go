package commands

import (
	"math"
	"strconv"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

const (
	errIncrEXENX      = "ERR ENX flag requires an expiration"
	errIncrEXBounds   = "ERR LBOUND can't be greater than UBOUND"
	errIncrEXNotInt   = "ERR %s is not an integer or out of range"
	errIncrEXNotFloat = "ERR %s is not a valid float"
	errIncrEXOverflow = "ERR applied increment would overflow"
	errIncrEXInfinite = "ERR applied increment would be Infinity"
)

// increxArgs are the options of INCREX as they are written. Other than SET's none may come twice.
type increxArgs struct {
	byInt, byFloat, lower, upper []byte
	saturate, enx                bool
	expireArgs
}

func parseIncrEX(words [][]byte) (a increxArgs, errText string) {
	for len(words) > 0 {
		used := 1
		switch word := words[0]; {
		case IsWord(word, "SATURATE") && !a.saturate:
			a.saturate = true
		case IsWord(word, "ENX") && !a.enx:
			a.enx = true
		default:
			if used = a.takeNumber(words); used == 0 && a.unit == expireNone && !a.keyword {
				used = a.take(words, "PERSIST")
			}
		}
		if used == 0 {
			return a, ErrSyntax
		}
		words = words[used:]
	}
	switch {
	case a.enx && a.keyword || a.byInt != nil && a.byFloat != nil:
		return a, ErrSyntax
	case a.enx && a.unit == expireNone:
		return a, errIncrEXENX
	}
	return a, ""
}

// takeNumber takes an option with a number.
func (a *increxArgs) takeNumber(words [][]byte) (used int) {
	var into *[]byte
	switch word := words[0]; {
	case IsWord(word, "BYINT"):
		into = &a.byInt
	case IsWord(word, "BYFLOAT"):
		into = &a.byFloat
	case IsWord(word, "LBOUND"):
		into = &a.lower
	case IsWord(word, "UBOUND"):
		into = &a.upper
	}
	if into == nil || *into != nil || len(words) < 2 {
		return 0
	}
	*into = words[1]
	return 2
}

// cmdIncrEX answers INCREX key [BYFLOAT increment | BYINT increment] [LBOUND number] [UBOUND number] [SATURATE] [EX seconds | PX ms | EXAT seconds |
// PXAT ms | PERSIST] [ENX], a command of Redis 8.8: the new number and what was added. A sum out of bounds, which those of the type are too,
// leaves everything as it is and replies that 0 was added, or becomes the bound with SATURATE.
func cmdIncrEX(c *Call) {
	args, errText := parseIncrEX(c.Args[2:])
	if errText != "" {
		c.Error(errText)
		return
	}
	if args.byFloat != nil {
		c.increxFloat(&args)
		return
	}
	c.increxInt(&args)
}

// increxIntArgument reads an argument that is called name in the error; missing is what counts where it isn't given.
func (c *Call) increxIntArgument(word []byte, name string, missing int64) (n int64, ok bool) {
	if word == nil {
		return missing, true
	}
	if n, ok = ParseInt(word); !ok {
		c.Errorf(errIncrEXNotInt, name)
	}
	return n, ok
}

// increxFloatArgument is increxIntArgument for BYFLOAT.
func (c *Call) increxFloatArgument(word []byte, name string, missing longDouble) (x longDouble, ok bool) {
	if word == nil {
		return missing, true
	}
	if x, ok = parseLongDouble(word); !ok {
		c.Errorf(errIncrEXNotFloat, name)
	}
	return x, ok
}

func (c *Call) increxInt(args *increxArgs) {
	by, ok := c.increxIntArgument(args.byInt, "Increment", 1)
	if !ok {
		return
	}
	lower, ok := c.increxIntArgument(args.lower, "LBOUND", math.MinInt64)
	if !ok {
		return
	}
	upper, ok := c.increxIntArgument(args.upper, "UBOUND", math.MaxInt64)
	if !ok {
		return
	}
	until, ok := c.increxDeadline(args, lower > upper)
	if !ok {
		return
	}
	var e datatypes.Entry
	old, ok := c.peekInt(&e, c.Args[1])
	if !ok {
		return
	}
	sum, within := addInts(old, by)
	switch {
	case !within && by > 0:
		sum = math.MaxInt64
	case !within:
		sum = math.MinInt64
	}
	if !within || sum < lower || sum > upper {
		if !args.saturate {
			c.replyIncrEXInts(old, 0)
			return
		}
		sum = min(max(sum, lower), upper)
		if by, ok = subtractInts(sum, old); !ok {
			c.Error(errIncrEXOverflow)
			return
		}
	}
	c.keepIncrEX(args, &e, until, increxSum{event: "incrby", whole: true, n: sum, digits: strconv.AppendInt(nil, sum, 10)})
	c.replyIncrEXInts(sum, by)
}

func (c *Call) increxFloat(args *increxArgs) {
	by, ok := c.increxFloatArgument(args.byFloat, "Increment", longDouble{})
	if !ok {
		return
	}
	lower, ok := c.increxFloatArgument(args.lower, "LBOUND", largestLongDouble(true))
	if !ok {
		return
	}
	upper, ok := c.increxFloatArgument(args.upper, "UBOUND", largestLongDouble(false))
	if !ok {
		return
	}
	until, ok := c.increxDeadline(args, lower.cmp(upper) > 0)
	if !ok {
		return
	}
	var e datatypes.Entry
	old, ok := c.peekFloat(&e, c.Args[1])
	if !ok {
		return
	}
	if by.infinite || old.infinite {
		c.Error(errNotFinite)
		return
	}
	sum, within := old.add(by)
	if !within {
		sum = largestLongDouble(by.negative)
	}
	if !within || sum.cmp(lower) < 0 || sum.cmp(upper) > 0 {
		if !args.saturate {
			c.replyIncrEXFloats(old, longDouble{})
			return
		}
		if sum.cmp(lower) < 0 {
			sum = lower
		}
		if sum.cmp(upper) > 0 {
			sum = upper
		}
		minus := old
		minus.negative = !minus.negative
		if by, ok = sum.add(minus); !ok {
			c.Error(errIncrEXInfinite)
			return
		}
	}
	c.keepIncrEX(args, &e, until, increxSum{event: "incrbyfloat", digits: sum.append(nil)})
	c.replyIncrEXFloats(sum, by)
}

// increxDeadline is the deadline that is asked for. ok is false if an error has been replied: crossed tells that the bounds are.
func (c *Call) increxDeadline(args *increxArgs, crossed bool) (deadlineMs int64, ok bool) {
	deadlineMs, errText := args.deadline(c.NowMs, "increx")
	if crossed {
		errText = errIncrEXBounds
	}
	if errText != "" {
		c.Error(errText)
		return 0, false
	}
	return deadlineMs, true
}

func (c *Call) replyIncrEXInts(n, by int64) {
	c.Reply.Array(2)
	c.Reply.Int(n)
	c.Reply.Int(by)
}

// replyIncrEXFloats replies with texts, in RESP3 with doubles of the same digits.
func (c *Call) replyIncrEXFloats(x, by longDouble) {
	c.Reply.Array(2)
	for _, number := range []longDouble{x, by} {
		digits := number.append(nil)
		if c.Reply.Proto() < 3 {
			c.Reply.Bulk(digits)
			continue
		}
		c.Reply.RawString(",")
		c.Reply.Raw(digits)
		c.Reply.RawString("\r\n")
	}
}

// increxSum is what INCREX stores: digits, which are those of n if it is whole.
type increxSum struct {
	event  string
	whole  bool
	n      int64
	digits []byte
}

// keepIncrEX stores a sum and declares what happened; until is the deadline that was asked for.
func (c *Call) keepIncrEX(args *increxArgs, e *datatypes.Entry, until int64, sum increxSum) {
	key, had := c.Args[1], e.DeadlineMs()
	expires := args.unit != expireNone && (!args.enx || had == datatypes.NoDeadline)
	deadlineMs := had
	switch {
	case expires && until <= c.NowMs:
		if e.Found() {
			c.Edit().DeleteAt(e, key)
			c.Changed(key, EventGeneric, "del")
			c.PropagateDeletion(key, LazyExpire)
		}
		return
	case expires:
		deadlineMs = until
	case args.keyword:
		deadlineMs = datatypes.NoDeadline
	}
	if sum.whole {
		c.storeInt(e, key, sum.n, deadlineMs)
	} else {
		c.storeText(e, key, sum.digits, deadlineMs)
	}
	c.Changed(key, EventString, sum.event)
	switch {
	case expires:
		c.Event(key, EventGeneric, "expire")
	case args.keyword && had != datatypes.NoDeadline:
		c.Event(key, EventGeneric, "persist")
	}
	if c.Observed {
		c.propagateIncrEX(sum.digits, deadlineMs, expires)
	}
}

// propagateIncrEX puts a SET in place of the command; named tells whether the deadline is a new one.
func (c *Call) propagateIncrEX(digits []byte, deadlineMs int64, named bool) {
	key := c.Args[1]
	switch {
	case named:
		c.propagateDeadline(key, digits, deadlineMs)
	case deadlineMs != datatypes.NoDeadline:
		c.Propagate([]byte("SET"), key, digits, []byte("KEEPTTL"))
	default:
		c.Propagate([]byte("SET"), key, digits)
	}
}
