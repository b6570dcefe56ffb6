// Package set holds sets of strings.
//
// # How a set lies
//
// Small sets are one piece of bytes, which lies in the key's entry; large ones are trees. A Form is either.
//
//	integers alone      | 0xf0 + width | member | member | ...        in rising order, each width bytes (1, 2, 4, 8), little-endian
//	                                                                  up to 512 members and packed.MaxBytes
//	others              | count 1-128, uvarint | item | item | ...    package packed; in the order of their coming
//	                                                                  up to 128 members and packed.MaxBytes
//	large               Tree ─> dict.Dict: members as keys, without payload
//
// A count begins with a byte up to 0x80, so that the first byte tells which it is. Integers are found by halving, items by going through
// all. The width is that of the widest member that came; a member that is wider makes all wider. Integers that a string joins become items
// as long as these have room.
//
// A piece that outgrows its bounds becomes a tree, and a tree whose members would fill less than half of them becomes a piece again. What
// OBJECT ENCODING calls a set is its owner's to know and has nothing to do with this.
//
// # Members
//
// Members come in as text. They are handed out as packed.Item: out of a piece an integer is handed out as such, out of a tree everything
// comes as text. What is handed out belongs to the store and is good until the next change.
//
// # Changing
//
// Changing methods take an Edit. A piece is never changed in place: the new one is written into one of the Edit's two buffers, and
// Form.Packed points there until the change after the next; the owner copies it to where it is to lie. A Tree follows package page's rule
// of copying: the header that a view may see is copied (Own), and the dictionary copies its pages as they change. A set that becomes empty
// is Form{}.
//
// # Costs
//
// A member of 16 bytes takes about 22 bytes in a tree, one of 10 digits 4 or 8 in a piece. Has, Add and Remove are O(1) in a tree, O(members)
// in a piece, of which there are at most packed.MaxBytes bytes; nothing is allocated but pages. Random draws are uniform; what they cost in a
// tree dict.Random says.
//
// Trees of one seed have their members in one order, that of the hashes. Going through one and looking each member up in another (Has), or
// adding it to a third, therefore goes from page to page side by side: 120 ns a member with a million in each, where trees of different
// seeds take four times as long and looking up many at a time gained nothing.
//
// # Limits
//
// None but memory; a member has less than 4 GiB.
//
// # Who may call what
//
// Reading methods may run together. Changing ones need the writer's place to themselves; a Form copied beforehand, under an open view of the
// space, may be read meanwhile.
//
// Begin reading in form.go, then integers.go, change.go, tree.go.
package set
