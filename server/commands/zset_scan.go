package commands

import (
	"math"
	"math/rand/v2"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// zsetScanRows are the rows of what draws members and goes through them step by step.
func zsetScanRows() []Row {
	return []Row{
		{
			Name: "zrandmember", Arity: -2, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "6.2.0",
			Summary:    "Draws members of a sorted set at random.",
			Complexity: "O(N) where N is the number of elements returned",
			Tips:       []string{"nondeterministic_output"},
			Syntax:     `key:key(0) [options:{count:integer ["WITHSCORES"]}]`,
			Handler:    cmdZRandMember,
		},
		{
			Name: "zscan", Arity: -3, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "2.8.0",
			Summary:    "Walks through the members of a sorted set step by step.",
			Complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..",
			Tips:       []string{"nondeterministic_output"},
			Syntax:     `key:key(0) cursor:integer [MATCH=pattern:pattern] [COUNT=count:integer]`,
			Handler:    cmdZScan,
		},
	}
}

// cmdZRandMember answers ZRANDMEMBER key [count [WITHSCORES]].
func cmdZRandMember(c *Call) {
	if len(c.Args) > 2 {
		c.drawScored()
		return
	}
	var e datatypes.Entry
	if found, ok := c.findSortedSet(&e, c.Args[1]); !found {
		if ok {
			c.Reply.Null()
		}
		return
	}
	f := e.SortedSet()
	it, _ := f.Random(rand.New(runtimeSource{}))
	c.replyMember(&it)
}

const errValueRange = "ERR value is out of range"

// parseDraw reads count [with], where with is a word that asks for pairs.
func parseDraw(words [][]byte, with string) (count int64, paired bool, errText string) {
	count, ok := ParseInt(words[0])
	paired = len(words) == 2
	switch {
	case !ok:
		return 0, false, ErrNotInteger
	case count == math.MinInt64:
		return 0, false, errCountRange
	case len(words) > 2 || paired && !IsWord(words[1], with):
		return 0, false, ErrSyntax
	case paired && (count < -math.MaxInt64/2 || count > math.MaxInt64/2):
		return 0, false, errValueRange
	}
	return count, paired, ""
}

// drawScored answers ZRANDMEMBER with a count: so many different members, or, below 0, so many draws that may be the same.
func (c *Call) drawScored() {
	count, scores, errText := parseDraw(c.Args[2:], "WITHSCORES")
	if errText != "" {
		c.Error(errText)
		return
	}
	var e datatypes.Entry
	found, ok := c.findSortedSet(&e, c.Args[1])
	switch {
	case !ok:
		return
	case !found || count == 0:
		c.Reply.Array(0)
		return
	}
	f := e.SortedSet()
	if c.Long(drawLooks(f.Len(), count)) {
		c.OnView(func(c *Call, db datatypes.Reader) {
			var e datatypes.Entry
			f := c.sortedSetOnView(db, &e, c.Args[1])
			c.replyDrawn(&f, count, scores)
		})
		return
	}
	c.replyDrawn(&f, count, scores)
}

// replyDrawn replies with so many members.
func (c *Call) replyDrawn(f *zset.Form, count int64, scores bool) {
	random, p := rand.New(runtimeSource{}), pace{breathe: c.Breathe}
	reply := func(it packed.Item, score float64) bool {
		c.replyScoredMember(&it, score, scores)
		return p.looked(1)
	}
	switch size := int64(f.Len()); {
	case count < 0:
		c.replyPairs(int(-count), scores)
		for range -count {
			if !reply(f.Random(random)) {
				return
			}
		}
	case count >= size:
		c.replyPairs(f.Len(), scores)
		f.RangeBack(0, f.Len(), reply)
	default:
		c.replyPairs(int(count), scores)
		f.Sample(random, int(count), reply)
	}
}

// cmdZScan answers ZSCAN key cursor [MATCH pattern] [COUNT count].
func cmdZScan(c *Call) {
	var e datatypes.Entry
	a, ok := c.beginScan(&e, (*Call).findSortedSet, scanMembers)
	if !ok {
		return
	}
	f := e.SortedSet()
	looks := int64(f.Len())
	if !isSmallSortedSet(&e) {
		looks = min(looks, a.count)
	}
	if c.Long(int(looks)) {
		c.OnView(func(c *Call, db datatypes.Reader) {
			a, _ := parseScan(c.Args[2:], scanMembers)
			var e datatypes.Entry
			c.sortedSetOnView(db, &e, c.Args[1])
			c.replyScoredScan(&e, a)
		})
		return
	}
	c.replyScoredScan(&e, a)
}

// replyScoredScan replies with the next members that fit the pattern and their scores; a set that shows the encoding of small ones comes as
// a whole.
func (c *Call) replyScoredScan(e *datatypes.Entry, a scanArgs) {
	var room [64]byte
	f, small := e.SortedSet(), isSmallSortedSet(e)
	c.replyScan(func() (next uint64, count int) {
		show := func(it packed.Item, score float64) {
			if a.pattern != nil && !memberFits(a.pattern, &it) {
				return
			}
			count += 2
			c.replyMember(&it)
			if small {
				c.Reply.Bulk(AppendSmallScore(room[:0], score))
			} else {
				c.Reply.Bulk(resp.AppendDouble(room[:0], score))
			}
		}
		if !small {
			next = c.scanOn(&a, func(cursor uint64, count int) (next uint64, met int) {
				next = f.Scan(cursor, count, func(it packed.Item, score float64) {
					met++
					show(it, score)
				})
				return next, met
			})
			return next, count
		}
		p := pace{breathe: c.Breathe}
		f.Each(func(it packed.Item, score float64) bool {
			show(it, score)
			return p.looked(1)
		})
		return 0, count
	})
}
