package resp

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/tidwall/redcon"
)

// Limits bound what one client may send. The fields are read at each call of Next, so they may change in between.
type Limits struct {
	// MaxBulk is proto-max-bulk-len, in bytes.
	MaxBulk int64
	// MaxArgs is the largest count of words in a multi-bulk frame.
	MaxArgs int
	// MaxInline is the longest line, in bytes before its end: an inline command, a count or a bulk's length.
	MaxInline int
	// Unauthenticated is set while the client must still authenticate: 10 words, bulks of 16 KiB. A frame behind AUTH in
	// the same buffer must be asked for after AUTH has run.
	Unauthenticated bool
}

// DefaultLimits are those of Redis 7.0.15. Its only bound on the count of words is INT_MAX (older versions: 1024*1024);
// client-query-buffer-limit, which is the caller's to watch, is met long before.
func DefaultLimits() Limits {
	return Limits{MaxBulk: 512 << 20, MaxArgs: math.MaxInt32, MaxInline: 64 << 10}
}

const (
	unauthenticatedArgs = 10
	unauthenticatedBulk = 16 << 10
	// largestBulk keeps sums of an offset and a length within an int, whatever proto-max-bulk-len says.
	largestBulk = math.MaxInt / 2
)

// ProtocolError is a frame that ends its connection. The caller replies with Reply and closes once that is sent.
type ProtocolError struct {
	// Text is what the client is told behind "-ERR Protocol error: ". It may hold one byte of what the client sent, never \r or \n.
	Text string
	// Log is what Redis writes to its log, as in `Protocol error (<Log>) from client: ...`.
	Log string
}

// Error is the reply's text without the leading "-ERR ".
func (e *ProtocolError) Error() string { return "Protocol error: " + e.Text }

// Reply is the whole error reply.
func (e *ProtocolError) Reply() string { return "-ERR Protocol error: " + e.Text + "\r\n" }

var (
	errBigInline  = &ProtocolError{"too big inline request", "too big inline request"}
	errQuotes     = &ProtocolError{"unbalanced quotes in request", "unbalanced quotes in inline request"}
	errBigCount   = &ProtocolError{"too big mbulk count string", "too big mbulk count string"}
	errCount      = &ProtocolError{"invalid multibulk length", "invalid mbulk count"}
	errUnauthArgs = &ProtocolError{"unauthenticated multibulk length", "unauth mbulk count"}
	errBigLength  = &ProtocolError{"too big bulk count string", "too big bulk count string"}
	errLength     = &ProtocolError{"invalid bulk length", "invalid bulk length"}
	errUnauthBulk = &ProtocolError{"unauthenticated bulk length", "unauth bulk length"}
)

// errExpectedDollar is the complaint about a bulk that begins with c; as in every formatted error of Redis a line end
// becomes a space.
func errExpectedDollar(c byte) *ProtocolError {
	if c == '\r' || c == '\n' {
		c = ' '
	}
	return &ProtocolError{
		"expected '$', got '" + string([]byte{c}) + "'",
		"expected $ but got something else",
	}
}

// What a Framer reads next.
const (
	atStart  = iota // the first byte of a frame
	atInline        // the end of an inline line
	atCount         // the end of the line *<count>
	atLength        // the end of a line $<length>
	atBody          // the end of a bulk's bytes
)

// Framer finds the frames of one connection. The zero value is ready. It holds offsets alone: 32 bytes, no buffer.
type Framer struct {
	pos     int   // where the line or the bulk's bytes that are being read begin
	scanned int   // bytes before it don't end the line at pos
	bulk    int   // atBody: the bulk's length
	left    int32 // bulks still to be read, the one at pos included
	state   uint8
}

// Next looks for one whole frame at the beginning of buf.
//
// If size > 0, buf[:size] is a whole frame; the next call's buf begins behind it. If size is 0 and err nil, the frame is
// incomplete: the next call's buf holds the same bytes (anywhere in memory) and more, and the check goes on where it
// stopped. want is then the least number of bytes that the frame will need in all, as far as is known, or 0: the length
// of the bulk being read is in it, later ones are not, so round it up a little. It is only what the client announced;
// at most MaxBulk is added to the bytes already there. After an error the connection is over.
//
// Redis skips the byte after a line's \r and the two bytes after a bulk without looking at them. Next does too, and
// where they aren't \r\n writes \r\n over them in buf, so that redcon reads the frame as Redis would. Like Redis's
// strchr it doesn't find a line's end behind a NUL byte. Where Redis's answer depends on how the bytes were cut into
// reads (a line of more than MaxInline bytes that comes at once) Next answers as if they came one by one.
func (f *Framer) Next(buf []byte, lim *Limits) (size, want int, err *ProtocolError) {
	if len(buf) <= f.pos || len(buf) < f.scanned {
		return 0, f.want(), nil
	}
	if f.state == atStart {
		if n := shortCount(buf, lim); n > 0 {
			f.left, f.pos, f.scanned, f.state = n, len("*1\r\n"), len("*1\r\n"), atLength
		} else if buf[0] == '*' {
			f.state = atCount
		} else {
			f.state = atInline
		}
	}
	switch f.state {
	case atInline:
		size, err = f.inline(buf, lim)
	case atCount:
		size, err = f.count(buf, lim)
		if size == 0 && err == nil && f.state == atLength {
			size, err = f.bulks(buf, lim)
		}
	default:
		size, err = f.bulks(buf, lim)
	}
	if size > 0 {
		*f = Framer{}
		return size, 0, nil
	}
	return 0, f.want(), err
}

