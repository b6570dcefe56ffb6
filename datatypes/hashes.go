package datatypes

import "github.com/cinnabar-db/cinnabar/datatypes/hash"

// Hash is the value as a hash; the empty one if there is no such key. The key must not hold another kind.
func (e *Entry) Hash() hash.Form {
	if t, _ := e.tree.(*hash.Tree); t != nil {
		return hash.Form{Tree: t}
	}
	return hash.Form{Packed: e.body()}
}

// NoneSet stands for the length of the longest field or value where none is set.
const NoneSet = -1

// ChangeHash has change change the hash under key, which is there or will be; found is as for SetStringAt. longest is the length of the
// longest field or value that it sets, or NoneSet, for the encoding: as in Redis only what sets a field makes it that of large ones. A hash
// that is left empty is deleted, with its key. The key's deadline stays. change must not keep its arguments.
func (ed Editor) ChangeHash(found *Entry, key []byte, longest int, change func(f *hash.Form, edit *hash.Edit)) {
	e := found
	ed.lookAgain(e, key)
	f, was := &ed.hashForm, treeSizeOf(e.tree)
	*f = e.Hash()
	wasDue := f.NextDeadline()
	ed.enter(e)
	defer ed.leave()
	change(f, &ed.edit)
	ed.fieldsExpiring.note(e.hash, wasDue, f.NextDeadline())
	ed.keepForm(e, key, was, ed.hashLabel(e.label(), f, longest), f.Packed, treeOf(f.Tree))
	*f = hash.Form{}
}

// PutHash stores a hash that was made with Building, not the empty one, under key, in place of whatever was there; found is as for
// SetStringAt. longest is the length of its longest field or value.
func (ed Editor) PutHash(found *Entry, key []byte, f *hash.Form, longest int, deadlineMs int64) {
	ed.lookAgain(found, key)
	was := found.fieldDeadlineMs()
	ed.putForm(found, key, ed.hashLabel(0, f, longest), f.Packed, treeOf(f.Tree), deadlineMs)
	ed.fieldsExpiring.note(found.hash, was, f.NextDeadline())
}

// hashLabel is the label of a hash that had another before: as in Redis it never goes back to the smaller encoding, nor, since 7.4, to one
// without deadlines.
func (db *DB) hashLabel(was label, f *hash.Form, longest int) label {
	switch {
	case was == labelHashHashtable || longest > db.limits.HashListpackValue || longest != NoneSet && f.Len() > db.limits.HashListpack:
		return labelHashHashtable
	case was == labelHashListpackEx || f.NextDeadline() != hash.NoDeadline:
		return labelHashListpackEx
	}
	return labelHashListpack
}

// fieldDeadlineMs is when the first field of a hash is due; NoDeadline for other kinds, and without such fields.
func (e *Entry) fieldDeadlineMs() (deadlineMs int64) {
	if e.Kind() != KindHash {
		return NoDeadline
	}
	f := e.Hash()
	return f.NextDeadline()
}
