package resp

import (
	"math"
	"strconv"
	"strings"

	"github.com/tidwall/redcon"
)

// OK is +OK.
func (w *Writer) OK() {
	if w.muted {
		return
	}
	s := w.room(len("+OK\r\n"))
	s.buf = redcon.AppendOK(s.buf)
	w.pending += int64(len("+OK\r\n"))
}

// Status is a simple string; line ends in it become spaces.
func (w *Writer) Status(text string) {
	if w.muted {
		return
	}
	if len(text) > blockSize-headerSize {
		write(w, redcon.AppendString(nil, text))
		return
	}
	s := w.room(len(text) + len("+\r\n"))
	s.buf = redcon.AppendString(s.buf, text)
	w.pending += int64(len(text) + len("+\r\n"))
}

// Error is an error reply; text begins with its code ("ERR ...", "WRONGTYPE ..."), with or without the minus. Line ends
// around it are cut off, within it they become spaces, as in Redis's formatted errors.
func (w *Writer) Error(text string) {
	if w.muted {
		return
	}
	text = strings.Trim(text, "\r\n")
	text = strings.TrimPrefix(text, "-")
	if len(text) > blockSize-headerSize {
		write(w, redcon.AppendError(nil, text))
		return
	}
	s := w.room(len(text) + len("-\r\n"))
	s.buf = redcon.AppendError(s.buf, text)
	w.pending += int64(len(text) + len("-\r\n"))
}

// Int is an integer.
func (w *Writer) Int(n int64) {
	if w.muted {
		return
	}
	s := w.room(headerSize)
	size := len(s.buf)
	s.buf = redcon.AppendInt(s.buf, n)
	w.pending += int64(len(s.buf) - size)
}

// Bulk is a bulk string. b is copied, once; above 64 KiB into memory of exactly its size.
func (w *Writer) Bulk(b []byte) {
	if w.muted {
		return
	}
	if w.tail == nil {
		w.addBlock(blockSize) // the header goes there in any case
	}
	if s := w.tail; headerSize+len(b)+2 <= cap(s.buf)-len(s.buf) {
		before := len(s.buf)
		n := putBulk(s.buf[before:cap(s.buf)], b)
		s.buf = s.buf[:before+n]
		w.pending += int64(n)
		return
	}
	spreadBulk(w, b)
}

// putBulk writes a bulk string to where there is room for it, and returns its size. Large replies consist of short ones: with append, which
// asks for room each time, LRANGE takes an eighth longer.
func putBulk(dst, b []byte) int {
	dst[0] = '$'
	at := 2
	switch n := len(b); {
	case n < 10:
		dst[1] = '0' + byte(n)
	case n < 100:
		dst[1], dst[2] = '0'+byte(n)/10, '0'+byte(n)%10
		at = 3
	default:
		at = len(strconv.AppendUint(dst[:1], uint64(n), 10))
	}
	dst[at], dst[at+1] = '\r', '\n'
	at += 2
	at += copy(dst[at:], b)
	dst[at], dst[at+1] = '\r', '\n'
	return at + 2
}

// BulkString is Bulk for a string.
func (w *Writer) BulkString(b string) {
	if !w.muted {
		spreadBulk(w, b)
	}
}

// spreadBulk writes a bulk string in pieces, to where there is room for each.
func spreadBulk[T []byte | string](w *Writer, b T) {
	w.header('$', len(b))
	write(w, b)
	w.crlf()
}

// BulkInt is a bulk string that holds a whole number.
func (w *Writer) BulkInt(n int64) {
	var space [headerSize]byte
	w.Bulk(strconv.AppendInt(space[:0], n, 10))
}

// BulkHeader begins a bulk string of n bytes that the caller then gives in pieces, by Raw or Shared, with \r\n at the end.
func (w *Writer) BulkHeader(n int) {
	if !w.muted {
		w.header('$', n)
	}
}

// Raw adds bytes as they are; they are copied.
func (w *Writer) Raw(b []byte) {
	if !w.muted {
		write(w, b)
	}
}

// RawString is Raw for a string.
func (w *Writer) RawString(b string) {
	if !w.muted {
		write(w, b)
	}
}

// Shared adds bytes without copying them. Nobody may change them any more; many clients may be given the same.
func (w *Writer) Shared(b []byte) {
	if w.muted || len(b) == 0 {
		return
	}
	w.add(b[:len(b):len(b)], len(b))
	w.pending += int64(len(b))
}

// Null is the absence of a value: $-1, in RESP3 _.
func (w *Writer) Null() {
	if w.resp3 {
		w.short("_\r\n")
	} else {
		w.short("$-1\r\n")
	}
}

