package commands

import (
	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
)

// setAlgebraRows are the rows of what combines sets.
func setAlgebraRows() []Row {
	return []Row{
		{
			Name: "sinter", Arity: -2, Flags: FlagReadonly,
			Keys: []KeySpec{KeysFrom(1, KeyRO|KeyAccess)},
			ACL:  ACLSet, Group: "set", Since: "1.0.0",
			Summary:    "Lists the members that all sets have.",
			Complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
			Tips:       []string{"nondeterministic_output_order"},
			Syntax:     `key:key(0)...`,
			Handler:    cmdSInter,
		},
		{
			Name: "sinterstore", Arity: -3, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate), KeysFrom(2, KeyRO|KeyAccess)},
			ACL:  ACLSet, Group: "set", Since: "1.0.0",
			Summary:    "Stores the members that all sets have.",
			Complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
			Syntax:     `destination:key(0) key:key(1)...`,
			Handler:    cmdSInterStore,
		},
		{
			Name: "sintercard", Arity: -3, Flags: FlagReadonly,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: KeyNum(0, 1, 1), Flags: KeyRO | KeyAccess}}, KeysFunc: KeysByCount(0, 1, 2),
			ACL: ACLSet, Group: "set", Since: "7.0.0",
			Summary:    "Counts the members that all sets have.",
			Complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
			Syntax:     `numkeys:integer key:key(0)... [LIMIT=limit:integer]`,
			Handler:    cmdSInterCard,
		},
		{
			Name: "sunion", Arity: -2, Flags: FlagReadonly,
			Keys: []KeySpec{KeysFrom(1, KeyRO|KeyAccess)},
			ACL:  ACLSet, Group: "set", Since: "1.0.0",
			Summary:    "Lists the members that any of the sets has.",
			Complexity: "O(N) where N is the total number of elements in all given sets.",
			Tips:       []string{"nondeterministic_output_order"},
			Syntax:     `key:key(0)...`,
			Handler:    cmdSUnion,
		},
		{
			Name: "sunionstore", Arity: -3, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{KeyAt(1, KeyOW|KeyUpdate), KeysFrom(2, KeyRO|KeyAccess)},
			ACL:  ACLSet, Group: "set", Since: "1.0.0",
			Summary:    "Stores the members that any of the sets has.",
			Complexity: "O(N) where N is the total number of elements in all given sets.",
			Syntax:     `destination:key(0) key:key(1)...`,
			Handler:    cmdSUnionStore,
		},
		{
			Name: "sdiff", Arity: -2, Flags: FlagReadonly,
			Keys: []KeySpec{KeysFrom(1, KeyRO|KeyAccess)},
			ACL:  ACLSet, Group: "set", Since: "1.0.0",
			Summary:    "Lists the members of the first set that no other has.",
			Complexity: "O(N) where N is the total number of elements in all given sets.",
			Tips:       []string{"nondeterministic_output_order"},
			Syntax:     `key:key(0)...`,
			Handler:    cmdSDiff,
		},
		{
			Name: "sdiffstore", Arity: -3, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{KeyAt(1, KeyOW|KeyUpdate), KeysFrom(2, KeyRO|KeyAccess)},
			ACL:  ACLSet, Group: "set", Since: "1.0.0",
			Summary:    "Stores the members of the first set that no other has.",
			Complexity: "O(N) where N is the total number of elements in all given sets.",
			Syntax:     `destination:key(0) key:key(1)...`,
			Handler:    cmdSDiffStore,
		},
	}
}

const (
	errNumKeys       = "ERR numkeys should be greater than 0"
	errManyKeys      = "ERR Number of keys can't be greater than number of args"
	errNegativeLimit = "ERR LIMIT can't be negative"
)

// setOp is a way to combine sets.
type setOp struct {
	// event is that of storing the result.
	event string
	// looks is how many members are looked at, at most.
	looks   func(sets []set.Form) int
	combine func(w *setWork, sets []set.Form)
}

var (
	setInter = &setOp{"sinterstore", interLooks, (*setWork).inter}
	setUnion = &setOp{"sunionstore", allMembers, (*setWork).union}
	setDiff  = &setOp{"sdiffstore", allMembers, (*setWork).diff}
)

func cmdSInter(c *Call)      { c.combineSets(setInter) }
func cmdSUnion(c *Call)      { c.combineSets(setUnion) }
func cmdSDiff(c *Call)       { c.combineSets(setDiff) }
func cmdSInterStore(c *Call) { c.storeSets(setInter) }
func cmdSUnionStore(c *Call) { c.storeSets(setUnion) }
func cmdSDiffStore(c *Call)  { c.storeSets(setDiff) }

// fewSets is how many sets are combined without memory of their own.
const fewSets = 8

// findSets looks sets up; what isn't there is empty. ok is false if an error has been replied.
func (c *Call) findSets(sets []set.Form, keys [][]byte) (forms []set.Form, ok bool) {
	all := true
	var e datatypes.Entry
	for _, key := range keys {
		found, ok := c.findSet(&e, key)
		if !ok {
			return nil, false
		}
		all = all && found
		sets = append(sets, e.Set())
	}
	if !all {
		// A key that was missed may have been deleted just now because it had expired, which moves others.
		sets = c.setsOf(c.DB(), sets[:0], keys)
	}
	return sets, true
}

// setsOf are sets which were found to be some.
func (c *Call) setsOf(db datatypes.Reader, sets []set.Form, keys [][]byte) []set.Form {
	for _, key := range keys {
		sets = append(sets, c.setOnView(db, key))
	}
	return sets
}

