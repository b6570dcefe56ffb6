// Package page gives the trees of the store what they have in common: memory in pieces that fit, and the clock by which a tree knows
// which of its nodes it may still change in place.
//
// # The rule of copying
//
// One clock serves a store. Every node of every tree carries the clock's value at its making. Opening a view notes the clock and advances
// it; so does sharing one tree (COPY). From then on
//
//	a node may be changed in place only if it was made after the newest view still open and after its tree was last shared;
//	otherwise it and every node above it, up to the root, are copied first.
//
// Nothing is counted and nothing is locked: a view's reader holds the roots that it was opened with, and what they lead to never changes
// again. A node is linked into a node that was itself changeable at that moment, so that a changeable node lies under changeable ones only:
// to know whether an entry can be changed in place it is enough to look at its own page.
//
// # Views that are consumed
//
// A view that goes through everything once (a save) need not keep what it has behind it. There it counts as closed (walk.go):
//
//	what lies at one place, a page, a block or a chunk, may be changed in place if it was made after the newest view still open that has not
//	passed this place, and after its tree was last shared. What leads to several places keeps the plain rule.
//
// The writer says at which place he is (Space.Enter), and the trees go by Space.LeafBar there. A tree that gets another place is shared first:
// a view looks for it at the old one. What is taken from elsewhere, a buddy that becomes one with the page of the edit, keeps the plain rule.
//
// So that little is copied for such a view at any one time, its walks read first what was displaced before they came to it, or a writer does
// who is faster than they (exile.go). What was displaced goes back to the free lists when it was read: memory grows by what was written
// and not read yet, at any one time.
//
// # Memory
//
// A page is one allocation without pointers, in the smallest of Go's size classes that holds it. What nobody can see any more goes back to
// the list of its size (Space.Release, Free); what views may still see, unless one alone that is being walked, is left to the collector
// (Space.Displace). Growth therefore makes next to no
// garbage: only views do. At rest pages are packed side by side in slabs (Space.Pack), without the room that size classes leave.
// What readers write together by atomics can't be bytes of a page: Space.AllocWords gives words of 32 bits in the same way.
//
// A tree may be made in a space of its own and then adopted by another (NewSpaceApart): its nodes carry a moment that has passed there, so that
// what is opened later finds them older than itself.
//
// # Who may call what
//
// Space belongs to the writer, in the exclusive section, but for Clock.Close and Walk and the methods of Passage and Course, which any goroutine
// may call. Of locks the writer waits for none that a walk holds.
//
// Begin reading in clock.go, then space.go, walk.go, exile.go.
package page
