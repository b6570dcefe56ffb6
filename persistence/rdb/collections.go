package rdb

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"slices"
)

// Encoding is how a collection is to be written, named after what OBJECT ENCODING shows for it after a reload.
type Encoding uint8

// The encodings. Lists have no choice.
const (
	Table    Encoding = iota // hashtable; skiplist for sorted sets
	Listpack                 // sets: from version 11 on, before as Table
	Intset                   // sets of integers, which come in rising order
)

const (
	nodeBytes     = 8 << 10  // of a list's node, as list-max-listpack-size -2 has it; larger items stand alone
	nodeOverhead  = 8        // what Redis reckons an element to take beside its text when it fills a node
	maxScore      = 32       // a score as text
	largestPacked = 64 << 20 // a collection that would be larger in one string is written as Table
)

// Pairs yields the members of a sorted set with their scores, which aren't NaN. Redis writes, and loads fastest, those of a Table from the
// highest score to the lowest; those of a Listpack rise.
type Pairs = iter.Seq2[Element, float64]

// Fields yields the fields of a hash. A deadline is in milliseconds since 1970, or NoDeadline.
type Fields = func(yield func(field, value Element, deadlineMs int64) bool)

// List writes a list of so many items. It goes over them twice, since the number of nodes stands before them.
func (e *Encoder) List(entry *Entry, count int, items iter.Seq[Element]) error {
	var reckoned nodes
	for item := range items {
		reckoned.add(&item)
	}
	if err := reckoned.wrong(count); err != nil {
		return e.end(err)
	}
	e.head(entry, ListQuicklist2)
	e.buf = appendLength(e.buf, uint64(reckoned.begun))
	var written nodes
	e.scratch = beginListpack(e.scratch[:0])
	packed := 0 // items in the node that is being filled
	for item := range items {
		if fits := written.add(&item); !fits && packed > 0 {
			e.node(packed)
			packed = 0
		}
		if item.Len() > nodeBytes {
			e.buf = append(e.buf, nodePlain)
			e.element(&item)
			continue
		}
		e.scratch = appendElement(e.scratch, &item)
		packed++
	}
	if packed > 0 {
		e.node(packed)
	}
	return e.end(written.wrong(count))
}

// node writes the node that was filled, and begins another.
func (e *Encoder) node(packed int) {
	e.scratch = endListpack(e.scratch, 0, packed)
	e.buf = append(e.buf, nodePacked)
	e.text(e.scratch)
	e.scratch = beginListpack(e.scratch[:0])
}

// nodes reckons into which nodes items go: as RPUSH fills them in Redis.
type nodes struct {
	begun int
	items int
	bytes int // of the last node, 0 if nothing can be added to it
}

// add tells whether an item still goes into the last node; else it begins another.
func (n *nodes) add(item *Element) bool {
	n.items++
	size := item.Len()
	if size > nodeBytes {
		n.begun, n.bytes = n.begun+1, 0
		return false
	}
	fits := n.bytes > 0 && n.bytes+size+nodeOverhead <= nodeBytes
	if !fits {
		n.begun, n.bytes = n.begun+1, listpackHead+1
	}
	n.bytes += listpackBytes(item)
	return fits
}

func (n *nodes) wrong(count int) error { return wrongCount(n.items, count) }

// listpackBytes is how long an element is in a listpack.
func listpackBytes(item *Element) int {
	n, isInt := item.n, item.isInt
	if !isInt {
		n, isInt = parseInt(item.text)
	}
	var room [maxBacklen + 9]byte
	if isInt {
		return len(appendListpackInt(room[:0], n))
	}
	size := len(item.text)
	switch {
	case size < 1<<6:
		size++
	case size < 1<<12:
		size += 2
	default:
		size += 5
	}
	return size + len(appendBacklen(room[:0], size))
}

