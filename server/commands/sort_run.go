package commands

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// sorting is one run of SORT, in place or on a view. It goes in three steps: the elements are loaded, as items whose bytes stay where they
// are in the store; each gets its weight, a number or a text, once; and the positions are sorted, 16 bytes each, by weight. Where LIMIT asks
// for a part, only that much is put in order (sort_select.go). Nothing is changed in the store before the result has been made.
//
// Memory: 40 bytes an element, 16 if they are sorted, 24 if by texts.
type sorting struct {
	c    *Call
	args sortArgs
	// db is read; live is the same if it isn't that of a view.
	db   datatypes.Reader
	live *datatypes.DB
	// entry is what find has found last, under name.
	entry  datatypes.Entry
	name   []byte
	misses []sortMiss
	// elements are in the order in which they were loaded.
	elements []packed.Item
	sortTexts
	// order is empty if nothing is sorted; [from, to) of it, or else all elements, is the result.
	order    []sortKey
	from, to int
	// spoilt is set if a weight was no number.
	spoilt bool
	sortPace
}

// sortTexts are the weights of a sorting by texts.
type sortTexts struct {
	// weights, by the positions of the elements, are what is compared: nil is missing.
	weights [][]byte
	// long are copies of weights that don't lie in one piece, by the names of their keys; digits is where integers are written.
	long   map[string][]byte
	digits []byte
}

func newSorting(c *Call, db datatypes.Reader, a sortArgs, breathe func() bool) *sorting {
	live, _ := db.(*datatypes.DB)
	return &sorting{c: c, args: a, db: db, live: live, sortPace: sortPace{pace: pace{breathe: breathe}}}
}

// sortKey is an element by its position, with its weight if that is a number.
type sortKey struct {
	score float64
	at    int
}

// sortPace has a sorting let others in.
type sortPace struct {
	pace
	comparisons int
}

// comparisonsPerLook is how many comparisons take the time of looking at an entry.
const comparisonsPerLook = 4

// saw counts a look, and the bytes of what was looked at; false if the run is to end.
func (p *sortPace) saw(length int) bool {
	return p.looked(1 + length/copiedPerLook)
}

// sortable tells whether a kind of value has elements that can be sorted.
func sortable(kind datatypes.Kind) bool {
	return kind == datatypes.KindList || kind == datatypes.KindSet || kind == datatypes.KindSortedSet
}

// run makes the result of what lies under the key; false if it was given up.
func (s *sorting) run() bool {
	var e datatypes.Entry
	if !s.db.Find(&e, s.c.Args[1], s.c.NowMs) {
		e = datatypes.Entry{} // it may lie there, expired
	}
	s.args.of(e.Kind())
	n := e.Elements()
	s.from, s.to = s.args.limits(n)
	if s.args.unsorted {
		s.load(&e, s.from, s.to, s.args.back)
		return !s.ended
	}
	s.load(&e, 0, n, false)
	s.weigh()
	if !s.spoilt && !s.ended && s.from < s.to {
		s.sort()
	}
	return !s.ended
}

// load takes the elements [from, to) in the order in which they lie, or those counted from the end, backwards; a set is taken as it comes.
func (s *sorting) load(e *datatypes.Entry, from, to int, back bool) {
	n := e.Elements()
	s.elements = make([]packed.Item, 0, to-from)
	yield := func(it packed.Item) bool {
		s.elements = append(s.elements, it)
		return s.saw(0)
	}
	scored := func(it packed.Item, _ float64) bool { return yield(it) }
	switch e.Kind() {
	case datatypes.KindList:
		if f := e.List(); back {
			f.RangeBack(n-to, n-from, yield)
		} else {
			f.Range(from, to, yield)
		}
	case datatypes.KindSortedSet:
		if f := e.SortedSet(); back {
			f.RangeBack(n-to, n-from, scored)
		} else {
			f.Range(from, to, scored)
		}
	case datatypes.KindSet:
		f, i := e.Set(), 0
		f.Each(func(it packed.Item) bool {
			i++
			return i <= from || i <= to && yield(it)
		})
	}
}

// weigh gives each element its weight. Even after one that is no number it goes on, since each look-up counts.
func (s *sorting) weigh() {
	a := &s.args
	s.order = make([]sortKey, len(s.elements))
	if a.alpha {
		s.weights = make([][]byte, len(s.elements))
	}
	for i := range s.elements {
		s.order[i].at = i
		value, found, length := sortValue{item: s.elements[i]}, true, 0
		if a.weighed {
			value, found = s.look(&a.by, &s.elements[i])
			length = s.valueLen(&value)
		}
		if !s.saw(length) {
			return
		}
		if !found {
			continue
		}
		if value.long {
			value.item = packed.TextItem(s.longWeight())
		}
		if a.alpha {
			s.weights[i] = s.compared(&value.item)
			continue
		}
		var isNumber bool
		s.order[i].score, isNumber = sortScore(&value.item)
		s.spoilt = s.spoilt || !isNumber
	}
}

