package commands

import (
	"strconv"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// setArgs are the options of SET.
type setArgs struct {
	condition condition
	get       bool
	expireArgs
}

// parseSet reads the options after key and value. It is pure; an error is the reply's text.
func parseSet(words [][]byte) (a setArgs, errText string) {
	for len(words) > 0 {
		used := a.take(words, "KEEPTTL")
		if used == 0 {
			used, errText = a.condition.take(words)
		}
		if used == 0 && IsWord(words[0], "GET") {
			a.get, used = true, 1
		}
		if errText != "" {
			return a, errText
		}
		if used == 0 {
			return a, ErrSyntax
		}
		words = words[used:]
	}
	return a, ""
}

// cmdSet answers SET key value [NX | XX | IFEQ value | IFNE value | IFDEQ digest | IFDNE digest] [GET] [EX seconds | PX ms | EXAT seconds |
// PXAT ms | KEEPTTL]. The conditions on the value are those of Redis 8.4.
func cmdSet(c *Call) {
	key, value := c.Args[1], c.Args[2]
	args, errText := setArgs{}, ""
	if len(c.Args) > 3 {
		if args, errText = parseSet(c.Args[3:]); errText != "" {
			c.Error(errText)
			return
		}
	}
	deadlineMs, errText := args.deadline(c.NowMs, "set")
	if errText != "" {
		c.Error(errText)
		return
	}
	var old datatypes.Entry
	found := false
	if args.get {
		// The old value's bytes belong to the store, so that they are replied before it changes.
		if found = c.findString(&old, key); found {
			c.replyString(&old)
		} else if c.Outcome.Failed {
			return
		}
	} else {
		found = c.Peek(&old, key)
	}
	if args.condition.reads() && found && !args.get && !c.isString(&old) {
		return
	}
	if !args.condition.holds(&old, found) {
		if !args.get {
			c.Reply.Null()
		}
		return
	}
	if args.keyword && found {
		deadlineMs = old.DeadlineMs()
	}
	c.store(&old, key, value, deadlineMs)
	c.Changed(key, EventString, "set")
	if args.unit != expireNone {
		c.Event(key, EventGeneric, "expire")
	}
	if c.Observed {
		c.propagateSet(&args, deadlineMs)
	}
	if !args.get {
		c.Reply.OK()
	}
}

// propagateSet replaces a time to live by the deadline it came to, and drops GET, whose reply nobody reads, and conditions that an older
// Redis doesn't know and that were met.
func (c *Call) propagateSet(args *setArgs, deadlineMs int64) {
	switch {
	case args.unit != expireNone:
		c.propagateDeadline(c.Args[1], c.Args[2], deadlineMs)
	case args.condition.reads() && args.keyword:
		c.Propagate([]byte("SET"), c.Args[1], c.Args[2], []byte("KEEPTTL"))
	case args.condition.reads():
		c.Propagate([]byte("SET"), c.Args[1], c.Args[2])
	case args.get:
		words := make([][]byte, 0, len(c.Args)-1)
		for i, word := range c.Args {
			if i < 3 || !IsWord(word, "GET") {
				words = append(words, word)
			}
		}
		c.Propagate(words...)
	}
}

// propagateDeadline puts a SET with a deadline in place of the command that was sent.
func (c *Call) propagateDeadline(key, value []byte, deadlineMs int64) {
	c.Propagate([]byte("SET"), key, value, []byte("PXAT"), strconv.AppendInt(nil, deadlineMs, 10))
}

// cmdSetNX answers SETNX key value.
func cmdSetNX(c *Call) {
	key := c.Args[1]
	var found datatypes.Entry
	if c.Peek(&found, key) {
		c.Reply.Int(0)
		return
	}
	c.store(&found, key, c.Args[2], datatypes.NoDeadline)
	c.Changed(key, EventString, "set")
	c.Reply.Int(1)
}

// cmdSetEX answers SETEX key seconds value.
func cmdSetEX(c *Call) { c.setWithDeadline(expireSeconds, "setex") }

// cmdPSetEX answers PSETEX key milliseconds value.
func cmdPSetEX(c *Call) { c.setWithDeadline(expireMs, "psetex") }

func (c *Call) setWithDeadline(unit expireUnit, command string) {
	key, value := c.Args[1], c.Args[3]
	deadlineMs, errText := parseDeadline(c.Args[2], unit, c.NowMs, command)
	if errText != "" {
		c.Error(errText)
		return
	}
	var found datatypes.Entry
	c.Peek(&found, key)
	c.store(&found, key, value, deadlineMs)
	c.Changed(key, EventString, "set")
	c.Event(key, EventGeneric, "expire")
	if c.Observed {
		c.propagateDeadline(key, value, deadlineMs)
	}
	c.Reply.OK()
}

// cmdGetSet answers GETSET key value.
func cmdGetSet(c *Call) {
	key, value := c.Args[1], c.Args[2]
	var old datatypes.Entry
	if c.findString(&old, key) {
		c.replyString(&old)
	} else if c.Outcome.Failed {
		return
	}
	c.store(&old, key, value, datatypes.NoDeadline)
	c.Changed(key, EventString, "set")
	if c.Observed {
		c.Propagate([]byte("SET"), key, value)
	}
}

// cmdMSet answers MSET key value [key value ...].
func cmdMSet(c *Call) {
	if len(c.Args)%2 == 0 {
		c.WrongArgs()
		return
	}
	c.setPairs(c.Args[1:])
	c.Reply.OK()
}

// cmdMSetNX answers MSETNX key value [key value ...]: all of them, or none if one of the keys exists.
func cmdMSetNX(c *Call) {
	if len(c.Args)%2 == 0 {
		c.WrongArgs()
		return
	}
	pairs := c.Args[1:]
	var found datatypes.Entry
	for i := 0; i < len(pairs); i += 2 {
		if c.Peek(&found, pairs[i]) {
			c.Reply.Int(0)
			return
		}
	}
	c.setPairs(pairs)
	c.Reply.Int(1)
}

func (c *Call) setPairs(pairs [][]byte) {
	var found datatypes.Entry
	for i := 0; i < len(pairs); i += 2 {
		c.Peek(&found, pairs[i])
		c.store(&found, pairs[i], pairs[i+1], datatypes.NoDeadline)
		c.Changed(pairs[i], EventString, "set")
	}
}
