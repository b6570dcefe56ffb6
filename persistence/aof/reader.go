package aof

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
)

// Bounds of what a Reader takes; they are wider than what any server writes.
const (
	maxLineBytes   = 1023      // of a header or annotation, its end included: what Redis reads at once
	maxRecordWords = 1<<31 - 1 // a record's words; Redis's argument counts are ints
	readAheadBytes = 64 << 10
	keptBytes      = 1 << 20 // a record's memory above this isn't kept for the next one
	firstWordBytes = 64 << 10
)

// rdbMagic begins an RDB file, or the RDB part of an old single log.
const rdbMagic = "REDIS"

// Record is a command of a log. Its words are valid until the next call of Next.
type Record struct {
	Words [][]byte
	// Offset is where it begins in the file and End where the next one does.
	Offset, End int64
	// Inside is set between MULTI and EXEC, both excluded.
	Inside bool
}

// Reader reads the records of a file, or of the part of it that follows an RDB preamble.
//
// It is as lenient as redis-server 7.0.15 about a line's end (LF will do in headers) and about what follows the number in a header; it is
// stricter in asking for CRLF after each word, where Redis skips two bytes whatever they are: the zeros that a power cut
// leaves would otherwise pass for data. Nested MULTI and EXEC alone, on which Redis stops by an assertion, are format errors.
//
// Memory: at most about twice the bytes of the largest record that is really there, and 32 bytes for each of its words, whatever lengths a
// file claims.
type Reader struct {
	in     *bufio.Reader
	offset int64 // of the next byte to read
	whole  int64 // where the last whole unit ended
	// multi is where the open transaction began, -1 if there is none.
	multi int64
	stamp int64
	// words of the record lie in arena one behind the other; ends says where each ends.
	arena []byte
	ends  []int
	words [][]byte
	over  error // what Next returned at the end
}

// NewReader makes a reader of what follows at offset in a file.
func NewReader(in io.Reader, offset int64) *Reader {
	return &Reader{in: bufio.NewReaderSize(in, readAheadBytes), offset: offset, whole: offset, multi: -1}
}

// HasPreamble tells whether an RDB file begins here; nothing is consumed. It is for the caller to load, who then makes a reader of the rest.
func (r *Reader) HasPreamble() (bool, error) {
	magic, err := r.in.Peek(len(rdbMagic))
	if err != nil && err != io.EOF {
		return false, err
	}
	return string(magic) == rdbMagic, nil
}

// Whole is the offset after the last whole unit so far: an open transaction isn't whole, and annotations don't count.
func (r *Reader) Whole() int64 { return r.whole }

// Offset is where the reader stands: for progress.
func (r *Reader) Offset() int64 { return r.offset }

// Stamp is the last annotation of time so far, in seconds, 0 if there was none.
func (r *Reader) Stamp() int64 { return r.stamp }

// Errors inside this file, before they are judged.
var (
	errShort = errors.New("the file ends inside a record") // nothing but the end is wrong
	errBad   = errors.New("bad format")
)

// Next is the next record, or io.EOF after the last one, a *TornError where the end of the file is no good, a *FormatError where the file is
// wrong before its end, or the error of the reading itself. It goes on to return the same one.
//
// After a wrong byte the rest of the file is read to tell the last two apart.
func (r *Reader) Next() (Record, error) {
	if r.over != nil {
		return Record{}, r.over
	}
	record, err := r.next()
	if err != nil {
		r.over = err
	}
	return record, err
}

func (r *Reader) next() (Record, error) {
	start, err := r.skipAnnotations()
	if err == nil {
		err = r.readRecord()
	}
	switch {
	case err == io.EOF && r.multi >= 0:
		return Record{}, &TornError{Kind: OpenTransaction, Offset: r.whole, At: r.multi}
	case err == io.EOF:
		return Record{}, io.EOF
	case err == errShort:
		return Record{}, &TornError{Kind: Cut, Offset: r.whole, At: start}
	case err == errBad:
		return Record{}, r.judge(start)
	case err != nil:
		return Record{}, err
	}
	record := Record{Words: r.words, Offset: start, End: r.offset, Inside: r.multi >= 0}
	switch isMulti, isExec := r.isWord("multi"), r.isWord("exec"); {
	case isMulti && r.multi >= 0, isExec && r.multi < 0:
		return Record{}, &FormatError{Offset: start, Whole: r.whole}
	case isMulti:
		r.multi = start
	case isExec:
		r.multi, record.Inside = -1, false
	}
	if r.multi < 0 {
		r.whole = r.offset
	}
	return record, nil
}

func (r *Reader) isWord(name string) bool {
	return len(r.words[0]) == len(name) && bytes.EqualFold(r.words[0], []byte(name))
}

// skipAnnotations reads lines that begin with #. It returns where the record after them begins.
func (r *Reader) skipAnnotations() (start int64, err error) {
	for {
		start = r.offset
		first, err := r.in.Peek(1)
		if err != nil {
			return start, err
		}
		if first[0] != '#' {
			return start, nil
		}
		line, err := r.line()
		if err != nil {
			return start, err
		}
		if stamp, is := parseStamp(line); is {
			r.stamp = stamp
		}
	}
}

