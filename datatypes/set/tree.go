package set

import (
	"fmt"
	"hash/maphash"

	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Tree is a large set. It is changed through its Form.
type Tree struct {
	// madeAt is the header's own making.
	madeAt uint64
	seed   maphash.Seed
	// members are keys without payload.
	members *dict.Dict
	// integers is how many of them read as integers, text the sum of their lengths.
	integers, text int
}

// headerBytes is what a tree takes beside its pages on a 64-bit machine: Tree, dict.Dict and the function that hashes.
const headerBytes = 40 + 352 + 16

func newTree(ed *Edit) *Tree {
	seed := ed.Seed
	members := dict.New(ed.Space, func(member []byte) uint64 { return maphash.Bytes(seed, member) })
	return &Tree{madeAt: ed.Space.Now(), seed: seed, members: members}
}

// Bytes is what the tree takes, without what is free in its pages. O(1).
func (t *Tree) Bytes() int64 { return headerBytes + t.members.Size().Live }

// AllocatedBytes is what all that lies in. O(1).
func (t *Tree) AllocatedBytes() int64 { return headerBytes + t.members.Size().Allocated }

// Own returns a tree that may be changed: t, or a copy of its header if an open view sees it. The caller puts it in t's place.
func (t *Tree) Own(space *page.Space) *Tree {
	if t.madeAt > space.Bar() {
		return t
	}
	mine := *t
	mine.madeAt, mine.members = space.Now(), t.members.View()
	return &mine
}

// Share returns a second tree with the same members; both may change from then on. O(1): what is common is copied as it changes. t must be
// owned.
func (t *Tree) Share(space *page.Space) *Tree {
	other := *t
	other.members = t.members.Share()
	other.madeAt = space.Now()
	return &other
}

// Approach reads what finding these members will read, for all of them together (dict.Touch); hashes is room for as many.
func (t *Tree) Approach(members [][]byte, hashes []uint64) byte {
	for i, member := range members {
		hashes[i] = maphash.Bytes(t.seed, member)
	}
	return t.members.Approach(hashes[:len(members)])
}

// Adopt makes the tree, made in a space apart, part of another (page.NewSpaceApart). O(1).
func (t *Tree) Adopt(space *page.Space) { t.members.Adopt(space) }

// Repack is dict.Repack: it moves about so many pages side by side from a position on, and returns the position from which to go on, 0 at
// the end. t need not be owned: what a view sees stays where it is.
func (t *Tree) Repack(from uint64, pages int) (next uint64) { return t.members.Repack(from, pages) }

func (t *Tree) hash(member []byte) uint64 { return maphash.Bytes(t.seed, member) }

func (t *Tree) has(member []byte) bool { return t.members.Find(t.hash(member), member).Found() }

// add makes a text a member of an owned tree, which it isn't yet.
func (t *Tree) add(hash uint64, member []byte) {
	t.members.Put(dict.At{}, hash, member, 0, nil)
	t.note(member, 1)
}

// remove takes a member that was found out of an owned tree.
func (t *Tree) remove(at dict.At, hash uint64, member []byte) {
	t.members.DeleteAt(at, hash)
	t.note(member, -1)
}

// note counts a member that comes (1) or goes (-1).
func (t *Tree) note(member []byte, more int) {
	t.text += more * len(member)
	if _, isInt := packed.ParseInt(member); isInt {
		t.integers += more
	}
}

// Check walks the whole tree and returns the first invariant that doesn't hold, for tests and for those who doubt. O(n).
func (t *Tree) Check() error {
	if err := t.members.Check(); err != nil {
		return err
	}
	found, integers, text := 0, 0, 0
	var wrong error
	t.members.Range(func(entry dict.Item) bool {
		if len(entry.Payload) != 0 || entry.Tree != nil {
			wrong = fmt.Errorf("member %q has a payload or a tree", entry.Key)
		}
		found++
		text += len(entry.Key)
		if _, isInt := packed.ParseInt(entry.Key); isInt {
			integers++
		}
		return wrong == nil
	})
	switch {
	case wrong != nil:
		return wrong
	case found == 0:
		return fmt.Errorf("an empty tree")
	case integers != t.integers || text != t.text:
		return fmt.Errorf("%d integers, %d bytes of text, counted %d and %d", t.integers, t.text, integers, text)
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
	if len(f.Packed) > packed.MaxBytes {
		return fmt.Errorf("a piece of %d bytes", len(f.Packed))
	}
	if f.isIntegers() {
		return integers(f.Packed).check()
	}
	if len(f.Packed) == 0 {
		return nil
	}
	count, _ := packed.Split(f.Packed)
	if count == 0 || count > maxItems {
		return fmt.Errorf("a piece of %d items", count)
	}
	seen := map[string]bool{}
	for it := range f.items {
		if _, isInt := packed.ParseInt(it.Text()); isInt {
			return fmt.Errorf("the integer %q lies as a string", it.Text())
		}
		seen[string(it.AppendTo(nil))] = true
	}
	if len(seen) != count {
		return fmt.Errorf("%d items, %d different ones", count, len(seen))
	}
	return nil
}

func (p integers) check() error {
	switch width := p.width(); {
	case width != 1 && width != 2 && width != 4 && width != 8:
		return fmt.Errorf("integers of %d bytes", width)
	case p.count() == 0 || p.count() > maxIntegers || (len(p)-1)%width != 0:
		return fmt.Errorf("%d integers of %d bytes in %d", p.count(), width, len(p))
	}
	for i := 1; i < p.count(); i++ {
		if p.at(i-1) >= p.at(i) {
			return fmt.Errorf("%d after %d", p.at(i), p.at(i-1))
		}
	}
	return nil
}
