package commands

import (
	"bytes"
	"math"
	"math/rand/v2"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
)

// setRandomRows are the rows of what draws members.
func setRandomRows() []Row {
	return []Row{
		{
			Name: "spop", Arity: -2, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete)},
			ACL:  ACLSet, Group: "set", Since: "1.0.0",
			Summary:    "Removes and returns members of a set at random.",
			Complexity: "Without the count argument O(1), otherwise O(N) where N is the value of the passed count.",
			History:    []Change{{"3.2.0", "Added the `count` argument."}},
			Tips:       []string{"nondeterministic_output"},
			Syntax:     `key:key(0) [count:integer@3.2.0]`,
			Handler:    cmdSPop,
		},
		{
			Name: "srandmember", Arity: -2, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLSet, Group: "set", Since: "1.0.0",
			Summary:    "Draws members of a set at random.",
			Complexity: "Without the count argument O(1), otherwise O(N) where N is the absolute value of the passed count.",
			History:    []Change{{"2.6.0", "Added the optional `count` argument."}},
			Tips:       []string{"nondeterministic_output"},
			Syntax:     `key:key(0) [count:integer@2.6.0]`,
			Handler:    cmdSRandMember,
		},
	}
}

const (
	errNotPositive = "ERR value is out of range, must be positive"
	errCountRange  = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
)

// poppedPerCommand is how many members a SREM that stands for SPOP takes out, as in Redis 7.2; Redis 7.0 propagates one for each.
const poppedPerCommand = 1024

// propagated are the words of what stands for other commands.
var (
	wordDel  = []byte("DEL")
	wordSRem = []byte("SREM")
)

// cmdSPop answers SPOP key [count].
func cmdSPop(c *Call) {
	switch len(c.Args) {
	case 2:
		c.popOne()
	case 3:
		c.popCount()
	default:
		c.Error(ErrSyntax)
	}
}

func (c *Call) popOne() {
	key := c.Args[1]
	var e datatypes.Entry
	if found, ok := c.peekSet(&e, key); !found {
		if ok {
			c.Reply.Null()
		}
		return
	}
	random := rand.New(runtimeSource{})
	var room [64]byte
	member := room[:0]
	c.Edit().ChangeSet(&e, key, func(f *set.Form, edit *set.Edit) { member = f.Pop(edit, random, member) })
	c.Changed(key, EventSet, "spop")
	c.emptied(&e, key)
	if c.Observed {
		c.Propagate(wordSRem, key, bytes.Clone(member))
	}
	c.Reply.Bulk(member)
}

// popCount answers SPOP with a count. What it takes out is propagated by name, the whole set as DEL.
func (c *Call) popCount() {
	key := c.Args[1]
	count, ok := ParseInt(c.Args[2])
	if !ok || count < 0 {
		c.Error(errNotPositive)
		return
	}
	var e datatypes.Entry
	found, ok := c.peekSet(&e, key)
	switch {
	case !ok:
		return
	case !found || count == 0:
		c.Reply.Set(0)
		return
	}
	f := e.Set()
	size := f.Len()
	if count >= int64(size) {
		c.popAll(&f, key)
		return
	}
	p := popper{c: c, key: key}
	c.Reply.Set(int(count))
	ed := c.Edit()
	if left := size - int(count); left*keepPerPop > int(count) {
		ed.ChangeSet(&e, key, func(f *set.Form, edit *set.Edit) { p.draw(f, edit, int(count)) })
	} else {
		var kept set.Form
		p.keep(&kept, ed.Building(), &f, left)
		ed.PutSet(&e, key, &kept, nil, e.DeadlineMs())
	}
	p.flush()
	c.Changed(key, EventSet, "spop")
	c.Counted(int(count) - 1)
}

// popAll pops the whole set, which Redis reads as SUNION does and so counts as a hit.
func (c *Call) popAll(f *set.Form, key []byte) {
	c.Outcome.Hits++
	size := f.Len()
	c.Reply.Set(size)
	f.Each(func(it packed.Item) bool {
		c.replyMember(&it)
		return true
	})
	c.Edit().Delete(key)
	c.Changed(key, EventSet, "spop")
	c.Counted(size - 1)
	c.Event(key, EventGeneric, "del")
	c.Propagate(wordDel, key)
}

