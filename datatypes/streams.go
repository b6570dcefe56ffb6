package datatypes

import "github.com/cinnabar-db/cinnabar/datatypes/rope"

// Streams are kept as they were loaded: bytes that nothing here looks into, behind one that tells whoever loads and saves them how they are
// to be understood.

// PutStream stores a stream under key, in place of whatever was there; found is as for SetStringAt. form is handed out again by StreamForm.
func (ed Editor) PutStream(found *Entry, key []byte, form byte, raw []byte, deadlineMs int64) {
	if 1+len(raw) >= LongString {
		value := append(append(make([]byte, 0, 1+len(raw)), form), raw...)
		ed.put(found, key, labelStream, 0, rope.Adopt(ed.space, value), deadlineMs)
		return
	}
	body := ed.put(found, key, labelStream, 1+len(raw), nil, deadlineMs)
	body[0] = form
	copy(body[1:], raw)
}

// StreamForm is what PutStream was told of the stream's bytes.
func (e *Entry) StreamForm() (form byte) {
	e.StringRange(0, 1, func(piece []byte) bool {
		form = piece[0]
		return true
	})
	return form
}

// StreamLen is the number of a stream's bytes.
func (e *Entry) StreamLen() int { return e.StringLen() - 1 }

// StreamRange yields a stream's bytes in pieces until yield returns false.
func (e *Entry) StreamRange(yield func(piece []byte) bool) { e.StringRange(1, e.StringLen(), yield) }