// NullArray is the absence of an array: *-1, in RESP3 _.
func (w *Writer) NullArray() {
	if w.resp3 {
		w.short("_\r\n")
	} else {
		w.short("*-1\r\n")
	}
}

// Array begins an array of n elements, which the caller writes next.
func (w *Writer) Array(n int) { w.aggregate('*', n) }

// Map begins a map of n pairs; in RESP2 it is an array of 2n elements.
func (w *Writer) Map(n int) {
	if w.resp3 {
		w.aggregate('%', n)
	} else {
		w.aggregate('*', 2*n)
	}
}

// Set begins a set of n members; in RESP2 it is an array.
func (w *Writer) Set(n int) { w.aggregate(w.kind('~'), n) }

// Push begins an out-of-band message of n elements; in RESP2 it is an array.
func (w *Writer) Push(n int) { w.aggregate(w.kind('>'), n) }

// Attribute begins n pairs of attributes of the reply behind them. RESP2 has no such thing: ask Proto first.
func (w *Writer) Attribute(n int) { w.aggregate('|', n) }

// Double is a number by addReplyDouble of 7.0.15: 17 significant digits as C's %.17g, inf, -inf or nan; a bulk string in RESP2.
func (w *Writer) Double(d float64) {
	var space [40]byte
	text := AppendDouble(space[:0], d)
	if !w.resp3 {
		w.Bulk(text)
		return
	}
	w.line(',', text)
}

// AppendDouble appends d as C's printf("%.17g") writes it, with inf, -inf and nan for the rest.
func AppendDouble(dst []byte, d float64) []byte {
	switch {
	case math.IsInf(d, 1):
		return append(dst, "inf"...)
	case math.IsInf(d, -1):
		return append(dst, "-inf"...)
	case math.IsNaN(d):
		return append(dst, "nan"...)
	}
	return strconv.AppendFloat(dst, d, 'g', 17, 64)
}

// Bool is #t or #f; in RESP2 the integers 1 and 0.
func (w *Writer) Bool(b bool) {
	switch {
	case w.resp3 && b:
		w.short("#t\r\n")
	case w.resp3:
		w.short("#f\r\n")
	case b:
		w.short(":1\r\n")
	default:
		w.short(":0\r\n")
	}
}

// BigNumber is a whole number of any size in decimal digits; a bulk string in RESP2.
func (w *Writer) BigNumber(digits string) {
	if !w.resp3 {
		w.BulkString(digits)
		return
	}
	w.line('(', []byte(digits))
}

// Verbatim is text with the three letters of its format ("txt", "mkd"; a shorter one is filled with spaces); a bulk string
// in RESP2.
func (w *Writer) Verbatim(format, text string) {
	if !w.resp3 {
		w.BulkString(text)
		return
	}
	if w.muted {
		return
	}
	tag := [4]byte{' ', ' ', ' ', ':'}
	copy(tag[:3], format)
	w.header('=', len(tag)+len(text))
	write(w, tag[:])
	write(w, text)
	w.crlf()
}

// AppendBulk appends a bulk string.
func AppendBulk(dst, word []byte) []byte { return redcon.AppendBulk(dst, word) }

// AppendCommand appends a command as clients send it, an array of bulk strings: for the log and replicas.
func AppendCommand(dst []byte, args ...[]byte) []byte {
	dst = redcon.AppendArray(dst, len(args))
	for _, a := range args {
		dst = redcon.AppendBulk(dst, a)
	}
	return dst
}

// kind is a type that RESP2 shows as an array.
func (w *Writer) kind(resp3 byte) byte {
	if w.resp3 {
		return resp3
	}
	return '*'
}

func (w *Writer) aggregate(kind byte, n int) {
	if !w.muted {
		w.header(kind, n)
	}
}

func (w *Writer) header(kind byte, n int) {
	s := w.room(headerSize)
	size := len(s.buf)
	s.buf = appendHeader(s.buf, kind, n)
	w.pending += int64(len(s.buf) - size)
}

// line writes a type that is one line.
func (w *Writer) line(kind byte, text []byte) {
	if w.muted {
		return
	}
	write(w, []byte{kind})
	write(w, text)
	w.crlf()
}

// short writes a whole short reply.
func (w *Writer) short(reply string) {
	if w.muted {
		return
	}
	s := w.room(len(reply))
	s.buf = append(s.buf, reply...)
	w.pending += int64(len(reply))
}

func (w *Writer) crlf() { w.short("\r\n") }
