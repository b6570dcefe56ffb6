package conf

// Match compares a name with a pattern as CONFIG GET does; COMMAND LIST does the same with commands.
func Match(pattern, name string) bool { return match(pattern, name) }

// match is Redis's stringmatch without regard to case: * ? [a-z] [^a] and \
// before a byte that means itself.
func match(pattern, s string) bool {
	m := matcher{}
	return m.match(pattern, s)
}

// charLower is what C's tolower makes of a character with a sign: those from 0x80 on lose it, all but the last.
func charLower(c byte) int {
	if c == 0xff {
		return -1
	}
	return int(lowerByte(c))
}

// matcher remembers that a * found no place for what follows it, so that an
// earlier * need not try longer matches: time is bounded by the product of the
// lengths.
type matcher struct{ giveUp bool }

func (m *matcher) match(p, s string) bool {
	for p != "" && s != "" {
		switch p[0] {
		case '*':
			return m.star(p, s)
		case '?':
		case '[':
			rest, ok := matchClass(p[1:], s[0])
			if !ok {
				return false
			}
			p, s = rest, s[1:]
			continue
		default:
			if p[0] == '\\' && len(p) >= 2 {
				p = p[1:]
			}
			if lowerByte(p[0]) != lowerByte(s[0]) {
				return false
			}
		}
		p, s = p[1:], s[1:]
	}
	if s == "" {
		for p != "" && p[0] == '*' {
			p = p[1:]
		}
	}
	return p == "" && s == ""
}

func (m *matcher) star(p, s string) bool {
	for len(p) > 1 && p[1] == '*' {
		p = p[1:]
	}
	if len(p) == 1 {
		return true
	}
	for ; s != ""; s = s[1:] {
		if m.match(p[1:], s) {
			return true
		}
		if m.giveUp {
			return false
		}
	}
	m.giveUp = true
	return false
}

// matchClass reads a class whose [ is passed and returns the pattern after its
// ]. A class that is never closed reaches to the end. As in Redis a byte behind
// \ is compared as it is, and a range is turned round before its ends are made
// small letters.
func matchClass(p string, c byte) (rest string, ok bool) {
	not := p != "" && p[0] == '^'
	if not {
		p = p[1:]
	}
	for p != "" && p[0] != ']' {
		switch {
		case p[0] == '\\' && len(p) >= 2:
			ok = ok || p[1] == c
			p = p[2:]
		case len(p) >= 3 && p[1] == '-':
			low, high := p[0], p[2]
			if int8(low) > int8(high) {
				low, high = high, low
			}
			ok = ok || charLower(low) <= charLower(c) && charLower(c) <= charLower(high)
			p = p[3:]
		default:
			ok = ok || lowerByte(p[0]) == lowerByte(c)
			p = p[1:]
		}
	}
	if p != "" {
		p = p[1:]
	}
	return p, ok != not
}
