package datatypes

import (
	"encoding/binary"
	"strconv"

	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/rope"
)

// NoDeadline is the deadline of a key that never expires.
const NoDeadline int64 = 0

// Kind is the type of a value, named as the TYPE command names it.
type Kind uint8

// The kinds of values.
const (
	KindString Kind = iota + 1
	KindList
	KindSet
	KindSortedSet
	KindHash
	KindStream
)

// kindNames are the replies of TYPE.
var kindNames = [...]string{"none", KindString: "string", KindList: "list", KindSet: "set", KindSortedSet: "zset", KindHash: "hash",
	KindStream: "stream"}

// String is the reply of TYPE.
func (k Kind) String() string { return kindNames[k] }

// label is a type and an encoding, as OBJECT ENCODING names it, in four bits of an entry's tag.
type label uint8

const (
	labelInt label = iota + 1
	labelEmbstr
	labelRaw
	labelIntset
	labelSetListpack
	labelSetHashtable
	labelQuicklist
	labelZSetListpack
	labelSkiplist
	labelHashListpack
	labelHashListpackEx
	labelHashHashtable
	labelStream
	labels
)

// kinds and encodings are what labels stand for; 0 is the label of no key.
var (
	kinds = [labels]Kind{labelInt: KindString, labelEmbstr: KindString, labelRaw: KindString, labelIntset: KindSet,
		labelSetListpack: KindSet, labelSetHashtable: KindSet, labelQuicklist: KindList,
		labelZSetListpack: KindSortedSet, labelSkiplist: KindSortedSet,
		labelHashListpack: KindHash, labelHashListpackEx: KindHash, labelHashHashtable: KindHash,
		labelStream: KindStream}
	encodings = [labels]string{0: "unknown", labelInt: "int", labelEmbstr: "embstr", labelRaw: "raw", labelIntset: "intset",
		labelSetListpack: "listpack", labelSetHashtable: "hashtable", labelQuicklist: "quicklist",
		labelZSetListpack: "listpack", labelSkiplist: "skiplist",
		labelHashListpack: "listpack", labelHashListpackEx: "listpackex", labelHashHashtable: "hashtable",
		labelStream: "stream"}
)

// embstrMax is the longest string that Redis keeps in one piece with its header (OBJ_ENCODING_EMBSTR_SIZE_LIMIT, 7.0).
const embstrMax = 44

// LongString is the length from which a string is kept in chunks, and from which it is worth while to hand it over instead of copying it.
const LongString = rope.ChunkBytes + 1

// Bits of an entry's tag.
const (
	tagLabel    = 0x0f
	tagDeadline = 0x10
	tagLong     = 0x20
	tagNote     = 0x40
)

// Sizes of a deadline: six bytes reach to the year 10889.
const (
	shortDeadline = 6
	longDeadline  = 8
)

// deadlineBits is what a deadline adds to a tag, and deadlineSize what it takes in the entry.
func deadlineBits(ms int64) (tag byte, size int) {
	switch {
	case ms == NoDeadline:
		return 0, 0
	case 0 < ms && ms < 1<<48:
		return tagDeadline, shortDeadline
	}
	return tagDeadline | tagLong, longDeadline
}

// sealPayload writes the tag and the deadline, of the size that deadlineBits has told, around a body that is, or will be, in payload, with room
// for a note behind it if the tag says so.
func sealPayload(payload []byte, tag byte, trailer int, deadlineMs int64) {
	payload[0] = tag
	end := payload[len(payload)-trailer:]
	switch trailer {
	case shortDeadline:
		binary.LittleEndian.PutUint32(end, uint32(deadlineMs))
		binary.LittleEndian.PutUint16(end[4:], uint16(deadlineMs>>32))
	case longDeadline:
		binary.LittleEndian.PutUint64(end, uint64(deadlineMs))
	}
}

// Entry is a look at one key; the zero value is one that has not been taken. It is large: pass it by reference. Its bytes belong to the store: they may be read while the gate, the section or the view under which the
// entry was found is held, and until the next change, and must be copied to be kept.
type Entry struct {
	// payload is what stands in the key's entry: tag, body, note, deadline.
	payload    []byte
	deadlineMs int64
	tree       tree
	// noted is the bytes of the note.
	noted uint8
	// looked is set if the key has been looked up, found or not: hash, at and changes spare doing it again.
	looked  bool
	hash    uint64
	at      dict.At
	changes uint64
}

