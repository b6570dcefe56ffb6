package hash

import (
	"hash/maphash"

	"github.com/cinnabar-db/cinnabar/datatypes/counted"
	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Tree is a large hash. It is changed through its Form.
type Tree struct {
	// madeAt is the header's own making.
	madeAt uint64
	space  *page.Space
	seed   maphash.Seed
	// fields have their values, and deadlines if they have any, for payloads.
	fields *dict.Dict
	// content is what fields and payloads take.
	content int
	// deadlines are those of all fields that have one, in order (deadline.go); nil if there are none. Its header belongs to this one.
	deadlines *counted.Tree
}

// headerBytes is what a tree takes beside its pages on a 64-bit machine: Tree, dict.Dict and the function that hashes. orderBytes is what the
// header of its deadlines takes, if there are any.
const (
	headerBytes = 48 + 352 + 16
	orderBytes  = 64
)

func newTree(ed *Edit) *Tree {
	seed := ed.Seed
	fields := dict.New(ed.Space, func(field []byte) uint64 { return maphash.Bytes(seed, field) })
	return &Tree{madeAt: ed.Space.Now(), space: ed.Space, seed: seed, fields: fields}
}

// Bytes is what the tree takes, without what is free in its pages. O(1).
func (t *Tree) Bytes() int64 {
	bytes := headerBytes + t.fields.Size().Live
	if t.deadlines != nil {
		bytes += orderBytes + t.deadlines.Bytes()
	}
	return bytes
}

// AllocatedBytes is what all that lies in. O(1).
func (t *Tree) AllocatedBytes() int64 {
	bytes := headerBytes + t.fields.Size().Allocated
	if t.deadlines != nil {
		bytes += orderBytes + t.deadlines.AllocatedBytes()
	}
	return bytes
}

// Own returns a tree that may be changed: t, or a copy of its header if an open view sees it. The caller puts it in t's place.
func (t *Tree) Own(space *page.Space) *Tree {
	if t.madeAt > space.Bar() {
		return t
	}
	mine := *t
	mine.madeAt, mine.fields = space.Now(), t.fields.View()
	if t.deadlines != nil {
		order := *t.deadlines
		mine.deadlines = &order
	}
	return &mine
}

// Share returns a second tree with the same fields; both may change from then on. O(1): what is common is copied as it changes. t must be
// owned.
func (t *Tree) Share(space *page.Space) *Tree {
	other := *t
	other.fields = t.fields.Share()
	if t.deadlines != nil {
		order := t.deadlines.Share()
		other.deadlines = &order
	}
	other.madeAt = space.Now()
	return &other
}

// Approach reads what finding these fields will read, for all of them together (dict.Touch); hashes is room for as many.
func (t *Tree) Approach(fields [][]byte, hashes []uint64) byte {
	for i, field := range fields {
		hashes[i] = maphash.Bytes(t.seed, field)
	}
	return t.fields.Approach(hashes[:len(fields)])
}

// Adopt makes the tree, made in a space apart, part of another (page.NewSpaceApart). O(1).
func (t *Tree) Adopt(space *page.Space) {
	t.space = space
	t.fields.Adopt(space)
	if t.deadlines != nil {
		t.deadlines.Adopt(space)
	}
}

// inDeadlines marks the positions of Repack that lie among the deadlines.
const inDeadlines = 1 << 62

// Repack moves about so many pages side by side (page.Space.Pack) from a position on, and returns the position from which to go on, 0 at
// the end. t need not be owned: what a view sees stays where it is.
func (t *Tree) Repack(from uint64, pages int) (next uint64) {
	if from&inDeadlines == 0 {
		if next = t.fields.Repack(from, pages); next != 0 || t.deadlines == nil {
			return next
		}
		return inDeadlines
	}
	if t.deadlines == nil {
		return 0
	}
	at := min(int(from&^inDeadlines), t.deadlines.Len())
	if at = t.deadlines.Repack(at, pages); at != 0 {
		return inDeadlines | uint64(at)
	}
	return 0
}

func (t *Tree) hash(field []byte) uint64 { return maphash.Bytes(t.seed, field) }

// readPayload takes a payload apart: an item, and a deadline if anything follows it.
func readPayload(payload []byte) (value packed.Item, deadlineMs int64) {
	value, rest := packed.Read(payload)
	if len(rest) > 0 {
		deadlineMs = readDeadline(rest)
	}
	return value, deadlineMs
}

// deadlineSize is what a deadline takes in a payload.
func deadlineSize(deadlineMs int64) int {
	if deadlineMs == NoDeadline {
		return 0
	}
	return deadlineBytes
}

// find looks a field up.
func (t *Tree) find(field []byte) (at Place) {
	at.hash = t.hash(field)
	at.at = t.fields.Find(at.hash, field)
	if at.found = at.at.Found(); at.found {
		at.Value, at.DeadlineMs = readPayload(at.at.Payload())
	}
	return at
}

// put gives a field a value and a deadline in an owned tree; at is what find has just returned for it. A value that reads as an integer is
// one.
func (t *Tree) put(at *Place, field []byte, value *packed.Item, deadlineMs int64) {
	size := value.Size()
	payload := t.room(at, field, size+deadlineSize(deadlineMs), deadlineMs)
	value.AppendBytes(payload[:0])
	if deadlineMs != NoDeadline {
		putDeadline(payload[size:], deadlineMs)
	}
}

// room gives a field a payload of so many bytes, of which it keeps as many as fit if it is there; they are the caller's to write.
func (t *Tree) room(at *Place, field []byte, size int, deadlineMs int64) (payload []byte) {
	if at.found {
		t.content -= len(at.at.Payload())
	} else {
		t.content += len(field)
	}
	t.content += size
	t.noteDeadline(at.hash, at.DeadlineMs, deadlineMs)
	place := t.fields.Put(at.at, at.hash, field, size, nil)
	return place.Payload()
}

// remove takes the field at a place out of an owned tree.
func (t *Tree) remove(at *Place) {
	entry := at.at.Item()
	t.content -= len(entry.Key) + len(entry.Payload)
	t.noteDeadline(at.hash, at.DeadlineMs, NoDeadline)
	t.fields.DeleteAt(at.at, at.hash)
}