// Short is Next and Args at once for a frame that lies whole at the beginning of buf and has one to nine words of less than 100 bytes each, as nearly
// all have: its size, and args with its words. For any other, and in the middle of one, size is 0 and Next is to be asked.
func (f *Framer) Short(buf []byte, lim *Limits, args [][]byte) (size int, words [][]byte) {
	count := shortCount(buf, lim)
	if count == 0 || f.state != atStart || !lim.allowShort() {
		return 0, args
	}
	words = args
	size = len("*1\r\n")
	for range count {
		begin, end := shortBulk(buf[size:])
		if end == 0 {
			clear(words[len(args):]) // nothing is to keep buf alive
			return 0, args
		}
		words = append(words, buf[size+begin:size+end:size+end])
		size += end + len("\r\n")
	}
	return size, words
}

// allowShort tells whether bulks of less than 100 bytes are within the limits.
func (lim *Limits) allowShort() bool { return lim.MaxBulk >= 99 && lim.MaxInline >= len("$99") }

// want is the least total size of an incomplete frame, 0 if nothing is known.
func (f *Framer) want() int {
	if f.state != atBody {
		return 0
	}
	return f.pos + f.bulk + len("\r\n")
}

// Passed is how many bytes of an incomplete frame lie before the line or the bulk that is being read: its words so far. It may be two more than
// have come.
func (f *Framer) Passed() int { return f.pos }

func (f *Framer) inline(buf []byte, lim *Limits) (int, *ProtocolError) {
	end := f.lineEnd(buf, '\n', lim.MaxInline)
	switch {
	case end == lineTooLong:
		return 0, errBigInline
	case end < 0:
		return 0, nil
	case !balanced(trimCR(buf[:end])):
		return 0, errQuotes
	}
	return end + 1, nil
}

// shortCount is the count of a frame that begins with a well-formed count of one digit, 0 of any other. Nothing is taken that count wouldn't.
func shortCount(buf []byte, lim *Limits) int32 {
	const frame, digit = 0x0a0d002a, 0xff00 // "*1\r\n" without its digit
	if len(buf) < len("*1\r\n") || lim.MaxInline < len("*1") {
		return 0
	}
	head := binary.LittleEndian.Uint32(buf)
	n := int(head>>8&0xff) - '0'
	if head&^digit != frame || n < 1 || n > min(9, lim.MaxArgs) {
		return 0
	}
	return int32(n)
}

// count reads the line *<count>. A count of zero or less is a frame by itself.
func (f *Framer) count(buf []byte, lim *Limits) (int, *ProtocolError) {
	end := f.lineEnd(buf, '\r', lim.MaxInline)
	if end == lineTooLong {
		return 0, errBigCount
	}
	if end < 0 || end+1 >= len(buf) {
		return 0, nil
	}
	n, ok := parseLength(buf[1:end])
	switch {
	case !ok || n > int64(lim.MaxArgs) || n > math.MaxInt32:
		return 0, errCount
	case n > unauthenticatedArgs && lim.Unauthenticated:
		return 0, errUnauthArgs
	}
	setByte(buf, end+1, '\n')
	if n <= 0 {
		return end + 2, nil
	}
	f.left = int32(n)
	f.pos, f.scanned, f.state = end+2, end+2, atLength
	return 0, nil
}

// bulks reads bulks until the frame or the buffer ends.
func (f *Framer) bulks(buf []byte, lim *Limits) (int, *ProtocolError) {
	if f.state == atLength && f.shortBulks(buf, lim) {
		return f.pos, nil
	}
	for {
		if f.state == atLength {
			end := f.lineEnd(buf, '\r', lim.MaxInline)
			if end == lineTooLong {
				return 0, errBigLength
			}
			if end < 0 || end+1 >= len(buf) {
				return 0, nil
			}
			if buf[f.pos] != '$' {
				return 0, errExpectedDollar(buf[f.pos])
			}
			n, ok := parseLength(buf[f.pos+1 : end])
			switch {
			case !ok || n < 0 || n > lim.MaxBulk || n > largestBulk:
				return 0, errLength
			case n > unauthenticatedBulk && lim.Unauthenticated:
				return 0, errUnauthBulk
			}
			setByte(buf, end+1, '\n')
			f.bulk = int(n)
			f.pos, f.scanned, f.state = end+2, end+2, atBody
		}
		end := f.pos + f.bulk
		if len(buf)-2 < end {
			return 0, nil
		}
		setByte(buf, end, '\r')
		setByte(buf, end+1, '\n')
		if f.left--; f.left == 0 {
			return end + 2, nil
		}
		f.pos, f.scanned, f.state = end+2, end+2, atLength
	}
}

