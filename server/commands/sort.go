package commands

import (
	"bytes"
	"math/bits"
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/list"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// SortRows are the rows of the commands that sort collections.
func SortRows() []Row {
	const complexity = "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned elements. When the elements are not sorted, complexity is O(N)."
	sorted := KeyAt(1, KeyRO|KeyAccess)
	named := KeySpec{Flags: KeyRO | KeyAccess,
		Notes: "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort"}
	stored := KeySpec{Flags: KeyOW | KeyUpdate,
		Notes: "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument array"}
	return []Row{
		{
			Name: "sort", Arity: -2, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{sorted, named, stored}, KeysFunc: KeysOfSort,
			ACL: ACLSet | ACLSortedSet | ACLList | ACLDangerous, Group: "generic", Since: "1.0.0",
			Summary:    "Sorts a list, a set or a sorted set, and may store the result.",
			Complexity: complexity,
			Syntax: `key:key(0) [BY=pattern:pattern(1)] [LIMIT=offset_count:{offset:integer count:integer}] [GET=pattern:pattern(1)...=]
				[order:<"ASC"|"DESC">] [sorting:"ALPHA"] [STORE=destination:key(2)]`,
			Handler: cmdSort,
		},
		{
			Name: "sort_ro", Arity: -2, Flags: FlagReadonly,
			Keys: []KeySpec{sorted, named}, KeysFunc: KeysOfSortRO,
			ACL: ACLSet | ACLSortedSet | ACLList | ACLDangerous, Group: "generic", Since: "7.0.0",
			Summary:    "Sorts a list, a set or a sorted set.",
			Complexity: complexity,
			Syntax: `key:key(0) [BY=pattern:pattern(1)] [LIMIT=offset_count:{offset:integer count:integer}] [GET=pattern:pattern(1)...=]
				[order:<"ASC"|"DESC">] [sorting:"ALPHA"]`,
			Handler: cmdSortRO,
		},
	}
}

const errSortScores = "ERR One or more scores can't be converted into double"

// sortArgs are the words of SORT behind the key.
type sortArgs struct {
	// by makes the names of the keys that hold the weights, if weighed is set. unsorted, of a BY that names no keys, leaves the elements
	// in the order in which they lie; as in Redis a later BY with keys doesn't take that back.
	by       sortPattern
	weighed  bool
	unsorted bool
	back     bool
	alpha    bool
	// offset and count are LIMIT's; a count below 0 is all.
	offset, count int64
	gets          []sortPattern
	storing       bool
	// scripted is set where a script asks.
	scripted    bool
	destination []byte
}

// parseSort reads the words behind the key; with readOnly there is no STORE.
func parseSort(words [][]byte, readOnly bool) (a sortArgs, errText string) {
	a.count = -1
	for len(words) > 0 {
		used := 1
		switch word := words[0]; {
		case IsWord(word, "ASC"):
			a.back = false
		case IsWord(word, "DESC"):
			a.back = true
		case IsWord(word, "ALPHA"):
			a.alpha = true
		case IsWord(word, "LIMIT") && len(words) > 2:
			offset, ok := ParseInt(words[1])
			count, alsoOK := ParseInt(words[2])
			if !ok || !alsoOK {
				return a, ErrNotInteger
			}
			a.offset, a.count, used = offset, count, 3
		case IsWord(word, "STORE") && len(words) > 1 && !readOnly:
			a.destination, a.storing, used = words[1], true, 2
		case IsWord(word, "BY") && len(words) > 1:
			a.by, a.weighed, used = parseSortPattern(words[1]), true, 2
			a.unsorted = a.unsorted || !a.by.named
		case IsWord(word, "GET") && len(words) > 1:
			a.gets, used = append(a.gets, parseSortPattern(words[1])), 2
		default:
			return a, ErrSyntax
		}
		words = words[used:]
	}
	return a, ""
}

// namesKeys tells whether other keys are read, which ones the elements say.
func (a *sortArgs) namesKeys() bool {
	return a.weighed && a.by.named || slices.ContainsFunc(a.gets, func(p sortPattern) bool { return p.named })
}

// of settles what the arguments mean for elements of a kind. A set has no order of its own: where the result is stored, so that copies of
// the store must agree about it, or seen by a script, it is sorted by its members' bytes.
func (a *sortArgs) of(kind datatypes.Kind) {
	if a.unsorted && kind == datatypes.KindSet && (a.storing || a.scripted) {
		a.unsorted, a.alpha, a.weighed = false, true, false
	}
}

// limits are the positions [from, to) of the result that LIMIT leaves of n.
func (a *sortArgs) limits(n int) (from, to int) {
	from = int(min(max(a.offset, 0), int64(n)))
	if a.count < 0 {
		return from, n
	}
	return from, int(min(int64(from)+min(a.count, int64(n)), int64(n)))
}

// looks is what sorting n elements costs, about, in looks at entries, before anything is known of the values.
func (a *sortArgs) looks(n int) int {
	from, to := a.limits(n)
	replied := (to - from) * max(1, len(a.gets))
	if a.unsorted {
		return to - from + replied
	}
	return 2*n + n*bits.Len(uint(n))/comparisonsPerLook + replied
}

func cmdSort(c *Call)   { c.sort(false) }
func cmdSortRO(c *Call) { c.sort(true) }

// sort answers SORT key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC|DESC] [ALPHA] [STORE destination], and SORT_RO.
//
// What is only replied is made in place if it is little, and otherwise on a view; where that shows too late, in large values, all is begun
// anew.
func (c *Call) sort(readOnly bool) {
	a, errText := parseSort(c.Args[2:], readOnly)
	if errText != "" {
		c.Error(errText)
		return
	}
	a.scripted = c.Scripted
	key := c.Args[1]
	var e datatypes.Entry
	if c.Find(&e, key) && !sortable(e.Kind()) {
		c.Error(ErrWrongType)
		return
	}
	count := e.Elements()
	a.of(e.Kind())
	if e.Kind() == datatypes.KindSortedSet && !readOnly && c.DB().SmallSortedSet(&e, count, 0) {
		c.Edit().EnlargeSortedSet(&e, key)
	}
	if a.storing {
		c.storeSorted(a.looks(count))
		return
	}
	if !c.Long(a.looks(count)) {
		began, outcome, looks := c.Reply.Len(), c.Outcome, 0
		s := newSorting(c, c.DB(), a, func() bool {
			looks += breathEvery
			return !c.Long(looks)
		})
		if s.reply() {
			s.tellMisses()
			return
		}
		c.Reply.Truncate(began)
		c.Outcome = outcome
	}
	c.OnView(func(c *Call, db datatypes.Reader) {
		a, _ := parseSort(c.Args[2:], readOnly)
		a.scripted = c.Scripted
		newSorting(c, db, a, c.Breathe).reply()
	})
}

// reply sorts and replies; false if it was given up, perhaps in the middle of the reply.
func (s *sorting) reply() bool {
	if !s.run() {
		return false
	}
	if s.spoilt {
		s.c.Error(errSortScores)
		return true
	}
	gets := s.args.gets
	s.c.Reply.Array(s.resultLen())
	return s.each(func(element *packed.Item) bool {
		if len(gets) == 0 {
			s.c.replyMember(element)
			return s.saw(element.Len())
		}
		for i := range gets {
			value, found := s.look(&gets[i], element)
			switch {
			case !found:
				s.c.Reply.Null()
			case value.long:
				s.c.replyString(&s.entry)
			default:
				s.c.replyMember(&value.item)
			}
			if !s.saw(s.valueLen(&value)) {
				return false
			}
		}
		return true
	})
}

// storeSorted sorts and puts the result, a list, under the destination; what isn't there to GET is an empty element.
func (c *Call) storeSorted(looks int) {
	var s *sorting
	var result list.Form
	c.Derive(looks, Derivation{
		Sources: func(c *Call) [][]byte {
			if s.args.namesKeys() {
				return nil
			}
			return c.Args[1:2]
		},
		Build: func(c *Call, db datatypes.Reader) {
			a, _ := parseSort(c.Args[2:], false)
			s, result = newSorting(c, db, a, c.Pause), list.Form{}
			if s.live != nil {
				s.breathe = nil // or a part of the result would be stored if the server stops
			}
			if s.run() && !s.spoilt {
				s.pushAll(&result, db.Building())
			}
		},
		Store: func(c *Call) {
			if len(s.misses) > 0 {
				result.Packed = bytes.Clone(result.Packed) // which lies where the fields that go now need room
				s.tellMisses()
			}
			key, count := s.args.destination, result.Len()
			switch {
			case s.spoilt:
				c.Error(errSortScores)
				return
			case count == 0:
				c.dropDestination(key)
				return
			}
			var old datatypes.Entry
			if !c.Peek(&old, key) {
				c.Event(key, EventNew, "new")
			}
			c.Edit().PutList(&old, key, &result, datatypes.NoDeadline)
			c.Changed(key, EventList, "sortstore")
			c.Counted(count - 1)
			c.Reply.Int(int64(count))
		},
	})
}

// pushedAtOnce is how many elements a list is given at a time.
const pushedAtOnce = 64

// pushAll puts the result into an empty list.
func (s *sorting) pushAll(f *list.Form, edit *list.Edit) {
	texts := make([][]byte, 0, pushedAtOnce)
	push := func(text []byte) {
		if texts = append(texts, text); len(texts) == pushedAtOnce {
			f.PushBack(edit, texts...)
			texts = texts[:0]
		}
	}
	gets := s.args.gets
	s.each(func(element *packed.Item) bool {
		if len(gets) == 0 {
			push(s.text(element))
		}
		for i := range gets {
			value, found := s.look(&gets[i], element)
			switch {
			case !found:
				push(nil)
			case value.long:
				push(s.entry.AppendString(nil))
			default:
				push(s.text(&value.item))
			}
			s.saw(s.valueLen(&value))
		}
		return s.saw(element.Len())
	})
	f.PushBack(edit, texts...)
}
