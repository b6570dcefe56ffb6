package datatypes

import "github.com/cinnabar-db/cinnabar/datatypes/zset"

// SortedSet is the value as a sorted set; the empty one if there is no such key. The key must not hold another kind.
func (e *Entry) SortedSet() zset.Form {
	if t, _ := e.tree.(*zset.Tree); t != nil {
		return zset.Form{Tree: t}
	}
	return zset.Form{Packed: e.body()}
}

// ChangeSortedSet has change change the sorted set under key, which is there or will be; found is as for SetStringAt. longest is the length
// of the longest member that it adds, for the encoding. A sorted set that is left empty is deleted, with its key. The key's deadline stays.
// change must not keep its arguments.
func (ed Editor) ChangeSortedSet(found *Entry, key []byte, longest int, change func(f *zset.Form, edit *zset.Edit)) {
	e := found
	ed.lookAgain(e, key)
	f, was, l := &ed.zsetForm, treeSizeOf(e.tree), e.label()
	*f = e.SortedSet()
	had := f.Len()
	ed.enter(e)
	defer ed.leave()
	change(f, &ed.edit)
	if f.Len() > had { // as in Redis only what adds a member changes the encoding
		l = ed.zsetLabel(l, f.Len(), longest)
	}
	ed.keepForm(e, key, was, l, f.Packed, treeOf(f.Tree))
	*f = zset.Form{}
}

// PutSortedSet stores a sorted set that was made with Building, not the empty one, under key, in place of whatever was there; found is as for
// SetStringAt. longest is the length of its longest member.
func (ed Editor) PutSortedSet(found *Entry, key []byte, f *zset.Form, longest int, deadlineMs int64) {
	ed.putForm(found, key, ed.zsetLabel(0, f.Len(), longest), f.Packed, treeOf(f.Tree), deadlineMs)
}

// EnlargeSortedSet gives the sorted set under key, which e has found, the encoding of a large one, however it lies.
func (ed Editor) EnlargeSortedSet(e *Entry, key []byte) {
	if ed.lookAgain(e, key); e.label() == labelZSetListpack {
		ed.put(e, key, labelSkiplist, len(e.body()), e.tree, e.deadlineMs)
	}
}

// SmallSortedSet implements Reader.
func (k *keys) SmallSortedSet(e *Entry, count, longest int) bool {
	return k.zsetLabel(e.label(), count, longest) == labelZSetListpack
}

// zsetLabel is the label of a sorted set of so many members that had another before: as in Redis it never goes back to the smaller
// encoding.
func (k *keys) zsetLabel(was label, count, longest int) label {
	if was == labelSkiplist || count > k.limits.ZSetListpack || longest > k.limits.ZSetListpackValue {
		return labelSkiplist
	}
	return labelZSetListpack
}
