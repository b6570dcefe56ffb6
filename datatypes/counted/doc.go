// Package counted holds sequences in counted trees of pages: lists, where entries are found by their index, and in the same structure
// entries in order, found by what they are and by their rank.
//
// # The idea
//
// A B+tree whose nodes know how many entries lie beneath each child, so that entry i is found, inserted and removed in O(log n) steps and
// a range goes as whole branches. Entries are bytes that the tree doesn't understand. For entries in order its owner supplies a function
// that gives the leading 64 bits of that order (a score); nodes keep it for the first entry beneath each child, so that a search touches
// pages only to settle ties, and the one page in the end.
//
//	Tree.root ─> node: made-at, per child: count, prefix ─> node ─> ... ─> page + references
//	             128 children at most                                      entries, 4 KiB at most
//
// # A page
//
//	0         8       10      12    14            28          35
//	| made-at | count | first | end | distances   | numbers   | free ... | length, entry | length, entry | ... | free ... |
//	  u64       u16     u16     u16   7 u16         7 u8                   first                                 end
//
//	an entry in its page, to 254 bytes  | length u8 | bytes |
//	a stub                              | 0xff | block number u16 |
//	its block                           | made-at u64 | bytes |
//
// Lengths are all that says where entries lie: the i-th is found by going through those before it, which spares the two bytes an entry of
// a table of offsets. It is also why a page stops growing at 128 entries, though 4 KiB would hold more short ones: it then splits
// when the piece that it lies in is full. One length of one byte and nothing else (254 bytes, not 256) keeps that loop without branches.
// So that it is a short one, the header has a guide: the numbers of seven entries, spread over the page, and how far behind the first each
// begins. It is drawn when a page is divided or stays full, and when somebody changes the page who had to go far; every change keeps it true
// (guide.go). The highest bit of the count says that the page lies in a slab (Repack).
//
// What is free lies at both ends, so that a list may grow at either: a change moves the shorter side, and an end without room gets half of
// what the page has. A page is the smallest piece of memory (page.RoundUp) that holds what is in it; it moves to the next when it is
// full and to a smaller one when a fifth of it or more is free, so that pages that are divided unevenly waste nothing but what size
// classes leave. Only at the ends of a list of 64 KiB or more a page begins as large as its neighbour is, and keeps its piece while entries are taken.
//
// References, the blocks by their numbers, exist where a page has stubs, and are copied with it.
//
// # Growing and shrinking
//
// A full page is divided in halves, but at the tree's ends it stays full and a new one begins; nodes likewise. A list that was only
// pushed to, at either end, and an ordered tree that was filled in order, therefore consist of full pages. Neighbours below one node that
// fill three quarters of a page together become one, which is looked at when something is taken from one that fills less than three
// eighths.
//
// # Copying
//
// The rule is package page's: a node or page made after the newest open view and after the tree was last shared is changed in place, others
// are copied with their path. A Tree is a value: a copy of it is a view of it, and Share gives a second one that may change too. Whoever
// keeps a Tree where views find it puts a changed copy in its place instead of changing it there.
//
// # Costs
//
// A list of 32-byte items takes 33.7 bytes an item. A node is 24 to 48 bytes a child. With 128 children a first change after a view
// copies 5 to 6 KB a level at most; with 512 it would be four times that and a tree of a million entries no less deep, with 64 a level more for
// nothing. Nothing is allocated but pages, nodes, tables and blocks.
//
// # Limits
//
// None but memory: entries may be as long and as many as an int counts. One that is longer than 254 bytes is written anew as a whole.
//
// # Who may call what
//
// Reading methods (Len, Bytes, At, Search, Seek, Index, Near, Beside, Around, Ascend, Descend, Read, Check) may run together. Changing ones need the writer's place to themselves; a
// Tree copied beforehand, under an open view of the space, may be read meanwhile. What reading hands out belongs to the tree and is good
// until its next change; it can't be handed back to Insert or Set of the same tree.
//
// Begin reading in leaf.go and guide.go (bytes of a page), then node.go, tree.go, search.go and spot.go (places), insert.go, delete.go, thin.go.
package counted
