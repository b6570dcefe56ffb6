package commands

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A row's Syntax is the tree of arguments that COMMAND DOCS shows, written much like a synopsis. SET's is
//
//	key:key(0) value [condition:<"NX"|"XX">@2.6.12] ["GET"@6.2.0]
//	[expiration:<EX=seconds:integer@2.6.12|PX=milliseconds:integer@2.6.12|"KEEPTTL"@6.0.0>]
//
// and the whole grammar, where blanks may stand between any two signs:
//
//	arguments = { argument | "[" argument "]" }             in brackets: optional
//	argument  = [ token "=" ] body [ "..." [ "=" ] ] [ "@" version ] [ "!" version ]
//	body      = name [ ":" type ] [ "(" number ")" ]        a value; its type is string unless told
//	          | name ":" "<" argument { "|" argument } ">"  one of several
//	          | name ":" "{" arguments "}"                  a block of several
//	          | [ name ":" ] quoted                         a token alone, called like it in lower case unless told
//	type      = string integer double key pattern unix-time
//	token     = word | quoted                               stands before the value
//	name      = word | quoted
//	quoted    = a Go string in double quotes
//
// The number is the index of the key spec that finds the argument. "..." says that the argument may be given several times, "...=" that
// its token comes again each time. "@" gives the version that brought the argument, "!" the one that deprecated it.

// ArgumentType is the type of an argument.
type ArgumentType uint8

// The types of arguments.
const (
	ArgString ArgumentType = iota
	ArgInteger
	ArgDouble
	ArgKey
	ArgPattern
	ArgUnixTime
	ArgPureToken
	ArgOneOf
	ArgBlock
)

var argumentTypeNames = [...]string{"string", "integer", "double", "key", "pattern", "unix-time", "pure-token", "oneof", "block"}

// String is the type's name in COMMAND DOCS.
func (t ArgumentType) String() string { return argumentTypeNames[t] }

// Argument is a node of a command's argument tree.
type Argument struct {
	Name string
	Type ArgumentType
	// KeySpec is the index of the key spec that finds it, -1 where there is none.
	KeySpec int
	// Token is the word that stands before it or, of a pure token, is it; "" for none, but MIGRATE has a pure token that is empty.
	Token string
	// Since and DeprecatedSince are versions, "" where they are the command's own or there is none.
	Since, DeprecatedSince string
	// Optional, Multiple and MultipleToken: may be left out, may come several times, each time with its token.
	Optional, Multiple, MultipleToken bool
	// Arguments are the members of a block or the choices of a oneof.
	Arguments []Argument
}

// maxSyntaxDepth bounds the nesting of blocks and choices.
const maxSyntaxDepth = 8

// ParseSyntax reads a row's Syntax; nil for an empty one.
func ParseSyntax(text string) ([]Argument, error) {
	p := syntaxParser{text: text}
	list, err := p.arguments(0)
	if err == nil && p.rest() != "" {
		err = errors.New("unexpected sign")
	}
	if err != nil {
		return nil, fmt.Errorf("syntax, at column %d: %w", p.at+1, err)
	}
	return list, nil
}

type syntaxParser struct {
	text string
	at   int
}

// rest is what is left of the text, without leading blanks.
func (p *syntaxParser) rest() string {
	for p.at < len(p.text) && strings.IndexByte(" \t\n", p.text[p.at]) >= 0 {
		p.at++
	}
	return p.text[p.at:]
}

// take goes past a sign if it is next.
func (p *syntaxParser) take(sign string) bool {
	if !strings.HasPrefix(p.rest(), sign) {
		return false
	}
	p.at += len(sign)
	return true
}

func (p *syntaxParser) expect(sign string) error {
	if !p.take(sign) {
		return fmt.Errorf("expected %s", sign)
	}
	return nil
}

// arguments reads up to the text's end or a sign that closes what is around.
func (p *syntaxParser) arguments(depth int) ([]Argument, error) {
	var list []Argument
	for rest := p.rest(); rest != "" && rest[0] != '}' && rest[0] != ']'; rest = p.rest() {
		arg, err := p.item(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, arg)
	}
	return list, nil
}

