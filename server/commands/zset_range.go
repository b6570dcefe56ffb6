package commands

import (
	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
)

// zsetRangeRows are the rows of what reads ranges.
func zsetRangeRows() []Row {
	return []Row{
		{
			Name: "zrange", Arity: -4, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "1.2.0",
			Summary:    "Reads a range of a sorted set by rank, score or name.",
			Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.",
			History:    []Change{{"6.2.0", "Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options."}},
			Syntax: `key:key(0) start stop [sortby:<"BYSCORE"|"BYLEX">@6.2.0] ["REV"@6.2.0]
			[LIMIT=offset_count:{offset:integer count:integer}@6.2.0] ["WITHSCORES"]`,
			Handler: cmdZRange,
		},
		{
			Name: "zrangestore", Arity: -5, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{KeyAt(1, KeyOW|KeyUpdate), KeyAt(2, KeyRO|KeyAccess)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "6.2.0",
			Summary:    "Stores a range of a sorted set.",
			Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements stored into the destination key.",
			Syntax: `dst:key(0) src:key(1) min max [sortby:<"BYSCORE"|"BYLEX">] ["REV"]
			[LIMIT=offset_count:{offset:integer count:integer}]`,
			Handler: cmdZRangeStore,
		},
		{
			Name: "zrangebyscore", Arity: -4, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "1.0.5",
			Summary:    "Reads the members within a range of scores.",
			Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).",
			Deprecated: &Deprecation{"6.2.0", "`ZRANGE` with the `BYSCORE` argument"},
			History:    []Change{{"2.0.0", "Added the `WITHSCORES` modifier."}},
			Syntax:     `key:key(0) min:double max:double ["WITHSCORES"@2.0.0] [LIMIT=offset_count:{offset:integer count:integer}]`,
			Handler:    cmdZRangeByScore,
		},
		{
			Name: "zrevrange", Arity: -4, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "1.2.0",
			Summary:    "Reads a range of a sorted set by rank, backwards.",
			Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.",
			Deprecated: &Deprecation{"6.2.0", "`ZRANGE` with the `REV` argument"},
			Syntax:     `key:key(0) start:integer stop:integer ["WITHSCORES"]`,
			Handler:    cmdZRevRange,
		},
		{
			Name: "zrevrangebyscore", Arity: -4, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "2.2.0",
			Summary:    "Reads the members within a range of scores, backwards.",
			Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).",
			Deprecated: &Deprecation{"6.2.0", "`ZRANGE` with the `REV` and `BYSCORE` arguments"},
			History:    []Change{{"2.1.6", "`min` and `max` can be exclusive."}},
			Syntax:     `key:key(0) max:double min:double ["WITHSCORES"] [LIMIT=offset_count:{offset:integer count:integer}]`,
			Handler:    cmdZRevRangeByScore,
		},
		{
			Name: "zrangebylex", Arity: -4, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "2.8.9",
			Summary:    "Reads the members within a range of names.",
			Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).",
			Deprecated: &Deprecation{"6.2.0", "`ZRANGE` with the `BYLEX` argument"},
			Syntax:     `key:key(0) min max [LIMIT=offset_count:{offset:integer count:integer}]`,
			Handler:    cmdZRangeByLex,
		},
		{
			Name: "zrevrangebylex", Arity: -4, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "2.8.9",
			Summary:    "Reads the members within a range of names, backwards.",
			Complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).",
			Deprecated: &Deprecation{"6.2.0", "`ZRANGE` with the `REV` and `BYLEX` arguments"},
			Syntax:     `key:key(0) max min [LIMIT=offset_count:{offset:integer count:integer}]`,
			Handler:    cmdZRevRangeByLex,
		},
	}
}

const (
	errLimitByRank = "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
	errScoresByLex = "ERR syntax error, WITHSCORES not supported in combination with BYLEX"
)

// rangeBy is what a range of a sorted set goes by.
type rangeBy int

