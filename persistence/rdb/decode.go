package rdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// NoDeadline is the deadline of a key or field that has none.
const NoDeadline = -1

// Builder is handed a value: one of Text and Opaque, or Begin and then the elements. Bytes are the decoder's, good until the method
// returns. An error ends the decoding and comes back from it, wrapped; what was built until then, or until any other error, is for nothing.
type Builder interface {
	// Begin says that a collection follows. The hint is how many elements were announced, or 0 where nobody said; it may be
	// wrong by any measure: no reason to allocate more than a little.
	Begin(kind Kind, hint int) error
	// Text is a string, whole. Whoever gets one that is its Own may keep the bytes.
	Text(value Element) error
	// Item is the next item of a list, or a member of a set.
	Item(item Element) error
	// Field is a field of a hash. A deadline is in milliseconds since 1970, or NoDeadline.
	Field(field, value Element, deadlineMs int64) error
	// Member is a member of a sorted set. The score isn't NaN. They come in no particular order.
	Member(member Element, score float64) error
	// Opaque is a stream: its bytes as they stand in the file, checked as far as they are packed and counted.
	Opaque(t Type, raw []byte) error
}

var (
	errTrailing = errors.New("bytes after the end of the value")
	errNode     = errors.New("an unknown kind of node in a quicklist")
	errNoBytes  = errors.New("an empty node in a quicklist")
	errScore    = errors.New("a score that is no number")
	errOdd      = errors.New("an odd number of elements where pairs belong")
	errDeadline = errors.New("a deadline out of range")
	errHidden   = errors.New("a deadline that is no integer")
)

// The length bytes of scores as text that stand for no text.
const (
	scoreNaN         = 253
	scoreInfinite    = 254
	scoreNegInfinite = 255
)

// Decode hands the value of that type that raw is to a Builder. It is of just that length. O(its length), expanded.
func Decode(t Type, raw []byte, b Builder) error { return new(Decoder).Decode(t, raw, b) }

// Decoder decodes value after value, and allocates nothing but what a large one needs. The zero Decoder is ready; it belongs to one
// goroutine.
type Decoder struct {
	in window
	d  decoder
}

// Decode is what the function of that name does.
func (d *Decoder) Decode(t Type, raw []byte, b Builder) error {
	in := &d.in
	in.buf, in.r, in.w, in.base, in.summed, d.d.in = raw, 0, len(raw), 0, 0, in
	err := d.d.value(t, b)
	if (err == nil || err == ErrEmpty) && d.in.r < d.in.w {
		err = errTrailing
	}
	offset := d.in.offset()
	d.d.free()
	in.buf = nil
	if err == nil || err == ErrEmpty {
		return err
	}
	return &Error{Offset: offset, Type: t, Value: true, Err: err}
}

// decoder reads values. The two buffers are for a field and its value, or a member and what else is needed with it.
type decoder struct {
	in         *window
	buffers    [2][]byte
	compressed []byte
}

const (
	largestBuffer = 1 << 20 // kept from value to value
	largestHint   = math.MaxInt32
)

func (d *decoder) value(t Type, b Builder) error {
	switch t {
	case String:
		if text, extent := plainText(d.in.ahead()); extent > 0 {
			d.in.r += extent
			return b.Text(TextElement(text))
		}
		text, err := d.whole()
		if err != nil {
			return err
		}
		return b.Text(text)
	case List, Set:
		return d.items(t.Kind(), b)
	case SortedSet, SortedSet2:
		return d.members(t, b)
	case Hash, HashMetadataPre, HashMetadata, ValkeyHash:
		return d.hash(t, b)
	case ListQuicklist, ListQuicklist2:
		return d.quicklist(t, b)
	case HashListpackEx:
		// When the first field expires can be seen in the fields, and is not always what stands here.
		if _, err := d.int64(); err != nil {
			return err
		}
		return d.packed(t, b)
	case Stream, Stream2, Stream3:
		return d.stream(t, b)
	case Module, Module2:
		return d.module()
	}
	if t.Kind() == KindUnknown {
		return fmt.Errorf("unknown type %d of a value", t)
	}
	return d.packed(t, b)
}

// free gives up buffers that grew for something large.
func (d *decoder) free() {
	for i := range d.buffers {
		if cap(d.buffers[i]) > largestBuffer {
			d.buffers[i] = nil
		}
	}
	if cap(d.compressed) > largestBuffer {
		d.compressed = nil
	}
	d.in.shrink()
}

// length reads a length or, if it is special, the form of a string. Where it can't, the first byte has been used, as redis-check-rdb has it.
func (d *decoder) length() (n uint64, special bool, err error) {
	in := d.in
	if err := in.need(1); err != nil {
		return 0, false, err
	}
	if size := lengthBytes(in.buf[in.r]); size > 1 {
		if err := in.need(size); err != nil {
			in.r++
			return 0, false, err
		}
	}
	n, size, special, err := readLength(in.buf[in.r:in.w])
	if err != nil {
		size = 1
	}
	in.r += size
	return n, special, err
}

