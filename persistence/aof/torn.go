package aof

import (
	"bytes"
	"fmt"
	"io"

	"github.com/cinnabar-db/cinnabar/conf"
)

// Kind is what is wrong with the end of a file.
type Kind int

// What the end of a file can be, besides good.
const (
	// Cut: a record is not all there, and the file ends in it.
	Cut Kind = iota
	// OpenTransaction: the file ends between MULTI and EXEC.
	OpenTransaction
	// Zeros: nothing but zeros follows, as after a power cut.
	Zeros
	// Garbage: bytes follow that are no records, and no whole record comes after them.
	Garbage
)

var kindNames = [...]string{"a record that is not all there", "a transaction without EXEC", "zeros", "bytes that are no records"}

// String says it in words.
func (k Kind) String() string { return kindNames[k] }

// TornError is the end of a file that a crash left: all before Offset is good, nothing after it is. With aof-load-truncated the file is to
// be cut there (Folder.CutTail). Redis 7.0.15 does so for Cut and OpenTransaction alone, and for a record cut inside a transaction it leaves the
// beginning of the transaction, to which it then appends.
type TornError struct {
	Kind   Kind
	Offset int64 // after the last whole unit
	At     int64 // where the first bad record begins, within a transaction perhaps
}

// Error implements error.
func (e *TornError) Error() string {
	return fmt.Sprintf("the file ends with %s, at offset %d; all before offset %d is good", e.Kind, e.At, e.Offset)
}

// FormatError is a wrong record with whole ones after it: no crash does that.
type FormatError struct {
	Offset int64 // where the wrong record begins
	Whole  int64 // after the last whole unit before it
}

// Error implements error.
func (e *FormatError) Error() string {
	return fmt.Sprintf("bad file format at offset %d, in the middle of the file", e.Offset)
}

// RefusalLine is what Redis logs when it doesn't load a file: for one that is merely too short (aof-load-truncated no), or else wrong.
func RefusalLine(err error, file string) string {
	if torn, is := err.(*TornError); is && (torn.Kind == Cut || torn.Kind == OpenTransaction) {
		return "Unexpected end of file reading the append only file " + file + ". You can: " +
			"1) Make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>. " +
			"2) Alternatively you can set the 'aof-load-truncated' configuration option to yes and restart the server."
	}
	switch err.(type) {
	case *TornError, *FormatError:
		return "Bad file format reading the append only file " + file + ": " +
			"make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>"
	}
	return "Unrecoverable error reading the append only file " + file + ": " + conf.Reason(err)
}

// TruncationLines is what Redis logs when it cuts a torn file and loads it: before the cut, and after it.
func TruncationLines(e *TornError, file string) (before []string, after string) {
	if e.Kind == OpenTransaction {
		before = append(before, "Revert incomplete MULTI/EXEC transaction in AOF file "+file)
	}
	return append(before,
		"!!! Warning: short read while loading the AOF file "+file+"!!!",
		fmt.Sprintf("!!! Truncating the AOF %s at offset %d !!!", file, e.Offset),
	), "AOF " + file + " loaded anyway because aof-load-truncated is enabled"
}

// Bounds of the search for a whole record behind a wrong byte. A record beyond them doesn't count, and makes no bad file pass for a
// torn one by itself: whatever comes before and after it counts.
const (
	searchWindowBytes = 256 << 10
	searchRecordBytes = 64 << 10
	searchRecordWords = 64
)

// judge reads the rest of the file after a wrong record that begins at start, to tell what it is.
func (r *Reader) judge(start int64) error {
	var search search
	window := make([]byte, 0, searchWindowBytes)
	for {
		n, err := io.ReadFull(r.in, window[len(window):cap(window)])
		window = window[:len(window)+n]
		ended := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !ended {
			return err
		}
		if search.finds(window, ended) {
			return &FormatError{Offset: start, Whole: r.whole}
		}
		if ended {
			break
		}
		// What may be the beginning of a record stays for the next turn.
		window = window[:copy(window, window[len(window)-searchRecordBytes:])]
	}
	kind := Garbage
	if search.size > 0 && !search.other {
		kind = Zeros
	}
	return &TornError{Kind: kind, Offset: r.whole, At: start}
}

// search looks for whole records among bytes that may be anything.
type search struct {
	size  int  // bytes looked at, some of them twice
	other bool // some of them aren't zeros
}

// finds tells whether a whole record begins in the window. Of those that begin in its last part only the last window can tell.
func (s *search) finds(window []byte, last bool) bool {
	s.size += len(window)
	s.other = s.other || len(bytes.TrimRight(window, "\x00")) > 0
	for from := 0; ; {
		i := bytes.IndexByte(window[from:], '*')
		if i < 0 || !last && from+i >= len(window)-searchRecordBytes {
			return false
		}
		from += i
		if isRecord(window[from:min(len(window), from+searchRecordBytes)]) {
			return true
		}
		from++
	}
}

// isRecord tells whether bytes begin with a whole record, as servers write it.
func isRecord(b []byte) bool {
	count, b, ok := cutHeader(b, '*')
	if !ok || count < 1 || count > searchRecordWords {
		return false
	}
	for range count {
		var size int64
		if size, b, ok = cutHeader(b, '$'); !ok || size > int64(len(b)-2) {
			return false
		}
		if b[size] != '\r' || b[size+1] != '\n' {
			return false
		}
		b = b[size+2:]
	}
	return true
}

// cutHeader cuts prefix, number and CRLF off.
func cutHeader(b []byte, prefix byte) (number int64, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != prefix {
		return 0, nil, false
	}
	digits := 1
	for digits < len(b) && '0' <= b[digits] && b[digits] <= '9' && digits < 19 {
		number = number*10 + int64(b[digits]-'0')
		digits++
	}
	if digits == 1 || len(b) < digits+2 || b[digits] != '\r' || b[digits+1] != '\n' {
		return 0, nil, false
	}
	return number, b[digits+2:], true
}
