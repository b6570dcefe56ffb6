package packed

import (
	"hash/maphash"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Edit is what changes of a collection need, of any kind. Its owner keeps it, and changes at most two collections with it before storing
// their pieces.
type Edit struct {
	Space *page.Space
	// Seed is that of the hashes of members and fields, the same for all collections of a store.
	Seed maphash.Seed
	// Scratch is where the piece of the last change lies, Spare that of the one before it. They grow to twice MaxBytes and a bit at most.
	Scratch, Spare []byte
	// Room is for the head of an item in the making.
	Room [MaxHead]byte
}

// Begin returns the buffer for the next piece, empty.
func (ed *Edit) Begin() []byte {
	ed.Scratch, ed.Spare = ed.Spare, ed.Scratch
	return ed.Scratch[:0]
}
