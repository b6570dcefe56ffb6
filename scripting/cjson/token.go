package cjson

import (
	"strings"

	"github.com/cinnabar-db/cinnabar/scripting/number"
)

type tokenKind uint8

const (
	tokenObject tokenKind = iota
	tokenObjectEnd
	tokenArray
	tokenArrayEnd
	tokenString
	tokenNumber
	tokenBoolean
	tokenNull
	tokenColon
	tokenComma
	tokenEnd
	tokenSpace
	tokenError
	tokenOther // told apart by more than its first byte
)

// tokenNames are how errors call them.
var tokenNames = [...]string{
	tokenObject: "T_OBJ_BEGIN", tokenObjectEnd: "T_OBJ_END", tokenArray: "T_ARR_BEGIN", tokenArrayEnd: "T_ARR_END", tokenString: "T_STRING",
	tokenNumber: "T_NUMBER", tokenBoolean: "T_BOOLEAN", tokenNull: "T_NULL", tokenColon: "T_COLON", tokenComma: "T_COMMA", tokenEnd: "T_END",
}

// kinds are the kinds of tokens by their first bytes.
var kinds = func() (table [256]tokenKind) {
	for c := range table {
		table[c] = tokenError
	}
	for c, kind := range map[byte]tokenKind{'{': tokenObject, '}': tokenObjectEnd, '[': tokenArray, ']': tokenArrayEnd, ',': tokenComma, ':': tokenColon} {
		table[c] = kind
	}
	for _, c := range " \t\n\r" {
		table[c] = tokenSpace
	}
	for _, c := range `fiInNt"+-0123456789` {
		table[c] = tokenOther
	}
	return table
}()

// token is what next has read.
type token struct {
	kind    tokenKind
	at      int
	problem string  // of tokenError
	text    string  // of tokenString
	number  float64 // of tokenNumber; of tokenBoolean 0 or 1
}

// problem makes an error of the token. It is where reading has come to.
func (d *decoder) problem(text string) {
	d.token.kind, d.token.at, d.token.problem = tokenError, d.at, text
}

// next reads a token. An error or the end is read again and again.
func (d *decoder) next() {
	kind := tokenEnd
	for ; d.at < len(d.text); d.at++ {
		if kind = kinds[d.text[d.at]]; kind != tokenSpace {
			break
		}
		kind = tokenEnd
	}
	d.token.kind, d.token.at = kind, d.at
	switch kind {
	case tokenEnd:
	case tokenError:
		d.problem("invalid token")
	case tokenOther:
		d.other()
	default:
		d.at++
	}
}

func (d *decoder) other() {
	rest := d.text[d.at:]
	switch c := rest[0]; {
	case c == '"':
		d.string()
	case c == '-' || c >= '0' && c <= '9':
		if !d.invalidNumbers && invalidNumber(rest) {
			d.problem("invalid number")
			return
		}
		d.number(rest)
	case strings.HasPrefix(rest, "true"):
		d.word(tokenBoolean, 1, len("true"))
	case strings.HasPrefix(rest, "false"):
		d.word(tokenBoolean, 0, len("false"))
	case strings.HasPrefix(rest, "null"):
		d.word(tokenNull, 0, len("null"))
	case d.invalidNumbers && invalidNumber(rest):
		d.number(rest)
	default:
		d.problem("invalid token")
	}
}

func (d *decoder) word(kind tokenKind, value float64, length int) {
	d.token.kind, d.token.number = kind, value
	d.at += length
}

// invalidNumber tells whether JSON doesn't know such a number, though strtod may.
func invalidNumber(s string) bool {
	if s[0] == '+' {
		return true
	}
	s = strings.TrimPrefix(s, "-")
	switch {
	case s == "" || s[0] != '0' && s[0] <= '9':
		return false
	case s[0] == '0':
		return len(s) > 1 && (s[1]|0x20 == 'x' || isDigit(s[1]))
	}
	return hasFold(s, "inf") || hasFold(s, "nan")
}

// fastDigits is how many digits a number may have that is an integer and fits a double for sure.
const fastDigits = 15

func (d *decoder) number(s string) {
	v, length := smallInteger(s)
	if length == 0 {
		v, length = number.Prefix(s)
	}
	if length == 0 {
		d.problem("invalid number")
		return
	}
	d.word(tokenNumber, v, length)
}

// smallInteger reads a number that is an integer and fits a double for sure, as most are; the length of another is 0.
func smallInteger(s string) (v float64, length int) {
	i, negative := 0, s[0] == '-'
	if negative {
		i++
	}
	first, n := i, int64(0)
	for i < len(s) && i-first <= fastDigits && isDigit(s[i]) {
		n = n*10 + int64(s[i]-'0')
		i++
	}
	if i == first || i-first > fastDigits || i < len(s) && (s[i] == '.' || s[i]|0x20 == 'e' || s[i]|0x20 == 'x') {
		return 0, 0
	}
	v = float64(n)
	if negative {
		v = -v // of 0, too, which is a number of its own
	}
	return v, i
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func hasFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
