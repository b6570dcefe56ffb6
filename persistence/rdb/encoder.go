package rdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"
)

const (
	pieceBytes        = 256 << 10 // what an Encoder gathers before it writes
	smallestLZF       = 20        // shorter strings don't compress
	lzfMustSave       = 4
	largestCompressed = 32 << 20
	largestScratch    = 1 << 20 // kept from entry to entry
)

// Encoder writes entries: each of its methods one, whole. What it writes stands in its buffer until that is a piece; the file has it, in
// order, after Flush. In the middle of an entry that is larger than a piece it holds the Output until the entry ends, so what it is
// handed must not wait for other Encoders of the same one.
//
// A method that fails has left nothing of the entry in the file, or, if a piece of it was written, spoils the Output: every later call of
// anyone says so.
//
// What iterates over the elements of a value yields the same ones each time; some methods go over them twice. Texts are borrowed until the
// next one. An iteration that ends too early is an error: so a save is broken off.
type Encoder struct {
	out     *Output // nil: everything stays in the buffer
	options Options
	buf     []byte
	entry   int  // where in buf the entry begins
	held    bool // this Encoder has out.mu
	lzf     *lzf
	scratch []byte // a packed collection
	squeeze []byte // a compressed string
	rows    []row  // of a hash whose fields are to be sorted
	pass    pass
	between func() // BetweenPieces
}

// NewEncoder is one of the file's.
func (o *Output) NewEncoder() *Encoder { return newEncoder(o, o.options) }

// NewEncoder is one that writes no file: what it has written is taken from it.
func NewEncoder(options Options) (*Encoder, error) {
	if err := options.check(); err != nil {
		return nil, err
	}
	return newEncoder(nil, options), nil
}

func newEncoder(out *Output, options Options) *Encoder { return &Encoder{out: out, options: options} }

// Version is the version of the format that is written.
func (e *Encoder) Version() int { return e.options.Version }

// Take hands out what an Encoder without an Output has written, and begins anew. With a nil *Entry that is a type and a value, what
// AppendDump makes a payload of. The bytes are the caller's.
func (e *Encoder) Take() []byte {
	p := e.buf
	e.buf, e.entry = nil, 0
	return p
}

// Grow makes room for so many bytes more, in an Encoder that writes no file: what is large and grows bit by bit is copied again and again.
func (e *Encoder) Grow(size int) { e.buf = append(make([]byte, 0, len(e.buf)+size), e.buf...) }

// BetweenPieces has fn called whenever a piece of an entry that is larger than one has been written. It holds the Output meanwhile.
func (e *Encoder) BetweenPieces(fn func()) { e.between = fn }

// Flush writes what is gathered.
func (e *Encoder) Flush() error {
	if e.out == nil {
		return nil
	}
	if e.held {
		e.out.write(e.buf, e.out.sum(e.buf))
		e.release()
		e.buf = e.buf[:0]
		return e.out.Err()
	}
	err := e.out.put(e.buf)
	e.buf = e.buf[:0]
	return err
}

func (e *Encoder) release() {
	e.held = false
	e.out.mu.Unlock()
}

// spill is called in the middle of an entry: if there is a piece, it is written.
func (e *Encoder) spill() {
	if len(e.buf) >= pieceBytes && e.out != nil {
		e.hold()
	}
}

// hold takes the Output, and writes what is gathered.
func (e *Encoder) hold() {
	crc := e.out.sum(e.buf)
	if !e.held {
		e.out.mu.Lock()
		e.held = true
	}
	e.out.write(e.buf, crc)
	e.buf, e.entry = e.buf[:0], 0
	if e.between != nil {
		e.between()
	}
}

// end ends an entry, or what has become of it.
func (e *Encoder) end(err error) error {
	e.tidy()
	switch {
	case err != nil && e.held:
		e.out.spoil(fmt.Errorf("an entry was broken off: %w", err))
		e.release()
		e.buf, e.entry = e.buf[:0], 0
		return e.out.Err()
	case err != nil:
		e.buf = e.buf[:e.entry]
		return err
	case e.held || e.out != nil && len(e.buf) >= pieceBytes:
		err = e.Flush()
	}
	e.entry = len(e.buf)
	return err
}

// tidy gives up what grew for something large.
func (e *Encoder) tidy() {
	if cap(e.scratch) > largestScratch {
		e.scratch = nil
	}
	if cap(e.squeeze) > largestScratch {
		e.squeeze = nil
	}
	if e.out != nil && len(e.buf) == 0 && cap(e.buf) > 4*pieceBytes {
		e.buf = nil
	}
	if len(e.rows) > largestScratch/64 {
		e.rows = nil
	}
}

// Aux writes a fact right before the entry that comes next, to which it belongs: a large one may hold the Output until that ends.
func (e *Encoder) Aux(name string, text []byte) {
	e.buf = appendPlain(append(e.buf, opAux), name)
	e.text(text)
}

