package set

import (
	"slices"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// Fill makes a set of members that come one after the other, each once. While they are few they are only gathered, where Add would write all
// of them anew with each. The zero value is ready, and so is one that Done has been asked of.
type Fill struct {
	// numbers are the members as long as all are integers, items their bytes otherwise, of so many.
	numbers []int64
	items   []byte
	count   int
	seen    packed.Seen
	// form is the set once its members are added to it, which added tells.
	form  Form
	added bool
}

// maxCount is what the count of a piece takes at most.
const maxCount = 2

// Add adds a member and tells whether it wasn't there, as far as that is known already; if it was, the set is of no use. The text is copied.
func (l *Fill) Add(ed *Edit, member *packed.Item) (added bool) {
	it := member.Whole()
	n, isInt := it.Int()
	switch {
	case l.added:
	case isInt && l.count == 0 && len(l.numbers) < maxIntegers:
		l.numbers = append(l.numbers, n)
		return true
	case len(l.numbers) == 0 && l.count < maxItems && maxCount+len(l.items)+packed.MaxHead+len(it.Text()) <= packed.MaxBytes:
		if l.seen.Add(ed.Seed, &it) {
			if at, _ := packed.FindItem(l.items, &it, 1); at >= 0 {
				return false
			}
		}
		l.items = it.AppendBytes(l.items)
		l.count++
		return true
	default:
		if l.form, l.added = l.gathered(ed); !l.added {
			return false
		}
	}
	return l.form.AddItem(ed, &it)
}

// gathered is the set of what was gathered; false if a member is there twice.
func (l *Fill) gathered(ed *Edit) (f Form, ok bool) {
	switch {
	case l.count > 0:
		f.put(ed, append(packed.AppendCount(ed.Begin(), l.count), l.items...))
	case len(l.numbers) > 0:
		slices.Sort(l.numbers)
		for i := 1; i < len(l.numbers); i++ {
			if l.numbers[i-1] == l.numbers[i] {
				return f, false
			}
		}
		first, last := l.numbers[0], l.numbers[len(l.numbers)-1]
		if 1+len(l.numbers)*max(widthOf(first), widthOf(last)) <= packed.MaxBytes {
			f.put(ed, appendSorted(ed.Begin(), l.numbers))
			break
		}
		f.Tree = newTree(ed)
		var digits [packed.MaxDigits]byte
		for _, n := range l.numbers {
			it := packed.IntItem(n)
			member := it.TextIn(digits[:0])
			f.Tree.add(f.Tree.hash(member), member)
		}
	}
	return f, true
}

// Done returns the set; false if a member came twice.
func (l *Fill) Done(ed *Edit) (f Form, ok bool) {
	f, ok = l.form, true
	if !l.added {
		f, ok = l.gathered(ed)
	}
	*l = Fill{numbers: l.numbers[:0], items: l.items[:0]}
	return f, ok
}
