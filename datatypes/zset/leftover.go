package zset

import (
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes/counted"
)

// Taking many members out of the tree is cheap, page by page, but each of them would have to be found in the index. The index may have
// entries that lead to nobody, since whatever it says is looked up in the tree anyway. So a wide range leaves its entries in the index, and
// is kept to know which they are: every change after that clears away a few of them, Form.Tend as many as it is told to.
//
// A member that comes back meanwhile has two entries in the index, with different hints; whichever of them is cleared away, the other one
// leads to it.

// leftover are members that are in the index but no longer in the tree.
type leftover struct {
	entries counted.Tree
	// left is how many of them are still in the index: the first ones.
	left int
}

const (
	// wideRange is the number of members from which a range is left over: fewer are cleared away at once, in about a millisecond.
	wideRange = 1 << 10
	// maxLeftovers bounds their number, and with it what is copied with a tree's header.
	maxLeftovers = 64
	// tendSteps is how many entries a change clears away.
	tendSteps = 4
	// tendTail is how many entries are given back together.
	tendTail = 256
)

// leave takes the members of those ranks out of an owned tree, but not out of the index.
func (t *Tree) leave(from, to int) {
	gone := t.members.Share()
	gone.DeleteRange(to, gone.Len())
	gone.DeleteRange(0, from)
	t.members.DeleteRange(from, to)
	t.leftovers = append(t.leftovers, leftover{gone, gone.Len()})
	t.leftoverBytes += gone.Bytes()
}

// tend clears away so many entries of the index that lead to nobody.
func (t *Tree) tend(steps int) {
	for ; steps > 0 && len(t.leftovers) > 0; steps-- {
		last := len(t.leftovers) - 1
		l := &t.leftovers[last]
		l.left--
		score, member := readEntry(l.entries.At(l.left))
		t.unlink(t.hash(member), score, member)
		if l.left == 0 || l.entries.Len()-l.left >= tendTail {
			before := l.entries.Bytes()
			l.entries.DeleteRange(l.left, l.entries.Len())
			t.leftoverBytes += l.entries.Bytes() - before
		}
		if l.left == 0 {
			t.leftovers = slices.Delete(t.leftovers, last, last+1)
		}
	}
}

// Tend clears away what wide ranges that were removed have left, up to so many members of them, at about a microsecond each, and tells
// whether there is more. Changes do so too, a few at a time: this is for a set that isn't changed any more.
func (f *Form) Tend(ed *Edit, steps int) (more bool) {
	if f.Tree == nil || len(f.Tree.leftovers) == 0 {
		return false
	}
	f.Tree = f.Tree.Own(ed.Space)
	f.Tree.tend(steps)
	return len(f.Tree.leftovers) > 0
}
