package resp

// largePush is the size from which a push is shared by its receivers instead of being copied for each, even behind other replies.
const largePush = 4 << 10

// AppendPush appends an out-of-band message of bulk strings as RESP3 has it, whole. RESP2 has an array in its place, which differs in the first
// byte (AsArray).
func AppendPush(dst []byte, words ...[]byte) []byte {
	start := len(dst)
	dst = AppendCommand(dst, words...)
	dst[start] = '>'
	return dst
}

// AsArray makes of a message of AppendPush what RESP2 has in its place.
func AsArray(push []byte) { push[0] = '*' }

// PushFrame adds a message that is encoded already, in the writer's protocol, even where replies are discarded. Nobody may change it any more: it isn't
// copied where it is large or all that the writer holds, so that one message to many thousands who are idle takes no buffer of each.
func (w *Writer) PushFrame(frame []byte) {
	s := w.tail
	switch {
	case s == nil || len(frame) >= largePush:
		w.add(frame[:len(frame):len(frame)], len(frame))
	case len(frame) <= cap(s.buf)-len(s.buf):
		s.buf = append(s.buf, frame...)
	default:
		if s.block == nil && len(frame) <= smallBlockSize/4 {
			s = w.addBlock(smallBlockSize)
		} else {
			s = w.addBlock(blockSize)
		}
		s.buf = append(s.buf, frame...)
	}
	w.pending += int64(len(frame))
}
