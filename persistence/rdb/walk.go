package rdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

var (
	errTooLong     = errors.New("longer than is wanted in one piece")
	errLength      = errors.New("an unknown form of a length")
	errNoLength    = errors.New("a specially written string stands where a length belongs")
	errStringForm  = errors.New("an unknown form of a string")
	errHuge        = errors.New("a length beyond any memory")
	errNoModule    = errors.New("what a module wrote before there were marks in it can't be passed over")
	errModuleMarks = errors.New("an unknown mark in the data of a module")
)

// The forms of strings that begin with 11.
const (
	formInt8  = 0
	formInt16 = 1
	formInt32 = 2
	formLZF   = 3
)

// readLength reads a length from p. size is how many bytes it takes, 0 if p is too short; special says that it is the form of a string.
func readLength(p []byte) (n uint64, size int, special bool, err error) {
	if len(p) == 0 {
		return 0, 0, false, nil
	}
	switch first := p[0]; {
	case first < 0x40:
		return uint64(first), 1, false, nil
	case first < 0x80:
		if len(p) < 2 {
			return 0, 0, false, nil
		}
		return uint64(first&0x3f)<<8 | uint64(p[1]), 2, false, nil
	case first >= 0xc0:
		return uint64(first & 0x3f), 1, true, nil
	case first == 0x80:
		if len(p) < 5 {
			return 0, 0, false, nil
		}
		return uint64(binary.BigEndian.Uint32(p[1:])), 5, false, nil
	case first == 0x81:
		if len(p) < 9 {
			return 0, 0, false, nil
		}
		return binary.BigEndian.Uint64(p[1:]), 9, false, nil
	}
	return 0, 0, false, errLength
}

// maxLengthBytes is the longest a length is written.
const maxLengthBytes = 9

