package commands

import (
	"math/rand/v2"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// hashScanRows are the rows of what draws fields and goes through them step by step.
func hashScanRows() []Row {
	return []Row{
		{
			Name: "hrandfield", Arity: -2, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLHash, Group: "hash", Since: "6.2.0",
			Summary:    "Draws fields of a hash at random.",
			Complexity: "O(N) where N is the number of fields returned",
			Tips:       []string{"nondeterministic_output"},
			Syntax:     `key:key(0) [options:{count:integer ["WITHVALUES"]}]`,
			Handler:    cmdHRandField,
		},
		{
			Name: "hscan", Arity: -3, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLHash, Group: "hash", Since: "2.8.0",
			Summary:    "Walks through the fields of a hash and their values step by step, with `NOVALUES` through the fields alone.",
			Complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..",
			Tips:       []string{"nondeterministic_output"},
			Syntax:     `key:key(0) cursor:integer [MATCH=pattern:pattern] [COUNT=count:integer]`,
			Handler:    cmdHScan,
		},
	}
}

// cmdHRandField answers HRANDFIELD key [count [WITHVALUES]].
func cmdHRandField(c *Call) {
	if len(c.Args) > 2 {
		c.drawFields()
		return
	}
	var e datatypes.Entry
	if _, ok := c.findLiveHash(&e, c.Args[1]); !ok {
		return
	}
	f := e.Hash()
	if c.Long(dueLooks(&f, f.LiveLen(c.NowMs))) {
		c.OnView(func(c *Call, db datatypes.Reader) {
			f := c.hashOnView(db, c.Args[1])
			c.replyAnyField(&f)
		})
		return
	}
	c.replyAnyField(&f)
}

// replyAnyField replies with a field that isn't due.
func (c *Call) replyAnyField(f *hash.Form) {
	field, _, found := f.Random(rand.New(runtimeSource{}), c.NowMs)
	if !found {
		c.Reply.Null()
		return
	}
	c.replyMember(&field)
}

// dueLooks is how many fields are looked at, at most, to find some that aren't due, of which there are so many: all, where some are due.
func dueLooks(f *hash.Form, live int) int {
	if live == f.Len() {
		return 0
	}
	return f.Len()
}

// findLiveHash is findHash for what has all fields go that are due. Those that are only noted are still there.
func (c *Call) findLiveHash(e *datatypes.Entry, key []byte) (found, ok bool) {
	if found, ok = c.findHash(e, key); !found {
		return found, ok
	}
	if f := e.Hash(); f.LiveLen(c.NowMs) < f.Len() {
		c.expiredFields(e, key, nil)
	}
	return e.Found(), true
}

// drawFields answers HRANDFIELD with a count: so many different fields, or, below 0, so many draws that may be the same.
func (c *Call) drawFields() {
	count, values, errText := parseDraw(c.Args[2:], "WITHVALUES")
	if errText != "" {
		c.Error(errText)
		return
	}
	var e datatypes.Entry
	if _, ok := c.findLiveHash(&e, c.Args[1]); !ok {
		return
	}
	f := e.Hash()
	size := f.LiveLen(c.NowMs)
	if size == 0 || count == 0 {
		c.Reply.Array(0)
		return
	}
	if c.Long(max(drawLooks(size, count), dueLooks(&f, size))) {
		c.OnView(func(c *Call, db datatypes.Reader) {
			f := c.hashOnView(db, c.Args[1])
			c.replyDrawnFields(&f, count, values)
		})
		return
	}
	c.replyDrawnFields(&f, count, values)
}

// replyDrawnFields replies with so many fields of a hash in which there is at least one that isn't due.
func (c *Call) replyDrawnFields(f *hash.Form, count int64, values bool) {
	random, p := rand.New(runtimeSource{}), pace{breathe: c.Breathe}
	reply := func(field, value packed.Item) bool {
		c.replyPair(values)
		c.replyMember(&field)
		if values {
			c.replyMember(&value)
		}
		return p.looked(1)
	}
	if count > 0 {
		count = min(count, int64(f.LiveLen(c.NowMs)))
		c.replyPairs(int(count), values)
		f.Sample(random, int(count), c.NowMs, reply)
		return
	}
	c.replyPairs(int(-count), values)
	draw := c.drawer(f, random)
	for range -count {
		if !reply(draw()) {
			return
		}
	}
}

// drawer draws fields that aren't due, of which there are some. Where those are few they are gathered beforehand, since a draw would go
// through all to find one.
func (c *Call) drawer(f *hash.Form, random *rand.Rand) (draw func() (field, value packed.Item)) {
	live := f.LiveLen(c.NowMs)
	if live == f.Len() || f.Len()/live < 2 {
		return func() (field, value packed.Item) {
			field, value, _ = f.Random(random, c.NowMs)
			return field, value
		}
	}
	fields := make([][2]packed.Item, 0, live)
	f.Each(c.NowMs, func(field, value packed.Item) bool {
		fields = append(fields, [2]packed.Item{field, value})
		return true
	})
	return func() (field, value packed.Item) {
		drawn := &fields[random.IntN(len(fields))]
		return drawn[0], drawn[1]
	}
}

// cmdHScan answers HSCAN key cursor [MATCH pattern] [COUNT count] [NOVALUES].
func cmdHScan(c *Call) {
	var e datatypes.Entry
	a, ok := c.beginScan(&e, (*Call).findHash, scanFields)
	if !ok {
		return
	}
	f := e.Hash()
	looks := int64(f.Len())
	if !isSmallHash(&e) {
		looks = min(looks, a.count)
	}
	if c.Long(int(looks)) {
		c.OnView(func(c *Call, db datatypes.Reader) {
			a, _ := parseScan(c.Args[2:], scanFields)
			var e datatypes.Entry
			db.Find(&e, c.Args[1], c.NowMs)
			c.replyHashScan(&e, a)
		})
		return
	}
	c.replyHashScan(&e, a)
}

// isSmallHash tells whether a hash shows an encoding of small ones.
func isSmallHash(e *datatypes.Entry) bool { return e.Encoding() != "hashtable" }

// replyHashScan replies with the next fields that fit the pattern, and their values; a hash that shows an encoding of small ones comes as a
// whole.
func (c *Call) replyHashScan(e *datatypes.Entry, a scanArgs) {
	f, small := e.Hash(), isSmallHash(e)
	c.replyScan(func() (next uint64, count int) {
		show := func(field, value packed.Item) {
			if a.pattern != nil && !memberFits(a.pattern, &field) {
				return
			}
			count++
			c.replyMember(&field)
			if !a.noValues {
				count++
				c.replyMember(&value)
			}
		}
		if !small {
			next = c.scanOn(&a, func(cursor uint64, count int) (next uint64, met int) {
				next = f.Scan(cursor, count, c.NowMs, func(field, value packed.Item) {
					met++
					show(field, value)
				})
				return next, max(met, count) // those that are due were gone through too
			})
			return next, count
		}
		p := pace{breathe: c.Breathe}
		f.Each(c.NowMs, func(field, value packed.Item) bool {
			show(field, value)
			return p.looked(1)
		})
		return 0, count
	})
}