// count reads a length that can't be the form of a string.
func (d *decoder) count() (uint64, error) {
	n, special, err := d.length()
	if err == nil && special {
		err = errNoLength
	}
	return n, err
}

// sizeOf is a length of bytes in memory.
func sizeOf(n uint64) (int, error) {
	if n > math.MaxInt64>>1 {
		return 0, errHuge
	}
	return int(n), nil
}

func hint(n uint64) int { return int(min(n, largestHint)) }

// element reads a string. Its text is good until the next one is read; in a buffer other than the last one's until the one after the next.
func (d *decoder) element(buffer int) (Element, error) {
	n, special, err := d.length()
	switch {
	case err != nil:
		return Element{}, err
	case !special:
		text, err := d.bytes(n, &d.buffers[buffer], buffer == 0)
		return TextElement(text), err
	case n == formLZF:
		text, err := d.expand(d.buffers[buffer][:0])
		d.buffers[buffer] = text
		return TextElement(text), err
	}
	return d.integer(n)
}

// bytes reads so many bytes, where they lie or into a buffer. keep: they must outlast the next that are read.
func (d *decoder) bytes(n uint64, buffer *[]byte, keep bool) ([]byte, error) {
	size, err := sizeOf(n)
	switch {
	case err != nil:
		return nil, err
	case d.in.fits(n) && (d.in.src == nil || !keep):
		return d.in.take(size)
	}
	*buffer, err = d.in.copyOut((*buffer)[:0], size)
	return *buffer, err
}

func (d *decoder) integer(form uint64) (Element, error) {
	if form > formInt32 {
		return Element{}, errStringForm
	}
	p, err := d.in.take(1 << form)
	if err != nil {
		return Element{}, err
	}
	switch form {
	case formInt8:
		return IntElement(int64(int8(p[0]))), nil
	case formInt16:
		return IntElement(int64(int16(binary.LittleEndian.Uint16(p)))), nil
	}
	return IntElement(int64(int32(binary.LittleEndian.Uint32(p)))), nil
}

// expand reads the rest of a compressed string and appends what it stands for.
func (d *decoder) expand(dst []byte) ([]byte, error) {
	n, err := d.count()
	if err != nil {
		return dst, err
	}
	whole, err := d.count()
	if err != nil {
		return dst, err
	}
	p, err := d.bytes(n, &d.compressed, false)
	if err != nil {
		return dst, err
	}
	if whole > n*lzfExpansion {
		return dst, errLZFLength
	}
	if uint64(cap(dst)) < whole {
		dst = make([]byte, whole)
	}
	dst = dst[:whole]
	return dst, lzfExpand(dst, p)
}

// whole reads the value of a string. A large one is read into memory of its own.
func (d *decoder) whole() (Element, error) {
	n, special, err := d.length()
	switch {
	case err != nil:
		return Element{}, err
	case special && n == formLZF:
		text, err := d.expand(nil)
		return Element{text: text, own: true}, err
	case special:
		return d.integer(n)
	}
	size, err := sizeOf(n)
	if err != nil {
		return Element{}, err
	}
	if d.in.fits(n) {
		text, err := d.in.take(size)
		return TextElement(text), err
	}
	text, err := d.in.copyOut(nil, size)
	return Element{text: text, own: true}, err
}

func (d *decoder) int64() (int64, error) {
	p, err := d.in.take(8)
	if err != nil {
		return 0, err
	}
	return int64(binary.LittleEndian.Uint64(p)), nil
}

// begin reads how many elements follow, and says so.
func (d *decoder) begin(kind Kind, b Builder) (uint64, error) {
	n, err := d.count()
	switch {
	case err != nil:
		return 0, err
	case n == 0:
		return 0, ErrEmpty
	}
	return n, b.Begin(kind, hint(n))
}

func (d *decoder) items(kind Kind, b Builder) error {
	n, err := d.begin(kind, b)
	for ; err == nil && n > 0; n-- {
		var item Element
		if item, err = d.element(1); err == nil {
			err = b.Item(item)
		}
	}
	return err
}

func (d *decoder) members(t Type, b Builder) error {
	n, err := d.begin(KindSortedSet, b)
	for ; err == nil && n > 0; n-- {
		var member Element
		var score float64
		if member, err = d.element(0); err == nil {
			score, err = d.score(t)
		}
		if err == nil {
			err = b.Member(member, score)
		}
	}
	return err
}

func (d *decoder) score(t Type) (float64, error) {
	if t == SortedSet2 {
		bits, err := d.int64()
		score := math.Float64frombits(uint64(bits))
		if err == nil && math.IsNaN(score) {
			err = errScore
		}
		return score, err
	}
	n, err := d.in.byte()
	switch {
	case err != nil:
		return 0, err
	case n == scoreNaN:
		return 0, errScore
	case n == scoreInfinite:
		return math.Inf(1), nil
	case n == scoreNegInfinite:
		return math.Inf(-1), nil
	}
	text, err := d.in.take(int(n))
	if err != nil {
		return 0, err
	}
	score, ok := parseScore(text)
	if !ok {
		return 0, errScore
	}
	return score, nil
}

