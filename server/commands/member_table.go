package commands

import (
	"bytes"
	"hash/maphash"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// memberTable holds members, each once, and finds them by their text.
type memberTable struct {
	members []scoredMember
	// slots are each 0, or the upper half of a member's hash above its index plus 1. A power of two of them, at least half of them 0, so
	// that there are fewer than 2^32 members.
	slots []uint64
	seed  maphash.Seed
}

// fewSlots is how many slots a table has at least.
const fewSlots = 16

// newMemberTable makes one for so many members or more.
func newMemberTable(count int) *memberTable {
	slots := fewSlots
	for slots < 2*count {
		slots *= 2
	}
	return &memberTable{members: make([]scoredMember, 0, count), slots: make([]uint64, slots), seed: maphash.MakeSeed()}
}

// look finds the slot of a text, and in it the member's index plus 1, 0 if there is none.
func (t *memberTable) look(text []byte) (slot int, hash uint64, index uint32) {
	hash = maphash.Bytes(t.seed, text)
	mask := len(t.slots) - 1
	var digits [packed.MaxDigits]byte
	for slot = int(hash) & mask; t.slots[slot] != 0; slot = (slot + 1) & mask {
		if index = uint32(t.slots[slot]); t.slots[slot]>>32 == hash>>32 && bytes.Equal(t.members[index-1].item.TextIn(digits[:0]), text) {
			return slot, hash, index
		}
	}
	return slot, hash, 0
}

// find is a member's index, -1 if it isn't there.
func (t *memberTable) find(it *packed.Item) (at int) {
	var digits [packed.MaxDigits]byte
	_, _, index := t.look(it.TextIn(digits[:0]))
	return int(index) - 1
}

// add is the index of a member, which is added with the score 0 if it isn't there.
func (t *memberTable) add(it *packed.Item) (at int, added bool) {
	var digits [packed.MaxDigits]byte
	text := it.TextIn(digits[:0])
	slot, hash, index := t.look(text)
	if index != 0 {
		return int(index) - 1, false
	}
	if 2*(len(t.members)+1) > len(t.slots) {
		t.grow()
		slot, hash, _ = t.look(text)
	}
	t.members = append(t.members, scoredMember{item: *it})
	t.slots[slot] = hash>>32<<32 | uint64(len(t.members))
	return len(t.members) - 1, true
}

// grow doubles the slots.
func (t *memberTable) grow() {
	t.slots = make([]uint64, 2*len(t.slots))
	var digits [packed.MaxDigits]byte
	for i := range t.members {
		slot, hash, _ := t.look(t.members[i].item.TextIn(digits[:0]))
		t.slots[slot] = hash>>32<<32 | uint64(i+1)
	}
}