// combineSets answers SINTER, SUNION and SDIFF key [key ...].
func (c *Call) combineSets(op *setOp) {
	var room [fewSets]set.Form
	sets, ok := c.findSets(room[:0], c.Args[1:])
	if !ok {
		return
	}
	if c.Long(op.looks(sets)) {
		c.OnView(func(c *Call, db datatypes.Reader) { c.replyCombined(op, c.setsOf(db, nil, c.Args[1:])) })
		return
	}
	c.replyCombined(op, sets)
}

func (c *Call) replyCombined(op *setOp, sets []set.Form) {
	count, length := 0, c.Reply.Defer()
	w := setWork{pace: pace{breathe: c.Breathe}, yield: func(it *packed.Item) bool {
		c.replyMember(it)
		count++
		return true
	}}
	op.combine(&w, sets)
	c.Reply.SetDeferredSet(length, count)
}

// cmdSInterCard answers SINTERCARD numkeys key [key ...] [LIMIT limit].
func cmdSInterCard(c *Call) {
	keys, limit, errText := parseInterCard(c.Args[1:])
	if errText != "" {
		c.Error(errText)
		return
	}
	var room [fewSets]set.Form
	sets, ok := c.findSets(room[:0], keys)
	if !ok {
		return
	}
	if c.Long(interLooks(sets)) {
		c.OnView(func(c *Call, db datatypes.Reader) {
			keys, limit, _ := parseInterCard(c.Args[1:])
			c.replyInterCard(c.setsOf(db, nil, keys), limit)
		})
		return
	}
	c.replyInterCard(sets, limit)
}

// parseInterCard reads SINTERCARD's words; limit is 0 where there is none.
func parseInterCard(words [][]byte) (keys [][]byte, limit int64, errText string) {
	numKeys, ok := ParseInt(words[0])
	words = words[1:]
	switch {
	case !ok || numKeys < 1:
		return nil, 0, errNumKeys
	case numKeys > int64(len(words)):
		return nil, 0, errManyKeys
	}
	for options := words[numKeys:]; len(options) > 0; options = options[2:] {
		if !IsWord(options[0], "LIMIT") || len(options) < 2 {
			return nil, 0, ErrSyntax
		}
		if limit, ok = ParseInt(options[1]); !ok || limit < 0 {
			return nil, 0, errNegativeLimit
		}
	}
	return words[:numKeys], limit, ""
}

func (c *Call) replyInterCard(sets []set.Form, limit int64) {
	count := int64(0)
	w := setWork{pace: pace{breathe: c.Breathe}, yield: func(*packed.Item) bool {
		count++
		return count != limit
	}}
	w.inter(sets)
	c.Reply.Int(count)
}

// storeSets answers SINTERSTORE, SUNIONSTORE and SDIFFSTORE destination key [key ...].
func (c *Call) storeSets(op *setOp) {
	var room [fewSets]set.Form
	sets, ok := c.findSets(room[:0], c.Args[2:])
	if !ok {
		return
	}
	var result set.Form
	shrunk := false
	c.Derive(op.looks(sets), Derivation{
		Sources: func(c *Call) [][]byte { return c.Args[2:] },
		Build: func(c *Call, db datatypes.Reader) {
			sets := c.setsOf(db, nil, c.Args[2:])
			shrunk = op == setDiff && diffShrinks(sets)
			edit := db.Building()
			result = set.Form{}
			w := setWork{pace: pace{breathe: c.Pause}, again: true, yield: func(it *packed.Item) bool {
				result.AddItem(edit, it)
				return true
			}}
			op.combine(&w, sets)
		},
		Store: func(c *Call) {
			key := c.Args[1]
			if result.Len() == 0 {
				c.dropDestination(key)
				return
			}
			var old datatypes.Entry
			if !c.Peek(&old, key) {
				c.Event(key, EventNew, "new")
			}
			var from *set.Form
			if shrunk {
				first := c.setOnView(c.DB(), c.Args[2])
				from = &first
			}
			count := result.Len()
			c.Edit().PutSet(&old, key, &result, from, datatypes.NoDeadline)
			c.Changed(key, EventSet, op.event)
			c.Reply.Int(int64(count))
		},
	})
}

// diffShrinks tells whether Redis would make a difference by taking members out of a copy of the first set, which shows in its encoding.
func diffShrinks(sets []set.Form) bool {
	first, byLooking, byTaking := sets[0].Len(), 0, 0
	for i := range sets {
		if size := sets[i].Len(); size > 0 {
			byLooking += first
			byTaking += size
		}
	}
	return byLooking/2 > byTaking
}

// sameSet tells whether two sets are one under the same key.
func sameSet(a, b *set.Form) bool {
	if a.Tree != nil {
		return a.Tree == b.Tree
	}
	return len(a.Packed) > 0 && len(b.Packed) > 0 && &a.Packed[0] == &b.Packed[0]
}

// allMembers is how many members sets have together, those of a set that is named twice twice.
func allMembers(sets []set.Form) (count int) {
	for i := range sets {
		count += sets[i].Len()
	}
	return count
}

// interLooks is how many look-ups an intersection takes at most.
func interLooks(sets []set.Form) int { return sets[smallest(sets)].Len() * len(sets) }

// smallest is the index of the smallest set.
func smallest(sets []set.Form) (at int) {
	for i := range sets {
		if sets[i].Len() < sets[at].Len() {
			at = i
		}
	}
	return at
}
