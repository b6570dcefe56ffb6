package rdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Op is what a part of a file is.
type Op uint8

// The parts.
const (
	OpAux       Op = iota + 1 // Name and Text: a fact beside the data, or beside the entry that follows
	OpSelect                  // Database: the keys that follow are of this one
	OpResize                  // Keys and Deadlines: how many follow in the database, roughly; not to be believed
	OpFunction                // Text: the code of a library
	OpModuleAux               // Name: a module that left data, which was passed over
	OpEntry                   // Entry, Type and Database: a key. Its value is to be read by Value, AppendRaw or Skip
	OpEnd                     // the end, with the right checksum unless Unchecked
)

// Entry is what stands beside a key and its value.
type Entry struct {
	Key         []byte
	DeadlineMs  int64 // since 1970, or NoDeadline
	IdleSeconds int64 // since the last use, or Unknown
	Frequency   int   // as Redis's LFU counts, 0 to 255, or Unknown
}

// Unknown is an idle time or frequency that nobody has said.
const Unknown = -1

// NewEntry is a key without anything beside it.
func NewEntry(key []byte) Entry {
	return Entry{Key: key, DeadlineMs: NoDeadline, IdleSeconds: Unknown, Frequency: Unknown}
}

// Record is a part of a file. Its bytes are good until the next one is read.
type Record struct {
	Op        Op
	Type      Type
	Unchecked bool // there is no checksum, or nobody asked for it
	Database  int
	Entry
	Name, Text []byte
	Keys       uint64
	Deadlines  uint64
}

// ReadOptions say how a file is read.
type ReadOptions struct {
	SkipChecksum bool // the checksum at the end isn't looked at, nor made
	BufferBytes  int  // what is read at once, 64 KiB to 1 MiB (0: 256 KiB)
}

const (
	defaultRead     = 256 << 10
	largestRead     = 1 << 20
	largestDatabase = math.MaxInt32
)

// Reader cuts a file into its parts. After an error it says nothing else any more; ErrEmpty is none.
type Reader struct {
	in       window
	d        decoder
	version  int
	database int
	entry    Entry // of the key that is being read, what was said about it before, if anything was
	said     bool
	key      []byte
	name     []byte
	text     []byte
	t        Type // of the value that is still to be read, or noType
	err      error
}

// NewReader begins to read a file: it reads what says that it is one.
func NewReader(src io.Reader, options ReadOptions) (*Reader, error) {
	r := newReader(src, options)
	magic, err := r.in.take(magicBytes)
	if err == nil {
		r.version, err = parseMagic(magic)
	}
	if err != nil {
		return nil, r.fail(err)
	}
	return r, nil
}

// newReader is one that has read nothing yet.
func newReader(src io.Reader, options ReadOptions) *Reader {
	size := options.BufferBytes
	if size == 0 {
		size = defaultRead
	}
	r := &Reader{in: window{src: src, sums: !options.SkipChecksum}, t: noType}
	r.in.buf = make([]byte, min(max(size, smallestWindow), largestRead))
	r.d.in = &r.in
	r.entry = NewEntry(nil)
	return r
}

// Version is that of the file: 1 to NewestVersion, or ValkeyVersion.
func (r *Reader) Version() int { return r.version }

// Offset is how far the file has been used.
func (r *Reader) Offset() int64 { return r.in.offset() }

// fail remembers an error, with what was being read.
func (r *Reader) fail(err error) error {
	e := &Error{Offset: r.in.offset(), Err: err}
	if r.t != noType {
		e.Type, e.Value, e.Key = r.t, true, shown(r.key)
	}
	r.err = e
	return e
}

var (
	errPending = errors.New("the value of the last entry has not been read")
	errNothing = errors.New("there is no value to be read")
	errEnded   = errors.New("the file has been read to its end")
)

// Next reads the next part. After OpEntry its value must be read before. Facts and libraries are borrowed from the Reader.
func (r *Reader) Next(rec *Record) error {
	switch {
	case r.err != nil:
		return r.err
	case r.t != noType:
		return r.fail(errPending)
	}
	*rec = Record{Database: r.database}
	for rec.Op == 0 {
		op, err := r.in.byte()
		if err == nil {
			err = r.part(op, rec)
		}
		if err != nil {
			return r.fail(err)
		}
	}
	return nil
}

// part reads the part that begins with a byte, or what belongs to the next key.
func (r *Reader) part(op byte, rec *Record) (err error) {
	switch op {
	case opDeadlineMs:
		r.said = true
		r.entry.DeadlineMs, err = r.d.int64()
	case opDeadline:
		r.said = true
		var p []byte
		if p, err = r.in.take(4); err == nil {
			r.entry.DeadlineMs = int64(int32(binary.LittleEndian.Uint32(p))) * 1000
		}
	case opIdle:
		r.said = true
		var idle uint64
		idle, err = r.d.count()
		r.entry.IdleSeconds = int64(min(idle, math.MaxInt64))
	case opFreq:
		r.said = true
		var b byte
		b, err = r.in.byte()
		r.entry.Frequency = int(b)
	case opAux:
		rec.Op = OpAux
		rec.Name, rec.Text, err = r.pair()
	case opSelect:
		rec.Op = OpSelect
		rec.Database, err = r.selected()
	case opResize:
		rec.Op = OpResize
		if rec.Keys, err = r.d.count(); err == nil {
			rec.Deadlines, err = r.d.count()
		}
	case opSlotInfo:
		for i := 0; i < 3 && err == nil; i++ {
			_, err = r.d.count()
		}
	case opFunction2:
		rec.Op = OpFunction
		rec.Text, err = r.library(&r.text)
	case opFunction:
		rec.Op = OpFunction
		rec.Text, err = r.oldLibrary()
	case opModuleAux:
		rec.Op = OpModuleAux
		rec.Name, err = r.moduleAux()
	case opSlotImport:
		return errors.New("the state of slots that move between the nodes of a cluster")
	case opEnd:
		rec.Op = OpEnd
		return r.end(rec)
	default:
		return r.head(op, rec)
	}
	return err
}