const (
	byAny rangeBy = iota // an option may say so
	byRank
	byScore
	byLex
)

// zrangeArgs is a range of a sorted set and what is wanted of it.
type zrangeArgs struct {
	by         rangeBy
	window     window
	withScores bool
	// One of the three is the range.
	start, stop int64
	scores      scoreRange
	names       lexRange
}

// parseZRange reads the range and its options: two ends, and words behind them. a has what the command's name says already; anyBack tells
// that REV may be among the options, store that there is no WITHSCORES.
func parseZRange(a *zrangeArgs, words [][]byte, anyBack, store bool) (errText string) {
	low, high := words[0], words[1]
	a.window.limit = -1
	for options := words[2:]; len(options) > 0; options = options[1:] {
		switch option := options[0]; {
		case !store && IsWord(option, "WITHSCORES"):
			a.withScores = true
		case IsWord(option, "LIMIT") && len(options) > 2:
			var okOffset, okLimit bool
			a.window.offset, okOffset = ParseInt(options[1])
			a.window.limit, okLimit = ParseInt(options[2])
			if !okOffset || !okLimit {
				return ErrNotInteger
			}
			options = options[2:]
		case anyBack && IsWord(option, "REV"):
			a.window.back, anyBack = true, false
		case a.by == byAny && IsWord(option, "BYLEX"):
			a.by = byLex
		case a.by == byAny && IsWord(option, "BYSCORE"):
			a.by = byScore
		default:
			return ErrSyntax
		}
	}
	if a.by == byAny {
		a.by = byRank
	}
	switch {
	case a.window.limit != -1 && a.by == byRank:
		return errLimitByRank
	case a.withScores && a.by == byLex:
		return errScoresByLex
	}
	if a.window.back && a.by != byRank {
		low, high = high, low
	}
	return a.parseEnds(low, high)
}

// parseEnds reads the ends of the range.
func (a *zrangeArgs) parseEnds(low, high []byte) (errText string) {
	var ok bool
	switch a.by {
	case byScore:
		if a.scores, ok = parseScoreRange(low, high); !ok {
			return errScoreRange
		}
	case byLex:
		if a.names, ok = parseLexRange(low, high); !ok {
			return errLexRange
		}
	default:
		var okStop bool
		a.start, ok = ParseInt(low)
		a.stop, okStop = ParseInt(high)
		if !ok || !okStop {
			return ErrNotInteger
		}
	}
	return ""
}

// ranks are those of the members wanted, [from, to).
func (a *zrangeArgs) ranks(f *zset.Form) (from, to int) {
	switch a.by {
	case byScore:
		return a.window.cut(a.scores.ranks(f))
	case byLex:
		return a.names.ranks(f, &a.window)
	}
	from, to = rangeIn(a.start, a.stop, f.Len())
	if a.window.back {
		return f.Len() - to, f.Len() - from
	}
	return from, to
}

// each yields the members of the ranks in the order in which they are wanted.
func (a *zrangeArgs) each(f *zset.Form, from, to int, yield func(it packed.Item, score float64) bool) {
	if a.window.back {
		f.RangeBack(from, to, yield)
		return
	}
	f.Range(from, to, yield)
}

func cmdZRange(c *Call)        { c.readRange(zrangeArgs{}, true) }
func cmdZRevRange(c *Call)     { c.readRange(zrangeArgs{by: byRank, window: window{back: true}}, false) }
func cmdZRangeByScore(c *Call) { c.readRange(zrangeArgs{by: byScore}, false) }
func cmdZRevRangeByScore(c *Call) {
	c.readRange(zrangeArgs{by: byScore, window: window{back: true}}, false)
}
func cmdZRangeByLex(c *Call) { c.readRange(zrangeArgs{by: byLex}, false) }
func cmdZRevRangeByLex(c *Call) {
	c.readRange(zrangeArgs{by: byLex, window: window{back: true}}, false)
}

