package commands

import (
	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
)

// zsetAlgebraRows are the rows of what combines sorted sets.
func zsetAlgebraRows() []Row {
	return []Row{
		{
			Name: "zunion", Arity: -3, Flags: FlagReadonly,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: KeyNum(0, 1, 1), Flags: KeyRO | KeyAccess}}, KeysFunc: KeysByCount(0, 1, 2),
			ACL: ACLSortedSet, Group: "sorted-set", Since: "6.2.0",
			Summary:    "Lists the members that any of the sorted sets has.",
			Complexity: "O(N)+O(M*log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting sorted set.",
			Syntax:     `numkeys:integer key:key(0)... [WEIGHTS=weight:integer...] [AGGREGATE=aggregate:<"SUM"|"MIN"|"MAX">] ["WITHSCORES"]`,
			Handler:    cmdZUnion,
		},
		{
			Name: "zinter", Arity: -3, Flags: FlagReadonly,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: KeyNum(0, 1, 1), Flags: KeyRO | KeyAccess}}, KeysFunc: KeysByCount(0, 1, 2),
			ACL: ACLSortedSet, Group: "sorted-set", Since: "6.2.0",
			Summary:    "Lists the members that all sorted sets have.",
			Complexity: "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the number of elements in the resulting sorted set.",
			Syntax:     `numkeys:integer key:key(0)... [WEIGHTS=weight:integer...] [AGGREGATE=aggregate:<"SUM"|"MIN"|"MAX">] ["WITHSCORES"]`,
			Handler:    cmdZInter,
		},
		{
			Name: "zdiff", Arity: -3, Flags: FlagReadonly,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: KeyNum(0, 1, 1), Flags: KeyRO | KeyAccess}}, KeysFunc: KeysByCount(0, 1, 2),
			ACL: ACLSortedSet, Group: "sorted-set", Since: "6.2.0",
			Summary:    "Lists the members of the first sorted set that no other has.",
			Complexity: "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the size of the result set.",
			Syntax:     `numkeys:integer key:key(0)... ["WITHSCORES"]`,
			Handler:    cmdZDiff,
		},
		{
			Name: "zintercard", Arity: -3, Flags: FlagReadonly,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: KeyNum(0, 1, 1), Flags: KeyRO | KeyAccess}}, KeysFunc: KeysByCount(0, 1, 2),
			ACL: ACLSortedSet, Group: "sorted-set", Since: "7.0.0",
			Summary:    "Counts the members that all sorted sets have.",
			Complexity: "O(N*K) worst case with N being the smallest input sorted set, K being the number of input sorted sets.",
			Syntax:     `numkeys:integer key:key(0)... [LIMIT=limit:integer]`,
			Handler:    cmdZInterCard,
		},
		{
			Name: "zunionstore", Arity: -4, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{
				KeyAt(1, KeyOW|KeyUpdate),
				{Begin: AtIndex(2), Find: KeyNum(0, 1, 1), Flags: KeyRO | KeyAccess},
			}, KeysFunc: KeysByCount(1, 2, 3),
			ACL: ACLSortedSet, Group: "sorted-set", Since: "2.0.0",
			Summary:    "Stores the members that any of the sorted sets has.",
			Complexity: "O(N)+O(M log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting sorted set.",
			Syntax: `destination:key(0) numkeys:integer key:key(1)... [WEIGHTS=weight:integer...]
				[AGGREGATE=aggregate:<"SUM"|"MIN"|"MAX">]`,
			Handler: cmdZUnionStore,
		},
		{
			Name: "zinterstore", Arity: -4, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{
				KeyAt(1, KeyOW|KeyUpdate),
				{Begin: AtIndex(2), Find: KeyNum(0, 1, 1), Flags: KeyRO | KeyAccess},
			}, KeysFunc: KeysByCount(1, 2, 3),
			ACL: ACLSortedSet, Group: "sorted-set", Since: "2.0.0",
			Summary:    "Stores the members that all sorted sets have.",
			Complexity: "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the number of elements in the resulting sorted set.",
			Syntax: `destination:key(0) numkeys:integer key:key(1)... [WEIGHTS=weight:integer...]
				[AGGREGATE=aggregate:<"SUM"|"MIN"|"MAX">]`,
			Handler: cmdZInterStore,
		},
		{
			Name: "zdiffstore", Arity: -4, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{
				KeyAt(1, KeyOW|KeyUpdate),
				{Begin: AtIndex(2), Find: KeyNum(0, 1, 1), Flags: KeyRO | KeyAccess},
			}, KeysFunc: KeysByCount(1, 2, 3),
			ACL: ACLSortedSet, Group: "sorted-set", Since: "6.2.0",
			Summary:    "Stores the members of the first sorted set that no other has.",
			Complexity: "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the size of the result set.",
			Syntax:     `destination:key(0) numkeys:integer key:key(1)...`,
			Handler:    cmdZDiffStore,
		},
	}
}

