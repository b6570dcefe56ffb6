package resp

import "bytes"

// inlineLine is an inline frame without its line end.
func inlineLine(frame []byte) []byte { return trimCR(bytes.TrimSuffix(frame, []byte{'\n'})) }

func trimCR(line []byte) []byte { return bytes.TrimSuffix(line, []byte{'\r'}) }

// balanced tells whether line can be split into words.
func balanced(line []byte) bool {
	if bytes.IndexByte(line, '"') < 0 && bytes.IndexByte(line, '\'') < 0 {
		return true
	}
	_, ok := splitInline(line, nil)
	return ok
}

// splitInline appends the words of an inline command, split by the rules of Redis's sdssplitargs: a quote may begin
// anywhere in a word, but a closing one must be followed by a blank or the end; "..." knows \n \r \t \b \a \xHH and \c for
// any other c; '...' knows \' alone. Not ok: a quote isn't closed, or is followed by something else.
func splitInline(line []byte, args [][]byte) ([][]byte, bool) {
	for i := 0; ; {
		for i < len(line) && isSpace(line[i]) {
			i++
		}
		if i == len(line) {
			return args, true
		}
		word, next, ok := inlineWord(line, i)
		if !ok {
			return args, false
		}
		args = append(args, word)
		i = next
	}
}

// inlineWord reads the word at line[i] and says where to go on. A word without quotes is a part of line.
func inlineWord(line []byte, i int) (word []byte, next int, ok bool) {
	start := i
	for ; i < len(line); i++ {
		switch c := line[i]; {
		case endsWord(c):
			return line[start:i:i], i, true
		case c == '"':
			return quoted(append([]byte{}, line[start:i]...), line, i+1)
		case c == '\'':
			return singleQuoted(append([]byte{}, line[start:i]...), line, i+1)
		}
	}
	return line[start:i:i], i, true
}

// quoted appends what stands between double quotes, from line[i] on, to word.
func quoted(word, line []byte, i int) ([]byte, int, bool) {
	for ; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '"':
			return closed(word, line, i+1)
		case c == '\\' && i+3 < len(line) && line[i+1] == 'x' && isHex(line[i+2]) && isHex(line[i+3]):
			word = append(word, hexDigit(line[i+2])<<4|hexDigit(line[i+3]))
			i += 3
		case c == '\\' && i+1 < len(line):
			i++
			word = append(word, unescape(line[i]))
		default:
			word = append(word, c)
		}
	}
	return nil, i, false
}

// singleQuoted is quoted for single quotes.
func singleQuoted(word, line []byte, i int) ([]byte, int, bool) {
	for ; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\'':
			return closed(word, line, i+1)
		case c == '\\' && i+1 < len(line) && line[i+1] == '\'':
			i++
			word = append(word, '\'')
		default:
			word = append(word, c)
		}
	}
	return nil, i, false
}

// closed ends a word behind its closing quote, where only a blank may follow.
func closed(word, line []byte, i int) ([]byte, int, bool) {
	if i < len(line) && !isSpace(line[i]) {
		return nil, i, false
	}
	return word[:len(word):len(word)], i, true
}

// endsWord has no \v and \f, which are blanks between words but may stand within one. No line holds a NUL: lineEnd sees to it.
func endsWord(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func isSpace(c byte) bool { return c == ' ' || (c >= '\t' && c <= '\r') }

func isHex(c byte) bool {
	return (c >= '0' && c <= '9') || (c|0x20 >= 'a' && c|0x20 <= 'f')
}

func hexDigit(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'a':
		return '\a'
	}
	return c
}
