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
// # Memory
//
// A page is one allocation without pointers, in the smallest of Go's size classes that holds it. What nobody can see any more goes back to
// the list of its size (Space.Free); what a view may still see is left to the collector (Space.Displace). Growth therefore makes next to no
// garbage: only views do. At rest pages are packed side by side in slabs (Space.Pack), without the room that size classes leave.
// What readers write together by atomics can't be bytes of a page: Space.AllocWords gives words of 32 bits in the same way.
//
// A tree may be made in a space of its own and then adopted by another (NewSpaceApart): its nodes carry a moment that has passed there, so that
// what is opened later finds them older than itself.
//
// # Who may call what
//
// Space belongs to the writer, in the exclusive section, but for Clock.Close, which any goroutine may call.
//
// Begin reading in clock.go, then space.go.
package page