const (
	errNoInput = "ERR at least 1 input key is needed for '%s' command"
	errWeight  = "ERR weight value is not a float"
)

// scoredOp is a way to combine sorted sets.
type scoredOp struct {
	// event is that of storing the result.
	event string
	// weighs tells that scores of one member come together: WEIGHTS and AGGREGATE say how.
	weighs bool
	// looks is how many members are looked at, at most.
	looks   func(sources []scoredSource) int
	combine func(w *scoredWork, sources []scoredSource)
}

var (
	scoredUnion = &scoredOp{"zunionstore", true, allScored, (*scoredWork).union}
	scoredInter = &scoredOp{"zinterstore", true, interScoredLooks, (*scoredWork).inter}
	scoredDiff  = &scoredOp{"zdiffstore", false, diffScoredLooks, (*scoredWork).diff}
	// scoredCard is an intersection of which only the number of members is wanted.
	scoredCard = &scoredOp{"", false, interScoredLooks, (*scoredWork).inter}
)

func cmdZUnion(c *Call)      { c.combineScored(scoredUnion) }
func cmdZInter(c *Call)      { c.combineScored(scoredInter) }
func cmdZDiff(c *Call)       { c.combineScored(scoredDiff) }
func cmdZInterCard(c *Call)  { c.combineScored(scoredCard) }
func cmdZUnionStore(c *Call) { c.storeScored(scoredUnion) }
func cmdZInterStore(c *Call) { c.storeScored(scoredInter) }
func cmdZDiffStore(c *Call)  { c.storeScored(scoredDiff) }

// algebraArgs is what is asked for behind the keys.
type algebraArgs struct {
	aggregate  aggregation
	withScores bool
	limit      int64
}

// parseSourceKeys reads numkeys key [key ...]; the error has been replied if they aren't that.
func (c *Call) parseSourceKeys(words [][]byte) (keys, options [][]byte, ok bool) {
	count, ok := ParseInt(words[0])
	words = words[1:]
	switch {
	case !ok:
		c.Error(ErrNotInteger)
	case count < 1:
		c.Errorf(errNoInput, c.Cmd.FullName())
	case count > int64(len(words)):
		c.Error(ErrSyntax)
	default:
		return words[:count], words[count:], true
	}
	return nil, nil, false
}

// parseAlgebra reads the options: WEIGHTS, which go to the sources, and AGGREGATE, where scores come together; LIMIT where members are
// counted; WITHSCORES where they are neither counted nor stored.
func parseAlgebra(op *scoredOp, words [][]byte, sources []scoredSource, store bool) (a algebraArgs, errText string) {
	a.aggregate = addScore
	for len(words) > 0 {
		took, ok := 1, true
		switch option := words[0]; {
		case op.weighs && len(words) > len(sources) && IsWord(option, "WEIGHTS"):
			for i := range sources {
				if sources[i].weight, ok = parseDouble(words[1+i]); !ok {
					return a, errWeight
				}
			}
			took += len(sources)
		case op.weighs && len(words) > 1 && IsWord(option, "AGGREGATE"):
			if a.aggregate = parseAggregation(words[1]); a.aggregate == nil {
				return a, ErrSyntax
			}
			took = 2
		case !store && op != scoredCard && IsWord(option, "WITHSCORES"):
			a.withScores = true
		case op == scoredCard && len(words) > 1 && IsWord(option, "LIMIT"):
			if a.limit, ok = ParseInt(words[1]); !ok || a.limit < 0 {
				return a, errNegativeLimit
			}
			took = 2
		default:
			return a, ErrSyntax
		}
		words = words[took:]
	}
	return a, ""
}

// parseAggregation reads a way to make one of two scores, nil if there is none of that name.
func parseAggregation(word []byte) aggregation {
	switch {
	case IsWord(word, "SUM"):
		return addScore
	case IsWord(word, "MIN"):
		return lowerScore
	case IsWord(word, "MAX"):
		return higherScore
	}
	return nil
}

