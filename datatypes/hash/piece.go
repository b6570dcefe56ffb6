package hash

import (
	"fmt"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// maxFields is how many fields a piece has at most: they are found by going through them.
const maxFields = 128

const (
	// timedMark begins a piece with deadlines.
	timedMark = 0xff
	// timedHead is what such a piece has before its count.
	timedHead = 1 + deadlineBytes
	// deadlineBytes is the size of a deadline in a payload, at the head of a piece, and in the order of deadlines.
	deadlineBytes = 6
	// maxDeadline is the last moment that so many bytes hold.
	maxDeadline = 1<<(8*deadlineBytes) - 1
)

// mustHold panics unless a deadline lies within bounds, or is none.
func mustHold(deadlineMs int64) {
	if deadlineMs < 0 || deadlineMs > maxDeadline {
		panic(fmt.Sprintf("hash: a deadline of %d ms", deadlineMs))
	}
}

// putDeadline writes a deadline, its highest byte first.
func putDeadline(dst []byte, deadlineMs int64) {
	for i := range deadlineBytes {
		dst[i] = byte(deadlineMs >> (8 * (deadlineBytes - 1 - i)))
	}
}

func readDeadline(src []byte) (deadlineMs int64) {
	for _, b := range src[:deadlineBytes] {
		deadlineMs = deadlineMs<<8 | int64(b)
	}
	return deadlineMs
}

// sooner is the earlier of two deadlines, of which either may be none.
func sooner(a, b int64) int64 {
	if a == NoDeadline || b != NoDeadline && b < a {
		return b
	}
	return a
}

// piece is a piece taken apart.
type piece struct {
	count int
	// step is how many items a field takes: 3 if the piece has deadlines, 2 if not.
	step int
	// earliest is the first of the deadlines.
	earliest int64
	items    []byte
}

func (p *piece) timed() bool { return p.step == 3 }

// split takes a piece apart. An empty one has no fields.
func split(bytes []byte) (p piece) {
	p.step = 2
	if len(bytes) > 0 && bytes[0] == timedMark {
		p.step, p.earliest = 3, readDeadline(bytes[1:])
		bytes = bytes[timedHead:]
	}
	p.count, p.items = packed.Split(bytes)
	return p
}

// entry is a field of a piece.
type entry struct {
	field, value packed.Item
	deadlineMs   int64
}

// read reads the entry at the beginning of items and returns what follows it.
func (p *piece) read(items []byte) (e entry, rest []byte) {
	e.field, rest = packed.Read(items)
	e.value, rest = packed.Read(rest)
	if p.timed() {
		var it packed.Item
		it, rest = packed.Read(rest)
		e.deadlineMs, _ = it.Int()
	}
	return e, rest
}

// findInPiece looks a field up; one that reads as an integer is one.
func findInPiece(bytes []byte, field *packed.Item) (at Place) {
	p := split(bytes)
	offset, _ := packed.FindItem(p.items, field, p.step)
	if offset >= 0 {
		e, _ := p.read(p.items[offset:])
		at.Value, at.DeadlineMs, at.found, at.offset = e.value, e.deadlineMs, true, offset
	}
	return at
}

// appendHead begins a piece of so many fields. A piece with deadlines is to be sealed.
func appendHead(dst []byte, count int, timed bool) []byte {
	if timed {
		dst = append(dst, timedMark)
		dst = append(dst, make([]byte, deadlineBytes)...)
	}
	return packed.AppendCount(dst, count)
}

// appendEntry appends a field's items.
func appendEntry(dst []byte, field, value *packed.Item, deadlineMs int64, timed bool) []byte {
	dst = value.AppendBytes(field.AppendBytes(dst))
	if timed {
		dst = packed.AppendInt(dst, deadlineMs)
	}
	return dst
}

// appendItems appends some entries of a piece to another, which has deadlines if the first one has.
func (p *piece) appendItems(dst, items []byte, timed bool) []byte {
	if timed == p.timed() {
		return append(dst, items...)
	}
	for len(items) > 0 {
		rest := packed.Skip(items, p.step)
		dst = append(dst, items[:len(items)-len(rest)]...)
		dst = packed.AppendInt(dst, NoDeadline)
		items = rest
	}
	return dst
}

// seal writes the earliest deadline to the head of a piece that has been made with deadlines; one that has none left loses their places.
func seal(bytes []byte) []byte {
	if bytes[0] != timedMark {
		return bytes
	}
	p := split(bytes)
	earliest := NoDeadline
	for rest := p.items; len(rest) > 0; {
		var it packed.Item
		it, rest = packed.Read(packed.Skip(rest, 2))
		deadlineMs, _ := it.Int()
		earliest = sooner(earliest, deadlineMs)
	}
	if earliest != NoDeadline {
		putDeadline(bytes[1:], earliest)
		return bytes
	}
	// What is written lies before what is yet to be read.
	plain := packed.AppendCount(bytes[:0], p.count)
	for rest := p.items; len(rest) > 0; {
		deadline := packed.Skip(rest, 2)
		plain = append(plain, rest[:len(rest)-len(deadline)]...)
		rest = packed.Skip(deadline, 1)
	}
	return plain
}

// putInPiece gives an item that value and deadline in a piece, which may become a tree; at is what findInPiece has just returned for it.
func (f *Form) putInPiece(ed *Edit, at *Place, field, value *packed.Item, deadlineMs int64) {
	p := split(f.Packed)
	count, from, to := p.count, at.offset, at.offset
	if at.found {
		to = len(p.items) - len(packed.Skip(p.items[from:], p.step))
	} else {
		count++
		from, to = len(p.items), len(p.items)
	}
	if count <= maxFields && len(field.Text())+len(value.Text()) < packed.MaxBytes {
		timed := p.timed() || deadlineMs != NoDeadline
		piece := appendHead(ed.Begin(), count, timed)
		piece = p.appendItems(piece, p.items[:from], timed)
		piece = appendEntry(piece, field, value, deadlineMs, timed)
		piece = seal(p.appendItems(piece, p.items[to:], timed))
		if len(piece) <= packed.MaxBytes {
			f.put(ed, piece)
			return
		}
		ed.Scratch = piece
	}
	f.grow(ed)
	var digits [packed.MaxDigits]byte
	text := field.TextIn(digits[:0])
	again := f.Tree.find(text)
	f.Tree.put(&again, text, value, deadlineMs)
}

// removeFromPiece takes out the field at a place.
func (f *Form) removeFromPiece(ed *Edit, at *Place) {
	p := split(f.Packed)
	if p.count == 1 {
		*f = Form{}
		return
	}
	piece := appendHead(ed.Begin(), p.count-1, p.timed())
	piece = append(piece, p.items[:at.offset]...)
	f.put(ed, seal(append(piece, packed.Skip(p.items[at.offset:], p.step)...)))
}
