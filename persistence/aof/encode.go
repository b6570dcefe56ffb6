package aof

import "strconv"

// noDatabase is the selection of an encoder that has selected none yet.
const noDatabase = -1

// Encoder turns commands into records. The zero value is not ready: use NewEncoder.
type Encoder struct {
	selected int   // the database that a reader is in after all that was encoded
	stamp    int64 // seconds of the last annotation, 0 if there was none
}

// NewEncoder makes an encoder for the beginning of a file.
func NewEncoder() Encoder { return Encoder{selected: noDatabase} }

// Reset is for another file, or one whose end somebody else wrote: the next record selects its database. The times go on.
func (e *Encoder) Reset() { e.selected = noDatabase }

// Append appends the record of a command to buf: before it an annotation of the time, where nowSeconds isn't 0 and later than the last one
// (aof-timestamp-enabled), and SELECT where the database is another one. A transaction's commands must be given one time, since
// an annotation inside it would be a place to cut it. It allocates nothing beyond buf's growth.
func (e *Encoder) Append(buf []byte, database int, words [][]byte, nowSeconds int64) []byte {
	if e.stamp < nowSeconds {
		e.stamp = nowSeconds
		buf = append(buf, stampPrefix...)
		buf = strconv.AppendInt(buf, nowSeconds, 10)
		buf = append(buf, '\r', '\n')
	}
	if database != e.selected {
		e.selected = database
		var digits [20]byte
		number := strconv.AppendInt(digits[:0], int64(database), 10)
		buf = append(buf, "*2\r\n$6\r\nSELECT\r\n"...)
		buf = appendWord(buf, number)
	}
	return AppendRecord(buf, words)
}

// stampPrefix begins an annotation of time: seconds since 1970 and CRLF follow.
const stampPrefix = "#TS:"

// AppendRecord appends a command by itself, as RESP.
func AppendRecord(buf []byte, words [][]byte) []byte {
	buf = append(buf, '*')
	buf = strconv.AppendInt(buf, int64(len(words)), 10)
	buf = append(buf, '\r', '\n')
	for _, word := range words {
		buf = appendWord(buf, word)
	}
	return buf
}

func appendWord(buf, word []byte) []byte {
	buf = append(buf, '$')
	buf = strconv.AppendInt(buf, int64(len(word)), 10)
	buf = append(buf, '\r', '\n')
	buf = append(buf, word...)
	return append(buf, '\r', '\n')
}
