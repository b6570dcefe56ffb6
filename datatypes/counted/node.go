package counted

import "slices"

// node leads to at most fanOut children: pages at the lowest level, nodes above.
type node struct {
	madeAt uint64
	// counts are the entries beneath each child.
	counts []int
	// prefixes are those of the first entry beneath each child; empty in a tree without order.
	prefixes []uint64
	// One of the two has as many elements as counts, the other none.
	slots []slot
	nodes []*node
}

// Sizes of these structures on a 64-bit machine; a test compares them with the compiler's.
const (
	nodeBytes       = 104
	slotBytes       = 32
	countBytes      = 8
	prefixBytes     = 8
	pointerBytes    = 8
	sliceBytes      = 24
	referencesBytes = 32
)

// bytes is what the node takes itself, allocated what it lies in.
func (n *node) bytes() (live, allocated int64) {
	live = int64(nodeBytes + len(n.counts)*countBytes + len(n.prefixes)*prefixBytes + len(n.slots)*slotBytes + len(n.nodes)*pointerBytes)
	allocated = int64(nodeBytes + cap(n.counts)*countBytes + cap(n.prefixes)*prefixBytes + cap(n.slots)*slotBytes + cap(n.nodes)*pointerBytes)
	return live, allocated
}

// child is the one that entry i of a node with so many lies beneath, and the entry's number there. It searches from the nearer end.
func (n *node) child(i, total int) (c, rest int) {
	if i < total/2 {
		for c, count := range n.counts {
			if i < count {
				return c, i
			}
			i -= count
		}
	}
	c = len(n.counts)
	for i < total {
		c--
		total -= n.counts[c]
	}
	return c, i - total
}

// total is the number of entries beneath the node.
func (n *node) total() (entries int) {
	for _, count := range n.counts {
		entries += count
	}
	return entries
}

// kid is a child on its way into a node: a page or a node.
type kid struct {
	count  int
	prefix uint64
	slot   slot
	node   *node
}

// roomIn is the capacity for so many children of fanOut at most.
func roomIn(children, fanOut int) int {
	room := 1
	for room < children {
		room *= 2
	}
	return min(room, fanOut)
}

// widen returns a copy of a table with so much capacity, if it has less.
func widen[T any](table []T, room int) []T {
	if cap(table) >= room {
		return table
	}
	return append(make([]T, 0, room), table...)
}

// insert puts a child at an index; the node has fewer than fanOut.
func (n *node) insert(index int, k kid, ordered bool, fanOut int) {
	room := roomIn(len(n.counts)+1, fanOut)
	n.counts = slices.Insert(widen(n.counts, room), index, k.count)
	if ordered {
		n.prefixes = slices.Insert(widen(n.prefixes, room), index, k.prefix)
	}
	if k.node != nil {
		n.nodes = slices.Insert(widen(n.nodes, room), index, k.node)
	} else {
		n.slots = slices.Insert(widen(n.slots, room), index, k.slot)
	}
}

// remove takes the children [from, to) out.
func (n *node) remove(from, to int) {
	n.counts = slices.Delete(n.counts, from, to)
	if len(n.prefixes) > 0 {
		n.prefixes = slices.Delete(n.prefixes, from, to)
	}
	if n.nodes != nil {
		n.nodes = slices.Delete(n.nodes, from, to)
	} else {
		n.slots = slices.Delete(n.slots, from, to)
	}
}

// take appends all children of another node.
func (n *node) take(other *node, fanOut int) {
	room := roomIn(len(n.counts)+len(other.counts), fanOut)
	n.counts = append(widen(n.counts, room), other.counts...)
	if len(other.prefixes) > 0 {
		n.prefixes = append(widen(n.prefixes, room), other.prefixes...)
	}
	if other.nodes != nil {
		n.nodes = append(widen(n.nodes, room), other.nodes...)
	} else {
		n.slots = append(widen(n.slots, room), other.slots...)
	}
}

// part is a node of its own with the children [from, to) of n.
func (n *node) part(made uint64, from, to, fanOut int) *node {
	view := node{counts: n.counts[from:to]}
	if len(n.prefixes) > 0 {
		view.prefixes = n.prefixes[from:to]
	}
	if n.nodes != nil {
		view.nodes = n.nodes[from:to]
	} else {
		view.slots = n.slots[from:to]
	}
	fresh := &node{madeAt: made}
	fresh.take(&view, fanOut)
	return fresh
}
