package zset

import "github.com/cinnabar-db/cinnabar/datatypes/packed"

// Fill makes a sorted set of members that come one after the other, each once. While they are few, and rise, their bytes are only gathered,
// where Put would write all of them anew with each. The zero value is ready, and so is one that Done has been asked of.
type Fill struct {
	pairs []byte
	count int
	// last is where the last pair begins.
	last int
	seen packed.Seen
	// form is the set once its members are put into it, which put tells.
	form Form
	put  bool
}

const (
	// maxCount is what the count of a piece takes at most.
	maxCount = 2
	// maxItemHead is what an item takes beside its text at most.
	maxItemHead = packed.MaxHead
)

// Add adds a member and tells whether it wasn't there; if it was, the set is of no use. The text is copied, the score no NaN.
func (l *Fill) Add(ed *Edit, member *packed.Item, score float64) (added bool) {
	it := member.Whole()
	var digits [packed.MaxDigits]byte
	if !l.put {
		size := maxCount + len(l.pairs) + maxItemHead + len(it.Text()) + maxScoreBytes
		if l.count < maxPairs && size <= packed.MaxBytes && l.rises(&it, score) {
			if l.seen.Add(ed.Seed, &it) && findIn(l.pairs, &it).found {
				return false
			}
			l.last = len(l.pairs)
			l.pairs = appendPair(l.pairs, &it, score)
			l.count++
			return true
		}
		l.form, l.put = l.piece(ed), true
	}
	text := it.TextIn(digits[:0])
	at := l.form.Find(text)
	if at.found {
		return false
	}
	l.form.Put(ed, at, text, score)
	return true
}

// rises tells whether a member comes behind the last one.
func (l *Fill) rises(it *packed.Item, score float64) bool {
	if l.count == 0 {
		return true
	}
	last := readPair(l.pairs[l.last:])
	if score != last.score {
		return score > last.score
	}
	var digits [packed.MaxDigits]byte
	return compareItem(&last.member, it.TextIn(digits[:0])) < 0
}

// piece is what was gathered.
func (l *Fill) piece(ed *Edit) (f Form) {
	if l.count > 0 {
		f.put(ed, append(packed.AppendCount(ed.Begin(), l.count), l.pairs...))
	}
	return f
}

// Done returns the set.
func (l *Fill) Done(ed *Edit) Form {
	if !l.put {
		l.form = l.piece(ed)
	}
	form := l.form
	*l = Fill{pairs: l.pairs[:0]}
	return form
}
