package conf

import "strings"

// SplitWords splits a line as Redis's sdssplitargs does: blanks separate;
// "double quotes" know \n \r \t \b \a \xHH and \ before anything else; 'single
// quotes' know \' alone; a closing quote must end the word. ok is false where
// quotes are unbalanced. No words are nil. The line must not hold a NUL byte.
func SplitWords(line string) (words []string, ok bool) {
	i := 0
	for {
		for i < len(line) && isSpace(line[i]) {
			i++
		}
		if i == len(line) {
			return words, true
		}
		var word string
		if word, i, ok = nextWord(line, i); !ok {
			return nil, false
		}
		words = append(words, word)
	}
}

// nextWord reads the word that begins at line[i] and returns where it ended.
func nextWord(line string, i int) (word string, end int, ok bool) {
	var b strings.Builder
	for i < len(line) {
		switch c := line[i]; c {
		case ' ', '\n', '\r', '\t':
			return b.String(), i, true
		case '"', '\'':
			if i, ok = quoted(&b, line, i+1, c); !ok {
				return "", i, false
			}
			if i < len(line) && !isSpace(line[i]) {
				return "", i, false
			}
			return b.String(), i, true
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String(), i, true
}

// quoted reads up to the closing quote and returns the place after it.
func quoted(b *strings.Builder, line string, i int, quote byte) (end int, ok bool) {
	for i < len(line) {
		c := line[i]
		switch {
		case c == quote:
			return i + 1, true
		case c != '\\' || i+1 == len(line):
			b.WriteByte(c)
			i++
		case quote == '\'':
			if line[i+1] == '\'' {
				i++
				c = '\''
			}
			b.WriteByte(c)
			i++
		default:
			i = escaped(b, line, i)
		}
	}
	return i, false
}

// escaped reads one escape of a double-quoted word; line[i] is the backslash
// and is followed by at least one byte.
func escaped(b *strings.Builder, line string, i int) (end int) {
	if line[i+1] == 'x' && i+3 < len(line) && isHex(line[i+2]) && isHex(line[i+3]) {
		b.WriteByte(hexValue(line[i+2])<<4 | hexValue(line[i+3]))
		return i + 4
	}
	c := line[i+1]
	switch c {
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'b':
		c = '\b'
	case 'a':
		c = '\a'
	}
	b.WriteByte(c)
	return i + 2
}

// Quote is a double-quoted word that SplitWords reads back to the same bytes.
func Quote(s string) string { return string(AppendQuoted(nil, s)) }

// AppendQuoted appends a word to dst as Redis's sdscatrepr writes it: in double quotes, with escapes for what isn't printable ASCII.
func AppendQuoted[W string | []byte](dst []byte, word W) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(word); i++ {
		switch c := word[i]; c {
		case '\\', '"':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		case '\a':
			dst = append(dst, `\a`...)
		case '\b':
			dst = append(dst, `\b`...)
		default:
			if c >= 0x20 && c < 0x7f {
				dst = append(dst, c)
			} else {
				dst = append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
			}
		}
	}
	return append(dst, '"')
}

const hexDigits = "0123456789abcdef"

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func hexValue(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return lowerByte(c) - 'a' + 10
}
