package commands

import (
	"encoding/binary"
	"math/bits"
	"strconv"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// Errors of the bitmap commands, in Redis's words.
const (
	errBitOffset = "ERR bit offset is not an integer or out of range"
	errBitValue  = "ERR bit is not an integer or out of range"
	errBitWanted = "ERR The bit argument must be 1 or 0."
)

// BitmapRows are the rows of the commands that take a string as a row of bits; bit 0 is the highest of the first byte.
func BitmapRows() []Row {
	return []Row{
		{
			Name: "setbit", Arity: 4, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
			ACL:  ACLBitmap, Group: "bitmap", Since: "2.2.0",
			Summary:    "Sets or clears a bit of a string.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) offset:integer value:integer`,
			Handler:    cmdSetBit,
		},
		{
			Name: "getbit", Arity: 3, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLBitmap, Group: "bitmap", Since: "2.2.0",
			Summary:    "Reads a bit of a string.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) offset:integer`,
			Handler:    cmdGetBit,
		},
		{
			Name: "bitcount", Arity: -2, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLBitmap, Group: "bitmap", Since: "2.6.0",
			Summary:    "Counts the set bits of a string.",
			Complexity: "O(N)",
			History:    []Change{{"7.0.0", "Added the `BYTE|BIT` option."}},
			Syntax:     `key:key(0) [index:{start:integer end:integer [index_unit:<"BYTE"|"BIT">@7.0.0]}]`,
			Handler:    cmdBitCount,
		},
		{
			Name: "bitpos", Arity: -3, Flags: FlagReadonly,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLBitmap, Group: "bitmap", Since: "2.8.7",
			Summary:    "Finds the first bit of a string that is set, or clear.",
			Complexity: "O(N)",
			History:    []Change{{"7.0.0", "Added the `BYTE|BIT` option."}},
			Syntax:     `key:key(0) bit:integer [index:{start:integer [end_index:{end:integer [index_unit:<"BYTE"|"BIT">@7.0.0]}]}]`,
			Handler:    cmdBitPos,
		},
		{
			Name: "bitop", Arity: -4, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{KeyAt(2, KeyOW|KeyUpdate), KeysFrom(3, KeyRO|KeyAccess)},
			ACL:  ACLBitmap, Group: "bitmap", Since: "2.6.0",
			Summary:    "Combines strings bit by bit and stores the result.",
			Complexity: "O(N)",
			Syntax:     `operation destkey:key(0) key:key(1)...`,
			Handler:    cmdBitOp,
		},
		{
			Name: "bitfield", Arity: -2, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: Range(0, 1, 0), Flags: KeyRW | KeyAccess | KeyUpdate | KeyVariableFlags,
				Notes: "This command allows both access and modification of the key",
			}}, KeysFunc: KeysOfBitField,
			ACL: ACLBitmap, Group: "bitmap", Since: "3.2.0",
			Summary:    "Reads and changes integers of any width within a string.",
			Complexity: "O(1) for each subcommand specified",
			Syntax: `key:key(0) [operation:<GET=encoding_offset:{encoding offset:integer}|write:{[OVERFLOW=wrap_sat_fail:<"WRAP"|"SAT"|
			"FAIL">] write_operation:<SET=encoding_offset_value:{encoding offset:integer value:integer}|
			INCRBY=encoding_offset_increment:{encoding offset:integer increment:integer}>}>...]`,
			Handler: cmdBitField,
		},
		{
			Name: "bitfield_ro", Arity: -2, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLBitmap, Group: "bitmap", Since: "6.0.0",
			Summary:    "Reads integers of any width within a string.",
			Complexity: "O(1) for each subcommand specified",
			Syntax:     `key:key(0) [GET=encoding_offset:{encoding offset:integer}...=]`,
			Handler:    cmdBitFieldRO,
		},
	}
}

// parseBitOffset reads the position of a bit that lies within the longest string there may be, of maxBytes.
func parseBitOffset(word []byte, maxBytes int64) (offset int64, ok bool) {
	offset, ok = ParseInt(word)
	return offset, ok && offset >= 0 && offset>>3 < maxBytes
}

