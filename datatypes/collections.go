package datatypes

// What becomes of a collection's entry when the collection has been changed. treeBytes has been told of what the change did to the tree that
// the entry has.

// dropEmpty deletes the key of a collection that was left empty, or never was.
func (ed Editor) dropEmpty(e *Entry, key []byte) {
	if e.Found() {
		ed.Delete(key)
	}
	*e = Entry{}
}

// keepPiece has key keep a small collection; piece may be what it has.
func (ed Editor) keepPiece(e *Entry, key []byte, l label, piece []byte) {
	if body := e.body(); len(body) > 0 && &body[0] == &piece[0] {
		return // nothing has changed
	}
	copy(ed.put(e, key, l, len(piece), nil, e.deadlineMs), piece)
}

// keepTree has key keep a large one, often that which it has.
func (ed Editor) keepTree(e *Entry, key []byte, l label, t tree) {
	if t != e.tree || l != e.label() {
		ed.put(e, key, l, 0, t, e.deadlineMs)
	} else if !ed.keep {
		ed.Touch(e, ed.clockS)
	}
}