// parseStamp reads an annotation of time.
func parseStamp(line []byte) (seconds int64, is bool) {
	text, is := bytes.CutPrefix(line, []byte(stampPrefix))
	if !is {
		return 0, false
	}
	seconds, err := strconv.ParseInt(string(bytes.TrimRight(text, "\r\n")), 10, 64)
	return seconds, err == nil
}

// line reads up to and including LF. Its bytes are valid until the next read.
func (r *Reader) line() ([]byte, error) {
	line, err := r.in.ReadSlice('\n')
	if len(line) > maxLineBytes {
		return nil, errBad
	}
	r.offset += int64(len(line))
	if err == io.EOF {
		return nil, errShort
	}
	return line, err
}

// header reads a line of a prefix and a number.
func (r *Reader) header(prefix byte) (int64, error) {
	first, err := r.in.Peek(1)
	if err == io.EOF {
		return 0, errShort
	}
	if err != nil {
		return 0, err
	}
	if first[0] != prefix {
		return 0, errBad
	}
	line, err := r.line()
	if err != nil {
		return 0, err
	}
	number, ok := leadingNumber(line[1:])
	if !ok {
		return 0, errBad
	}
	return number, nil
}

// leadingNumber is the number that text begins with.
func leadingNumber(text []byte) (number int64, ok bool) {
	digits := 0
	for digits < len(text) && '0' <= text[digits] && text[digits] <= '9' {
		if digits > 17 {
			return 0, false
		}
		number = number*10 + int64(text[digits]-'0')
		digits++
	}
	return number, digits > 0
}

// readAhead reads a record that was read ahead as a whole and is written as servers write it; its words stay where they lie. Of any other it
// leaves everything to readRecord.
func (r *Reader) readAhead() bool {
	p, _ := r.in.Peek(r.in.Buffered())
	count, at := lineAhead(p, 0, '*')
	r.words = r.words[:0]
	for ; count > 0 && at > 0; count-- {
		var size int
		if size, at = lineAhead(p, at, '$'); at == 0 {
			return false
		}
		end := at + size
		if end+2 > len(p) || p[end] != '\r' || p[end+1] != '\n' {
			return false
		}
		r.words = append(r.words, p[at:end:end])
		at = end + 2
	}
	if len(r.words) == 0 {
		return false
	}
	r.offset += int64(at)
	_, err := r.in.Discard(at)
	return err == nil
}

// lineAhead is the number in the line of that prefix which begins at a place, and where the line ends; 0 if there is none with a short
// number and nothing else.
func lineAhead(p []byte, at int, prefix byte) (number, end int) {
	const digits = 6
	if at >= len(p) || p[at] != prefix {
		return 0, 0
	}
	first := at + 1
	for at = first; at < len(p) && at < first+digits && '0' <= p[at] && p[at] <= '9'; at++ {
		number = number*10 + int(p[at]-'0')
	}
	if at == first || at+1 >= len(p) || p[at] != '\r' || p[at+1] != '\n' {
		return 0, 0
	}
	return number, at + 2
}

// readRecord reads a record into r.words.
func (r *Reader) readRecord() error {
	if r.readAhead() {
		return nil
	}
	count, err := r.header('*')
	if err != nil {
		return err
	}
	if count < 1 || count > maxRecordWords {
		return errBad
	}
	if cap(r.arena) > keptBytes {
		r.arena = nil
	}
	r.arena, r.ends = r.arena[:0], r.ends[:0]
	for range count {
		if err := r.readWord(); err != nil {
			return err
		}
	}
	r.words = r.words[:0]
	from := 0
	for _, end := range r.ends {
		r.words = append(r.words, r.arena[from:end:end])
		from = end
	}
	return nil
}

// readWord reads a word, a piece at a time, so that a length that the file can't hold costs no memory.
func (r *Reader) readWord() error {
	size, err := r.header('$')
	if err != nil {
		return err
	}
	for piece := int64(firstWordBytes); size > 0; piece *= 2 {
		piece = min(piece, size)
		if err := r.readBytes(int(piece)); err != nil {
			return err
		}
		size -= piece
	}
	r.ends = append(r.ends, len(r.arena))
	end, err := r.in.Peek(2)
	switch {
	case len(end) > 0 && end[0] != '\r' || len(end) > 1 && end[1] != '\n':
		return errBad
	case err == io.EOF:
		return errShort
	case err != nil:
		return err
	}
	_, err = r.in.Discard(2)
	r.offset += 2
	return err
}

// readBytes appends so many bytes of the file to the arena.
func (r *Reader) readBytes(count int) error {
	from := len(r.arena)
	if cap(r.arena)-from < count {
		grown := make([]byte, from, max(2*cap(r.arena), from+count))
		copy(grown, r.arena)
		r.arena = grown
	}
	r.arena = r.arena[:from+count]
	n, err := io.ReadFull(r.in, r.arena[from:])
	r.offset += int64(n)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errShort
	}
	return err
}
