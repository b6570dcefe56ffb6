package lua51

import (
	"fmt"

	"github.com/cinnabar-db/cinnabar/scripting/number"
)

// token is what the lexer makes of text: a byte as it is, or one of those below.
type token int

const (
	tokenAnd token = 257 + iota
	tokenBreak
	tokenDo
	tokenElse
	tokenElseif
	tokenEnd
	tokenFalse
	tokenFor
	tokenFunction
	tokenIf
	tokenIn
	tokenLocal
	tokenNil
	tokenNot
	tokenOr
	tokenRepeat
	tokenReturn
	tokenThen
	tokenTrue
	tokenUntil
	tokenWhile
	tokenConcat
	tokenDots
	tokenEqual
	tokenGreaterEqual
	tokenLessEqual
	tokenNotEqual
	tokenNumber
	tokenName
	tokenString
	tokenEnds
)

// tokenTexts are the tokens from tokenAnd on.
var tokenTexts = [...]string{"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not", "or",
	"repeat", "return", "then", "true", "until", "while", "..", "...", "==", ">=", "<=", "~=", "<number>", "<name>", "<string>", "<eof>"}

// reserved are the words that are no names.
var reserved = func() map[string]token {
	words := map[string]token{}
	for t := tokenAnd; t <= tokenWhile; t++ {
		words[tokenTexts[t-tokenAnd]] = t
	}
	return words
}()

// end is what the lexer reads behind the text.
const endOfText = -1

// text is the token as errors show it.
func (t token) text() string {
	switch {
	case t >= tokenAnd:
		return tokenTexts[t-tokenAnd]
	case t < ' ' || t == 127:
		return fmt.Sprintf("char(%d)", int(t))
	}
	return string([]byte{byte(t)})
}

// lexer cuts a chunk into tokens, as llex.c does.
type lexer struct {
	shown string
	body  []byte
	at    int // of what comes behind current
	line  int // of current
	last  int // of the token before the one that token is

	current int // a byte, or endOfText
	buffer  []byte

	token  token
	text   string // of a name or string
	value  float64
	ahead  token // what comes behind token if somebody has asked; 0 otherwise
	unread string
}

func newLexer(shown string, body []byte) *lexer {
	x := &lexer{shown: shown, body: body, line: 1, last: 1}
	x.read()
	return x
}

// read goes on by a byte.
func (x *lexer) read() {
	if x.at >= len(x.body) {
		x.current = endOfText
		return
	}
	x.current = int(x.body[x.at])
	x.at++
}

func (x *lexer) save() {
	x.buffer = append(x.buffer, byte(x.current))
	x.read()
}

// next goes on by a token.
func (x *lexer) next() {
	x.last = x.line
	if x.ahead != 0 {
		x.token, x.text, x.ahead = x.ahead, x.unread, 0
		return
	}
	x.token = x.scan()
}

// lookahead is the token behind the present one, which is a name.
func (x *lexer) lookahead() token {
	text := x.text
	x.ahead = x.scan()
	x.unread, x.text = x.text, text
	return x.ahead
}

// fail ends the compilation at the line; near, if not 0, is the token that is shown.
func (x *lexer) fail(message string, near token) {
	message = fmt.Sprintf("%s:%d: %s", x.shown, x.line, message)
	if near != 0 {
		shown := near.text()
		if near == tokenName || near == tokenString || near == tokenNumber {
			shown = cut(string(x.buffer))
		}
		message += " near '" + shown + "'"
	}
	panic(&CompileError{Message: message})
}

// cut is a text as C sees it.
func cut(text string) string {
	for i := range len(text) {
		if text[i] == 0 {
			return text[:i]
		}
	}
	return text
}

func (x *lexer) isNewline() bool { return x.current == '\n' || x.current == '\r' }

func (x *lexer) newline() {
	first := x.current
	x.read()
	if x.isNewline() && x.current != first {
		x.read()
	}
	x.line++
}

func isSpace(c int) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isDigit(c int) bool { return c >= '0' && c <= '9' }

func isLetter(c int) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' && c >= 0 }

