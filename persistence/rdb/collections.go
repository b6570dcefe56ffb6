package rdb

import (
	"encoding/binary"
	"iter"
	"math"
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

// step is what is done with the elements that an iteration yields.
type step uint8

const (
	reckonNodes  step = iota // of a list
	writeNodes               //
	measureInts              // of an intset
	packInts                 //
	packElements             // members, pairs or fields into a listpack
	packSorted               // fields with deadlines, to be sorted
	writeTable               // members, pairs or fields one by one
	findFirst                // deadline
)

// pass is an iteration over a value's elements: what is done and what has come of it. It lies in the Encoder, and what the elements are
// yielded to is made once, so that an entry allocates nothing.
type pass struct {
	step     step
	came     int   // elements
	wrong    error // why the iteration was ended
	unfit    bool  // for the packed form; the elements go into a Table instead
	nodes    nodes
	packed   int     // items in the node that is being filled
	width    int     // of an intset
	before   int64   // the integer or
	score    float64 // the score that came last
	first    int64   // deadline, or NoDeadline
	elements func(Element) bool
	pairs    func(Element, float64) bool
	fields   func(field, value Element, deadlineMs int64) bool
}

// begin begins an iteration.
func (e *Encoder) begin(s step) *pass {
	p := &e.pass
	if p.elements == nil {
		p.elements, p.pairs, p.fields = e.onElement, e.onPair, e.onField
	}
	p.step, p.came, p.wrong, p.unfit, p.nodes, p.packed = s, 0, nil, false, nodes{}, 0
	return p
}

// onElement is yielded the items of lists and the members of sets.
func (e *Encoder) onElement(el Element) bool {
	p := &e.pass
	p.came++
	switch p.step {
	case reckonNodes:
		p.nodes.add(&el)
	case writeNodes:
		e.item(&el)
	case measureInts:
		return p.measure(&el)
	case packInts:
		n, _ := el.whole()
		e.scratch = appendIntsetInt(e.scratch, n, p.width)
	case packElements:
		return e.pack(&el)
	default:
		e.element(&el)
	}
	return true
}

// List writes a list of so many items. It goes over them twice, since the number of nodes stands before them.
func (e *Encoder) List(entry *Entry, count int, items iter.Seq[Element]) error {
	p := e.begin(reckonNodes)
	items(p.elements)
	if err := wrongCount(p.came, count); err != nil {
		return e.end(err)
	}
	e.head(entry, ListQuicklist2)
	e.buf = appendLength(e.buf, uint64(p.nodes.begun))
	e.begin(writeNodes)
	e.scratch = beginListpack(e.scratch[:0])
	items(p.elements)
	e.node()
	return e.end(wrongCount(p.came, count))
}

// item writes an item of a list into the node that is being filled, or into one of its own.
func (e *Encoder) item(item *Element) {
	if !e.pass.nodes.add(item) {
		e.node()
	}
	if item.Len() > nodeBytes {
		e.buf = append(e.buf, nodePlain)
		e.element(item)
		return
	}
	e.scratch = appendElement(e.scratch, item)
	e.pass.packed++
}

// node writes the node that was filled, if it was, and begins another.
func (e *Encoder) node() {
	if e.pass.packed == 0 {
		return
	}
	e.scratch = endListpack(e.scratch, 0, e.pass.packed)
	e.buf = append(e.buf, nodePacked)
	e.text(e.scratch)
	e.scratch, e.pass.packed = beginListpack(e.scratch[:0]), 0
}

// nodes reckons into which nodes items go: as RPUSH fills them in Redis.
type nodes struct {
	begun int
	bytes int // of the last node, 0 if nothing can be added to it
}

// add tells whether an item still goes into the last node; else it begins another.
func (n *nodes) add(item *Element) bool {
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

// Set writes a set of so many members. Members that don't fit the encoding are written as a Table.
func (e *Encoder) Set(entry *Entry, encoding Encoding, count int, members iter.Seq[Element]) error {
	switch {
	case encoding == Intset:
		p := e.begin(measureInts)
		p.width = 2
		if members(p.elements); !p.unfit && p.came > 0 {
			return e.intset(entry, count, members)
		}
	case encoding == Listpack && e.options.Version >= SetListpack.since():
		p := e.begin(packElements)
		e.scratch = beginListpack(e.scratch[:0])
		if members(p.elements); !p.unfit {
			return e.listpack(entry, SetListpack, 1, count)
		}
	}
	e.head(entry, Set)
	e.buf = appendLength(e.buf, uint64(count))
	p := e.begin(writeTable)
	members(p.elements)
	return e.end(wrongCount(p.came, count))
}

// measure tells whether another member may go into an intset.
func (p *pass) measure(member *Element) bool {
	n, isInt := member.whole()
	if !isInt || p.came > 1 && n <= p.before || p.came*8 > largestPacked {
		p.unfit = true
		return false
	}
	p.width, p.before = max(p.width, intsetWidth(n)), n
	return true
}

// intset writes an intset whose members are measured.
func (e *Encoder) intset(entry *Entry, count int, members iter.Seq[Element]) error {
	p := &e.pass
	e.scratch = binary.LittleEndian.AppendUint32(e.scratch[:0], uint32(p.width))
	e.scratch = binary.LittleEndian.AppendUint32(e.scratch, uint32(p.came))
	e.begin(packInts)
	members(p.elements)
	return e.packed(entry, SetIntset, count)
}

// pack adds an element to the listpack in the scratch buffer, if that doesn't become too large.
func (e *Encoder) pack(el *Element) bool {
	if len(e.scratch)+el.Len() > largestPacked {
		e.pass.unfit = true
		return false
	}
	e.scratch = appendElement(e.scratch, el)
	return true
}

// listpack writes the listpack in the scratch buffer, so many elements for each that came.
func (e *Encoder) listpack(entry *Entry, t Type, each, count int) error {
	e.scratch = endListpack(e.scratch, 0, each*e.pass.came)
	return e.packed(entry, t, count)
}

// packed writes a collection that lies in the scratch buffer.
func (e *Encoder) packed(entry *Entry, t Type, count int) error {
	if err := wrongCount(e.pass.came, count); err != nil {
		return e.end(err)
	}
	e.head(entry, t)
	if t == HashListpackEx {
		e.buf = binary.LittleEndian.AppendUint64(e.buf, uint64(e.pass.first))
	}
	e.text(e.scratch)
	return e.end(nil)
}

// SortedSet writes a sorted set of so many members. Members that don't fit a Listpack, or don't rise, are written as a Table.
func (e *Encoder) SortedSet(entry *Entry, encoding Encoding, count int, members Pairs) error {
	if encoding == Listpack {
		p := e.begin(packElements)
		p.score = math.Inf(-1)
		e.scratch = beginListpack(e.scratch[:0])
		if members(p.pairs); !p.unfit {
			return e.listpack(entry, SortedSetListpack, 2, count)
		}
	}
	e.head(entry, SortedSet2)
	e.buf = appendLength(e.buf, uint64(count))
	p := e.begin(writeTable)
	members(p.pairs)
	if p.wrong != nil {
		return e.end(p.wrong)
	}
	return e.end(wrongCount(p.came, count))
}

// onPair is yielded the members of sorted sets.
func (e *Encoder) onPair(member Element, score float64) bool {
	p := &e.pass
	p.came++
	if p.step == packElements {
		var room [maxScore]byte
		written := scoreElement(score, room[:0])
		p.unfit = p.unfit || !(score >= p.score)
		p.score = score
		return !p.unfit && e.pack(&member) && e.pack(&written)
	}
	if math.IsNaN(score) {
		p.wrong = errScore
		return false
	}
	e.element(&member)
	e.buf = binary.LittleEndian.AppendUint64(e.buf, math.Float64bits(score))
	return true
}