// appendLength appends a length in the shortest form.
func appendLength(dst []byte, n uint64) []byte {
	switch {
	case n < 1<<6:
		return append(dst, byte(n))
	case n < 1<<14:
		return append(dst, byte(n>>8)|0x40, byte(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, 0x80), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(dst, 0x81), n)
}

// walker goes over a value without decoding it, to find its end. It keeps everything in the window, or lets it go.
type walker struct {
	in   *window
	at   int // from in.r on
	max  int // how much it may keep
	keep bool

	notes   bool
	actives []int // if it notes: where in a Stream3 stand the times when consumers were active
}

// extent is how many bytes a value takes, which then lie in the window; errTooLong if they are more than max.
func extent(in *window, t Type, max int) (int, error) {
	w := walker{in: in, max: max, keep: true}
	err := w.value(t)
	return w.at, err
}

// passOver uses up a value.
func passOver(in *window, t Type) error {
	w := walker{in: in}
	err := w.value(t)
	in.r += w.at
	return err
}

// skip goes n bytes further.
func (w *walker) skip(n uint64) error {
	if !w.keep {
		w.in.r += w.at
		w.at = 0
		for n > uint64(w.in.w-w.in.r) {
			n -= uint64(w.in.w - w.in.r)
			w.in.r = w.in.w
			if err := w.in.need(1); err != nil {
				return err
			}
		}
		w.at = int(n)
		return nil
	}
	if n > uint64(w.max-w.at) {
		return errTooLong
	}
	if err := w.in.need(w.at + int(n)); err != nil {
		return err
	}
	w.at += int(n)
	return nil
}

// length reads a length, or the form of a string.
func (w *walker) length() (n uint64, special bool, err error) {
	if !w.keep {
		w.in.r += w.at
		w.at = 0
	}
	for want := 1; ; {
		if w.keep && want > w.max-w.at {
			return 0, false, errTooLong
		}
		if err := w.in.need(w.at + want); err != nil {
			return 0, false, err
		}
		n, size, special, err := readLength(w.in.buf[w.in.r+w.at : w.in.w])
		if w.keep && size > w.max-w.at {
			return 0, false, errTooLong
		}
		if err != nil || size > 0 {
			w.at += size
			return n, special, err
		}
		want = lengthBytes(w.in.buf[w.in.r+w.at])
	}
}

// lengthBytes is how long the length is that begins with a byte.
func lengthBytes(first byte) int {
	switch {
	case first >= 0x40 && first < 0x80:
		return 2
	case first == 0x80:
		return 5
	case first == 0x81:
		return maxLengthBytes
	}
	return 1
}

func (w *walker) count() (uint64, error) {
	n, special, err := w.length()
	if err == nil && special {
		err = errNoLength
	}
	return n, err
}

func (w *walker) str() error {
	n, special, err := w.length()
	switch {
	case err != nil:
		return err
	case !special:
		return w.skip(n)
	}
	switch n {
	case formInt8, formInt16, formInt32:
		return w.skip(1 << n)
	case formLZF:
		if n, err = w.count(); err != nil {
			return err
		}
		if _, err = w.count(); err != nil {
			return err
		}
		return w.skip(n)
	}
	return errStringForm
}

// shape is what a value consists of: a head, then often a count and so many times the same fields.
type shape struct {
	head   int // bytes before everything
	count  bool
	fields string // 's' string, 'l' length, 'd' score as text, '8' eight bytes
}

var shapes = [ValkeyHash + 1]shape{
	String: {fields: "s"}, List: {count: true, fields: "s"}, Set: {count: true, fields: "s"}, SortedSet: {count: true, fields: "sd"},
	Hash: {count: true, fields: "ss"}, SortedSet2: {count: true, fields: "s8"}, HashZipmap: {fields: "s"}, ListZiplist: {fields: "s"},
	SetIntset: {fields: "s"}, SortedSetZiplist: {fields: "s"}, HashZiplist: {fields: "s"}, ListQuicklist: {count: true, fields: "s"},
	HashListpack: {fields: "s"}, SortedSetListpack: {fields: "s"}, ListQuicklist2: {count: true, fields: "ls"}, SetListpack: {fields: "s"},
	HashMetadataPre: {count: true, fields: "lss"}, HashListpackExPre: {fields: "s"}, HashMetadata: {head: 8, count: true, fields: "lss"},
	HashListpackEx: {head: 8, fields: "s"}, ValkeyHash: {count: true, fields: "ss8"},
}

// isString tells whether a value is a string and nothing else.
func (s *shape) isString() bool { return s.fields == "s" && s.head == 0 && !s.count }

// plainText is the text of the string that p begins with, and how many bytes all of it takes; 0 if it has another form or isn't all there.
func plainText(p []byte) (text []byte, extent int) {
	n, size, special, err := readLength(p)
	if size == 0 || special || err != nil || n > uint64(len(p)-size) {
		return nil, 0
	}
	extent = size + int(n)
	return p[size:extent:extent], extent
}

// stringExtent is how many bytes the string takes that p begins with, in one of the common forms; 0 if it has another or isn't all there.
func stringExtent(p []byte) int {
	n, size, special, err := readLength(p)
	if special && n == formLZF {
		var more int
		n, more, special, err = readLength(p[size:])
		if size += more; more > 0 && !special && err == nil {
			_, more, special, err = readLength(p[size:])
			size += more
		}
		if more == 0 {
			return 0
		}
	}
	if size == 0 || special || err != nil || n > uint64(len(p)-size) {
		return 0
	}
	return size + int(n)
}

func (w *walker) value(t Type) error {
	switch t {
	case Stream, Stream2, Stream3:
		return w.stream(t)
	case Module2:
		if _, err := w.count(); err != nil {
			return err
		}
		return w.module()
	case Module:
		return errNoModule
	}
	if t.Kind() == KindUnknown {
		return fmt.Errorf("unknown type %d of a value", t)
	}
	s := &shapes[t]
	if err := w.skip(uint64(s.head)); err != nil {
		return err
	}
	n := uint64(1)
	if s.count {
		var err error
		if n, err = w.count(); err != nil {
			return err
		}
	}
	for ; n > 0; n-- {
		if err := w.fields(s.fields); err != nil {
			return err
		}
	}
	return nil
}

// fields goes over some fields in a row.
func (w *walker) fields(fields string) error {
	for _, field := range []byte(fields) {
		var err error
		switch field {
		case 's':
			err = w.str()
		case 'l':
			_, err = w.count()
		case '8':
			err = w.skip(8)
		case 'i':
			err = w.skip(bytesOfID)
		case 'd':
			err = w.textScore()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) textScore() error {
	if err := w.skip(1); err != nil {
		return err
	}
	if n := w.in.buf[w.in.r+w.at-1]; n < scoreNaN {
		return w.skip(uint64(n))
	}
	return nil
}

// times goes over the same fields as often as a count before them says.
func (w *walker) times(fields string) error {
	n, err := w.count()
	for ; err == nil && n > 0; n-- {
		err = w.fields(fields)
	}
	return err
}

// stream goes over
//
//	n (id as string, listpack)       the entries
//	length length length             how many there are; the last id, ms and seq
//	length * 5                       from type 19 on: the first id, the largest deleted one, entries added
//	n groups: string length length   name, last delivered id
//	          length                 from type 19 on: entries read
//	          n (id, i64, length)    pending: when delivered, how often
//	          n consumers: string i64 [i64 from type 21 on: active]
//	                       n id      its pending ones
func (w *walker) stream(t Type) error {
	whole, group := "lll", "sll"
	if t >= Stream2 {
		whole, group = "llllllll", "slll"
	}
	if err := w.times("ss"); err != nil {
		return err
	}
	if err := w.fields(whole); err != nil {
		return err
	}
	groups, err := w.count()
	for ; err == nil && groups > 0; groups-- {
		if err = w.fields(group); err == nil {
			err = w.times("i8l")
		}
		if err == nil {
			err = w.consumers(t >= Stream3)
		}
	}
	return err
}

func (w *walker) consumers(active bool) error {
	n, err := w.count()
	for ; err == nil && n > 0; n-- {
		err = w.fields("s8")
		if err == nil && active {
			if w.notes {
				w.actives = append(w.actives, w.at)
			}
			err = w.skip(bytesOfMs)
		}
		if err == nil {
			err = w.times("i")
		}
	}
	return err
}

// module goes over what a module wrote, each value with a mark before it, to the mark of the end.
func (w *walker) module() error {
	for {
		mark, err := w.count()
		if err != nil {
			return err
		}
		switch mark {
		case 0:
			return nil
		case 1, 2: // signed and unsigned integers
			_, err = w.count()
		case 3: // float32
			err = w.skip(4)
		case 4: // float64
			err = w.skip(8)
		case 5:
			err = w.str()
		default:
			err = errModuleMarks
		}
		if err != nil {
			return err
		}
	}
}