// scan reads a token.
func (x *lexer) scan() token {
	x.buffer = x.buffer[:0]
	for {
		switch c := x.current; {
		case x.isNewline():
			x.newline()
		case c == '-':
			x.read()
			if x.current != '-' {
				return '-'
			}
			x.comment()
		case c == '[':
			level := x.separator()
			if level >= 0 {
				x.text = x.longString(level, true)
				return tokenString
			}
			if level == -1 {
				return '['
			}
			x.fail("invalid long string delimiter", tokenString)
		case c == '=':
			return x.either('=', '=', tokenEqual)
		case c == '<':
			return x.either('<', '=', tokenLessEqual)
		case c == '>':
			return x.either('>', '=', tokenGreaterEqual)
		case c == '~':
			return x.either('~', '=', tokenNotEqual)
		case c == '"' || c == '\'':
			x.text = x.quoted(c)
			return tokenString
		case c == '.':
			return x.dots()
		case c == endOfText:
			return tokenEnds
		case isSpace(c):
			x.read()
		case isDigit(c):
			x.numeral()
			return tokenNumber
		case isLetter(c) || c == '_':
			return x.word()
		default:
			x.read()
			return token(c)
		}
	}
}

// either is both where the byte after the present one is second, first otherwise.
func (x *lexer) either(first token, second int, both token) token {
	x.read()
	if x.current != second {
		return first
	}
	x.read()
	return both
}

func (x *lexer) dots() token {
	x.save()
	if x.current != '.' {
		if !isDigit(x.current) {
			return '.'
		}
		x.numeral()
		return tokenNumber
	}
	x.save()
	if x.current != '.' {
		return tokenConcat
	}
	x.save()
	return tokenDots
}

func (x *lexer) word() token {
	for isLetter(x.current) || isDigit(x.current) || x.current == '_' {
		x.save()
	}
	if word, ok := reserved[string(x.buffer)]; ok {
		return word
	}
	x.text = string(x.buffer)
	return tokenName
}

// comment reads what stands behind --.
func (x *lexer) comment() {
	x.read()
	if x.current == '[' {
		level := x.separator()
		x.buffer = x.buffer[:0]
		if level >= 0 {
			x.longString(level, false)
			x.buffer = x.buffer[:0]
			return
		}
	}
	for !x.isNewline() && x.current != endOfText {
		x.read()
	}
}

// separator reads [=*[ or ]=*] but for the last byte: the count of =, or, where that byte is another, a negative number, -1 without =.
func (x *lexer) separator() int {
	count, first := 0, x.current
	x.save()
	for x.current == '=' {
		x.save()
		count++
	}
	if x.current == first {
		return count
	}
	return -count - 1
}

// longString reads from the second bracket on; what isn't kept is a comment.
func (x *lexer) longString(level int, keep bool) string {
	x.save()
	if x.isNewline() {
		x.newline()
	}
	for {
		switch {
		case x.current == endOfText:
			if keep {
				x.fail("unfinished long string", tokenEnds)
			}
			x.fail("unfinished long comment", tokenEnds)
		case x.current == ']':
			if x.separator() == level {
				x.save()
				if !keep {
					return ""
				}
				return string(x.buffer[level+2 : len(x.buffer)-level-2])
			}
		case x.isNewline():
			x.buffer = append(x.buffer, '\n')
			x.newline()
			if !keep {
				x.buffer = x.buffer[:0]
			}
		case keep:
			x.save()
		default:
			x.read()
		}
	}
}

// quoted reads a string in quotes.
func (x *lexer) quoted(quote int) string {
	x.save()
	for x.current != quote {
		switch {
		case x.current == endOfText:
			x.fail("unfinished string", tokenEnds)
		case x.isNewline():
			x.fail("unfinished string", tokenString)
		case x.current == '\\':
			x.escape()
		default:
			x.save()
		}
	}
	x.save()
	return string(x.buffer[1 : len(x.buffer)-1])
}

func (x *lexer) escape() {
	const plain, meant = "abfnrtv", "\a\b\f\n\r\t\v"
	x.read()
	switch {
	case x.current == endOfText:
		return
	case x.isNewline():
		x.buffer = append(x.buffer, '\n')
		x.newline()
		return
	case isDigit(x.current):
		value := 0
		for i := 0; i < 3 && isDigit(x.current); i++ {
			value = value*10 + x.current - '0'
			x.read()
		}
		if value > 255 {
			x.fail("escape sequence too large", tokenString)
		}
		x.buffer = append(x.buffer, byte(value))
		return
	}
	for i := range len(plain) {
		if x.current == int(plain[i]) {
			x.current = int(meant[i])
			break
		}
	}
	x.save()
}

// numeral reads a number, of which the buffer may have the point.
func (x *lexer) numeral() {
	for isDigit(x.current) || x.current == '.' {
		x.save()
	}
	if x.current|0x20 == 'e' && x.current >= 0 {
		x.save()
		if x.current == '+' || x.current == '-' {
			x.save()
		}
	}
	for isLetter(x.current) || isDigit(x.current) || x.current == '_' {
		x.save()
	}
	v, ok := number.Parse(string(x.buffer))
	if !ok {
		x.fail("malformed number", tokenNumber)
	}
	x.value = v
}
