package hash

import "github.com/cinnabar-db/cinnabar/datatypes/packed"

// Fill makes a hash of fields that come one after the other, each once. While they are few their bytes are only gathered, where Put would
// write all of them anew with each. The zero value is ready, and so is one that Done has been asked of.
type Fill struct {
	items []byte
	count int
	seen  packed.Seen
	// form is the hash once fields are put into it, which put tells.
	form Form
	put  bool
}

// maxCount is what the count of a piece takes at most.
const maxCount = 2

// Add adds a field and tells whether there was none of that name; if there was, the hash is of no use. Both are copied.
func (l *Fill) Add(ed *Edit, field, value *packed.Item, deadlineMs int64) (added bool) {
	name, whole := field.Whole(), value.Whole()
	if !l.put {
		size := maxCount + len(l.items) + name.Size() + whole.Size()
		if deadlineMs == NoDeadline && l.count < maxFields && size <= packed.MaxBytes {
			if l.seen.Add(ed.Seed, &name) {
				if at, _ := packed.FindItem(l.items, &name, 2); at >= 0 {
					return false
				}
			}
			l.items = appendEntry(l.items, &name, &whole, NoDeadline, false)
			l.count++
			return true
		}
		l.form, l.put = l.piece(ed), true
	}
	var digits [packed.MaxDigits]byte
	text := name.TextIn(digits[:0])
	at := l.form.Find(text)
	if at.found {
		return false
	}
	l.form.Put(ed, &at, text, &whole, deadlineMs)
	return true
}

// piece is what was gathered.
func (l *Fill) piece(ed *Edit) (f Form) {
	if l.count > 0 {
		f.put(ed, append(appendHead(ed.Begin(), l.count, false), l.items...))
	}
	return f
}

// Done returns the hash.
func (l *Fill) Done(ed *Edit) Form {
	if !l.put {
		l.form = l.piece(ed)
	}
	form := l.form
	*l = Fill{items: l.items[:0]}
	return form
}