// string reads a string into a buffer.
func (r *Reader) string(buffer *[]byte) ([]byte, error) {
	if cap(*buffer) > largestBuffer {
		*buffer = nil
	}
	if text, extent := plainText(r.in.ahead()); extent > 0 {
		*buffer = append((*buffer)[:0], text...)
		r.in.r += extent
		return *buffer, nil
	}
	e, err := r.d.element(1)
	if err != nil {
		return nil, err
	}
	*buffer = e.AppendTo((*buffer)[:0])
	r.d.free()
	return *buffer, nil
}

func (r *Reader) pair() (name, text []byte, err error) {
	if name, err = r.string(&r.name); err == nil {
		text, err = r.string(&r.text)
	}
	return name, text, err
}

func (r *Reader) selected() (int, error) {
	n, err := r.d.count()
	if err == nil && n > largestDatabase {
		err = fmt.Errorf("database %d", n)
	}
	if err == nil {
		r.database = int(n)
	}
	return r.database, err
}

// moduleAux passes over what a module left: its id, when it wants it back, its data.
func (r *Reader) moduleAux() ([]byte, error) {
	id, err := r.d.count()
	if err == nil {
		w := walker{in: &r.in}
		err = w.module()
		r.in.r += w.at
	}
	return []byte(moduleName(id)), err
}

// head reads what stands before a value.
func (r *Reader) head(op byte, rec *Record) error {
	t, known := TypeOf(op, r.version)
	if !known {
		return fmt.Errorf("unknown type or part %d", op)
	}
	key, err := r.string(&r.key)
	if err != nil {
		return err
	}
	rec.Op, rec.Type = OpEntry, t
	rec.Key, rec.DeadlineMs, rec.IdleSeconds, rec.Frequency = key, r.entry.DeadlineMs, r.entry.IdleSeconds, r.entry.Frequency
	if r.t = t; r.said { // not each time: a processor waits for what it wrote and reads at once in other pieces
		r.entry, r.said = NewEntry(nil), false
	}
	return nil
}

// end reads the checksum.
func (r *Reader) end(rec *Record) error {
	r.err = errEnded
	rec.Unchecked = true
	if r.version < checksumVersion {
		return nil
	}
	r.in.settle()
	made, summed := r.in.crc, r.in.sums
	r.in.sums = false
	p, err := r.in.take(bytesOfCRC)
	if err != nil {
		return err
	}
	said := binary.LittleEndian.Uint64(p)
	if said == 0 || !summed {
		return nil
	}
	if rec.Unchecked = false; said != made {
		return &checksumError{made: made, said: said}
	}
	return nil
}

// Value hands the value of the last entry to a Builder.
func (r *Reader) Value(b Builder) error {
	return r.value(func() error { return r.d.value(r.t, b) })
}

// Skip passes over the value of the last entry without looking into it, that of a module too if it can be.
func (r *Reader) Skip() error {
	return r.value(func() error { return passOver(&r.in, r.t) })
}

func (r *Reader) value(read func() error) error {
	switch {
	case r.err != nil:
		return r.err
	case r.t == noType:
		return r.fail(errNothing)
	}
	err := read()
	r.d.free()
	switch err {
	case nil, ErrEmpty:
		r.t = noType
		return err
	}
	return r.fail(err)
}

// AppendRaw appends the value of the last entry as it stands in the file, for Decode, if it takes at most max bytes. If it takes more, ok is
// false, and it is still to be read by Value. As much as max bytes are held in memory for that.
func (r *Reader) AppendRaw(dst []byte, max int) (raw []byte, ok bool, err error) {
	switch {
	case r.err != nil:
		return dst, false, r.err
	case r.t == noType:
		return dst, false, r.fail(errNothing)
	case r.t == Module || r.t == Module2:
		return dst, false, nil
	}
	if s := &shapes[r.t]; s.isString() {
		p := r.in.ahead()
		if n := stringExtent(p); n > 0 && n <= max {
			r.in.r += n
			r.t = noType
			return append(dst, p[:n]...), true, nil
		}
	}
	n, err := extent(&r.in, r.t, max)
	if err == errTooLong {
		return dst, false, nil
	}
	if err != nil {
		r.in.r += n
		return dst, false, r.fail(err)
	}
	p, err := r.in.take(n)
	if err != nil {
		return dst, false, r.fail(err)
	}
	r.t = noType
	dst = append(dst, p...)
	r.in.shrink()
	return dst, true, nil
}

// Rest is what follows the end of the file in its source: commands, where the file is the beginning of a log.
func (r *Reader) Rest() io.Reader {
	return io.MultiReader(&r.in, r.in.src)
}

// Read hands out what was read of the source and not used.
func (w *window) Read(p []byte) (int, error) {
	if w.r == w.w {
		return 0, io.EOF
	}
	n := copy(p, w.buf[w.r:w.w])
	w.r += n
	return n, nil
}