// findBits looks a string up for reading; one that isn't there has no bits. ok is false if an error has been replied.
func (c *Call) findBits(e *datatypes.Entry, key []byte) (found, ok bool) {
	if !c.Find(e, key) {
		return false, true
	}
	if e.Kind() != datatypes.KindString {
		c.Error(ErrWrongType)
		return true, false
	}
	return true, true
}

// peekBits is findBits for writing.
func (c *Call) peekBits(e *datatypes.Entry, key []byte) (ok bool) {
	if c.Peek(e, key) && e.Kind() != datatypes.KindString {
		c.Error(ErrWrongType)
		return false
	}
	return true
}

// readBytes fills dst with the bytes of a string from a position on, with zeros behind its end.
func readBytes(e *datatypes.Entry, position int, dst []byte) {
	n := 0
	if number, ok := e.Int(); ok {
		var room [20]byte
		digits := strconv.AppendInt(room[:0], number, 10)
		n = copy(dst, digits[min(position, len(digits)):])
	} else {
		e.StringRange(position, position+len(dst), func(piece []byte) bool {
			n += copy(dst[n:], piece)
			return true
		})
	}
	clear(dst[n:])
}

// encodingRaw is how OBJECT ENCODING calls a string that may be changed in place: after any attempt to write bits it is one.
const encodingRaw = "raw"

// cmdSetBit answers SETBIT key offset value.
func cmdSetBit(c *Call) {
	key := c.Args[1]
	offset, ok := parseBitOffset(c.Args[2], c.Keys.MaxBulk())
	if !ok {
		c.Error(errBitOffset)
		return
	}
	value, ok := ParseInt(c.Args[3])
	if !ok || value&^1 != 0 {
		c.Error(errBitValue)
		return
	}
	var e datatypes.Entry
	if !c.peekBits(&e, key) {
		return
	}
	at, shift := int(offset>>3), 7-uint(offset&7)
	var cell [1]byte
	readBytes(&e, at, cell[:])
	was := int64(cell[0] >> shift & 1)
	switch {
	case was != value || at >= e.StringLen():
		if !e.Found() {
			c.Event(key, EventNew, "new")
		}
		cell[0] = cell[0]&^(1<<shift) | byte(value)<<shift
		c.Edit().WriteString(&e, key, at, cell[:])
		c.Changed(key, EventString, "setbit")
	case e.Encoding() != encodingRaw:
		c.Edit().WriteString(&e, key, at, cell[:])
	}
	c.Reply.Int(was)
}

// cmdGetBit answers GETBIT key offset.
func cmdGetBit(c *Call) {
	offset, ok := parseBitOffset(c.Args[2], c.Keys.MaxBulk())
	if !ok {
		c.Error(errBitOffset)
		return
	}
	var e datatypes.Entry
	if _, ok := c.findBits(&e, c.Args[1]); !ok {
		return
	}
	var cell [1]byte
	readBytes(&e, int(offset>>3), cell[:])
	c.Reply.Int(int64(cell[0] >> (7 - uint(offset&7)) & 1))
}

// bitSpan is a run of bits of a string, from the first up to another that is no part of it.
type bitSpan struct{ from, to int }

func (s bitSpan) empty() bool { return s.from >= s.to }

// bytes is how many bytes hold a span that isn't empty.
func (s bitSpan) bytes() int { return (s.to+7)>>3 - s.from>>3 }

// spanOf is the span of the units (bits, or bytes) from start up to end, both in it; negative ones count from the string's end. What lies
// outside of the string is left out.
func spanOf(start, end int64, byBits bool, stringBytes int) bitSpan {
	total := int64(stringBytes)
	if byBits {
		total *= 8
	}
	if start < 0 {
		start = max(0, start+total)
	}
	if end < 0 {
		end = max(0, end+total)
	}
	end = min(end, total-1)
	switch {
	case start > end:
		return bitSpan{}
	case byBits:
		return bitSpan{int(start), int(end) + 1}
	}
	return bitSpan{int(start) * 8, (int(end) + 1) * 8}
}

