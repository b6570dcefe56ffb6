package list

import (
	"bytes"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// What an entry that isn't just its text begins with.
const (
	// intMark and a number of bytes stand before an integer of so many.
	intMark = 0xf5
	// textMark stands before a text that begins as an integer's entry does, or with textMark.
	textMark = 0xfe
)

// maxIntEntry is the longest entry of an integer: its mark and 8 bytes, or its digits if they are no longer.
const maxIntEntry = 9

// marked tells whether an entry, or a text, begins with a mark.
func marked(b []byte) bool { return len(b) > 0 && b[0] > intMark && b[0] <= textMark }

// itemOf is the item of an entry.
func itemOf(entry []byte) packed.Item {
	if !marked(entry) {
		return packed.TextItem(entry)
	}
	if entry[0] == textMark {
		return packed.TextItem(entry[1:])
	}
	var n int64
	for i := len(entry) - 1; i > 0; i-- {
		n = n<<8 | int64(entry[i])
	}
	shift := 64 - 8*(len(entry)-1)
	return packed.IntItem(n << shift >> shift)
}

// readEntry is itemOf into where the item is wanted. A text, as most entries are, is written there at once: read back as a whole from where its
// parts were just stored, it would take several times as long.
func readEntry(entry []byte, it *packed.Item) {
	if marked(entry) {
		*it = itemOf(entry)
		return
	}
	it.SetText(entry)
}

// appendIntEntry appends the entry of an integer.
func appendIntEntry(dst []byte, n int64) []byte {
	size := 1
	for n<<(64-8*size)>>(64-8*size) != n {
		size++
	}
	it := packed.IntItem(n)
	if it.Len() <= 1+size {
		return it.AppendTo(dst)
	}
	dst = append(dst, intMark+byte(size))
	for range size {
		dst = append(dst, byte(n))
		n >>= 8
	}
	return dst
}

// pattern is an entry, or an item in a piece, as two parts of which the second is a text.
type pattern struct{ head, text []byte }

// is compares an entry with it.
func (p *pattern) is(entry []byte) bool {
	return len(entry) == len(p.head)+len(p.text) && bytes.Equal(entry[:len(p.head)], p.head) && bytes.Equal(entry[len(p.head):], p.text)
}

// likeEntry is the pattern of an item's entry; what of it isn't the item's own text is appended to room. A text must not read as an
// integer.
func likeEntry(it *packed.Item, room []byte) pattern {
	if n, isInt := it.Int(); isInt {
		return pattern{head: appendIntEntry(room, n)}
	}
	if marked(it.Text()) {
		room = append(room, textMark)
	}
	return pattern{room, it.Text()}
}

// entryOf is newEntry for a text, whatever it reads as.
func entryOf(ed *Edit, text []byte) []byte {
	if len(text) > 0 && text[0] > '9' && !marked(text) {
		return text // most texts: no integer begins like that
	}
	it := packed.ParseItem(text)
	return newEntry(ed, &it)
}

// newEntry is an item's entry in one piece, good until the next one is made. A text must not read as an integer.
func newEntry(ed *Edit, it *packed.Item) []byte {
	like := likeEntry(it, ed.Room[:0])
	switch {
	case len(like.head) == 0:
		return like.text
	case len(like.text) == 0:
		return like.head
	}
	return append(like.head[:len(like.head):len(like.head)], like.text...)
}
