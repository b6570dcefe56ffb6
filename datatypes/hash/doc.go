// Package hash holds hashes: fields with values, of which each may have a deadline of its own.
//
// # How a hash lies
//
// Small ones are one piece of bytes, which lies in the key's entry; large ones are trees. A Form is either.
//
//	small            | count 1-128, uvarint | field | value | field | value | ...        in the order of the fields' coming
//	                                          items of package packed; up to packed.MaxBytes
//
//	with deadlines   | 0xff | earliest, 6 bytes | count 1-128, uvarint | field | value | deadline | ...
//	                                                                     an integer, 0 if the field has none
//
//	large            Tree ─> dict.Dict: fields as keys, with payloads        | value, an item | deadline, 6 bytes, if it has one |
//	                   │
//	                   └───> counted.Tree, if there are deadlines: in order  | deadline, 6 bytes | hash of the field, its leading 40 bits |
//
// An item tells its own size, so that in a payload what follows it is a deadline: beside the value there is nothing but the one byte that
// begins an item (3 from 192 bytes on), and an integer takes fewer bytes than its digits. A hash without deadlines pays nothing for them. A
// count begins with a byte up to 0x80, so that the first byte tells which kind of piece it is; a piece whose last deadline has gone is one
// without deadlines again.
//
// A piece that outgrows its bounds becomes a tree, and a tree that would fill less than half of them becomes a piece again. What OBJECT
// ENCODING calls a hash is its owner's to know and has nothing to do with this.
//
// # Fields and values
//
// They come in as text, or as packed.Item what somebody has as one. They are handed out as packed.Item: an integer is handed out as such, but
// for fields out of a tree, where all come as text. What is handed out belongs to the store and is good until the next change.
//
// # Deadlines
//
// A field's deadline is a time in Unix milliseconds, from 1 to 2^48-1. A field is due at a time that is not before its deadline. Reading
// methods take the time and leave out what is due; at the time Never nothing is. Len counts what is due too, as HLEN of Redis 7.4 does, and
// so does Find, which tells the deadline: a field that is due is there until RemoveDue or a change takes it away. The earliest deadline is at
// the head of a piece, and the first entry in a tree's order.
//
// # Changing
//
// Changing methods take an Edit. A piece is never changed in place: the new one is written into one of the Edit's two buffers, and
// Form.Packed points there until the change after the next; the owner copies it to where it is to lie. A Tree follows package page's rule
// of copying: the header that a view may see is copied (Own), and what lies below copies its pages as they change. A hash that becomes empty
// is Form{}.
//
// # Costs
//
// A field of 16 bytes and a value of 32 take 59 bytes in a tree, 56 in one that has been repacked, and a deadline 19 more; in a piece 50, and 8
// more. Find is O(1) in a tree; so are Put and DeleteAt, but O(log n) where a deadline comes, changes or goes. In a piece all is O(fields), of
// which there are at most packed.MaxBytes bytes. A value that takes the place of another of its size in a tree is written over it, unless
// a view or a tree that shares the page sees that. Nothing is allocated but pages, and the order of deadlines when the first one comes.
//
// # Limits
//
// None but memory; a field or value has less than 4 GiB. One of more than 64 KiB is copied as a whole when it changes.
//
// # Who may call what
//
// Reading methods may run together. Changing ones need the writer's place to themselves; a Form copied beforehand, under an open view of the
// space, may be read meanwhile.
//
// Begin reading in form.go, then piece.go, change.go, tree.go, deadline.go.
package hash