// popper takes members out of a set, replies with them and gathers the commands that are propagated in their place.
type popper struct {
	c      *Call
	key    []byte
	member []byte
	words  [][]byte
}

// keepPerPop is how many times as many members must go as stay for a set to be made anew of those that stay. As in Redis such a set shows
// the encoding of a new one.
const keepPerPop = 5

// draw takes count members out, fewer than there are.
func (p *popper) draw(f *set.Form, edit *set.Edit, count int) {
	random := rand.New(runtimeSource{})
	for range count {
		p.member = f.Pop(edit, random, p.member[:0])
		p.popped()
	}
}

// keep pops all members but so many, each choice with the same probability, and puts these into kept.
func (p *popper) keep(kept *set.Form, edit *set.Edit, f *set.Form, wanted int) {
	random := rand.New(runtimeSource{})
	left := f.Len()
	f.Each(func(it packed.Item) bool {
		if random.IntN(left) < wanted {
			wanted--
			kept.AddItem(edit, &it)
		} else {
			p.member = it.AppendTo(p.member[:0])
			p.popped()
		}
		left--
		return true
	})
}

// popped tells of the member that has just been taken out.
func (p *popper) popped() {
	p.c.Reply.Bulk(p.member)
	if !p.c.Observed {
		return
	}
	if p.words == nil {
		p.words = [][]byte{wordSRem, p.key}
	}
	p.words = append(p.words, bytes.Clone(p.member))
	if len(p.words) == 2+poppedPerCommand {
		p.flush()
	}
}

// flush propagates what was gathered.
func (p *popper) flush() {
	if len(p.words) > 0 {
		p.c.Propagate(p.words...)
		p.words = nil
	}
}

// cmdSRandMember answers SRANDMEMBER key [count].
func cmdSRandMember(c *Call) {
	switch len(c.Args) {
	case 2:
		c.drawOne()
	case 3:
		c.drawCount()
	default:
		c.Error(ErrSyntax)
	}
}

func (c *Call) drawOne() {
	var e datatypes.Entry
	if found, ok := c.findSet(&e, c.Args[1]); !found {
		if ok {
			c.Reply.Null()
		}
		return
	}
	f := e.Set()
	it := f.Random(rand.New(runtimeSource{}))
	c.replyMember(&it)
}

// drawCount answers SRANDMEMBER with a count: so many different members, or, below 0, so many draws that may be the same.
func (c *Call) drawCount() {
	count, ok := ParseInt(c.Args[2])
	switch {
	case !ok:
		c.Error(ErrNotInteger)
		return
	case count == math.MinInt64:
		c.Error(errCountRange)
		return
	}
	var e datatypes.Entry
	found, ok := c.findSet(&e, c.Args[1])
	switch {
	case !ok:
		return
	case !found || count == 0:
		c.Reply.Array(0)
		return
	}
	f := e.Set()
	if c.Long(drawLooks(f.Len(), count)) {
		c.OnView(func(c *Call, db datatypes.Reader) {
			f := c.setOnView(db, c.Args[1])
			c.draw(&f, count)
		})
		return
	}
	c.draw(&f, count)
}

// drawLooks is how many of a collection's size entries are looked at to draw so many.
func drawLooks(size int, count int64) int {
	switch {
	case count < 0:
		return int(-count)
	case count > int64(size/3):
		return size
	}
	return int(count)
}

// draw replies with so many members.
func (c *Call) draw(f *set.Form, count int64) {
	random, p := rand.New(runtimeSource{}), pace{breathe: c.Breathe}
	if count < 0 {
		c.Reply.Array(int(-count))
		for range -count {
			it := f.Random(random)
			c.replyMember(&it)
			if !p.looked(1) {
				return
			}
		}
		return
	}
	count = min(count, int64(f.Len()))
	c.Reply.Array(int(count))
	f.Sample(random, int(count), func(it packed.Item) bool {
		c.replyMember(&it)
		return p.looked(1)
	})
}