// Set writes a set of so many members.
func (e *Encoder) Set(entry *Entry, encoding Encoding, count int, members iter.Seq[Element]) error {
	switch {
	case encoding == Intset && e.packIntset(members):
		return e.packed(entry, SetIntset, (len(e.scratch)-intsetHead)/int(e.scratch[0]), count)
	case encoding == Listpack && e.options.Version >= SetListpack.since():
		e.beginPacked()
		came := 0
		for member := range members {
			if came++; !e.pack(&member) {
				break
			}
		}
		if e.endPacked(came) {
			return e.packed(entry, SetListpack, came, count)
		}
	}
	e.head(entry, Set)
	e.buf = appendLength(e.buf, uint64(count))
	came := 0
	for member := range members {
		came++
		e.element(&member)
	}
	return e.end(wrongCount(came, count))
}

// packIntset makes an intset in the scratch buffer; false if the members aren't integers in rising order, or too many.
func (e *Encoder) packIntset(members iter.Seq[Element]) bool {
	width, count, before := 2, 0, int64(math.MinInt64)
	for member := range members {
		n, isInt := member.n, member.isInt
		if !isInt {
			n, isInt = parseInt(member.text)
		}
		if !isInt || count > 0 && n <= before {
			return false
		}
		width, before = max(width, intsetWidth(n)), n
		if count++; count*8 > largestPacked {
			return false
		}
	}
	e.scratch = binary.LittleEndian.AppendUint32(e.scratch[:0], uint32(width))
	e.scratch = binary.LittleEndian.AppendUint32(e.scratch, uint32(count))
	for member := range members {
		n := member.n
		if !member.isInt {
			n, _ = parseInt(member.text)
		}
		e.scratch = appendIntsetInt(e.scratch, n, width)
	}
	return len(e.scratch) == intsetHead+width*count
}

func (e *Encoder) beginPacked() { e.scratch = beginListpack(e.scratch[:0]) }

// pack adds an element to the listpack in the scratch buffer, if that doesn't become too large.
func (e *Encoder) pack(el *Element) bool {
	if len(e.scratch)+el.Len() > largestPacked {
		e.scratch = e.scratch[:0]
		return false
	}
	e.scratch = appendElement(e.scratch, el)
	return true
}

// endPacked tells whether all elements went into the listpack.
func (e *Encoder) endPacked(elements int) bool {
	if len(e.scratch) == 0 {
		return false
	}
	e.scratch = endListpack(e.scratch, 0, elements)
	return true
}

// packed writes a collection that lies in the scratch buffer.
func (e *Encoder) packed(entry *Entry, t Type, came, count int) error {
	if err := wrongCount(came, count); err != nil {
		return e.end(err)
	}
	e.head(entry, t)
	e.text(e.scratch)
	return e.end(nil)
}

// SortedSet writes a sorted set of so many members.
func (e *Encoder) SortedSet(entry *Entry, encoding Encoding, count int, members Pairs) error {
	if encoding == Listpack {
		if came, ok := e.packSortedSet(members); ok {
			return e.packed(entry, SortedSetListpack, came, count)
		}
	}
	e.head(entry, SortedSet2)
	e.buf = appendLength(e.buf, uint64(count))
	came := 0
	for member, score := range members {
		if came++; math.IsNaN(score) {
			return e.end(errScore)
		}
		e.element(&member)
		e.buf = binary.LittleEndian.AppendUint64(e.buf, math.Float64bits(score))
	}
	return e.end(wrongCount(came, count))
}

// packSortedSet makes a listpack; not if it becomes too large, or the scores don't rise.
func (e *Encoder) packSortedSet(members Pairs) (came int, ok bool) {
	e.beginPacked()
	before := math.Inf(-1)
	var room [maxScore]byte
	for member, score := range members {
		written := scoreElement(score, room[:0])
		if !(score >= before) || !e.pack(&member) || !e.pack(&written) {
			return came, false
		}
		before = score
		came++
	}
	return came, e.endPacked(2 * came)
}

// row is a field as it lies in the scratch buffer.
type row struct {
	deadlineMs int64 // math.MaxInt64: none
	from, to   int
}

