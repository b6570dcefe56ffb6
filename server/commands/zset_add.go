package commands

import (
	"math"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
)

// zsetAddRows are the rows of what gives members scores.
func zsetAddRows() []Row {
	return []Row{
		{
			Name: "zadd", Arity: -4, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "1.2.0",
			Summary:    "Adds members to a sorted set or changes their scores.",
			Complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
			History: []Change{
				{"2.4.0", "Accepts multiple elements."},
				{"3.0.2", "Added the `XX`, `NX`, `CH` and `INCR` options."},
				{"6.2.0", "Added the `GT` and `LT` options."},
			},
			Syntax: `key:key(0) [condition:<"NX"|"XX">@3.0.2] [comparison:<"GT"|"LT">@6.2.0] [change:"CH"@3.0.2]
			[increment:"INCR"@3.0.2] score_member:{score:double member}...`,
			Handler: cmdZAdd,
		},
		{
			Name: "zincrby", Arity: 4, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
			ACL:  ACLSortedSet, Group: "sorted-set", Since: "1.2.0",
			Summary:    "Adds to the score of a member; a missing one counts as 0.",
			Complexity: "O(log(N)) where N is the number of elements in the sorted set.",
			Syntax:     `key:key(0) increment:integer member`,
			Handler:    cmdZIncrBy,
		},
	}
}

const (
	errNXAndXX       = "ERR XX and NX options at the same time are not compatible"
	errGTLTNX        = "ERR GT, LT, and/or NX options at the same time are not compatible"
	errIncrOfSeveral = "ERR INCR option supports a single increment-element pair"
)

// zaddArgs is what ZADD and ZINCRBY are asked for.
type zaddArgs struct {
	nx, xx, gt, lt, changed, incr bool
	// pairs are scores, as words, and members, which take turns.
	pairs [][]byte
}

// parseZAdd reads what stands behind the key but for the scores.
func parseZAdd(words [][]byte, incr bool) (a zaddArgs, errText string) {
	a.incr = incr
	for ; len(words) > 0 && a.option(words[0]); words = words[1:] {
	}
	a.pairs = words
	switch {
	case len(words) == 0 || len(words)%2 != 0:
		return a, ErrSyntax
	case a.nx && a.xx:
		return a, errNXAndXX
	case a.gt && a.nx || a.lt && a.nx || a.gt && a.lt:
		return a, errGTLTNX
	case a.incr && len(words) > 2:
		return a, errIncrOfSeveral
	}
	return a, ""
}

// option takes an option; ok is false if word isn't one.
func (a *zaddArgs) option(word []byte) (ok bool) {
	switch {
	case len(word) != 2 && len(word) != 4:
		return false
	case IsWord(word, "NX"):
		a.nx = true
	case IsWord(word, "XX"):
		a.xx = true
	case IsWord(word, "GT"):
		a.gt = true
	case IsWord(word, "LT"):
		a.lt = true
	case IsWord(word, "CH"):
		a.changed = true
	case IsWord(word, "INCR"):
		a.incr = true
	default:
		return false
	}
	return true
}

// fewScores is how many scores are read without memory of their own.
const fewScores = 16

func cmdZAdd(c *Call)    { c.addScores(false) }
func cmdZIncrBy(c *Call) { c.addScores(true) }

// addScores answers ZADD key [NX|XX] [GT|LT] [CH] [INCR] score member [score member ...] and ZINCRBY key increment member.
func (c *Call) addScores(incr bool) {
	key := c.Args[1]
	a, errText := parseZAdd(c.Args[2:], incr)
	if errText != "" {
		c.Error(errText)
		return
	}
	var room [fewScores]float64
	scores := room[:0]
	for i := 0; i < len(a.pairs); i += 2 {
		score, ok := parseDouble(a.pairs[i])
		if !ok {
			c.Error(ErrNotFloat)
			return
		}
		scores = append(scores, score)
	}
	var e datatypes.Entry
	found, ok := c.peekSortedSet(&e, key)
	switch {
	case !ok:
	case a.incr:
		c.addIncrement(&e, &a, scores[0])
	case !found && a.xx:
		c.Reply.Int(0)
	default:
		c.addAll(&e, &a, scores)
	}
}

// allows tells whether the options let a score take the place of another.
func (a *zaddArgs) allows(score, was float64) bool {
	return !a.nx && !(a.lt && score >= was) && !(a.gt && score <= was)
}

// addAll is ZADD without INCR.
func (c *Call) addAll(e *datatypes.Entry, a *zaddArgs, scores []float64) {
	key, found, db, look := c.Args[1], e.Found(), c.DB(), *e
	longest := c.longestAdded(e, a)
	added, updated := 0, 0
	c.Edit().ChangeSortedSet(e, key, longest, func(f *zset.Form, edit *zset.Edit) {
		small := true
		for i, score := range scores {
			member := a.pairs[2*i+1]
			at := f.Find(member)
			if at.Found() && !a.allows(score, at.Score) || !at.Found() && a.xx {
				continue
			}
			small = small && db.SmallSortedSet(&look, f.Len(), 0)
			if !at.Found() {
				small = small && db.SmallSortedSet(&look, f.Len()+1, len(member))
			}
			switch f.Put(edit, at, member, keptScore(score, small)) {
			case zset.Added:
				added++
			case zset.Changed:
				updated++
			}
		}
	})
	c.scored(key, found, added+updated, "zadd")
	if a.changed {
		added += updated
	}
	c.Reply.Int(int64(added))
}

// longestAdded is the length of the longest member that would be added. Only where the length could change the encoding members are looked
// up.
func (c *Call) longestAdded(e *datatypes.Entry, a *zaddArgs) (longest int) {
	db := c.DB()
	if a.xx || !db.SmallSortedSet(e, 0, 0) {
		return 0
	}
	f := e.SortedSet()
	for i := 1; i < len(a.pairs); i += 2 {
		member := a.pairs[i]
		if len(member) <= longest || db.SmallSortedSet(e, 0, len(member)) {
			continue
		}
		if at := f.Find(member); !at.Found() {
			longest = len(member)
		}
	}
	return longest
}

// scored declares that so many members were added or changed; found tells whether the key was there before.
func (c *Call) scored(key []byte, found bool, changes int, event string) {
	if !found {
		c.Event(key, EventNew, "new")
	}
	if changes > 0 {
		c.Changed(key, EventSortedSet, event)
		c.Counted(changes - 1)
	}
}

// addIncrement is ZADD with INCR, and ZINCRBY.
func (c *Call) addIncrement(e *datatypes.Entry, a *zaddArgs, score float64) {
	key, member, found := c.Args[1], a.pairs[1], e.Found()
	f := e.SortedSet()
	at := f.Find(member)
	if at.Found() && !a.nx {
		score += at.Score
	}
	switch {
	case at.Found() && !a.nx && math.IsNaN(score):
		c.Error(errScoreNaN)
		return
	case at.Found() && !a.allows(score, at.Score), !at.Found() && a.xx:
		c.Reply.Null()
		return
	}
	longest, count := 0, f.Len()
	if !at.Found() {
		longest, count = len(member), count+1
	}
	kept := keptScore(score, c.DB().SmallSortedSet(e, count, longest))
	changes := 0
	c.Edit().ChangeSortedSet(e, key, longest, func(f *zset.Form, edit *zset.Edit) {
		if f.Put(edit, at, member, kept) != zset.Unchanged {
			changes = 1
		}
	})
	c.scored(key, found, changes, "zincr")
	c.Reply.Double(score)
}
