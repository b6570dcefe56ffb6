package commands

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// Errors of BITFIELD, in Redis's words.
const (
	errFieldType     = "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
	errFieldOverflow = "ERR Invalid OVERFLOW type specified"
	errFieldReadonly = "ERR BITFIELD_RO only supports the GET subcommand"
)

// fieldAction is what BITFIELD does to one field.
type fieldAction uint8

const (
	fieldGet fieldAction = iota + 1
	fieldSet
	fieldIncrBy
)

// overflow says what becomes of a number that doesn't fit its field.
type overflow uint8

const (
	overflowWrap overflow = iota
	overflowSat
	overflowFail
)

// fieldType is the type of an integer in a string: i1 to i64, u1 to u63.
type fieldType struct {
	width  uint8
	signed bool
}

// fieldOp is one step of a BITFIELD.
type fieldOp struct {
	action fieldAction
	overflow
	fieldType
	// offset is the position of the field's first bit.
	offset int64
	// operand is SET's value or INCRBY's increment.
	operand int64
}

// parseFieldType reads a type. What follows a zero byte is not looked at.
func parseFieldType(word []byte) (t fieldType, ok bool) {
	if end := bytes.IndexByte(word, 0); end >= 0 {
		word = word[:end]
	}
	if len(word) == 0 || word[0] != 'i' && word[0] != 'u' {
		return t, false
	}
	widest := int64(63)
	if t.signed = word[0] == 'i'; t.signed {
		widest = 64
	}
	width, ok := ParseInt(word[1:])
	t.width = uint8(width)
	return t, ok && 1 <= width && width <= widest
}

// parseFieldOffset reads an offset: a number of bits, or with # before it a number of fields. A product that doesn't fit 64 bits wraps, as
// it does in Redis.
func parseFieldOffset(word []byte, width uint8, maxBytes int64) (offset int64, ok bool) {
	if len(word) == 0 || word[0] != '#' {
		return parseBitOffset(word, maxBytes)
	}
	n, ok := ParseInt(word[1:])
	offset = n * int64(width)
	return offset, ok && offset >= 0 && offset>>3 < maxBytes
}

// parseFields reads what stands behind BITFIELD's key and appends the steps to dst. It is pure; an error is the reply's text.
func parseFields(words [][]byte, maxBytes int64, dst []fieldOp) (ops []fieldOp, errText string) {
	mode := overflowWrap
	for i := 0; i < len(words); {
		left := len(words) - i - 1
		var op fieldOp
		operands := 3
		switch word := words[i]; {
		case IsWord(word, "GET") && left >= 2:
			op.action, operands = fieldGet, 2
		case IsWord(word, "SET") && left >= 3:
			op.action = fieldSet
		case IsWord(word, "INCRBY") && left >= 3:
			op.action = fieldIncrBy
		case IsWord(word, "OVERFLOW") && left >= 1:
			var ok bool
			if mode, ok = parseOverflow(words[i+1]); !ok {
				return nil, errFieldOverflow
			}
			i += 2
			continue
		default:
			return nil, ErrSyntax
		}
		var ok bool
		if op.fieldType, ok = parseFieldType(words[i+1]); !ok {
			return nil, errFieldType
		}
		if op.offset, ok = parseFieldOffset(words[i+2], op.width, maxBytes); !ok {
			return nil, errBitOffset
		}
		if op.action != fieldGet {
			if op.operand, ok = ParseInt(words[i+3]); !ok {
				return nil, ErrNotInteger
			}
		}
		op.overflow = mode
		dst = append(dst, op)
		i += 1 + operands
	}
	return dst, ""
}

func parseOverflow(word []byte) (mode overflow, ok bool) {
	switch {
	case IsWord(word, "WRAP"):
		return overflowWrap, true
	case IsWord(word, "SAT"):
		return overflowSat, true
	case IsWord(word, "FAIL"):
		return overflowFail, true
	}
	return 0, false
}

// cmdBitField answers BITFIELD key [GET type offset | [OVERFLOW WRAP | SAT | FAIL] <SET type offset value | INCRBY type offset increment> ...].
func cmdBitField(c *Call) { c.bitField(false) }

// cmdBitFieldRO answers BITFIELD_RO key [GET type offset ...].
func cmdBitFieldRO(c *Call) { c.bitField(true) }

// fewFields is how many steps a BITFIELD may have that needs no memory of its own.
const fewFields = 8

func (c *Call) bitField(readonly bool) {
	var room [fewFields]fieldOp
	ops, errText := parseFields(c.Args[2:], c.Keys.MaxBulk(), room[:0])
	if errText != "" {
		c.Error(errText)
		return
	}
	last := int64(-1) // the last bit that is written
	for i := range ops {
		if ops[i].action != fieldGet {
			last = max(last, ops[i].offset+int64(ops[i].width)-1)
		}
	}
	var e datatypes.Entry
	switch {
	case last < 0:
		if _, ok := c.findBits(&e, c.Args[1]); ok {
			c.getFields(&e, ops)
		}
	case readonly:
		c.Error(errFieldReadonly)
	case c.peekBits(&e, c.Args[1]):
		c.changeFields(&e, ops, int(last>>3))
	}
}

