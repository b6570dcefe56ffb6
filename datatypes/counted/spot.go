package counted

// Spot is a place in a tree, of an entry or between two: what Seek has found. It is good until the tree's next change. The zero value is
// the place in an empty tree.
type Spot struct {
	// path are the children on the way from the root, depth of them.
	path  [maxDepth]uint8
	depth uint8
	// number is the entry's in its page, or of the one before which the place lies; it begins so far behind the page's first, or would if
	// the place is the page's end.
	number, distance int
}

// follow is the way to a place.
func (t *Tree) follow(w *way, s *Spot) {
	n := t.root
	for level, c := range s.path[:s.depth] {
		w.steps[level] = step{n, int(c)}
		if n.nodes != nil {
			n = n.nodes[c]
		}
	}
	w.depth, w.at = int(s.depth), s.number
}

// Index is the number of the entry at a place. O(log n), and a step for each child to the left of the way.
func (t *Tree) Index(s *Spot) (index int) {
	n := t.root
	for _, c := range s.path[:s.depth] {
		for _, count := range n.counts[:c] {
			index += count
		}
		if n.nodes != nil {
			n = n.nodes[c]
		}
	}
	return index + s.number
}

// Land moves a place where an entry equal to the target was met onto that entry: it may be the first of the page behind the place.
func (t *Tree) Land(s *Spot) {
	var w way
	t.follow(&w, s)
	for level := w.depth - 1; level >= 0; level-- {
		at := w.steps[level]
		if level == w.depth-1 && s.number < at.node.counts[at.index] {
			return
		}
		if at.index+1 < len(at.node.counts) {
			s.path[level]++
			clear(s.path[level+1 : s.depth])
			s.number, s.distance = 0, 0
			return
		}
	}
	panic("counted: no entry at the end of a tree")
}

// Beside are the entries right before a place that Seek has found, and right behind it, where one lies that is there; nil where there are
// none. O(1), but O(log n) at a page's end.
func (t *Tree) Beside(s *Spot) (before, behind []byte) {
	if s.depth == 0 {
		return nil, nil
	}
	in := t.slotAt(s)
	p := in.page
	if s.number > 0 {
		before = in.entry(p.offset(s.number - 1))
	}
	if s.number < p.count() {
		behind = in.entry(p.first() + s.distance)
	} else if next := t.Index(s); next < t.count {
		behind = t.At(next)
	}
	return before, behind
}

// Around are entries with a prefix on either side of a place for it, which Seek has found: on the same page, and so far away, or nearer the
// page's end if the page beyond it has only such entries, or may; nil where there is none. O(1): a search has just read what it reads.
func (t *Tree) Around(s *Spot, far int, prefix uint64) (left, right []byte) {
	if s.depth == 0 {
		return nil, nil
	}
	n, before, behind := t.root, false, false // whether the tree goes on beyond the node that leads to the page
	for _, c := range s.path[:s.depth-1] {
		before, behind = before || c > 0, behind || int(c)+1 < len(n.nodes)
		n = n.nodes[c]
	}
	c := int(s.path[s.depth-1])
	if c > 0 {
		before = n.prefixes[c-1] == prefix
	}
	if c+2 < len(n.prefixes) {
		behind = n.prefixes[c+2] == prefix
	}
	left, number := n.slots[c].leftOf(s.number, far)
	if left != nil && (t.prefix(left) != prefix || s.number-number < far && !before) {
		left = nil
	}
	right, number = n.slots[c].rightOf(s.number, s.distance, far)
	if right != nil && (t.prefix(right) != prefix || number-s.number < far && !behind) {
		right = nil
	}
	return left, right
}

// leftOf is an entry of the page so far to the left of one, or further, and its number; the first of all if none is, nil if that is the one.
func (s slot) leftOf(i, far int) (entry []byte, number int) {
	if i == 0 {
		return nil, 0
	}
	number, distance := s.page.near(i - far)
	return s.entry(s.page.first() + distance), number
}

