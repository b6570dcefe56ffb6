package rdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
)

// Options say how a file or payload is written.
type Options struct {
	Version  int  // 10 (Redis 7.0), 11 (7.2) or 12 (7.4)
	Compress bool // strings, and what is packed in strings, by LZF where that saves four bytes or more
	Checksum bool // at the end of a file; without it 0 stands there
}

var errOptions = errors.New("only versions 10, 11 and 12 of the format are written")

func (o Options) check() error {
	if o.Version < oldestWritten || o.Version > NewestVersion {
		return errOptions
	}
	return nil
}

// Output is a file being written: it puts what several Encoders have made into one sequence, counts it and keeps its checksum. Its methods
// may be called at any time by anyone, one after the other; which order makes sense is for the callers to see to. The first error stays:
// nothing is written after it.
type Output struct {
	options Options

	mu    sync.Mutex // guards what follows; held during writes, and by an Encoder while it writes a large entry
	w     io.Writer
	crc   uint64
	bytes int64
	err   error
}

// NewOutput begins a file.
func NewOutput(w io.Writer, options Options) (*Output, error) {
	if err := options.check(); err != nil {
		return nil, err
	}
	o := &Output{w: w, options: options}
	return o, o.put(fmt.Appendf(nil, "REDIS%04d", options.Version))
}

// write writes bytes with that checksum. The lock is held.
func (o *Output) write(p []byte, crc uint64) {
	if o.err != nil || len(p) == 0 {
		return
	}
	n, err := o.w.Write(p)
	o.bytes += int64(n)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		o.err = fmt.Errorf("write at offset %d: %w", o.bytes, err)
		return
	}
	o.crc = joinChecksums(o.crc, crc, len(p))
}

// sum is the checksum of a piece, 0 if nobody wants it.
func (o *Output) sum(p []byte) uint64 {
	if !o.options.Checksum {
		return 0
	}
	return checksum(0, p)
}

// put writes a piece.
func (o *Output) put(p []byte) error {
	crc := o.sum(p)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.write(p, crc)
	return o.err
}

// spoil makes the file one that nobody can go on with.
func (o *Output) spoil(err error) {
	if o.err == nil {
		o.err = err
	}
}

// Bytes is how many have been written so far.
func (o *Output) Bytes() int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes
}

// Err is the first error.
func (o *Output) Err() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// Aux writes a fact: "redis-ver", say.
func (o *Output) Aux(name, text string) error { return o.put(appendAux(nil, name, text)) }

// AuxInt writes a fact that is a number: "ctime", say.
func (o *Output) AuxInt(name string, n int64) error { return o.Aux(name, strconv.FormatInt(n, 10)) }

// Function writes the code of a library.
func (o *Output) Function(code []byte) error {
	e := newEncoder(nil, o.options)
	e.library(code)
	return o.put(e.buf)
}

// Select says that the keys that follow are of a database.
func (o *Output) Select(database int) error {
	return o.put(appendLength([]byte{opSelect}, uint64(database)))
}

// Resize says how many keys follow in the database, and how many of them have deadlines.
func (o *Output) Resize(keys, deadlines int) error {
	return o.put(appendLength(appendLength([]byte{opResize}, uint64(keys)), uint64(deadlines)))
}

// End writes the end of the file.
func (o *Output) End() error {
	if err := o.put([]byte{opEnd}); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	crc := uint64(0)
	if o.options.Checksum {
		crc = o.crc
	}
	o.write(binary.LittleEndian.AppendUint64(nil, crc), 0)
	return o.err
}

// appendAux appends a fact.
func appendAux(dst []byte, name, text string) []byte {
	return appendShort(appendPlain(append(dst, opAux), name), text)
}

// appendPlain appends a string as it is.
func appendPlain[T string | []byte](dst []byte, text T) []byte {
	return append(appendLength(dst, uint64(len(text))), text...)
}

// appendShort appends a string, as an integer if it reads as one that is written so.
func appendShort(dst []byte, text string) []byte {
	if n, ok := parseInt([]byte(text)); ok && n == int64(int32(n)) {
		return appendInt(dst, n)
	}
	return appendPlain(dst, text)
}

// appendInt appends an integer as a string.
func appendInt(dst []byte, n int64) []byte {
	switch {
	case n == int64(int8(n)):
		return append(dst, 0xc0|formInt8, byte(n))
	case n == int64(int16(n)):
		return binary.LittleEndian.AppendUint16(append(dst, 0xc0|formInt16), uint16(n))
	case n == int64(int32(n)):
		return binary.LittleEndian.AppendUint32(append(dst, 0xc0|formInt32), uint32(n))
	}
	var digits [maxDigits]byte
	return appendPlain(dst, strconv.AppendInt(digits[:0], n, 10))
}
