package list

import "github.com/cinnabar-db/cinnabar/datatypes/packed"

// Fill makes a list of items that come one after the other. While they are few their bytes are only gathered, where PushBack would write all
// of them anew with each. The zero value is ready, and so is one that Done has been asked of.
type Fill struct {
	items []byte
	count int
	// form is the list once items are pushed to it, which pushed tells; one is where the next lies.
	form   Form
	pushed bool
	one    [1][]byte
}

// Add adds an item at the end. It is copied.
func (l *Fill) Add(ed *Edit, item *packed.Item) {
	if !l.pushed {
		whole := item.Whole()
		if l.count < maxItems && len(l.items)+2+maxItemHead+len(whole.Text()) <= packed.MaxBytes-packed.MaxHead {
			l.items = whole.AppendBytes(l.items)
			l.count++
			return
		}
		l.form, l.pushed = l.piece(ed), true
	}
	var digits [packed.MaxDigits]byte
	l.one[0] = item.TextIn(digits[:0])
	l.form.PushBack(ed, l.one[:]...)
	l.one[0] = nil
}

// piece is what was gathered.
func (l *Fill) piece(ed *Edit) (f Form) {
	if l.count > 0 {
		f.put(ed, append(packed.AppendCount(ed.Begin(), l.count), l.items...))
	}
	return f
}

// Done returns the list.
func (l *Fill) Done(ed *Edit) Form {
	if !l.pushed {
		l.form = l.piece(ed)
	}
	form := l.form
	*l = Fill{items: l.items[:0]}
	return form
}
