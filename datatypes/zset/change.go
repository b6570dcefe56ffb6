package zset

import "github.com/cinnabar-db/cinnabar/datatypes/packed"

// Edit is what changes need.
type Edit = packed.Edit

// put makes a piece that was begun the set.
func (f *Form) put(ed *Edit, piece []byte) {
	ed.Scratch = piece
	f.Packed, f.Tree = piece, nil
}

// Outcome is what became of a member that was added.
type Outcome int

const (
	// Unchanged: it was there with this score. Of -0 and 0, which are equal, the one that was there stays.
	Unchanged Outcome = iota
	// Added: there was no such member.
	Added
	// Changed: it had another score.
	Changed
)

// Add gives a member a score, which is no NaN; the text is copied, and may be another collection's. O(log n).
func (f *Form) Add(ed *Edit, member []byte, score float64) Outcome {
	return f.Put(ed, f.Find(member), member, score)
}

// AddItem is Add for what another collection has handed out.
func (f *Form) AddItem(ed *Edit, it *packed.Item, score float64) Outcome {
	if f.Tree != nil {
		var digits [packed.MaxDigits]byte
		return f.Add(ed, it.TextIn(digits[:0]), score)
	}
	whole := it.Whole()
	return f.putItem(ed, findPair(f.Packed, &whole), &whole, score)
}

// Put is Add for a member that Find has just been asked for.
func (f *Form) Put(ed *Edit, at Place, member []byte, score float64) Outcome {
	if f.Tree == nil {
		it := packed.ParseItem(member)
		return f.putItem(ed, at, &it, score)
	}
	if at.found && at.Score == score {
		return Unchanged
	}
	f.Tree = f.Tree.Own(ed.Space)
	f.Tree.put(&at, member, score)
	return outcome(at)
}

func (f *Form) putItem(ed *Edit, at Place, it *packed.Item, score float64) Outcome {
	if at.found && at.Score == score {
		return Unchanged
	}
	f.putPair(ed, at, it, score)
	return outcome(at)
}

// outcome is that of a change to what was found.
func outcome(was Place) Outcome {
	if was.found {
		return Changed
	}
	return Added
}

// grow makes a piece a tree.
func (f *Form) grow(ed *Edit) {
	t := newTree(ed)
	var digits [packed.MaxDigits]byte
	for it, score := range f.Each {
		member := it.TextIn(digits[:0])
		at := t.find(member)
		t.put(&at, member, score)
	}
	*f = Form{Tree: t}
}

// Remove takes a member out and tells whether it was there. O(log n).
func (f *Form) Remove(ed *Edit, member []byte) (removed bool) {
	at := f.Find(member)
	switch {
	case !at.found:
	case f.Tree == nil || f.Len() == 1:
		rank := f.Rank(&at)
		f.RemoveRange(ed, rank, rank+1)
	default:
		f.Tree = f.Tree.Own(ed.Space)
		f.Tree.remove(&at, member)
		f.shrink(ed)
	}
	return at.found
}

// RemoveRange takes out the members of ranks [from, to). O(log n), and a microsecond a member up to a thousand; of more only their pages
// are gone through (leftover.go), and all members together go at once.
func (f *Form) RemoveRange(ed *Edit, from, to int) {
	f.mustHave(from, to)
	switch {
	case from == to:
	case to-from == f.Len():
		*f = Form{}
	case f.Tree == nil:
		f.cutPairs(ed, from, to)
	default:
		f.Tree = f.Tree.Own(ed.Space)
		f.Tree.cut(from, to)
		f.shrink(ed)
	}
}

// PopFirst takes out the first member, of which there is one, and appends its text to dst. O(log n).
func (f *Form) PopFirst(ed *Edit, dst []byte) (member []byte, score float64) {
	return f.pop(ed, 0, dst)
}

// PopLast is PopFirst for the last one.
func (f *Form) PopLast(ed *Edit, dst []byte) (member []byte, score float64) {
	return f.pop(ed, f.Len()-1, dst)
}

func (f *Form) pop(ed *Edit, rank int, dst []byte) ([]byte, float64) {
	it, score := f.At(rank)
	dst = it.AppendTo(dst)
	f.RemoveRange(ed, rank, rank+1)
	return dst, score
}

// A tree becomes a piece again when it has half of what a piece may have, or less.
const (
	fewBytes = packed.MaxBytes / 2
	fewPairs = maxPairs / 2
)

// shrink makes a tree a piece if it has become small.
func (f *Form) shrink(ed *Edit) {
	count := f.Len()
	// In a piece a member's length may take two bytes more.
	if count > fewPairs || f.Tree.members.Bytes() > fewBytes {
		return
	}
	piece := packed.AppendCount(ed.Begin(), count)
	for it, score := range f.Each {
		whole := packed.ParseItem(it.Text())
		piece = appendPair(piece, &whole, score)
	}
	f.put(ed, piece)
}
