package list

import (
	"bytes"
	"fmt"

	"github.com/cinnabar-db/cinnabar/datatypes/counted"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Tree is a large list. It is changed through its Form.
type Tree struct {
	// madeAt is the header's own making.
	madeAt uint64
	items  counted.Tree
}

// headerBytes is what a tree takes beside its nodes and pages on a 64-bit machine; a test compares it with the compiler's.
const headerBytes = 72

func newTree(ed *Edit) *Tree { return &Tree{ed.Space.Now(), counted.New(ed.Space, nil)} }

// Bytes is what the tree takes, without what is free in its pages. O(1).
func (t *Tree) Bytes() int64 { return headerBytes + t.items.Bytes() }

// AllocatedBytes is what all that lies in. O(1).
func (t *Tree) AllocatedBytes() int64 { return headerBytes + t.items.AllocatedBytes() }

// Own returns a tree that may be changed: t, or a copy of its header if an open view sees it. The caller puts it in t's place.
func (t *Tree) Own(space *page.Space) *Tree {
	if t.madeAt > space.Bar() {
		return t
	}
	mine := *t
	mine.madeAt = space.Now()
	return &mine
}

// Share returns a second tree with the same items; both may change from then on. O(1): what is common is copied as it changes. t must be
// owned.
func (t *Tree) Share(space *page.Space) *Tree {
	other := &Tree{items: t.items.Share()}
	other.madeAt = space.Now()
	return other
}

// Adopt makes the tree, made in a space apart, part of another (page.NewSpaceApart). O(1).
func (t *Tree) Adopt(space *page.Space) { t.items.Adopt(space) }

// Repack moves about so many pages side by side (page.Space.Pack) from a position on, and returns the position from which to go on, 0 at
// the end. t need not be owned: what a view sees stays where it is.
func (t *Tree) Repack(from uint64, pages int) (next uint64) {
	return uint64(t.items.Repack(int(from), pages))
}

// Check walks the whole tree and returns the first invariant that doesn't hold, for tests and for those who doubt. O(n).
func (t *Tree) Check() error {
	if err := t.items.Check(); err != nil {
		return err
	}
	if t.items.Len() == 0 {
		return fmt.Errorf("an empty tree")
	}
	var ed Edit
	for i, entry := range t.items.Ascend(0) {
		it := itemOf(entry)
		it = packed.ParseItem(it.AppendTo(nil))
		if !bytes.Equal(entry, newEntry(&ed, &it)) {
			return fmt.Errorf("item %d lies as % x", i, entry)
		}
	}
	return nil
}

// Check is Tree.Check for either form.
func (f *Form) Check() error {
	if f.Tree != nil {
		if f.Packed != nil {
			return fmt.Errorf("a piece beside a tree")
		}
		return f.Tree.Check()
	}
	if len(f.Packed) == 0 {
		return nil
	}
	count, rest := packed.Split(f.Packed)
	if count == 0 || count > maxItems || len(f.Packed) > packed.MaxBytes {
		return fmt.Errorf("a piece of %d items, %d bytes", count, len(f.Packed))
	}
	for i := range count {
		if len(rest) == 0 {
			return fmt.Errorf("%d items of %d", i, count)
		}
		var it packed.Item
		it, rest = packed.Read(rest)
		if _, reads := packed.ParseInt(it.Text()); reads {
			return fmt.Errorf("the integer %q lies as a string", it.Text())
		}
	}
	if len(rest) != 0 {
		return fmt.Errorf("%d bytes behind the last item", len(rest))
	}
	return nil
}