// item reads an argument or one in brackets.
func (p *syntaxParser) item(depth int) (Argument, error) {
	optional := p.take("[")
	arg, err := p.argument(depth)
	if err == nil && optional {
		arg.Optional = true
		err = p.expect("]")
	}
	return arg, err
}

func (p *syntaxParser) argument(depth int) (Argument, error) {
	arg := Argument{KeySpec: -1}
	first, quoted, err := p.word()
	if err != nil {
		return arg, err
	}
	if p.take("=") {
		if arg.Token = first; first == "" {
			return arg, errors.New("an empty token")
		}
		if first, quoted, err = p.word(); err != nil {
			return arg, err
		}
	}
	if arg.Name = first; first == "" {
		return arg, errors.New("an empty name")
	}
	switch {
	case p.take(":"):
		err = p.typed(&arg, depth)
	case quoted && arg.Token == "":
		arg.Type, arg.Name, arg.Token = ArgPureToken, strings.ToLower(first), first
	}
	if err != nil {
		return arg, err
	}
	if p.take("(") {
		digits := p.span(isDigit)
		if arg.KeySpec, err = strconv.Atoi(digits); err != nil {
			return arg, errors.New("expected the index of a key spec")
		}
		if err = p.expect(")"); err != nil {
			return arg, err
		}
	}
	return arg, p.suffix(&arg)
}

// typed reads what stands behind an argument's colon.
func (p *syntaxParser) typed(arg *Argument, depth int) (err error) {
	if depth >= maxSyntaxDepth {
		return errors.New("nested too deep")
	}
	switch {
	case p.take("{"):
		arg.Type = ArgBlock
		if arg.Arguments, err = p.arguments(depth + 1); err != nil {
			return err
		}
		if len(arg.Arguments) == 0 {
			return errors.New("an empty block")
		}
		return p.expect("}")
	case p.take("<"):
		arg.Type = ArgOneOf
		for {
			choice, err := p.item(depth + 1)
			if err != nil {
				return err
			}
			arg.Arguments = append(arg.Arguments, choice)
			if !p.take("|") {
				return p.expect(">")
			}
		}
	}
	word, quoted, err := p.word()
	if err != nil {
		return err
	}
	if quoted {
		if arg.Token != "" {
			return errors.New("a second token")
		}
		arg.Type, arg.Token = ArgPureToken, word
		return nil
	}
	for t := ArgString; t < ArgPureToken; t++ {
		if word == t.String() {
			arg.Type = t
			return nil
		}
	}
	return fmt.Errorf("unknown type %q", word)
}

// suffix reads what stands behind an argument's body.
func (p *syntaxParser) suffix(arg *Argument) error {
	if p.take("...") {
		arg.Multiple = true
		arg.MultipleToken = p.take("=")
	}
	if p.take("@") {
		if arg.Since = p.span(isVersion); arg.Since == "" {
			return errors.New("expected a version")
		}
	}
	if p.take("!") {
		if arg.DeprecatedSince = p.span(isVersion); arg.DeprecatedSince == "" {
			return errors.New("expected a version")
		}
	}
	return nil
}

// word reads a name, a token or a type.
func (p *syntaxParser) word() (word string, quoted bool, err error) {
	if rest := p.rest(); strings.HasPrefix(rest, `"`) {
		prefix, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return "", true, errors.New("a string that does not end")
		}
		p.at += len(prefix)
		word, err = strconv.Unquote(prefix)
		return word, true, err
	}
	if word = p.span(isWordSign); word == "" {
		return "", false, errors.New("expected a word")
	}
	return word, false, nil
}

// span goes past all bytes for which in holds.
func (p *syntaxParser) span(in func(byte) bool) string {
	rest := p.rest()
	n := 0
	for n < len(rest) && in(rest[n]) {
		n++
	}
	p.at += n
	return rest[:n]
}

func isDigit(b byte) bool   { return '0' <= b && b <= '9' }
func isVersion(b byte) bool { return isDigit(b) || b == '.' }
func isWordSign(b byte) bool {
	return isDigit(b) || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || b == '_' || b == '-'
}
