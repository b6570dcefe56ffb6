// Package dict is the paged dictionary: the keyspace of a database, and whatever else finds entries by a key.
//
// # The idea
//
// Extendible hashing. Entries lie packed in pages of at most 4 KiB, directories lead to pages by the leading bits of a key's hash. A page
// that is full splits in two by the next bit; two halves that together fill three quarters of a page become one again. There is never a
// rehash of the whole: the dearest single step is a directory of 512 slots that doubles.
//
//	hash, 64 bits   |  9 bits  |  9 bits  | ...        | fingerprint | ...
//	                     |          |                   8 bits, 24..31
//	Dict.root ─> directory ─> directory ─> ... slot ─> page + references
//	             512 slots at most; a slot is one page, and a page that has split less often than its directory has doubled
//	             stands in several slots side by side
//
// Pages follow each other in the order of hashes, whatever splits and merges. A position in that order is therefore a cursor that stays
// good for ever (Scan), and needs no state.
//
// # A page
//
//	0         8       10      12      13      16
//	| made-at | count | heap  | depth | slab? | fingerprints, 1 byte an entry | offsets, 2 bytes an entry | gap ... | entries  |
//	  u64       u16     u16     u8              in eights, 16 at least                                              heap bytes ┘
//
// Fingerprints are in rising order and compared eight at a time, about where their value says that they lie. An offset is an entry's distance from the page's end, so that a page moves to a larger piece
// without being rewritten. Entries are always packed: one that grows, shrinks or goes moves those before it. A page is the smallest piece
// of memory (page.RoundUp) that holds what is in it, and has at most 128 entries. depth counts the bits below its directory's own that all
// its entries share.
//
// Packed pages (Repack) lie side by side in slabs and have no room: the next entry moves them to a piece of their own. They are what a
// dictionary at rest is made of.
//
// # An entry
//
//	in the page, to 256 bytes       | total-1 | key length (+ 0x80: has a tree) | key | payload | tree number if any, u16 |
//	                                   1         1, keys to 125 bytes
//	otherwise a stub in the page    | 3 | 0xff | block number, u16 |      or      | 5 | 0xfe | block number | tree number |
//	and a block of its own          | made-at u64 | key length u32 | payload length u32 | key | payload |
//
// The dictionary knows a key and a payload, bytes that its owner understands. Pages and blocks hold no pointers, so that the collector
// never looks into them. An entry may own one tree, anything with pointers (a long string's chunks, a collection). Trees and blocks stand
// in the page's references, a table that is copied with the page and exists where something needs it; numbers are indexes into it.
//
// # Access clocks
//
// When an entry was last used is kept beside the pages, since readers that run together write it and views read pages at any time:
//
//	directory ─> clocks ─> slots     a word of 32 bits a slot, in the slots' order
//	                       entries   for each slot an array beside its page, a word an entry in the entries' order; or nil
//
// A word is read and written by atomics, by readers too; what it means is its owner's affair. By default (NewWithClocks) all keys whose
// hashes lead to a slot share its word: it needs no upkeep, as it belongs to a range of hashes and not to entries. It is doubled and halved
// with the directory. SetFine asks for a word an entry, which is moved with the entry at each change. A page may have either; Refine goes
// through and makes them alike, so that changing over costs nothing at once. Only the live dictionary has clocks: a view doesn't look at
// them, a directory hands them on to the copy that takes its place, and Share is for dictionaries without.
//
// Measured with a million entries of 56 bytes: a slot's words cost 0.14 bytes an entry, and find with a mark as much as without; an entry's
// own 4.9 bytes, 3 to 16 ns a find and a third of the time of a deletion and an insertion, for a line of memory more that each touches.
//
// # Costs
//
// Find touches a slot, the page's fingerprints and one entry, and with a probability of count/256 an entry more. A change shifts at most
// a page; a split hashes a page's keys anew. Who fills a dictionary and knows about how many entries will come spares most splits and moves
// (Reserve). An entry of 16 bytes key and 32 bytes payload costs 53 bytes as it lies, about 57 with its
// share of headers, directories and slack.
//
// # Limits
//
// A key or payload has less than 4 GiB. Entries whose 64-bit hashes are equal can't be told apart by splitting: their page grows beyond
// 4 KiB, up to 64 KiB of entries, and then the program ends; with a seeded hash that doesn't happen.
//
// # Who may call what
//
// Reading methods may run together, and use what At.Clock returns by atomics. Changing ones need the writer's place to themselves; a Dict copied by View may be read while the
// original changes (package page says why). What Find, Scan and Range hand out belongs to the dictionary and is good until its next change.
//
// Begin reading in dict.go, then layout.go (bytes of a page), change.go, split.go, clocks.go, reserve.go.
package dict
