package commands

// Match tells whether text fits a pattern, as stringmatchlen of Redis 7.0 does: * stands for any bytes, ? for one, [a-c] and [^abc] for one
// of a class, and \ takes the next byte as it is. A class without an end ends with the pattern; a range may be upside down, and
// bytes from 0x80 on come before the others in it, since C's characters have a sign on most machines. The empty text fits the empty
// pattern alone, not even a star. The cost is at most the product of both lengths.
//
// It goes through both from the left. Where a byte doesn't fit, the last star takes one byte more; earlier stars needn't be tried
// again, since what stands between them and the last one has been found at its first place.
func Match(pattern, text []byte) bool {
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
			if next, ok := matchOne(pattern, p, text[t]); ok {
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
func matchOne(pattern []byte, p int, b byte) (next int, ok bool) {
	switch pattern[p] {
	case '?':
		return p + 1, true
	case '[':
		return matchClass(pattern, p+1, b)
	case '\\':
		if p+1 < len(pattern) {
			p++
		}
	}
	return p + 1, pattern[p] == b
}

// matchClass compares a byte with the class that begins at p, behind its bracket.
func matchClass(pattern []byte, p int, b byte) (next int, ok bool) {
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
			first, last := int8(pattern[p]), int8(pattern[p+2])
			ok = ok || min(first, last) <= int8(b) && int8(b) <= max(first, last)
			p += 2
		default:
			ok = ok || pattern[p] == b
		}
	}
	return min(p+1, len(pattern)), ok != negated
}
