package aof

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"
)

// scan is the checker's way through the records of a file.
type scan struct {
	checker *Checker
	file    checkedFile
	in      *bufio.Reader
	offset  int64 // of the next byte
	at      int64 // where the part being read began: what messages tell
	good    int64 // where the last whole unit ended
	multi   int   // transactions open: 0 or 1, for a moment 2 or -1
}

// Bounds of redis-check-aof's own, in bytes read at once.
const (
	scanHeaderBytes = 127
	scanWordBytes   = 8 // of a first word that are looked at: more than the longest that matters
)

// run reads to the end or to the first thing wrong, which is then in the checker. cut tells that the rest, from good on, is later than
// TruncateTo.
func (s *scan) run() (cut bool, err error) {
	for {
		if s.multi == 0 {
			s.good = s.offset
		}
		first, err := s.in.Peek(1)
		if err == io.EOF {
			if s.multi != 0 && s.checker.wrong == "" {
				s.complain("Reached EOF before reading EXEC for MULTI")
			}
			return false, nil
		}
		if err != nil {
			return false, s.checker.stop("Failed to read from AOF %s, aborting...\n", s.file.name)
		}
		switch first[0] {
		case '#':
			if cut, err = s.annotation(); cut || err != nil {
				return cut, err
			}
		case '*':
			if good, ended := s.record(); !good {
				if ended && s.multi != 0 && s.checker.wrong == "" {
					s.complain("Reached EOF before reading EXEC for MULTI")
				}
				return false, nil
			}
		default:
			s.checker.say("AOF %s format error\n", s.file.name)
			return false, nil
		}
	}
}

// complain notes what is wrong, with the place.
func (s *scan) complain(format string, values ...any) {
	s.checker.wrong = fmt.Sprintf("0x%16x: ", s.at) + fmt.Sprintf(format, values...)
}

// gets reads a line.
func (s *scan) gets(most int) (string, error) {
	line, err := gets(s.in, most)
	s.offset += int64(len(line))
	return line, err
}

// annotation reads one, and tells whether the file is to be cut before it.
func (s *scan) annotation() (cut bool, err error) {
	c := s.checker
	s.at = s.offset
	line, err := s.gets(maxLineBytes)
	if err != nil {
		return false, c.stop("Failed to read annotations from AOF %s, aborting...\n", s.file.path)
	}
	text, isStamp := strings.CutPrefix(line, stampPrefix)
	if c.TruncateTo == 0 || !isStamp {
		return false, nil
	}
	seconds, rest := cutInteger(text)
	switch {
	case !strings.HasPrefix(rest, "\r") || seconds == math.MaxInt64 || seconds == math.MinInt64:
		return false, c.stop("Invalid timestamp annotation\n")
	case seconds <= c.TruncateTo:
		return false, nil
	case s.at == 0:
		return false, c.stop("AOF %s has nothing before timestamp %d, aborting...\n", s.file.path, c.TruncateTo)
	case !s.file.last:
		c.say("Failed to truncate AOF %s to timestamp %d to offset %d because it is not the last file.\n", s.file.path, c.TruncateTo, s.at)
		return false, c.stop("If you insist, please delete all files after this file according to the manifest " +
			"file and delete the corresponding records in manifest file manually. Then re-run redis-check-aof.\n")
	}
	return true, nil
}

// record reads one. It tells whether that is good, and if not, whether the file just ended.
func (s *scan) record() (good, ended bool) {
	count, good, ended := s.header('*')
	if !good {
		return false, ended
	}
	for i := int64(0); i < count; i++ {
		word, good, ended := s.word()
		if !good {
			return false, ended
		}
		if i == 0 && !s.count(word) {
			return false, false
		}
	}
	return true, false
}

// count keeps account of open transactions.
func (s *scan) count(word string) bool {
	word, _, _ = strings.Cut(word, "\x00")
	switch {
	case strings.EqualFold(word, "multi"):
		s.multi++
		if s.multi > 1 {
			s.complain("Unexpected MULTI in AOF %s", s.file.path)
			return false
		}
	case strings.EqualFold(word, "exec"):
		s.multi--
		if s.multi < 0 {
			s.complain("Unexpected EXEC in AOF %s", s.file.path)
			return false
		}
	}
	return true
}

// header reads a line of a prefix and a number.
func (s *scan) header(prefix byte) (number int64, good, ended bool) {
	s.at = s.offset
	line, err := s.gets(scanHeaderBytes)
	if err != nil {
		return 0, false, true
	}
	if line[0] != prefix {
		s.complain("Expected prefix '%c', got: '%s'", prefix, line[:1])
		return 0, false, false
	}
	number, rest := cutInteger(line[1:])
	rest, _, _ = strings.Cut(rest, "\x00")
	return number, s.newline(rest), false
}

// newline tells whether text begins with CRLF.
func (s *scan) newline(text string) bool {
	if strings.HasPrefix(text, "\r\n") {
		s.checker.lines++
		return true
	}
	var got [2]int8 // printed as C prints a char
	for i := range min(len(text), 2) {
		got[i] = int8(text[i])
	}
	s.complain("Expected \\r\\n, got: %02x%02x", uint32(got[0]), uint32(got[1]))
	return false
}

// word reads a word and returns its beginning.
func (s *scan) word() (beginning string, good, ended bool) {
	size, good, ended := s.header('$')
	if !good {
		return "", false, ended
	}
	if size < 0 || size > math.MaxInt64-2 {
		s.complain("Expected to read string of %d bytes, which is not in the suitable range", size)
		return "", false, false
	}
	s.at = s.offset
	head, _ := s.in.Peek(int(min(size, scanWordBytes)))
	beginning = string(head)
	if size > scanWordBytes {
		beginning = "" // too long to matter
	}
	skipped := s.skip(size)
	end, _ := s.in.Peek(2)
	if got := skipped + int64(len(end)); got < size+2 {
		s.offset += int64(len(end))
		s.complain("Expected to read %d bytes, got %d bytes", size+2, got)
		return "", false, true
	}
	good = s.newline(string(end))
	_, _ = s.in.Discard(2)
	s.offset += 2
	return beginning, good, false
}

// skip passes over so many bytes, or as many as there are.
func (s *scan) skip(size int64) (skipped int64) {
	skipped, _ = io.CopyN(io.Discard, s.in, size)
	s.offset += skipped
	return skipped
}
