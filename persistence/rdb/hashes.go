package rdb

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// row is a field as it lies in the scratch buffer.
type row struct {
	deadlineMs int64 // math.MaxInt64: none
	from, to   int
}

// Hash writes a hash of so many fields. Their deadlines are written where the version has a place for them, from 12 on; it then goes over
// the fields twice, since the first deadline stands before them.
func (e *Encoder) Hash(entry *Entry, encoding Encoding, count int, fields Fields) error {
	p := e.begin(findFirst)
	if p.first = NoDeadline; e.options.Version >= HashMetadata.since() {
		fields(p.fields)
	}
	if p.wrong != nil {
		return e.end(p.wrong)
	}
	switch {
	case encoding == Listpack && p.first == NoDeadline:
		e.begin(packElements)
		e.scratch = beginListpack(e.scratch[:0])
		if fields(p.fields); !p.unfit {
			return e.listpack(entry, HashListpack, 2, count)
		}
	case encoding == Listpack:
		e.begin(packSorted)
		e.rows, e.scratch = e.rows[:0], e.scratch[:0]
		if fields(p.fields); !p.unfit {
			e.sortFields()
			return e.packed(entry, HashListpackEx, count)
		}
	}
	return e.tableHash(entry, count, fields)
}

// onField is yielded the fields of hashes.
func (e *Encoder) onField(field, value Element, deadline int64) bool {
	p := &e.pass
	p.came++
	switch p.step {
	case findFirst:
		switch {
		case deadline < NoDeadline:
			p.wrong = errDeadline
		case deadline != NoDeadline && (p.first == NoDeadline || deadline < p.first):
			p.first = deadline
		}
		return p.wrong == nil
	case packElements:
		return e.pack(&field) && e.pack(&value)
	case packSorted:
		return e.packRow(&field, &value, deadline)
	}
	if p.first != NoDeadline {
		after := uint64(0)
		if deadline != NoDeadline {
			after = uint64(deadline-p.first) + 1
		}
		if deadline != NoDeadline && deadline < p.first {
			p.wrong = fmt.Errorf("%w: it changed while it was written", errDeadline)
			return false
		}
		e.buf = appendLength(e.buf, after)
	}
	e.element(&field)
	e.element(&value)
	return true
}

// packRow adds a field, its value and its deadline to the scratch buffer, 0 if it has none.
func (e *Encoder) packRow(field, value *Element, deadline int64) bool {
	r, written := row{deadlineMs: math.MaxInt64, from: len(e.scratch)}, IntElement(0)
	if deadline != NoDeadline {
		r.deadlineMs, written = deadline, IntElement(deadline)
	}
	if !e.pack(field) || !e.pack(value) || !e.pack(&written) {
		return false
	}
	r.to = len(e.scratch)
	e.rows = append(e.rows, r)
	return true
}

// sortFields makes a listpack of the rows in the scratch buffer: the fields that expire first in front, those that never do at the end.
func (e *Encoder) sortFields() {
	slices.SortStableFunc(e.rows, func(a, b row) int { return cmp.Compare(a.deadlineMs, b.deadlineMs) })
	e.squeeze = beginListpack(e.squeeze[:0])
	for _, r := range e.rows {
		e.squeeze = append(e.squeeze, e.scratch[r.from:r.to]...)
	}
	e.squeeze = endListpack(e.squeeze, 0, 3*len(e.rows))
	e.scratch, e.squeeze = e.squeeze, e.scratch
}

func (e *Encoder) tableHash(entry *Entry, count int, fields Fields) error {
	p := e.begin(writeTable)
	if p.first == NoDeadline {
		e.head(entry, Hash)
	} else {
		e.head(entry, HashMetadata)
		e.buf = binary.LittleEndian.AppendUint64(e.buf, uint64(p.first))
	}
	e.buf = appendLength(e.buf, uint64(count))
	fields(p.fields)
	if p.wrong != nil {
		return e.end(p.wrong)
	}
	return e.end(wrongCount(p.came, count))
}
