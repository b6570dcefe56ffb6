package commands

import (
	"strconv"
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// What takes from the first of several keys that has something to take, and may wait for one.

// poppable is a kind of collection with two ends from which elements are taken.
type poppable struct {
	kind datatypes.Kind
	// front and back name the ends; word is the command by which taking from one is propagated.
	front, back string
	word        func(back bool) []byte
	// pop takes so many elements, as many as there are or fewer, replies with them one after the other and declares it. e becomes what the
	// change has left.
	pop func(c *Call, e *datatypes.Entry, key []byte, back bool, count int)
}

const errCountZero = "ERR count should be greater than 0"

// mpopArgs is what LMPOP, BLMPOP, ZMPOP and BZMPOP are asked for.
type mpopArgs struct {
	keys  [][]byte
	back  bool
	count int64
}

// parseMPop reads numkeys key [key ...] front|back [COUNT count]; the error has been replied if they aren't that.
func (c *Call) parseMPop(p *poppable, words [][]byte) (a mpopArgs, ok bool) {
	keys, ok := ParseInt(words[0])
	if !ok || keys <= 0 {
		c.Error(errNumKeys)
		return a, false
	}
	if words = words[1:]; keys >= int64(len(words)) {
		c.Error(ErrSyntax)
		return a, false
	}
	a.keys, a.count = words[:keys], 1
	if a.back, ok = c.parseEither(words[keys], p.front, p.back); !ok {
		return a, false
	}
	words = words[keys+1:]
	if len(words) == 0 {
		return a, true
	}
	if len(words) < 2 || !IsWord(words[0], "COUNT") {
		c.Error(ErrSyntax)
		return a, false
	}
	if a.count, ok = ParseInt(words[1]); !ok || a.count <= 0 {
		c.Error(errCountZero)
		return a, false
	}
	if len(words) > 2 {
		c.Error(ErrSyntax)
		return a, false
	}
	return a, true
}

// popFirst answers LMPOP and ZMPOP.
func (c *Call) popFirst(p *poppable) {
	a, ok := c.parseMPop(p, c.Args[1:])
	if !ok {
		return
	}
	var e datatypes.Entry
	key, ok := c.firstOf(&e, p.kind, a.keys)
	switch {
	case !ok:
	case key == nil:
		c.Reply.NullArray()
	default:
		c.popNamed(p, &e, key, &a)
	}
}

// popFirstOrWait answers BLMPOP and BZMPOP.
func (c *Call) popFirstOrWait(p *poppable) {
	a, ok := c.parseMPop(p, c.Args[2:])
	if !ok {
		return
	}
	timeout, ok := c.parseTimeout(c.Args[1])
	if !ok {
		return
	}
	var e datatypes.Entry
	if key := c.firstOrWait(&e, p.kind, a.keys, timeout, (*resp.Writer).NullArray); key != nil {
		c.popNamed(p, &e, key, &a)
	}
}

// popNamed takes what is asked for and replies with the key and with that.
func (c *Call) popNamed(p *poppable, e *datatypes.Entry, key []byte, a *mpopArgs) {
	taken := int(min(a.count, int64(e.Elements())))
	c.Reply.Array(2)
	c.Reply.Bulk(key)
	c.Reply.Array(taken)
	p.pop(c, e, key, a.back, taken)
	if c.Observed {
		c.Propagate(p.word(a.back), key, strconv.AppendInt(nil, int64(taken), 10))
	}
}

// firstOf looks for the first of keys that holds a value of that kind, nil if there is none. ok is false if an error has been replied, since
// one before it holds something else. A command that is run again looks at the key that has woken it alone, and waits on if that holds
// something else.
func (c *Call) firstOf(e *datatypes.Entry, kind datatypes.Kind, keys [][]byte) (key []byte, ok bool) {
	if woken := c.Client.Woken(c); woken != nil {
		if c.Peek(e, woken) && e.Kind() == kind {
			return woken, true
		}
		return nil, true
	}
	for _, key := range keys {
		found, ok := c.peekKind(e, key, kind)
		if found || !ok {
			return key, ok
		}
	}
	return nil, true
}

// firstOrWait is firstOf for a command that waits if there is none: it says then what is answered if it may not wait. nil tells that nothing is
// left to be done now.
func (c *Call) firstOrWait(e *datatypes.Entry, kind datatypes.Kind, keys [][]byte, timeout time.Duration, mayNot func(*resp.Writer)) (key []byte) {
	key, ok := c.firstOf(e, kind, keys)
	switch {
	case !ok:
		return nil
	case key != nil:
	case c.Client.MayBlock():
		c.Client.Block(c, kind, keys, timeout, (*resp.Writer).NullArray)
	default:
		mayNot(c.Reply)
	}
	return key
}