// findScored looks sorted sets and sets up; what isn't there is empty. ok is false if an error has been replied.
func (c *Call) findScored(sources []scoredSource, keys [][]byte) (all []scoredSource, ok bool) {
	missed := false
	var e datatypes.Entry
	for _, key := range keys {
		found := c.Find(&e, key)
		if found && e.Kind() != datatypes.KindSortedSet && e.Kind() != datatypes.KindSet {
			c.Error(ErrWrongType)
			return nil, false
		}
		missed = missed || !found
		sources = append(sources, sourceOf(&e))
	}
	if missed {
		// A key that was missed may have been deleted just now because it had expired, which moves others.
		sources = c.scoredOnView(c.DB(), sources[:0], keys)
	}
	return sources, true
}

// scoredOnView looks sources up that were found to be some, or nothing.
func (c *Call) scoredOnView(db datatypes.Reader, sources []scoredSource, keys [][]byte) []scoredSource {
	var e datatypes.Entry
	for _, key := range keys {
		c.findOnView(db, &e, key)
		sources = append(sources, sourceOf(&e))
	}
	return sources
}

// combineScored answers ZUNION and ZINTER numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE SUM|MIN|MAX] [WITHSCORES],
// ZDIFF numkeys key [key ...] [WITHSCORES] and ZINTERCARD numkeys key [key ...] [LIMIT limit].
func (c *Call) combineScored(op *scoredOp) {
	keys, options, ok := c.parseSourceKeys(c.Args[1:])
	if !ok {
		return
	}
	var room [fewSets]scoredSource
	sources, ok := c.findScored(room[:0], keys)
	if !ok {
		return
	}
	a, errText := parseAlgebra(op, options, sources, false)
	switch {
	case errText != "":
		c.Error(errText)
	case c.Long(op.looks(sources)):
		c.OnView(func(c *Call, db datatypes.Reader) {
			keys, options, _ := c.parseSourceKeys(c.Args[1:])
			sources := c.scoredOnView(db, nil, keys)
			a, _ := parseAlgebra(op, options, sources, false)
			c.replyScoredResult(op, sources, a)
		})
	default:
		c.replyScoredResult(op, sources, a)
	}
}

// replyScoredResult replies with what comes out of sources, or with its number of members.
func (c *Call) replyScoredResult(op *scoredOp, sources []scoredSource, a algebraArgs) {
	w := scoredWork{pace: pace{breathe: c.Breathe}, aggregate: a.aggregate, counting: op == scoredCard, limit: a.limit}
	op.combine(&w, sources)
	if w.counting {
		c.Reply.Int(w.count)
		return
	}
	w.sort()
	c.replyPairs(len(w.found), a.withScores)
	for i := range w.found {
		c.replyScoredMember(&w.found[i].item, w.found[i].score, a.withScores)
		if !w.looked(1) {
			return
		}
	}
}

// storeScored answers ZUNIONSTORE and ZINTERSTORE destination numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE SUM|MIN|MAX] and
// ZDIFFSTORE destination numkeys key [key ...].
func (c *Call) storeScored(op *scoredOp) {
	keys, options, ok := c.parseSourceKeys(c.Args[2:])
	if !ok {
		return
	}
	var room [fewSets]scoredSource
	sources, ok := c.findScored(room[:0], keys)
	if !ok {
		return
	}
	if _, errText := parseAlgebra(op, options, sources, true); errText != "" {
		c.Error(errText)
		return
	}
	var result zset.Form
	longest := 0
	c.Derive(op.looks(sources), Derivation{
		Sources: func(c *Call) [][]byte {
			keys, _, _ := c.parseSourceKeys(c.Args[2:])
			return keys
		},
		Build: func(c *Call, db datatypes.Reader) { result, longest = c.buildScored(op, db) },
		Store: func(c *Call) { c.storeSortedSet(c.Args[1], &result, longest, op.event) },
	})
}

// buildScored makes the sorted set that storeScored stores, and tells the length of its longest member.
func (c *Call) buildScored(op *scoredOp, db datatypes.Reader) (result zset.Form, longest int) {
	keys, options, _ := c.parseSourceKeys(c.Args[2:])
	sources := c.scoredOnView(db, nil, keys)
	a, _ := parseAlgebra(op, options, sources, true)
	w := scoredWork{pace: pace{breathe: c.Pause}, aggregate: a.aggregate}
	op.combine(&w, sources)
	w.sort()
	for i := range w.found {
		longest = max(longest, w.found[i].item.Len())
	}
	var none datatypes.Entry
	small, edit := db.SmallSortedSet(&none, len(w.found), longest), db.Building()
	for i := range w.found {
		result.AddItem(edit, &w.found[i].item, keptScore(w.found[i].score, small))
		if !w.looked(lookupsPerAdd) {
			break
		}
	}
	return result, longest
}
