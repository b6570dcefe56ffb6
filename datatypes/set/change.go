package set

import (
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// Edit is what changes need.
type Edit = packed.Edit

// put makes a piece that was begun the set.
func (f *Form) put(ed *Edit, piece []byte) {
	ed.Scratch = piece
	f.Packed, f.Tree = piece, nil
}

// Add makes the text a member and tells whether it wasn't one. It is copied, and may be another set's.
func (f *Form) Add(ed *Edit, member []byte) (added bool) {
	if f.Tree != nil {
		return f.addToTree(ed, member)
	}
	it := packed.ParseItem(member)
	return f.addToPiece(ed, &it)
}

// AddItem is Add for what another set has handed out.
func (f *Form) AddItem(ed *Edit, it *packed.Item) (added bool) {
	if f.Tree != nil {
		var digits [packed.MaxDigits]byte
		return f.addToTree(ed, it.TextIn(digits[:0]))
	}
	whole := it.Whole()
	return f.addToPiece(ed, &whole)
}

func (f *Form) addToTree(ed *Edit, member []byte) bool {
	hash := f.Tree.hash(member)
	if f.Tree.members.Find(hash, member).Found() {
		return false
	}
	f.Tree = f.Tree.Own(ed.Space)
	f.Tree.add(hash, member)
	return true
}

// addToPiece adds an item to a piece, which may become a tree; an item that reads as an integer is one.
func (f *Form) addToPiece(ed *Edit, it *packed.Item) bool {
	n, isInt := it.Int()
	switch {
	case isInt && (f.isIntegers() || len(f.Packed) == 0):
		p := integers(f.Packed)
		i, found := p.search(n)
		if found {
			return false
		}
		count := f.Len() + 1
		if count <= maxIntegers && 1+count*max(p.width(), widthOf(n)) <= packed.MaxBytes {
			f.put(ed, p.appendWith(ed.Begin(), i, n))
			return true
		}
	case f.packedHas(it):
		return false
	case f.Len() < maxItems && len(it.Text()) < packed.MaxBytes:
		piece := packed.AppendCount(ed.Begin(), f.Len()+1)
		if f.isIntegers() {
			for p, i := integers(f.Packed), 0; i < p.count(); i++ {
				piece = packed.AppendInt(piece, p.at(i))
			}
		} else {
			_, items := packed.Split(f.Packed)
			piece = append(piece, items...)
		}
		if piece = it.AppendBytes(piece); len(piece) <= packed.MaxBytes {
			f.put(ed, piece)
			return true
		}
		ed.Scratch = piece
	}
	f.grow(ed)
	var digits [packed.MaxDigits]byte
	member := it.TextIn(digits[:0])
	f.Tree.add(f.Tree.hash(member), member)
	return true
}

// grow makes a piece a tree.
func (f *Form) grow(ed *Edit) {
	t := newTree(ed)
	var digits [packed.MaxDigits]byte
	for it := range f.Each {
		member := it.TextIn(digits[:0])
		t.add(t.hash(member), member)
	}
	*f = Form{Tree: t}
}

// Remove takes the text out of the set and tells whether it was a member.
func (f *Form) Remove(ed *Edit, member []byte) (removed bool) {
	if f.Tree == nil {
		it := packed.ParseItem(member)
		return f.removeFromPiece(ed, &it)
	}
	hash := f.Tree.hash(member)
	at := f.Tree.members.Find(hash, member)
	if !at.Found() {
		return false
	}
	f.Tree = f.Tree.Own(ed.Space)
	f.Tree.remove(at, hash, member)
	f.shrink(ed)
	return true
}

func (f *Form) removeFromPiece(ed *Edit, it *packed.Item) bool {
	count := f.Len()
	if f.isIntegers() {
		n, isInt := it.Int()
		i, found := integers(f.Packed).search(n)
		if !isInt || !found {
			return false
		}
		if count == 1 {
			*f = Form{}
			return true
		}
		f.put(ed, integers(f.Packed).appendWithout(ed.Begin(), i))
		return true
	}
	_, items := packed.Split(f.Packed)
	at, _ := packed.FindItem(items, it, 1)
	switch {
	case at < 0:
		return false
	case count == 1:
		*f = Form{}
	default:
		f.put(ed, packed.AppendSpliced(ed.Begin(), count, -1, items, at, packed.Size(items[at:])))
	}
	return true
}

// A tree becomes a piece again when it would take half of what a piece may, or less.
const (
	fewBytes    = packed.MaxBytes / 2
	fewItems    = maxItems / 2
	fewIntegers = fewBytes / 8
)

// shrink makes a tree a piece if it has become small.
func (f *Form) shrink(ed *Edit) {
	t := f.Tree
	switch count := t.members.Len(); {
	case count == 0:
		*f = Form{}
	case t.integers == count && count <= fewIntegers:
		var room [fewIntegers]int64
		members := room[:0]
		t.members.Range(func(entry dict.Item) bool {
			n, _ := packed.ParseInt(entry.Key)
			members = append(members, n)
			return true
		})
		slices.Sort(members)
		f.put(ed, appendSorted(ed.Begin(), members))
	case count <= fewItems && t.text+3*count <= fewBytes:
		// A header takes 3 bytes at most.
		piece := packed.AppendCount(ed.Begin(), count)
		t.members.Range(func(entry dict.Item) bool {
			piece = packed.AppendItem(piece, entry.Key, packed.ParseInt)
			return true
		})
		f.put(ed, piece)
	}
}
