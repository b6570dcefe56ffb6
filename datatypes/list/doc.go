// Package list holds lists of strings.
//
// # How a list lies
//
// Small lists are one piece of bytes, which lies in the key's entry; large ones are trees. A Form is either.
//
//	small   | count, uvarint | item | item | ...     package packed; up to 512 items and packed.MaxBytes
//	large   Tree ─> counted.Tree of entries
//
//	an entry   | text |                    a text that doesn't begin with 0xf6 to 0xfe
//	           | 0xfe | text |             one that does, which is none in UTF-8
//	           | 0xf5 + n | integer |      an integer in the fewest bytes n, little-endian, two's complement, if that is shorter than
//	                                       its digits
//
// Equal texts have equal entries, so that an item is looked for by comparing bytes. A piece that outgrows its bounds becomes a tree; a tree
// that would fill less than half of them becomes a piece again.
//
// # Items
//
// Items come in as text. They are handed out as packed.Item, an integer as such or as text, as it happens to lie. What is handed out
// belongs to the store and is good until the next change. An index is from 0 to Len()-1; a range [from, to) goes to Len() at most.
//
// # Changing
//
// Changing methods take an Edit. A piece is never changed in place: the new one is written into one of the Edit's two buffers, and
// Form.Packed points there until the change after the next; the owner copies it to where it is to lie. A Tree follows package page's rule
// of copying: the header that a view may see is copied (Own), and the counted tree copies its nodes and pages as they change. A list that
// becomes empty is Form{}.
//
// # Costs
//
// In a tree an item of 32 bytes takes 33.7. At, Set and Insert are O(log n); pushing and popping at either end is O(1), amortized. Delete is
// O(log n) and a step for each page that goes, or, where little is left, a step for each item that stays: then the tree is left to the
// collector as a whole. In a piece everything is O(bytes), of which there are at most packed.MaxBytes. Nothing is allocated but pages.
//
// # Limits
//
// None but memory; an item has less than 4 GiB.
//
// # Who may call what
//
// Reading methods may run together. Changing ones need the writer's place to themselves; a Form copied beforehand, under an open view of the
// space, may be read meanwhile.
//
// Begin reading in form.go, then entry.go, change.go, delete.go, tree.go.
package list