// head writes what stands before a value; of an entry that is nil only the type.
func (e *Encoder) head(entry *Entry, t Type) {
	if entry == nil {
		e.buf = append(e.buf, byte(t))
		return
	}
	if entry.DeadlineMs != NoDeadline {
		e.buf = binary.LittleEndian.AppendUint64(append(e.buf, opDeadlineMs), uint64(entry.DeadlineMs))
	}
	if entry.IdleSeconds >= 0 {
		e.buf = appendLength(append(e.buf, opIdle), uint64(entry.IdleSeconds))
	}
	if entry.Frequency >= 0 {
		e.buf = append(e.buf, opFreq, byte(min(entry.Frequency, math.MaxUint8)))
	}
	e.buf = append(e.buf, byte(t))
	e.text(entry.Key)
}

// text writes a string: as an integer if it reads as one, compressed if that is wanted and helps, else as it is.
func (e *Encoder) text(text []byte) {
	if len(text) < maxDigits {
		if n, ok := parseInt(text); ok && n == int64(int32(n)) {
			e.buf = appendInt(e.buf, n)
			return
		}
	}
	if e.options.Compress && len(text) > smallestLZF && len(text) <= largestCompressed && e.compressed(text) {
		return
	}
	e.buf = appendLength(e.buf, uint64(len(text)))
	e.raw(text)
}

// raw writes bytes, large ones past the buffer.
func (e *Encoder) raw(p []byte) {
	if e.out == nil || len(p) < pieceBytes {
		e.buf = append(e.buf, p...)
		e.spill()
		return
	}
	e.hold()
	e.out.write(p, e.out.sum(p))
}

// compressed writes a string in compressed form, if that is shorter.
func (e *Encoder) compressed(text []byte) bool {
	if e.lzf == nil {
		e.lzf = new(lzf)
	}
	var ok bool
	if e.squeeze, ok = e.lzf.compress(e.squeeze[:0], text, len(text)-lzfMustSave); !ok {
		return false
	}
	e.buf = append(e.buf, 0xc0|formLZF)
	e.buf = appendLength(e.buf, uint64(len(e.squeeze)))
	e.buf = appendLength(e.buf, uint64(len(text)))
	e.raw(e.squeeze)
	return true
}

func (e *Encoder) element(el *Element) {
	if el.isInt {
		e.buf = appendInt(e.buf, el.n)
		e.spill()
		return
	}
	e.text(el.text)
}

var (
	errCount  = errors.New("another number of elements or bytes came than was announced")
	errOpaque = errors.New("only streams are written as they were read")
)

// String writes a string.
func (e *Encoder) String(entry *Entry, value Element) error {
	e.head(entry, String)
	e.element(&value)
	return e.end(nil)
}

// StringParts writes a string that lies in several parts, size bytes together. Larger ones than 32 MiB aren't compressed.
func (e *Encoder) StringParts(entry *Entry, size int, parts iter.Seq[[]byte]) error {
	e.head(entry, String)
	if e.options.Compress && size <= largestCompressed || size <= maxDigits {
		e.scratch = e.scratch[:0]
		for part := range parts {
			e.scratch = append(e.scratch, part...)
		}
		e.text(e.scratch)
		return e.end(wrongSize(len(e.scratch), size))
	}
	e.buf = appendLength(e.buf, uint64(size))
	count := 0
	for part := range parts {
		count += len(part)
		e.raw(part)
	}
	return e.end(wrongSize(count, size))
}

func wrongSize(came, announced int) error {
	if came == announced {
		return nil
	}
	return wrongCount(came, announced)
}

func wrongCount(came, announced int) error {
	if came == 0 && announced == 0 {
		return ErrEmpty
	}
	if came != announced {
		return fmt.Errorf("%w: %d, not %d", errCount, came, announced)
	}
	return nil
}

// Opaque writes a stream in the bytes that a Builder was handed. A version that is too old for its type gets an older one: 10 knows when a
// consumer was seen, and not when it was active. O(its length).
func (e *Encoder) Opaque(entry *Entry, t Type, raw []byte) error {
	if t.Kind() != KindStream {
		return e.end(errOpaque)
	}
	if t.since() <= e.options.Version {
		e.head(entry, t)
		e.raw(raw)
		return e.end(nil)
	}
	in := over(raw)
	w := walker{in: &in, max: math.MaxInt, keep: true, notes: true}
	if err := w.value(t); err != nil {
		return e.end(&Error{Offset: int64(w.at), Type: t, Value: true, Err: err})
	}
	e.head(entry, Stream2)
	from := 0
	for _, active := range w.actives {
		e.raw(raw[from:active])
		from = active + bytesOfMs
	}
	e.raw(raw[from:])
	return e.end(nil)
}
