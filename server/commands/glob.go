package commands

// Match tells whether text fits a pattern, as stringmatchlen of Redis 7.0 does: * stands for any bytes, ? for one, [a-c] and [^abc] for one
// of a class, and \ takes the next byte as it is. A class without an end ends with the pattern; a range may be upside down. The
// empty text fits the empty pattern alone, not even a star. The cost is at most the product of both lengths.
func Match(pattern, text []byte) bool { return match(pattern, text, asItIs) }

// MatchFold is Match in which ASCII letters of both cases are the same.
func MatchFold(pattern, text []byte) bool { return match(pattern, text, lowerCase) }

func asItIs(b byte) byte { return b }

func lowerCase(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		b += 'a' - 'A'
	}
	return b
}

// match goes through both from the left. Where a byte doesn't fit, the last star takes one byte more; earlier stars needn't be tried
// again, since what stands between them and the last one has been found at its first place.
func match(pattern, text []byte, fold func(byte) byte) bool {
	if len(text) == 0 {
		return len(pattern) == 0
	}
	p, t := 0, 0
	star, from := -1, 0
	for t < len(text) {
		if p < len(pattern) && pattern[p] == '*' {
			star, from = p, t
			p++
			continue
		}
		if p < len(pattern) {
			if next, ok := matchOne(pattern, p, text[t], fold); ok {
				p, t = next, t+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		from++
		p, t = star+1, from
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// matchOne compares one byte with what stands at p of the pattern, which is no star, and tells where the pattern goes on.
func matchOne(pattern []byte, p int, b byte, fold func(byte) byte) (next int, ok bool) {
	switch pattern[p] {
	case '?':
		return p + 1, true
	case '[':
		return matchClass(pattern, p+1, b, fold)
	case '\\':
		if p+1 < len(pattern) {
			p++
		}
	}
	return p + 1, fold(pattern[p]) == fold(b)
}

// matchClass compares a byte with the class that begins at p, behind its bracket. As in Redis a byte behind a backslash is compared as it
// is, in every case.
func matchClass(pattern []byte, p int, b byte, fold func(byte) byte) (next int, ok bool) {
	negated := p < len(pattern) && pattern[p] == '^'
	if negated {
		p++
	}
	for ; p < len(pattern) && pattern[p] != ']'; p++ {
		switch left := len(pattern) - p; {
		case pattern[p] == '\\' && left >= 2:
			p++
			ok = ok || pattern[p] == b
		case left >= 3 && pattern[p+1] == '-':
			low, high := pattern[p], pattern[p+2]
			if low > high {
				low, high = high, low
			}
			ok = ok || fold(low) <= fold(b) && fold(b) <= fold(high)
			p += 2
		default:
			ok = ok || fold(pattern[p]) == fold(b)
		}
	}
	return min(p+1, len(pattern)), ok != negated
}
