package datatypes

import "github.com/cinnabar-db/cinnabar/datatypes/list"

// List is the value as a list; the empty one if there is no such key. The key must not hold another kind.
func (e *Entry) List() list.Form {
	if t, _ := e.tree.(*list.Tree); t != nil {
		return list.Form{Tree: t}
	}
	return list.Form{Packed: e.body()}
}

// ChangeList has change change the list under key, which is there or will be; found is as for SetStringAt. A list that is left empty is
// deleted, with its key. The key's deadline stays. change must not keep its arguments, nor hand the list its own bytes.
func (ed Editor) ChangeList(found *Entry, key []byte, change func(f *list.Form, edit *list.Edit)) {
	e := found
	ed.lookAgain(e, key)
	f, was := &ed.listForm, treeSizeOf(e.tree)
	*f = e.List()
	ed.enter(e)
	defer ed.leave()
	change(f, &ed.edit)
	ed.keepForm(e, key, was, labelQuicklist, f.Packed, treeOf(f.Tree))
	*f = list.Form{}
}

// PutList stores a list that was made with Building, not the empty one, under key, in place of whatever was there; found is as for SetStringAt.
func (ed Editor) PutList(found *Entry, key []byte, f *list.Form, deadlineMs int64) {
	ed.putForm(found, key, labelQuicklist, f.Packed, treeOf(f.Tree), deadlineMs)
}