// entryOf reads what lies in the store.
func entryOf(it dict.Item) (e Entry) {
	e.open(it.Payload)
	e.tree, _ = it.Tree.(tree)
	return e
}

// open reads a payload, the contrary of sealPayload.
func (e *Entry) open(payload []byte) {
	e.payload, e.deadlineMs, e.noted = payload, NoDeadline, 0
	switch payload[0] & (tagDeadline | tagLong) {
	case tagDeadline:
		end := payload[len(payload)-shortDeadline:]
		e.deadlineMs = int64(binary.LittleEndian.Uint32(end)) | int64(binary.LittleEndian.Uint16(end[4:]))<<32
	case tagDeadline | tagLong:
		e.deadlineMs = int64(binary.LittleEndian.Uint64(payload[len(payload)-longDeadline:]))
	}
	if payload[0]&tagNote != 0 {
		_, trailer := deadlineBits(e.deadlineMs)
		e.noted = uint8(shapeSize(payload[len(payload)-trailer-1]))
	}
}

// label is the value's type and encoding; 0 if there is no such key.
func (e *Entry) label() label {
	if len(e.payload) == 0 {
		return 0
	}
	return label(e.payload[0] & tagLabel)
}

// body is the payload without tag, note and deadline; nil if there is no such key.
func (e *Entry) body() []byte {
	if len(e.payload) == 0 {
		return nil
	}
	_, trailer := deadlineBits(e.deadlineMs)
	return e.payload[1 : len(e.payload)-trailer-int(e.noted)]
}

// Stored is the value's bytes as they lie in the entry; none of a long string.
func (e *Entry) Stored() []byte { return e.body() }

// rope is the chunks of a long string, nil if it isn't one.
func (e *Entry) rope() *rope.Rope {
	r, _ := e.tree.(*rope.Rope)
	return r
}

// Found tells whether the key was there, expired or not.
func (e *Entry) Found() bool { return e.payload != nil }

// Kind tells the type of the value.
func (e *Entry) Kind() Kind { return kinds[e.label()] }

// Encoding is the value's encoding as OBJECT ENCODING names it.
func (e *Entry) Encoding() string { return encodings[e.label()] }

// DeadlineMs is the time at which the key expires, or NoDeadline.
func (e *Entry) DeadlineMs() int64 { return e.deadlineMs }

// Int is the value of a string that is kept as an integer.
func (e *Entry) Int() (n int64, ok bool) {
	if e.label() != labelInt {
		return 0, false
	}
	return getInt(e.body()), true
}

// StringLen is the length of a string in bytes.
func (e *Entry) StringLen() int {
	switch {
	case e.tree != nil:
		return e.rope().Len()
	case e.label() != labelInt:
		return len(e.body())
	}
	var digits [20]byte
	return len(strconv.AppendInt(digits[:0], getInt(e.body()), 10))
}

// AppendString appends the value of a string to dst.
func (e *Entry) AppendString(dst []byte) []byte {
	e.StringRange(0, e.StringLen(), func(piece []byte) bool {
		dst = append(dst, piece...)
		return true
	})
	return dst
}

// StringPiece is a string's value if it lies in one piece; a long one or an integer doesn't.
func (e *Entry) StringPiece() (value []byte, ok bool) {
	return e.body(), e.tree == nil && e.label() != labelInt
}

// StringRange yields the bytes of a string from one position up to another, both at least 0, in pieces until yield returns false.
func (e *Entry) StringRange(from, to int, yield func(piece []byte) bool) {
	if e.tree != nil {
		e.rope().Range(from, to, yield)
		return
	}
	value := e.body()
	if e.label() == labelInt {
		var digits [20]byte // on the heap, since yield may keep it
		value = strconv.AppendInt(digits[:0], getInt(value), 10)
	}
	if to = min(to, len(value)); from < to {
		yield(value[from:to])
	}
}

// maxIntBytes is what an integer takes at most.
const maxIntBytes = binary.MaxVarintLen64

// intBytes is what an integer takes.
func intBytes(n int64) int {
	var room [maxIntBytes]byte
	return binary.PutVarint(room[:], n)
}

func getInt(body []byte) int64 {
	n, _ := binary.Varint(body)
	return n
}

// ParseInt is packed.ParseInt: it reads a decimal integer that prints as it was read.
func ParseInt(word []byte) (int64, bool) { return packed.ParseInt(word) }
