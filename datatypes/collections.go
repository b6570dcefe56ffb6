package datatypes

import (
	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/list"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
)

// Limits are the sizes up to which Redis keeps collections in their small encodings: what OBJECT ENCODING shows goes by them, and nothing
// else does.
type Limits struct {
	// SetIntset is set-max-intset-entries; SetListpack and SetListpackValue are set-max-listpack-entries and -value.
	SetIntset, SetListpack, SetListpackValue int
	// ZSetListpack and ZSetListpackValue are zset-max-listpack-entries and -value.
	ZSetListpack, ZSetListpackValue int
	// HashListpack and HashListpackValue are hash-max-listpack-entries and -value.
	HashListpack, HashListpackValue int
}

// Elements is how many elements, members or fields a collection has, due fields too; 0 for a string, and where there is no such key. O(1).
func (e *Entry) Elements() int {
	switch e.Kind() {
	case KindList:
		f := e.List()
		return f.Len()
	case KindSet:
		f := e.Set()
		return f.Len()
	case KindSortedSet:
		f := e.SortedSet()
		return f.Len()
	case KindHash:
		f := e.Hash()
		return f.Len()
	}
	return 0
}

// SetLimits changes them; what is stored already keeps its encoding. The caller holds the exclusive section.
func (s *Store) SetLimits(limits Limits) {
	for _, db := range s.databases {
		db.limits = limits
	}
}

// collecting is what changes of collections need: places for what is in the making.
type collecting struct {
	edit packed.Edit
	// The collection that is being changed, one at a time.
	listForm list.Form
	setForm  set.Form
	zsetForm zset.Form
	hashForm hash.Form
}

// keepForm has key keep a collection that was changed, a piece or a tree or neither: then it was left empty, and the key goes. e is what the
// key had before, was the size of its tree before the change.
func (ed Editor) keepForm(e *Entry, key []byte, was treeSize, l label, piece []byte, t collection) {
	ed.trees.change(was, treeSizeOf(e.tree)) // of a tree that was changed where it is
	switch {
	case t != nil && tree(t) == e.tree && l == e.label():
		if !ed.keep {
			ed.used(e, false)
		}
	case t != nil:
		ed.put(e, key, l, 0, t, e.deadlineMs)
	case len(piece) == 0:
		if e.Found() {
			ed.drop(e, key)
		}
	default:
		if body := e.body(); len(body) > 0 && &body[0] == &piece[0] {
			return // nothing has changed
		}
		ed.putPiece(e, key, l, piece, e.deadlineMs)
	}
}

// putForm stores a collection that no key holds yet, not an empty one, in place of whatever was there.
func (ed Editor) putForm(e *Entry, key []byte, l label, piece []byte, t collection, deadlineMs int64) {
	if t != nil {
		t.Adopt(ed.space)
		ed.put(e, key, l, 0, t, deadlineMs)
		return
	}
	ed.putPiece(e, key, l, piece, deadlineMs)
}

func (ed Editor) putPiece(e *Entry, key []byte, l label, piece []byte, deadlineMs int64) {
	copy(ed.put(e, key, l, len(piece), nil, deadlineMs), piece)
}