// parseBitUnit reads BYTE or BIT.
func parseBitUnit(word []byte) (byBits, ok bool) {
	byBits = IsWord(word, "BIT")
	return byBits, byBits || IsWord(word, "BYTE")
}

// cmdBitCount answers BITCOUNT key [start end [BYTE | BIT]]. As in Redis 7.0, nothing is asked of the range of a key that isn't there, nor
// of the unit of a range that ends before it begins.
func cmdBitCount(c *Call) {
	var e datatypes.Entry
	found, ok := c.findBits(&e, c.Args[1])
	switch {
	case !ok:
		return
	case !found:
		c.Reply.Int(0)
		return
	}
	span, errText := parseCountSpan(c.Args[2:], e.StringLen())
	switch {
	case errText != "":
		c.Error(errText)
	case span.empty():
		c.Reply.Int(0)
	case c.Long(span.bytes() / 64):
		c.countOnView(span)
	default:
		c.Reply.Int(c.countSpan(&e, span))
	}
}

// parseCountSpan reads what stands behind BITCOUNT's key.
func parseCountSpan(words [][]byte, stringBytes int) (span bitSpan, errText string) {
	switch len(words) {
	case 0:
		return spanOf(0, -1, false, stringBytes), ""
	case 2, 3:
	default:
		return span, ErrSyntax
	}
	start, ok := ParseInt(words[0])
	if !ok {
		return span, ErrNotInteger
	}
	end, ok := ParseInt(words[1])
	if !ok {
		return span, ErrNotInteger
	}
	if start < 0 && end < 0 && start > end {
		return span, ""
	}
	byBits := false
	if len(words) == 3 {
		if byBits, ok = parseBitUnit(words[2]); !ok {
			return span, ErrSyntax
		}
	}
	return spanOf(start, end, byBits, stringBytes), ""
}

func (c *Call) countOnView(span bitSpan) {
	c.OnView(func(c *Call, db datatypes.Reader) {
		var e datatypes.Entry
		db.Find(&e, c.Args[1], c.NowMs)
		c.Reply.Int(c.countSpan(&e, span))
	})
}

// breatheBytes is how much is read, about 50 us' worth, before others are let have the processor. No command that answers in place reads as
// much.
const breatheBytes = 512 << 10

// countSpan counts the set bits of a span that isn't empty.
func (c *Call) countSpan(e *datatypes.Entry, span bitSpan) int64 {
	var edge [1]byte
	count, pending := 0, 0
	first, last := span.from>>3, (span.to-1)>>3
	e.StringRange(first, last+1, func(piece []byte) bool {
		count += countOnes(piece)
		if pending += len(piece); pending >= breatheBytes {
			pending = 0
			return c.Breathe()
		}
		return true
	})
	if skip := uint(span.from & 7); skip != 0 {
		readBytes(e, first, edge[:])
		count -= bits.OnesCount8(edge[0] >> (8 - skip))
	}
	if kept := uint(span.to & 7); kept != 0 {
		readBytes(e, last, edge[:])
		count -= bits.OnesCount8(edge[0] << kept)
	}
	return int64(count)
}

// countOnes counts the set bits of p.
func countOnes(p []byte) (count int) {
	for len(p) >= 32 {
		count += bits.OnesCount64(binary.LittleEndian.Uint64(p)) +
			bits.OnesCount64(binary.LittleEndian.Uint64(p[8:])) +
			bits.OnesCount64(binary.LittleEndian.Uint64(p[16:])) +
			bits.OnesCount64(binary.LittleEndian.Uint64(p[24:]))
		p = p[32:]
	}
	for ; len(p) >= 8; p = p[8:] {
		count += bits.OnesCount64(binary.LittleEndian.Uint64(p))
	}
	for _, b := range p {
		count += bits.OnesCount8(b)
	}
	return count
}

// bitSearch is what BITPOS looks for.
type bitSearch struct {
	span bitSpan
	// bit is 0 or 1.
	bit int64
	// padded is set if there are zeros without end behind the span.
	padded bool
}