// shortBulks passes over the well-formed bulks of less than 100 bytes that lie whole at f.pos, and tells whether they end
// the frame. It takes nothing that the general way wouldn't, in half the time.
func (f *Framer) shortBulks(buf []byte, lim *Limits) bool {
	if !lim.allowShort() {
		return false
	}
	pos, left := f.pos, f.left
	for left > 0 {
		_, end := shortBulk(buf[pos:])
		if end == 0 {
			break
		}
		pos += end + len("\r\n")
		left--
	}
	if left < f.left {
		f.pos, f.scanned, f.left = pos, pos, left
	}
	return left == 0
}

// shortBulk is where the bytes of a well-formed bulk of less than 100 that lies whole at the beginning of b begin and end; both are 0 if none does.
func shortBulk(b []byte) (begin, end int) {
	// "$1\r\n" and "$12\r" without their digits, and "\r\n", as they are read.
	const oneDigit, twoDigits, digit, lineBreak = 0x0a0d0024, 0x0d000024, 0xff00, 0x0a0d
	if len(b) < len("$0\r\n\r\n") {
		return 0, 0
	}
	head := binary.LittleEndian.Uint32(b)
	n := uint(byte(head>>8) - '0')
	if n > 9 {
		return 0, 0
	}
	begin = len("$9\r\n")
	if head&^digit != oneDigit {
		d := uint(byte(head>>16) - '0')
		if head&^(digit|digit<<8) != twoDigits || n == 0 || d > 9 || b[4] != '\n' {
			return 0, 0
		}
		n, begin = n*10+d, len("$99\r\n")
	}
	end = begin + int(n)
	if len(b) < end+len("\r\n") || binary.LittleEndian.Uint16(b[end:]) != lineBreak {
		return 0, 0
	}
	return begin, end
}

// What lineEnd returns instead of an index.
const (
	lineIncomplete = -1
	lineTooLong    = -2
)

// lineEnd is the index of the byte that ends the line at f.pos. Up to limit bytes may stand before it; a NUL hides it.
func (f *Framer) lineEnd(buf []byte, terminator byte, limit int) int {
	last := f.pos + limit
	for i := f.scanned; i < len(buf) && i <= last; i++ {
		c := buf[i]
		if c > '\r' {
			continue
		}
		if c == terminator {
			f.scanned = i
			return i
		}
		if c == 0 {
			f.scanned = i
			return f.unended(len(buf), limit)
		}
	}
	f.scanned = min(len(buf), last+1)
	return f.unended(len(buf), limit)
}

// unended tells a line that may still end from one that is too long.
func (f *Framer) unended(size, limit int) int {
	if size-f.pos > limit {
		return lineTooLong
	}
	return lineIncomplete
}

// setByte writes only where it must, so that a well-formed buffer is never written to.
func setByte(buf []byte, i int, c byte) {
	if buf[i] != c {
		buf[i] = c
	}
}

// parseLength reads a whole number as strictly as Redis's string2ll: no sign but a minus, no leading zero, no space.
func parseLength(b []byte) (int64, bool) {
	if len(b) == 1 {
		d := b[0] - '0'
		return int64(d), d <= 9
	}
	if len(b) == 0 || len(b) > len("-9223372036854775808") {
		return 0, false
	}
	negative := b[0] == '-'
	if negative {
		b = b[1:]
	}
	if b[0] == '0' {
		return 0, false
	}
	var n uint64
	for _, c := range b {
		d := uint64(c - '0')
		if d > 9 || n > (math.MaxUint64-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	if negative {
		return -int64(n), n <= -math.MinInt64
	}
	return int64(n), n <= math.MaxInt64
}

var errNotAFrame = errors.New("resp: the codec doesn't accept a checked frame")

// Args appends the words of a whole frame, as Next gave it, to args. A frame may hold none (*0, *-1, an empty line),
// which the caller ignores. The words of a multi-bulk frame, and inline words without quotes, lie in the frame's memory,
// with no capacity beyond their end. It allocates only where args must grow and for inline words with quotes. An error
// can't happen on a frame that Next gave.
func Args(frame []byte, args [][]byte) ([][]byte, error) {
	if len(frame) == 0 {
		return args, errNotAFrame
	}
	if frame[0] != '*' {
		words, ok := splitInline(inlineLine(frame), args)
		if !ok {
			return args, errNotAFrame
		}
		return words, nil
	}
	if len(frame) > 1 && (frame[1] == '-' || frame[1] == '0') {
		return args, nil
	}
	complete, words, _, rest, err := redcon.ReadNextCommand(frame, args[len(args):])
	if err != nil || !complete || len(rest) > 0 {
		return args, errNotAFrame
	}
	for i, w := range words {
		words[i] = w[:len(w):len(w)]
	}
	if whole := len(args) + len(words); whole <= cap(args) {
		return args[:whole], nil // they were appended where they belong
	}
	return append(args, words...), nil
}