func (d *decoder) hash(t Type, b Builder) error {
	var first int64
	if t == HashMetadata {
		var err error
		if first, err = d.int64(); err != nil {
			return err
		}
	}
	n, err := d.begin(KindHash, b)
	for ; err == nil && n > 0; n-- {
		err = d.field(t, first, b)
	}
	return err
}

func (d *decoder) field(t Type, first int64, b Builder) error {
	deadline := int64(NoDeadline)
	if t == HashMetadata || t == HashMetadataPre {
		after, err := d.count()
		if err != nil {
			return err
		}
		if deadline, err = deadlineOf(t, after, first); err != nil {
			return err
		}
	}
	field, err := d.element(0)
	if err != nil {
		return err
	}
	value, err := d.element(1)
	if err != nil {
		return err
	}
	if t == ValkeyHash {
		if deadline, err = d.valueAndDeadline(&value); err != nil {
			return err
		}
	}
	return b.Field(field, value, deadline)
}

// valueAndDeadline reads the deadline after a value that may lie in the window.
func (d *decoder) valueAndDeadline(value *Element) (int64, error) {
	if !value.isInt && d.in.src != nil {
		d.buffers[1] = append(d.buffers[1][:0], value.text...)
		value.text = d.buffers[1]
	}
	return d.int64()
}

// deadlineOf is a field's deadline, written as it is or as one more than its distance from the first, and 0 if there is none.
func deadlineOf(t Type, written uint64, first int64) (int64, error) {
	switch {
	case written == 0:
		return NoDeadline, nil
	case written > math.MaxInt64:
		return 0, errDeadline
	case t != HashMetadata:
		return int64(written), nil
	case first < 0 || int64(written)-1 > math.MaxInt64-first:
		return 0, errDeadline
	}
	return first + int64(written) - 1, nil
}

func (d *decoder) quicklist(t Type, b Builder) error {
	nodes, err := d.count()
	if err != nil {
		return err
	}
	if nodes == 0 {
		return ErrEmpty
	}
	if err := b.Begin(KindList, 0); err != nil {
		return err
	}
	empty := true
	for ; nodes > 0; nodes-- {
		kind := uint64(nodePacked)
		if t == ListQuicklist2 {
			if kind, err = d.count(); err != nil {
				return err
			}
		}
		if kind != nodePlain && kind != nodePacked {
			return errNode
		}
		blob, err := d.element(1)
		switch {
		case err != nil:
			return err
		case blob.Len() == 0:
			return errNoBytes
		case kind == nodePlain:
			empty = false
			err = b.Item(blob)
		case t == ListQuicklist2:
			err = eachOfListpack(blob.text, func(item Element) error { empty = false; return b.Item(item) })
		default:
			err = eachOfZiplist(blob.text, func(item Element) error { empty = false; return b.Item(item) })
		}
		if err != nil {
			return err
		}
	}
	if empty {
		return ErrEmpty
	}
	return nil
}

// module refuses.
func (d *decoder) module() error {
	id, err := d.count()
	if err != nil {
		return err
	}
	return fmt.Errorf("data of the module type %q, version %d: there are no modules here", moduleName(id), id&(1<<moduleVersion-1))
}

// stream hands on the bytes of a stream, which lie in the window for it.
func (d *decoder) stream(t Type, b Builder) error {
	n, err := extent(d.in, t, math.MaxInt)
	if err != nil {
		return err
	}
	raw, err := d.in.take(n)
	if err != nil {
		return err
	}
	inside := over(raw)
	if err := (&decoder{in: &inside}).checkStream(); err != nil {
		d.in.r -= n - inside.r // where it was noticed
		return err
	}
	return b.Opaque(t, raw)
}

// checkStream looks at the entries of a stream, each piece of them under an id.
func (d *decoder) checkStream() error {
	pieces, err := d.count()
	for ; err == nil && pieces > 0; pieces-- {
		var id, piece Element
		if id, err = d.element(0); err != nil {
			return err
		}
		if id.isInt || len(id.text) != bytesOfID {
			return errors.New("a piece of a stream without an id")
		}
		if piece, err = d.element(1); err != nil {
			return err
		}
		count := 0
		err = eachOfListpack(piece.text, func(Element) error { count++; return nil })
		if err == nil && count == 0 {
			err = errors.New("an empty piece of a stream")
		}
	}
	return err
}

// discard is a Builder that takes everything and keeps nothing.
type discard struct{}

func (discard) Begin(Kind, int) error               { return nil }
func (discard) Text(Element) error                  { return nil }
func (discard) Item(Element) error                  { return nil }
func (discard) Field(Element, Element, int64) error { return nil }
func (discard) Member(Element, float64) error       { return nil }
func (discard) Opaque(Type, []byte) error           { return nil }

// Check is a Builder that keeps nothing: with it a value is only checked.
var Check Builder = discard{}
