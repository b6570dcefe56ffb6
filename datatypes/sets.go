package datatypes

import (
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
)

// Limits are the sizes up to which Redis keeps collections in their small encodings: what OBJECT ENCODING shows goes by them, and nothing
// else does.
type Limits struct {
	// SetIntset is set-max-intset-entries; SetListpack and SetListpackValue are set-max-listpack-entries and -value.
	SetIntset, SetListpack, SetListpackValue int
	// ZSetListpack and ZSetListpackValue are zset-max-listpack-entries and -value.
	ZSetListpack, ZSetListpackValue int
}

// SetLimits changes them; what is stored already keeps its encoding. The caller holds the exclusive section.
func (s *Store) SetLimits(limits Limits) {
	for _, db := range s.databases {
		db.limits = limits
	}
}

// Set is the value as a set; the empty one if there is no such key. The key must not hold another kind.
func (e *Entry) Set() set.Form {
	t, _ := e.tree.(*set.Tree)
	if t != nil {
		return set.Form{Tree: t}
	}
	return set.Form{Packed: e.body()}
}

// ChangeSet has change add to and take from the set under key, which is there or will be; found is as for SetStringAt. A set that is left
// empty is deleted, with its key. The key's deadline stays. change must not keep its arguments.
func (ed Editor) ChangeSet(found *Entry, key []byte, change func(f *set.Form, edit *set.Edit)) {
	e := found
	ed.lookAgain(e, key)
	f, was := e.Set(), treeBytes(e.tree)
	change(&f, &ed.sets)
	ed.treeBytes += treeBytes(e.tree) - was
	switch {
	case f.Len() == 0:
		ed.dropEmpty(e, key)
	case f.Tree != nil:
		ed.keepTree(e, key, ed.setLabel(e.label(), &f), f.Tree)
	default:
		ed.keepPiece(e, key, ed.setLabel(e.label(), &f), f.Packed)
	}
}

// BuildSet returns a set that build makes of an empty one and that no key holds yet: it is for PutSet, before any other set is changed.
// Nothing that is stored changes meanwhile, so that build may read other sets. build must not keep its arguments.
func (ed Editor) BuildSet(build func(f *set.Form, edit *set.Edit)) (f set.Form) {
	build(&f, &ed.sets)
	return f
}

// PutSet stores a set of BuildSet, not the empty one, under key, in place of whatever was there; found is as for SetStringAt. Its encoding
// is that of a new set; if from isn't nil, of one that was made by taking members out of from.
func (ed Editor) PutSet(found *Entry, key []byte, f, from *set.Form, deadlineMs int64) {
	var was label
	if from != nil {
		was = ed.setLabel(was, from)
	}
	l := ed.setLabel(was, f)
	if f.Tree != nil {
		ed.put(found, key, l, 0, f.Tree, deadlineMs)
		return
	}
	copy(ed.put(found, key, l, len(f.Packed), nil, deadlineMs), f.Packed)
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
