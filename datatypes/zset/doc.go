// Package zset holds sorted sets: members with scores, in the order of their scores and, where these are equal, of their bytes.
//
// # How a sorted set lies
//
// Small ones are one piece of bytes, which lies in the key's entry; large ones are trees. A Form is either.
//
//	small       | count 1-128, uvarint | member | score | member | score | ...        in order; up to packed.MaxBytes
//	                                     an item of package packed
//
//	large       Tree ─> counted.Tree: entries in order      | size of its hint, if it has one | score | member |      entry.go
//	              │
//	              └───> dict.Dict: the index                | hash of the member, its leading 40 bits | score | hint |
//	                    keys without payload                  5 bytes                                          mostly none, to 255 bytes
//
// In a tree each member lies once. The index doesn't know members, only their hashes: with the score that it has for a hash the member is
// looked up in the tree, which also says its rank, and whether it is this member or another with the same hash. A hint tells of a member
// that many others share a score with how it begins; only Scan needs it, to find from an entry of the index its member: index.go.
//
// The index may also have entries that lead to nobody: those of members that went many together, until they are cleared away one by one
// (leftover.go).
//
// # A score
//
//	first byte     bytes behind it
//	0x00-0x5f      none               a whole number to 95, in the first byte
//	0x60-0x7f                         (no score: the size of a hint, entry.go)
//	0x80-0xbf      1                  to 2^14-1: the first byte's lower bits and what follows, highest first
//	0xc0-0xdf      2                  to 2^21-1
//	0xe0-0xe7      3                  to 2^27-1
//	0xe8-0xeb      4                  to 2^34-1 (times in seconds)
//	0xec-0xef      5                  to 2^42-1 (times in milliseconds)
//	0xf7           7                  to 2^53
//	0xf0-0xf6      1 to 7             -1 minus a whole number, from -2^53
//	0xf8-0xff      1 to 8             anything else (-0, infinities, fractions): the leading bytes of the float64, without zeros at the end
//
// Scores come back with all their bits. They are compared as numbers: 0 and -0 are equal, and of two equal scores the one that is there
// stays. A NaN must not come in.
//
// # Growing and shrinking
//
// A piece that outgrows its bounds becomes a tree, and a tree that has half of what a piece may have becomes a piece again. What OBJECT
// ENCODING calls a sorted set is its owner's to know and has nothing to do with this.
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
// of copying: the header that a view may see is copied (Own), and both trees below copy their pages as they change. A sorted set that
// becomes empty is Form{}.
//
// # Costs
//
// Everything by member, by rank, by score or by place in the order is O(log n) in a tree, a range O(1) a member more; in a piece it is
// O(members), of which there are at most packed.MaxBytes bytes. Nothing is allocated but pages, and a member longer than 250 bytes once when
// it comes.
//
// In a tree at rest a member takes 11 bytes and twice its score beside itself, with all that belongs to it 15 beyond its text and its
// score's digits if scores are whole numbers below a thousand million, 23 if they are fractions, and the hint if scores are shared by many:
// 26 to 29 with 16 bytes of text of which most are alike.
//
// # Limits
//
// None but memory; a member has less than 4 GiB. Scan goes through all members that have a score in common and the first 255 bytes too, for
// each of them.
//
// # Who may call what
//
// Reading methods may run together. Changing ones need the writer's place to themselves; a Form copied beforehand, under an open view of the
// space, may be read meanwhile.
//
// Begin reading in form.go, then score.go, piece.go, change.go, entry.go, tree.go, index.go, leftover.go.
package zset
