package list

import "github.com/cinnabar-db/cinnabar/datatypes/packed"

// Edit is what changes need.
type Edit = packed.Edit

// put makes a piece that was begun the list.
func (f *Form) put(ed *Edit, piece []byte) {
	ed.Scratch = piece
	f.Packed, f.Tree = piece, nil
}

// PushBack adds texts at the end, in their order. Here and below they are copied, and may be another list's; what is this list's own must
// have been copied before.
func (f *Form) PushBack(ed *Edit, texts ...[]byte) { f.replace(ed, f.Len(), 0, texts, false) }

// PushFront adds texts at the front, one after the other: the last will be the first.
func (f *Form) PushFront(ed *Edit, texts ...[]byte) { f.replace(ed, 0, 0, texts, true) }

// Insert makes a text item i, from 0 to Len(); those from i on move up by one.
func (f *Form) Insert(ed *Edit, i int, text []byte) {
	f.mustHave(0, i)
	f.replace(ed, i, 0, [][]byte{text}, false)
}

// Set replaces item i.
func (f *Form) Set(ed *Edit, i int, text []byte) {
	f.mustHave(i, i+1)
	f.replace(ed, i, 1, [][]byte{text}, false)
}

// replace puts texts in the place of none or one of the items, that of index i: in their order or the other way round. There are as many
// texts as items at least.
func (f *Form) replace(ed *Edit, i, removed int, texts [][]byte, reversed bool) {
	if len(texts) == 0 {
		return
	}
	if f.Tree == nil {
		if f.haveRoom(texts) {
			f.splice(ed, i, removed, texts, reversed)
			return
		}
		f.grow(ed)
	}
	f.Tree = f.Tree.Own(ed.Space)
	for k := range texts {
		entry := entryOf(ed, texts[k])
		switch {
		case removed > 0:
			f.Tree.items.Set(i, entry)
		case reversed:
			f.Tree.items.Insert(i, entry)
		default:
			f.Tree.items.Insert(i+k, entry)
		}
	}
	if removed > 0 {
		f.shrink(ed)
	}
}

// maxItemHead is what comes before the text of an item at most.
const maxItemHead = 5

// haveRoom tells whether a piece may take so many more texts.
func (f *Form) haveRoom(texts [][]byte) bool {
	size := len(f.Packed) + 2
	for _, text := range texts {
		size += len(text) + maxItemHead
		if size > packed.MaxBytes {
			return false
		}
	}
	return f.Len()+len(texts) <= maxItems
}

// splice is replace in a piece that has room.
func (f *Form) splice(ed *Edit, i, removed int, texts [][]byte, reversed bool) {
	count, items := packed.Split(f.Packed)
	from := len(items)
	if i < count {
		from -= len(packed.Skip(items, i))
	}
	to := len(items) - len(packed.Skip(items[from:], removed))
	piece := packed.AppendCount(ed.Begin(), count-removed+len(texts))
	piece = append(piece, items[:from]...)
	for k := range texts {
		if reversed {
			k = len(texts) - 1 - k
		}
		piece = packed.AppendItem(piece, texts[k], packed.ParseInt)
	}
	f.put(ed, append(piece, items[to:]...))
}

// grow makes a piece a tree.
func (f *Form) grow(ed *Edit) {
	t := newTree(ed)
	f.Range(0, f.Len(), func(it packed.Item) bool {
		t.items.Append(newEntry(ed, &it))
		return true
	})
	*f = Form{Tree: t}
}

// A tree becomes a piece again when it takes half of what a piece may, or less.
const (
	fewBytes = packed.MaxBytes / 2
	fewItems = maxItems / 2
)

// shrink makes a tree a piece if it has become small.
func (f *Form) shrink(ed *Edit) {
	count := f.Len()
	switch {
	case count == 0:
		*f = Form{}
	case count <= fewItems && f.Tree.Bytes() <= fewBytes:
		piece := packed.AppendCount(ed.Begin(), count)
		for _, entry := range f.Tree.items.Ascend(0) {
			it := itemOf(entry)
			if text := it.Text(); text != nil {
				it = packed.ParseItem(text)
			}
			piece = it.AppendBytes(piece)
		}
		f.put(ed, piece)
	}
}