// cmdBitPos answers BITPOS key bit [start [end [BYTE | BIT]]]. A string that isn't there is zeros without end, and so is what follows one
// that is searched up to its end because no other was named.
func cmdBitPos(c *Call) {
	bit, ok := ParseInt(c.Args[2])
	switch {
	case !ok:
		c.Error(ErrNotInteger)
		return
	case bit&^1 != 0:
		c.Error(errBitWanted)
		return
	}
	var e datatypes.Entry
	found, ok := c.findBits(&e, c.Args[1])
	switch {
	case !ok:
		return
	case !found:
		c.Reply.Int(-bit)
		return
	}
	span, errText := parsePosSpan(c.Args[3:], e.StringLen())
	search := bitSearch{span, bit, len(c.Args) < 5}
	switch {
	case errText != "":
		c.Error(errText)
	case span.empty():
		c.Reply.Int(-1)
	case c.Long(span.bytes() / 64):
		c.searchOnView(search)
	default:
		c.Reply.Int(c.firstBit(&e, search))
	}
}

// parsePosSpan reads what stands behind BITPOS's bit.
func parsePosSpan(words [][]byte, stringBytes int) (span bitSpan, errText string) {
	if len(words) > 3 {
		return span, ErrSyntax
	}
	start, end, byBits, ok := int64(0), int64(-1), false, true
	if len(words) > 0 {
		if start, ok = ParseInt(words[0]); !ok {
			return span, ErrNotInteger
		}
	}
	if len(words) > 2 {
		if byBits, ok = parseBitUnit(words[2]); !ok {
			return span, ErrSyntax
		}
	}
	if len(words) > 1 {
		if end, ok = ParseInt(words[1]); !ok {
			return span, ErrNotInteger
		}
	}
	return spanOf(start, end, byBits, stringBytes), ""
}

func (c *Call) searchOnView(search bitSearch) {
	c.OnView(func(c *Call, db datatypes.Reader) {
		var e datatypes.Entry
		db.Find(&e, c.Args[1], c.NowMs)
		c.Reply.Int(c.firstBit(&e, search))
	})
}

// firstBit is the position of the first bit that is looked for in a span that isn't empty, or -1.
func (c *Call) firstBit(e *datatypes.Entry, s bitSearch) int64 {
	var flip uint64 // turns what is looked for into ones
	if s.bit == 0 {
		flip = ^flip
	}
	first := s.span.from >> 3
	var edge [1]byte
	readBytes(e, first, edge[:])
	position := -1
	if ones := (edge[0] ^ byte(flip)) & (0xff >> uint(s.span.from&7)); ones != 0 {
		position = first*8 + bits.LeadingZeros8(ones)
	} else {
		base, pending := first+1, 0
		e.StringRange(base, (s.span.to+7)>>3, func(piece []byte) bool {
			if at := firstOne(piece, flip); at >= 0 {
				position = base*8 + at
				return false
			}
			base += len(piece)
			if pending += len(piece); pending >= breatheBytes {
				pending = 0
				return c.Breathe()
			}
			return true
		})
	}
	switch {
	case position >= 0 && position < s.span.to:
		return int64(position)
	case s.bit == 0 && s.padded:
		return int64(s.span.to)
	}
	return -1
}

// firstOne is the position of the first bit of p that is set once all are turned over by flip, or -1.
func firstOne(p []byte, flip uint64) int {
	at := 0
	for ; len(p)-at >= 32; at += 32 {
		q := p[at : at+32]
		if (binary.LittleEndian.Uint64(q)^flip)|(binary.LittleEndian.Uint64(q[8:])^flip)|
			(binary.LittleEndian.Uint64(q[16:])^flip)|(binary.LittleEndian.Uint64(q[24:])^flip) != 0 {
			break
		}
	}
	for ; len(p)-at >= 8; at += 8 {
		if word := binary.BigEndian.Uint64(p[at:]) ^ flip; word != 0 {
			return at*8 + bits.LeadingZeros64(word)
		}
	}
	for ; at < len(p); at++ {
		if b := p[at] ^ byte(flip); b != 0 {
			return at*8 + bits.LeadingZeros8(b)
		}
	}
	return -1
}