// readRange answers ZRANGE key start stop [BYSCORE|BYLEX] [REV] [LIMIT offset count] [WITHSCORES] and those that it has taken the place of.
func (c *Call) readRange(a zrangeArgs, anyBack bool) {
	if errText := parseZRange(&a, c.Args[2:], anyBack, false); errText != "" {
		c.Error(errText)
		return
	}
	var e datatypes.Entry
	if _, ok := c.findSortedSet(&e, c.Args[1]); !ok {
		return
	}
	f := e.SortedSet()
	from, to := a.ranks(&f)
	if c.Long(to - from) {
		c.readLongRange(a, from, to)
		return
	}
	c.replyPairs(to-from, a.withScores)
	a.each(&f, from, to, func(it packed.Item, score float64) bool {
		c.replyScoredMember(&it, score, a.withScores)
		return true
	})
}

// readLongRange is readRange for many members, whose ranks are the same in the view.
func (c *Call) readLongRange(a zrangeArgs, from, to int) {
	c.OnView(func(c *Call, db datatypes.Reader) {
		var e datatypes.Entry
		f := c.sortedSetOnView(db, &e, c.Args[1])
		c.replyPairs(to-from, a.withScores)
		p := pace{breathe: c.Breathe}
		a.each(&f, from, to, func(it packed.Item, score float64) bool {
			c.replyScoredMember(&it, score, a.withScores)
			return p.looked(1)
		})
	})
}

// cmdZRangeStore answers ZRANGESTORE destination source min max [BYSCORE|BYLEX] [REV] [LIMIT offset count].
func cmdZRangeStore(c *Call) {
	var a zrangeArgs
	if errText := parseZRange(&a, c.Args[3:], true, true); errText != "" {
		c.Error(errText)
		return
	}
	var e datatypes.Entry
	if _, ok := c.findSortedSet(&e, c.Args[2]); !ok {
		return
	}
	source := e.SortedSet()
	from, to := a.ranks(&source)
	var result zset.Form
	longest := 0
	c.Derive(to-from, Derivation{
		Sources: func(c *Call) [][]byte { return c.Args[2:3] },
		Build: func(c *Call, db datatypes.Reader) {
			result, longest = c.buildRange(db)
		},
		Store: func(c *Call) {
			c.storeSortedSet(c.Args[1], &result, longest, "zrangestore")
		},
	})
}

// buildRange makes the sorted set that ZRANGESTORE stores, and tells the length of the longest member.
func (c *Call) buildRange(db datatypes.Reader) (result zset.Form, longest int) {
	var a zrangeArgs
	parseZRange(&a, c.Args[3:], true, true)
	var e, none datatypes.Entry
	source := c.sortedSetOnView(db, &e, c.Args[2])
	from, to := a.ranks(&source)
	// Redis knows beforehand how many there will be only of a range by rank: with many the set is none of the small ones from the start.
	small := a.by != byRank || db.SmallSortedSet(&none, to-from, 0)
	edit, p := db.Building(), pace{breathe: c.Pause}
	a.each(&source, from, to, func(it packed.Item, score float64) bool {
		longest = max(longest, it.Len())
		small = small && db.SmallSortedSet(&none, result.Len()+1, longest)
		result.AddItem(edit, &it, keptScore(score, small))
		return p.looked(1)
	})
	return result, longest
}

// storeSortedSet stores a sorted set that was made for it, replies with its size and declares it; an empty one deletes the key.
func (c *Call) storeSortedSet(key []byte, f *zset.Form, longest int, event string) {
	if f.Len() == 0 {
		c.dropDestination(key)
		return
	}
	var old datatypes.Entry
	if !c.Peek(&old, key) {
		c.Event(key, EventNew, "new")
	}
	count := f.Len()
	c.Edit().PutSortedSet(&old, key, f, longest, datatypes.NoDeadline)
	c.Changed(key, EventSortedSet, event)
	c.Reply.Int(int64(count))
}
