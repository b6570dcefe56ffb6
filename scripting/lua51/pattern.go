package lua51

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// Bounds of lstrlib.c, and how often a match looks whether the script must end.
const (
	maxCaptures  = 32
	stepsPerLook = 1 << 14

	balancedPerStep = 1 << 10 // bytes that %b goes over in one step
)

// What the length of a capture says beside a length.
const (
	captureOpen     = -1
	capturePosition = -2
)

// matcher matches a pattern of Lua's against a text, by trying and going back.
type matcher struct {
	L       *lua.LState
	text    string
	pattern string

	level    int // captures, finished or not
	captures [maxCaptures]struct{ begin, length int }
	depth    int
	steps    int
}

func newMatcher(L *lua.LState, text string) *matcher { return &matcher{L: L, text: text} }

// maxMatchDepth bounds recursion; Lua has no bound but C's stack.
const maxMatchDepth = 100000

// begin is where a match that begins at a place ends, -1 without one.
func (m *matcher) begin(at int) int {
	m.level, m.depth = 0, 0
	return m.match(at, 0)
}

// step counts, and ends a match that takes too long.
func (m *matcher) step() {
	if m.steps++; m.steps%stepsPerLook == 0 {
		t := threadOf(m.L)
		if t.s.watch.ended == nil {
			t.s.watch.instructions += askEvery
			t.s.watch.pause()
		}
		if t.s.watch.ended != nil {
			throwPlain(m.L, t.s.watch.ended.Error())
		}
	}
}

// match matches the pattern from p on at s.
func (m *matcher) match(s, p int) int {
	if m.depth++; m.depth > maxMatchDepth {
		throw(m.L, "pattern too complex")
	}
	defer func() { m.depth-- }()
	for {
		m.step()
		if p == len(m.pattern) {
			return s
		}
		switch c := m.pattern[p]; {
		case c == '(':
			if p+1 < len(m.pattern) && m.pattern[p+1] == ')' {
				return m.open(s, p+2, capturePosition)
			}
			return m.open(s, p+1, captureOpen)
		case c == ')':
			return m.close(s, p+1)
		case c == '%' && p+1 < len(m.pattern) && m.pattern[p+1] == 'b':
			if s = m.balance(s, p+2); s < 0 {
				return -1
			}
			p += 4
			continue
		case c == '%' && p+1 < len(m.pattern) && m.pattern[p+1] == 'f':
			if p = m.frontier(s, p+2); p < 0 {
				return -1
			}
			continue
		case c == '%' && p+1 < len(m.pattern) && isDigit(int(m.pattern[p+1])):
			if s = m.again(s, m.pattern[p+1]); s < 0 {
				return -1
			}
			p += 2
			continue
		case c == '$' && p+1 == len(m.pattern):
			if s == len(m.text) {
				return s
			}
			return -1
		}
		next := m.classEnd(p)
		fits := s < len(m.text) && m.single(m.text[s], p, next)
		suffix := byte(0)
		if next < len(m.pattern) {
			suffix = m.pattern[next]
		}
		switch suffix {
		case '?':
			if fits {
				if end := m.match(s+1, next+1); end >= 0 {
					return end
				}
			}
			p = next + 1
		case '*':
			return m.most(s, p, next)
		case '+':
			if !fits {
				return -1
			}
			return m.most(s+1, p, next)
		case '-':
			return m.least(s, p, next)
		default:
			if !fits {
				return -1
			}
			s, p = s+1, next
		}
	}
}

// most matches as many of a class as it can, then the rest.
func (m *matcher) most(s, p, next int) int {
	count := 0
	for s+count < len(m.text) && m.single(m.text[s+count], p, next) {
		count++
	}
	for ; count >= 0; count-- {
		if end := m.match(s+count, next+1); end >= 0 {
			return end
		}
	}
	return -1
}

// least matches as few of a class as it must, then the rest.
func (m *matcher) least(s, p, next int) int {
	for {
		if end := m.match(s, next+1); end >= 0 {
			return end
		}
		if s >= len(m.text) || !m.single(m.text[s], p, next) {
			return -1
		}
		s++
	}
}

func (m *matcher) open(s, p, what int) int {
	if m.level >= maxCaptures {
		throw(m.L, "too many captures")
	}
	m.captures[m.level].begin, m.captures[m.level].length = s, what
	m.level++
	end := m.match(s, p)
	if end < 0 {
		m.level--
	}
	return end
}

func (m *matcher) close(s, p int) int {
	level := m.level - 1
	for level >= 0 && m.captures[level].length != captureOpen {
		level--
	}
	if level < 0 {
		throw(m.L, "invalid pattern capture")
	}
	m.captures[level].length = s - m.captures[level].begin
	end := m.match(s, p)
	if end < 0 {
		m.captures[level].length = captureOpen
	}
	return end
}

