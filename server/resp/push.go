package resp

// largePush is the size from which a push is shared by its receivers instead of being copied for each, even behind other replies.
const largePush = 4 << 10

// AsPush makes of a message that is laid out as an array, as RESP2 has it, the push that RESP3 has in its place.
func AsPush(frame []byte) { frame[0] = '>' }

// PushFrame adds a message that is encoded already, in the writer's protocol, even where replies are discarded. Nobody may change it any more: it isn't
// copied where it is large or all that the writer holds, so that one message to many thousands who are idle takes no buffer of each.
func (w *Writer) PushFrame(frame []byte) {
	s := w.tail
	switch {
	case s == nil || len(frame) >= largePush:
		w.add(frame[:len(frame):len(frame)], len(frame))
		w.pending += int64(len(frame))
	default:
		w.CopyFrame(frame)
	}
}

// CopyFrame is PushFrame for a message, of less than a block, that stays the caller's.
func (w *Writer) CopyFrame(frame []byte) {
	s := w.tail
	switch {
	case s != nil && len(frame) <= cap(s.buf)-len(s.buf):
		s.buf = append(s.buf, frame...)
	case s != nil && s == w.head && s.block == nil && !s.hole && len(s.buf)+len(frame) <= smallBlockSize:
		// With what is shared it makes one piece to send.
		s.block = getBlock(smallBlockSize)
		w.held += smallBlockSize + segmentBytes - int64(s.extra)
		s.extra = segmentBytes
		s.buf = append(append(s.block[:0], s.buf...), frame...)
	default:
		size := blockSize
		if (s == nil || s.block == nil) && len(frame) <= smallBlockSize/4 {
			size = smallBlockSize
		}
		s = w.addBlock(size)
		s.buf = append(s.buf, frame...)
	}
	w.pending += int64(len(frame))
}
