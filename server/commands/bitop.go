package commands

import (
	"encoding/binary"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

const errBitOpNot = "ERR BITOP NOT must be called with a single source key."

// bitOp is what BITOP does to bits.
type bitOp uint8

const (
	bitAnd bitOp = iota + 1
	bitOr
	bitXor
	bitNot
)

func parseBitOp(word []byte) (op bitOp, ok bool) {
	switch {
	case IsWord(word, "AND"):
		return bitAnd, true
	case IsWord(word, "OR"):
		return bitOr, true
	case IsWord(word, "XOR"):
		return bitXor, true
	case IsWord(word, "NOT"):
		return bitNot, true
	}
	return 0, false
}

// Sizes up to which BITOP needs no memory of its own beside the store's.
const (
	fewSources  = 4
	smallResult = 256
)

// cmdBitOp answers BITOP AND | OR | XOR | NOT destkey key [key ...]. Shorter strings, and keys that aren't there, are filled up with zeros.
func cmdBitOp(c *Call) {
	op, ok := parseBitOp(c.Args[1])
	switch {
	case !ok:
		c.Error(ErrSyntax)
		return
	case op == bitNot && len(c.Args) != 4:
		c.Error(errBitOpNot)
		return
	}
	var fewRoom [fewSources]datatypes.Entry
	sources := fewRoom[:]
	if count := len(c.Args) - 3; count <= fewSources {
		sources = sources[:count]
	} else {
		sources = make([]datatypes.Entry, count)
	}
	length, ok := c.findSources(sources, c.Args[3:])
	if !ok {
		return
	}
	key := c.Args[2]
	if length == 0 {
		c.dropDestination(key)
		return
	}
	if length <= smallResult {
		var room [smallResult]byte
		combine(op, room[:length], sources, c.Pause)
		c.storeBits(key, room[:length])
		c.Changed(key, EventString, "set")
		c.Reply.Int(int64(length))
		return
	}
	c.combineLong(op, length/bytesPerLook*len(sources))
}

// bytesPerLook is how many bytes of a string take the time of a look at an entry.
const bytesPerLook = 64

// combineLong is BITOP for a result of some length.
func (c *Call) combineLong(op bitOp, looks int) {
	var result []byte
	c.Derive(looks, Derivation{
		Sources: func(c *Call) [][]byte { return c.Args[3:] },
		Build: func(c *Call, db datatypes.Reader) {
			sources, length := make([]datatypes.Entry, len(c.Args)-3), 0
			for i, key := range c.Args[3:] {
				c.findOnView(db, &sources[i], key)
				length = max(length, sources[i].StringLen())
			}
			result = make([]byte, length)
			combine(op, result, sources, c.Pause)
		},
		Store: func(c *Call) {
			key := c.Args[2]
			c.adoptBits(key, result)
			c.Changed(key, EventString, "set")
			c.Reply.Int(int64(len(result)))
		},
	})
}

// storeBits puts a result under a key. Whatever it reads as, it stays a string of bytes.
func (c *Call) storeBits(key, result []byte) {
	var old datatypes.Entry
	if !c.Peek(&old, key) {
		c.Event(key, EventNew, "new")
	}
	c.Edit().SetRawAt(&old, key, result, datatypes.NoDeadline)
}

// adoptBits is storeBits for a result that the store keeps where it is long.
func (c *Call) adoptBits(key, result []byte) {
	if len(result) < datatypes.LongString {
		c.storeBits(key, result)
		return
	}
	var old datatypes.Entry
	if !c.Peek(&old, key) {
		c.Event(key, EventNew, "new")
	}
	c.Edit().AdoptString(key, result, datatypes.NoDeadline)
}

// findSources looks all keys up and returns the length of the longest string. ok is false if an error has been replied.
func (c *Call) findSources(sources []datatypes.Entry, keys [][]byte) (length int, ok bool) {
	all := true
	for i, key := range keys {
		found, ok := c.findBits(&sources[i], key)
		if !ok {
			return 0, false
		}
		all = all && found
		length = max(length, sources[i].StringLen())
	}
	if !all {
		// A key that was missed may have been deleted just now because it had expired, which moves others.
		for i, key := range keys {
			if !c.DB().Find(&sources[i], key, c.NowMs) {
				sources[i] = datatypes.Entry{}
			}
		}
	}
	return length, true
}

// combine writes what the operation makes of all sources into result, which is as long as the longest of them and holds zeros. It goes
// piece by piece, so that the result's lies in the processor's cache while the sources pass, and pauses between them.
func combine(op bitOp, result []byte, sources []datatypes.Entry, pause func() bool) {
	const pieceBytes = datatypes.LongString - 1
	for from := 0; from < len(result); from += pieceBytes {
		out := result[from:min(from+pieceBytes, len(result))]
		readBytes(&sources[0], from, out)
		if op == bitNot {
			notBytes(out)
		}
		for i := range sources[1:] {
			combineOne(op, out, &sources[1+i], from)
		}
		if !pause() {
			return
		}
	}
}

// combineOne combines out with the bytes of a source from a position on.
func combineOne(op bitOp, out []byte, source *datatypes.Entry, from int) {
	n := 0
	source.StringRange(from, from+len(out), func(piece []byte) bool {
		switch op {
		case bitAnd:
			andBytes(out[n:], piece)
		case bitOr:
			orBytes(out[n:], piece)
		case bitXor:
			xorBytes(out[n:], piece)
		}
		n += len(piece)
		return true
	})
	if op == bitAnd {
		clear(out[n:])
	}
}

// andBytes, orBytes and xorBytes change the head of dst, which is at least as long as src, by 32 bytes a step: three times as fast as by
// eight.

func andBytes(dst, src []byte) {
	for len(src) >= 32 && len(dst) >= 32 {
		d, s := dst[:32], src[:32]
		binary.LittleEndian.PutUint64(d, binary.LittleEndian.Uint64(d)&binary.LittleEndian.Uint64(s))
		binary.LittleEndian.PutUint64(d[8:], binary.LittleEndian.Uint64(d[8:])&binary.LittleEndian.Uint64(s[8:]))
		binary.LittleEndian.PutUint64(d[16:], binary.LittleEndian.Uint64(d[16:])&binary.LittleEndian.Uint64(s[16:]))
		binary.LittleEndian.PutUint64(d[24:], binary.LittleEndian.Uint64(d[24:])&binary.LittleEndian.Uint64(s[24:]))
		dst, src = dst[32:], src[32:]
	}
	for i, b := range src {
		dst[i] &= b
	}
}

func orBytes(dst, src []byte) {
	for len(src) >= 32 && len(dst) >= 32 {
		d, s := dst[:32], src[:32]
		binary.LittleEndian.PutUint64(d, binary.LittleEndian.Uint64(d)|binary.LittleEndian.Uint64(s))
		binary.LittleEndian.PutUint64(d[8:], binary.LittleEndian.Uint64(d[8:])|binary.LittleEndian.Uint64(s[8:]))
		binary.LittleEndian.PutUint64(d[16:], binary.LittleEndian.Uint64(d[16:])|binary.LittleEndian.Uint64(s[16:]))
		binary.LittleEndian.PutUint64(d[24:], binary.LittleEndian.Uint64(d[24:])|binary.LittleEndian.Uint64(s[24:]))
		dst, src = dst[32:], src[32:]
	}
	for i, b := range src {
		dst[i] |= b
	}
}

func xorBytes(dst, src []byte) {
	for len(src) >= 32 && len(dst) >= 32 {
		d, s := dst[:32], src[:32]
		binary.LittleEndian.PutUint64(d, binary.LittleEndian.Uint64(d)^binary.LittleEndian.Uint64(s))
		binary.LittleEndian.PutUint64(d[8:], binary.LittleEndian.Uint64(d[8:])^binary.LittleEndian.Uint64(s[8:]))
		binary.LittleEndian.PutUint64(d[16:], binary.LittleEndian.Uint64(d[16:])^binary.LittleEndian.Uint64(s[16:]))
		binary.LittleEndian.PutUint64(d[24:], binary.LittleEndian.Uint64(d[24:])^binary.LittleEndian.Uint64(s[24:]))
		dst, src = dst[32:], src[32:]
	}
	for i, b := range src {
		dst[i] ^= b
	}
}

func notBytes(dst []byte) {
	for len(dst) >= 32 {
		d := dst[:32]
		binary.LittleEndian.PutUint64(d, ^binary.LittleEndian.Uint64(d))
		binary.LittleEndian.PutUint64(d[8:], ^binary.LittleEndian.Uint64(d[8:]))
		binary.LittleEndian.PutUint64(d[16:], ^binary.LittleEndian.Uint64(d[16:]))
		binary.LittleEndian.PutUint64(d[24:], ^binary.LittleEndian.Uint64(d[24:]))
		dst = dst[32:]
	}
	for i := range dst {
		dst[i] = ^dst[i]
	}
}