// rightOf is the same to the right of an entry that begins so far behind the first; the last one marked if there is none, or the last of all.
func (s slot) rightOf(i, distance, far int) (entry []byte, number int) {
	p := s.page
	last := p.count() - 1
	if i > last {
		return nil, 0
	}
	number = i
	for k := range guides {
		n, d := p.mark(k)
		if n > last {
			break
		}
		if n > number {
			number, distance = n, d
		}
		if n >= i+far {
			break
		}
	}
	if number == i {
		number, distance = last, p.offset(last)-p.first()
	}
	return s.entry(p.first() + distance), number
}

// slotAt is the page of a place.
func (t *Tree) slotAt(s *Spot) slot {
	n := t.root
	for _, c := range s.path[:s.depth-1] {
		n = n.nodes[c]
	}
	return n.slots[s.path[s.depth-1]]
}

// Near is the entry so many behind a place in an ordered tree, or before it if that is negative, if it has this prefix, which an entry at the
// place has; nil if there is none, or another. O(1) where the pages between lie beneath one node, else O(log n).
func (t *Tree) Near(s *Spot, by int, prefix uint64) []byte {
	if s.depth == 0 {
		return nil
	}
	var w way
	t.follow(&w, s)
	n, c := w.bottom().node, w.bottom().index
	number := s.number + by
	for ; number < 0 && c > 0 && n.prefixes[c] == prefix; c-- {
		number += n.counts[c-1]
	}
	for ; number >= n.counts[c] && c+1 < len(n.counts) && n.prefixes[c+1] == prefix; c++ {
		number -= n.counts[c]
	}
	var entry []byte
	switch {
	case 0 <= number && number < n.counts[c]:
		entry = n.slots[c].entry(n.slots[c].page.offset(number))
	case number < 0 && n.prefixes[c] != prefix, number >= 0 && c+1 < len(n.counts):
		return nil
	default: // beneath another node
		i := t.Index(s) + by
		if i < 0 || i >= t.count {
			return nil
		}
		entry = t.At(i)
	}
	if t.prefix(entry) != prefix {
		return nil
	}
	return entry
}

// InsertAt is Insert at a place.
func (t *Tree) InsertAt(s *Spot, entry []byte) {
	if s.depth > 0 {
		var w way
		t.follow(&w, s)
		size := sizeOf(len(entry))
		if p := w.slot().page; hasRoom(p, size) {
			t.own(&w, w.depth)
			t.insertAt(&w, p.first()+s.distance, entry, size)
			return
		}
	}
	t.Insert(t.Index(s), entry)
}

// SetAt is Set for the entry at a place.
func (t *Tree) SetAt(s *Spot, entry []byte) {
	var w way
	t.follow(&w, s)
	t.setAt(&w, w.slot().page.first()+s.distance, entry, func() int { return t.Index(s) })
}

// MoveAt removes the entry at a place and inserts another at a second one, which is neither the first nor right behind it. Both places were
// found before the change.
func (t *Tree) MoveAt(from, to *Spot, entry []byte) {
	var w way
	t.follow(&w, from)
	p := w.slot().page
	at := p.first() + from.distance
	size := p.size(at)
	if p.count() == 1 || isSmall(p.need()-size, p.count()-1) {
		// Pages may go or be joined, which moves the second place.
		i, target := t.Index(from), t.Index(to)
		if target > i {
			target--
		}
		t.Delete(i)
		t.Insert(target, entry)
		return
	}
	t.deleteAt(&w, at, nil)
	moved := *to
	if from.path == to.path && from.number < to.number {
		moved.number--
		moved.distance -= size
	}
	t.InsertAt(&moved, entry)
}

// Adjoins tells whether a place is another, of an entry, or right behind it: what is inserted there after that entry has gone takes its number.
func (s *Spot) Adjoins(of *Spot) bool {
	return s.path == of.path && (s.number == of.number || s.number == of.number+1)
}

// DeleteAt is Delete for the entry at a place.
func (t *Tree) DeleteAt(s *Spot) {
	var w way
	t.follow(&w, s)
	t.deleteAt(&w, w.slot().page.first()+s.distance, func() int { return t.Index(s) })
}