// balance is %bxy: where the text that begins with x has as many y.
func (m *matcher) balance(s, p int) int {
	if p+1 >= len(m.pattern) {
		throw(m.L, "unbalanced pattern")
	}
	if s >= len(m.text) || m.text[s] != m.pattern[p] {
		return -1
	}
	for i, depth := s+1, 1; i < len(m.text); i++ {
		if i%balancedPerStep == 0 {
			m.step()
		}
		switch m.text[i] {
		case m.pattern[p+1]:
			if depth--; depth == 0 {
				return i + 1
			}
		case m.pattern[p]:
			depth++
		}
	}
	return -1
}

// frontier is %f[set]: where the text passes into the set. It gives where the pattern goes on.
func (m *matcher) frontier(s, p int) int {
	if p >= len(m.pattern) || m.pattern[p] != '[' {
		throw(m.L, "missing '[' after '%%f' in pattern")
	}
	next := m.classEnd(p)
	before, after := byte(0), byte(0)
	if s > 0 {
		before = m.text[s-1]
	}
	if s < len(m.text) {
		after = m.text[s]
	}
	if m.inSet(before, p, next-1) || !m.inSet(after, p, next-1) {
		return -1
	}
	return next
}

// again is %1 to %9: what a capture has, once more.
func (m *matcher) again(s int, digit byte) int {
	level := int(digit) - '1'
	if level < 0 || level >= m.level || m.captures[level].length == captureOpen {
		throw(m.L, "invalid capture index")
	}
	c := m.captures[level]
	if c.length < 0 || !strings.HasPrefix(m.text[s:], m.text[c.begin:c.begin+c.length]) {
		return -1
	}
	return s + c.length
}

// classEnd is where the class that begins at p ends.
func (m *matcher) classEnd(p int) int {
	c := m.pattern[p]
	p++
	if c == '%' {
		if p >= len(m.pattern) {
			throw(m.L, "malformed pattern (ends with '%%')")
		}
		return p + 1
	}
	if c != '[' {
		return p
	}
	if p < len(m.pattern) && m.pattern[p] == '^' {
		p++
	}
	for first := true; first || p >= len(m.pattern) || m.pattern[p] != ']'; first = false {
		if p >= len(m.pattern) {
			throw(m.L, "malformed pattern (missing ']')")
		}
		p++
		if m.pattern[p-1] == '%' && p < len(m.pattern) {
			p++
		}
	}
	return p + 1
}

// single tells whether a byte is of the class pattern[p:next].
func (m *matcher) single(c byte, p, next int) bool {
	switch m.pattern[p] {
	case '.':
		return true
	case '%':
		return inClass(c, m.pattern[p+1])
	case '[':
		return m.inSet(c, p, next-1)
	}
	return m.pattern[p] == c
}

// inSet tells whether a byte is of the set that opens at p, and closes at end.
func (m *matcher) inSet(c byte, p, end int) bool {
	inside := true
	p++
	if m.pattern[p] == '^' {
		inside = false
		p++
	}
	for ; p < end; p++ {
		switch {
		case m.pattern[p] == '%':
			p++
			if inClass(c, m.pattern[p]) {
				return inside
			}
		case p+2 < end && m.pattern[p+1] == '-':
			if m.pattern[p] <= c && c <= m.pattern[p+2] {
				return inside
			}
			p += 2
		case m.pattern[p] == c:
			return inside
		}
	}
	return !inside
}

// inClass tells whether a byte is of a class by its letter; other letters stand for themselves.
func inClass(c, class byte) bool {
	var in bool
	switch class | 0x20 {
	case 'a':
		in = isLetter(int(c))
	case 'c':
		in = c < ' ' || c == 127
	case 'd':
		in = isDigit(int(c))
	case 'l':
		in = c >= 'a' && c <= 'z'
	case 'p':
		in = c > ' ' && c < 127 && !isLetter(int(c)) && !isDigit(int(c))
	case 's':
		in = isSpace(int(c))
	case 'u':
		in = c >= 'A' && c <= 'Z'
	case 'w':
		in = isLetter(int(c)) || isDigit(int(c))
	case 'x':
		in = isDigit(int(c)) || c|0x20 >= 'a' && c|0x20 <= 'f'
	case 'z':
		in = c == 0
	default:
		return class == c
	}
	if !isLetter(int(class)) {
		return class == c
	}
	return in == (class >= 'a')
}

// capture is what the capture of a level holds; without captures level 0 is the whole match.
func (m *matcher) capture(level, begin, end int) lua.LValue {
	if level >= m.level {
		if level != 0 {
			throw(m.L, "invalid capture index")
		}
		return lua.LString(m.text[begin:end])
	}
	switch c := m.captures[level]; c.length {
	case captureOpen:
		throw(m.L, "unfinished capture")
		return lua.LNil
	case capturePosition:
		return lua.LNumber(c.begin + 1)
	default:
		return lua.LString(m.text[c.begin : c.begin+c.length])
	}
}

// pushCaptures pushes all captures; without any, the whole match if that is wanted.
func (m *matcher) pushCaptures(begin, end int, whole bool) int {
	count := m.level
	if count == 0 && whole {
		count = 1
	}
	for level := range count {
		m.L.Push(m.capture(level, begin, end))
	}
	return count
}