// Hash writes a hash of so many fields. Their deadlines are written where the version has a place for them, from 12 on; it then goes over
// the fields twice, since the first deadline stands before them.
func (e *Encoder) Hash(entry *Entry, encoding Encoding, count int, fields Fields) error {
	first := int64(NoDeadline)
	if e.options.Version >= HashMetadata.since() {
		fields(func(_, _ Element, deadline int64) bool {
			if deadline != NoDeadline && (first == NoDeadline || deadline < first) {
				first = deadline
			}
			return true
		})
		if first < NoDeadline {
			return e.end(errDeadline)
		}
	}
	if encoding == Listpack {
		came, ok := 0, false
		if first == NoDeadline {
			came, ok = e.packHash(fields)
		} else {
			came, ok = e.packDeadlines(first, fields)
		}
		if ok && first == NoDeadline {
			return e.packed(entry, HashListpack, came, count)
		}
		if ok {
			return e.packedDeadlines(entry, first, came, count)
		}
	}
	return e.tableHash(entry, first, count, fields)
}

// packHash makes a listpack of fields and values, if it doesn't become too large.
func (e *Encoder) packHash(fields Fields) (came int, ok bool) {
	e.beginPacked()
	fields(func(field, value Element, _ int64) bool {
		came++
		return e.pack(&field) && e.pack(&value)
	})
	return came, e.endPacked(2 * came)
}

// packDeadlines makes a listpack of fields, values and deadlines: those that expire first in front, those that never do (0) at the end.
func (e *Encoder) packDeadlines(first int64, fields Fields) (came int, ok bool) {
	e.rows, e.scratch = e.rows[:0], e.scratch[:0]
	wrong := false
	fields(func(field, value Element, deadline int64) bool {
		r := row{deadlineMs: math.MaxInt64, from: len(e.scratch)}
		written := IntElement(0)
		if deadline != NoDeadline {
			r.deadlineMs, written = deadline, IntElement(deadline)
			wrong = wrong || deadline < first
		}
		if wrong = wrong || !e.pack(&field) || !e.pack(&value) || !e.pack(&written); wrong {
			return false
		}
		r.to = len(e.scratch)
		e.rows = append(e.rows, r)
		return true
	})
	if wrong {
		return 0, false
	}
	slices.SortStableFunc(e.rows, func(a, b row) int { return cmp.Compare(a.deadlineMs, b.deadlineMs) })
	e.squeeze = beginListpack(e.squeeze[:0])
	for _, r := range e.rows {
		e.squeeze = append(e.squeeze, e.scratch[r.from:r.to]...)
	}
	e.squeeze = endListpack(e.squeeze, 0, 3*len(e.rows))
	e.scratch, e.squeeze = e.squeeze, e.scratch
	return len(e.rows), true
}

// packedDeadlines writes what packDeadlines made.
func (e *Encoder) packedDeadlines(entry *Entry, first int64, came, count int) error {
	if err := wrongCount(came, count); err != nil {
		return e.end(err)
	}
	e.head(entry, HashListpackEx)
	e.buf = binary.LittleEndian.AppendUint64(e.buf, uint64(first))
	e.text(e.scratch)
	return e.end(nil)
}

func (e *Encoder) tableHash(entry *Entry, first int64, count int, fields Fields) error {
	if first == NoDeadline {
		e.head(entry, Hash)
	} else {
		e.head(entry, HashMetadata)
		e.buf = binary.LittleEndian.AppendUint64(e.buf, uint64(first))
	}
	e.buf = appendLength(e.buf, uint64(count))
	came, wrong := 0, false
	fields(func(field, value Element, deadline int64) bool {
		came++
		if first != NoDeadline {
			after := uint64(0)
			if deadline != NoDeadline {
				after = uint64(deadline-first) + 1
				wrong = wrong || deadline < first
			}
			e.buf = appendLength(e.buf, after)
		}
		e.element(&field)
		e.element(&value)
		return !wrong
	})
	if wrong {
		return e.end(fmt.Errorf("%w: it changed while it was written", errDeadline))
	}
	return e.end(wrongCount(came, count))
}