// longWeight is the long string that was found last, in one piece: a copy, but one for all elements that name it.
func (s *sorting) longWeight() []byte {
	text, there := s.long[string(s.name)]
	if !there {
		if s.long == nil {
			s.long = map[string][]byte{}
		}
		text = s.entry.AppendString(nil)
		s.long[string(s.name)] = text
	}
	return text
}

// compared is the part of a text that is compared, not nil. As in Redis, where nothing is stored, that is what stands before a zero byte:
// strcoll is asked there, which in the C locale compares bytes.
func (s *sorting) compared(it *packed.Item) []byte {
	text := s.text(it)
	if !s.args.storing {
		text = UntilZero(text)
	}
	if text == nil {
		return []byte{}
	}
	return text
}

// text is an item as text, in its own bytes or in digits made for it.
func (s *sorting) text(it *packed.Item) []byte {
	if _, isInt := it.Int(); !isInt {
		return it.Text()
	}
	const roomBytes = 4096
	if cap(s.digits)-len(s.digits) < packed.MaxDigits {
		s.digits = make([]byte, 0, roomBytes)
	}
	began := len(s.digits)
	s.digits = it.AppendTo(s.digits)
	return s.digits[began:len(s.digits):len(s.digits)]
}

// leastNormal is the smallest float64 that has all its digits.
const leastNormal = 0x1p-1022

// sortScore reads a weight as C's strtod does: blanks may stand before the number, and nothing at all is 0. ok is false for what is no
// number, for NaN, and for what has no exact place: too large, or so small that it loses digits.
func sortScore(it *packed.Item) (score float64, ok bool) {
	n, isInt := it.Int()
	if !isInt {
		n, isInt = ParseInt(it.Text())
	}
	if isInt {
		return float64(n), true
	}
	text := UntilZero(it.Text())
	if len(text) == 0 {
		return 0, true
	}
	number := bytes.TrimLeft(text, " \t\n\v\f\r")
	score, length, exact := strtod(number)
	small := score != 0 && -leastNormal < score && score < leastNormal
	return score, length > 0 && length == len(number) && exact && !small
}

// compare orders positions by what was asked for. What is alike keeps its order, but for the weights of BY with a LIMIT: there the steps of
// the selection decide, as in Redis.
func (s *sorting) compare(a, b sortKey) (order int) {
	if s.comparisons++; s.comparisons%comparisonsPerLook == 0 {
		s.saw(0)
	}
	switch {
	case s.ended:
		return 0 // whatever comes out is thrown away
	case s.args.alpha:
		x, y := s.weights[a.at], s.weights[b.at]
		switch {
		case x == nil && y != nil:
			order = -1
		case x != nil && y == nil:
			order = 1
		default:
			order = bytes.Compare(x, y)
		}
	case a.score < b.score:
		order = -1
	case a.score > b.score:
		order = 1
	default:
		order = s.compareElements(a.at, b.at)
	}
	if s.args.back {
		order = -order
	}
	if order == 0 && !(s.args.weighed && s.isPart()) {
		return cmp.Compare(a.at, b.at)
	}
	return order
}

// compareElements compares two elements as texts.
func (s *sorting) compareElements(a, b int) int {
	var ours, theirs [packed.MaxDigits]byte
	return bytes.Compare(s.elements[a].TextIn(ours[:0]), s.elements[b].TextIn(theirs[:0]))
}

// isPart tells whether LIMIT asks for a part.
func (s *sorting) isPart() bool { return s.from > 0 || s.to < len(s.elements) }

// sort puts [from, to) of the order right.
func (s *sorting) sort() {
	if s.isPart() {
		selection(s.compare).selectRange(s.order, s.from, s.to)
		return
	}
	slices.SortFunc(s.order, s.compare)
}

// resultLen is the number of elements of the result.
func (s *sorting) resultLen() int { return (s.to - s.from) * max(1, len(s.args.gets)) }

// each yields the elements of the result until yield returns false, which it returns too.
func (s *sorting) each(yield func(element *packed.Item) bool) bool {
	if s.args.unsorted {
		for i := range s.elements {
			if !yield(&s.elements[i]) {
				return false
			}
		}
		return true
	}
	for _, k := range s.order[s.from:s.to] {
		if !yield(&s.elements[k.at]) {
			return false
		}
	}
	return true
}
