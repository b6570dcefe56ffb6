package datatypes

import (
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
)

// Set is the value as a set; the empty one if there is no such key. The key must not hold another kind.
func (e *Entry) Set() set.Form {
	if t, _ := e.tree.(*set.Tree); t != nil {
		return set.Form{Tree: t}
	}
	return set.Form{Packed: e.body()}
}

// ChangeSet has change add to and take from the set under key, which is there or will be; found is as for SetStringAt. A set that is left
// empty is deleted, with its key. The key's deadline stays. change must not keep its arguments.
func (ed Editor) ChangeSet(found *Entry, key []byte, change func(f *set.Form, edit *set.Edit)) {
	e := found
	ed.lookAgain(e, key)
	f, was, l := &ed.setForm, treeSizeOf(e.tree), e.label()
	*f = e.Set()
	had := f.Len()
	ed.enter(e)
	defer ed.leave()
	change(f, &ed.edit)
	if f.Len() > had { // as in Redis only what adds a member changes the encoding
		l = ed.setLabel(l, f)
	}
	ed.keepForm(e, key, was, l, f.Packed, treeOf(f.Tree))
	*f = set.Form{}
}

// PutSet stores a set that was made with Building, not the empty one, under key, in place of whatever was there; found is as for SetStringAt. Its encoding
// is that of a new set; if from isn't nil, of one that was made by taking members out of from.
func (ed Editor) PutSet(found *Entry, key []byte, f, from *set.Form, deadlineMs int64) {
	var was label
	if from != nil {
		was = ed.setLabel(was, from)
	}
	ed.putForm(found, key, ed.setLabel(was, f), f.Packed, treeOf(f.Tree), deadlineMs)
}

// PutListpackSet is PutSet for a set that is never shown as one of integers, whatever it holds: one that was loaded as a listpack.
func (ed Editor) PutListpackSet(found *Entry, key []byte, f *set.Form, deadlineMs int64) {
	ed.putForm(found, key, ed.setLabel(labelSetListpack, f), f.Packed, treeOf(f.Tree), deadlineMs)
}

// setLabel is the label of a set that had another before: as in Redis it never goes back to a smaller encoding.
func (db *DB) setLabel(was label, f *set.Form) label {
	limits := &db.limits
	switch {
	case was == labelSetHashtable:
		return was
	case f.Len() <= limits.SetIntset && was != labelSetListpack && f.Integers():
		return labelIntset
	case f.Len() <= limits.SetListpack && longestMember(f) <= limits.SetListpackValue:
		return labelSetListpack
	}
	return labelSetHashtable
}

// longestMember is the length of the longest member.
func longestMember(f *set.Form) (longest int) {
	f.Each(func(it packed.Item) bool {
		longest = max(longest, it.Len())
		return true
	})
	return longest
}
