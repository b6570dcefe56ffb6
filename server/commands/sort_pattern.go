package commands

import (
	"bytes"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// sortPattern is a pattern of SORT's BY or GET. Redis reads it as a C string: what stands behind a zero byte means nothing, but belongs
// to the name of the key or the field.
type sortPattern struct {
	// itself stands for the element ("#"), and named tells that there is a * in the pattern, for which the element is put to get the name
	// of a key. A pattern that is neither stands for nothing.
	itself, named bool
	// prefix and suffix stand before and behind the element in the name; field, unless nil, is one of the hash under that key.
	prefix, suffix, field []byte
}

// sortArrow stands between the name of a key and a field.
const sortArrow = "->"

func parseSortPattern(word []byte) (p sortPattern) {
	shown := UntilZero(word)
	star := bytes.IndexByte(shown, '*')
	if star < 0 {
		p.itself = string(shown) == "#"
		return p
	}
	p.named = true
	p.prefix, p.suffix = word[:star], word[star+1:]
	arrow := bytes.Index(shown[star+1:], []byte(sortArrow))
	if field := star + 1 + arrow + len(sortArrow); arrow >= 0 && field < len(shown) {
		p.suffix, p.field = p.suffix[:arrow], word[field:]
	}
	return p
}

// sortValue is what a pattern has found: an item, or, if long is set, the long string of the entry that was found last.
type sortValue struct {
	item packed.Item
	long bool
}

// look finds what a pattern stands for. Its bytes belong to the store. A field that is due is none; it goes before what is stored is told of, and
// stays otherwise until somebody else meets it.
func (s *sorting) look(p *sortPattern, element *packed.Item) (value sortValue, found bool) {
	if p.itself {
		return sortValue{item: *element}, true
	}
	if !p.named {
		return value, false
	}
	s.name = append(element.AppendTo(append(s.name[:0], p.prefix...)), p.suffix...)
	if !s.find(s.name) {
		return value, false
	}
	if p.field != nil {
		if s.entry.Kind() == datatypes.KindHash {
			f := s.entry.Hash()
			at := f.Find(p.field)
			if value.item, found = at.Value, at.Live(s.c.NowMs); !found && at.Found() && s.args.storing {
				s.misses = append(s.misses, sortMiss{name: bytes.Clone(s.name), field: p.field})
			}
		}
		return value, found
	}
	if s.entry.Kind() != datatypes.KindString {
		return value, false
	}
	if n, isInt := s.entry.Int(); isInt {
		return sortValue{item: packed.IntItem(n)}, true
	}
	text, whole := s.entry.StringPiece()
	return sortValue{packed.TextItem(text), !whole}, true
}

// valueLen is the length of what was found.
func (s *sorting) valueLen(value *sortValue) int {
	if value.long {
		return s.entry.StringLen()
	}
	return value.item.Len()
}

// find looks up the key that a pattern names, which counts as a hit or a miss. In place that is a use of the key; what has expired stays
// where it is until tellMisses, since a deletion moves the elements that are being sorted.
func (s *sorting) find(name []byte) bool {
	c := s.c
	if s.db.Find(&s.entry, name, c.NowMs) {
		c.Outcome.Hits++
		if s.live != nil && !c.NoTouch {
			s.live.Touch(&s.entry, c.clockS())
		}
		return true
	}
	c.Outcome.Misses++
	if expired := s.entry.Found(); s.live != nil || expired && s.args.storing {
		s.misses = append(s.misses, sortMiss{name: bytes.Clone(name), expired: expired})
	}
	return false
}

// sortMiss is a key that wasn't found, perhaps because it had expired, or a field that was due.
type sortMiss struct {
	name    []byte
	expired bool
	field   []byte
}

// tellMisses tells of the keys that weren't found, and has those go that had expired, and fields that were due: the elements are invalid
// then. Whoever repeats a SORT that stores finds what it has found therefore. On a view keys that aren't there aren't noted.
func (s *sorting) tellMisses() {
	for i := range s.misses {
		miss := &s.misses[i]
		switch {
		case miss.field != nil:
			var e datatypes.Entry
			if s.c.DB().Find(&e, miss.name, s.c.NowMs) && e.Kind() == datatypes.KindHash {
				s.c.expiredFields(&e, miss.name, miss.field)
			}
			continue
		case miss.expired:
			s.c.expired(s.c.Client.Database(), miss.name)
		}
		if s.live != nil {
			s.c.Event(miss.name, EventKeyMiss, "keymiss")
		}
	}
}