// getFields replies to steps that only read.
func (c *Call) getFields(e *datatypes.Entry, ops []fieldOp) {
	c.Reply.Array(len(ops))
	for i := range ops {
		var f field
		f.load(e, &ops[i])
		c.Reply.Int(f.get(ops[i].fieldType))
	}
}

// changeFields takes all steps in order, with the string made long enough for the byte at `last` before, even if nothing comes of the
// steps; as in Redis that alone is no change.
func (c *Call) changeFields(e *datatypes.Entry, ops []fieldOp, last int) {
	key := c.Args[1]
	ed := c.Edit()
	if !e.Found() {
		c.Event(key, EventNew, "new")
	}
	grows := last >= e.StringLen()
	if grows || e.Encoding() != encodingRaw {
		var cell [1]byte
		readBytes(e, last, cell[:])
		ed.WriteString(e, key, last, cell[:])
	}
	changes := 0
	c.Reply.Array(len(ops))
	for i := range ops {
		op := &ops[i]
		var f field
		f.load(e, op)
		was := f.get(op.fieldType)
		if op.action == fieldGet {
			c.Reply.Int(was)
			continue
		}
		base, by, reply := was, op.operand, was
		if op.action == fieldSet {
			base, by = op.operand, 0
		}
		becomes, ok := op.add(base, by)
		if !ok {
			c.Reply.Null()
			continue
		}
		if op.action == fieldIncrBy {
			reply = becomes
		}
		if becomes != was {
			f.set(op.fieldType, becomes)
			ed.WriteString(e, key, f.position, f.bytes())
		}
		if grows || becomes != was {
			changes++
		}
		c.Reply.Int(reply)
	}
	if changes > 0 {
		c.Changed(key, EventString, "setbit")
		c.Counted(changes - 1)
	}
}

// limits are the least and the greatest number of a type.
func (t fieldType) limits() (least, greatest int64) {
	switch {
	case !t.signed:
		return 0, 1<<t.width - 1
	case t.width == 64:
		return math.MinInt64, math.MaxInt64
	}
	return -1 << (t.width - 1), 1<<(t.width-1) - 1
}

// add is base+by as the step's type keeps it; ok is false if the sum doesn't fit and that is a failure. base may be any number if by is 0,
// otherwise it is one of the type.
func (op *fieldOp) add(base, by int64) (sum int64, ok bool) {
	least, greatest := op.limits()
	sum = base + by
	over := base > greatest || by > 0 && (sum < base || sum > greatest)
	under := base < least || by < 0 && (sum > base || sum < least)
	if under && by == 0 && (!op.signed || base < greatest-math.MaxInt64) {
		// As in Redis a negative number is too large for a type without a sign, and so is one whose distance from the greatest of the
		// type doesn't fit 63 bits.
		over = true
	}
	switch {
	case !over && !under:
		return sum, true
	case op.overflow == overflowFail:
		return 0, false
	case op.overflow == overflowWrap:
		return op.fit(uint64(sum) << (64 - op.width)), true
	case over:
		return greatest, true
	}
	return least, true
}

// fit is the number whose bits are the highest of word.
func (t fieldType) fit(word uint64) int64 {
	if t.signed {
		return int64(word) >> (64 - t.width)
	}
	return int64(word >> (64 - t.width))
}

// field is the piece of a string that holds one field: at most 64 bits, beginning at any bit of the first of nine bytes.
type field struct {
	// cells are the nine bytes, of which the first `size` hold the field.
	cells [9]byte
	size  int
	// position is where the first byte lies in the string, shift how many of its bits come before the field.
	position int
	shift    uint
}

// load reads the piece where a step's field lies.
func (f *field) load(e *datatypes.Entry, op *fieldOp) {
	f.position, f.shift = int(op.offset>>3), uint(op.offset&7)
	f.size = (int(f.shift) + int(op.width) + 7) / 8
	readBytes(e, f.position, f.cells[:f.size])
}

// bytes is what is written back.
func (f *field) bytes() []byte { return f.cells[:f.size] }

func (f *field) get(t fieldType) int64 {
	return t.fit(binary.BigEndian.Uint64(f.cells[:])<<f.shift | uint64(f.cells[8])>>(8-f.shift))
}

func (f *field) set(t fieldType, n int64) {
	mask, value := ^uint64(0)<<(64-t.width), uint64(n)<<(64-t.width)
	head := binary.BigEndian.Uint64(f.cells[:])
	binary.BigEndian.PutUint64(f.cells[:], head&^(mask>>f.shift)|value>>f.shift)
	f.cells[8] = f.cells[8]&^byte(mask<<(8-f.shift)) | byte(value<<(8-f.shift))
}
