package commands

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseSyntax(t *testing.T) {
	value := func(name string, typ ArgumentType) Argument { return Argument{Name: name, Type: typ, KeySpec: -1} }
	token := func(name, word string) Argument {
		return Argument{Name: name, Type: ArgPureToken, Token: word, KeySpec: -1}
	}
	for _, test := range []struct {
		text string
		want []Argument
	}{
		{"", nil},
		{" \n\t", nil},
		{"message", []Argument{value("message", ArgString)}},
		{"a:integer b:double c:unix-time d:pattern e:string", []Argument{value("a", ArgInteger), value("b", ArgDouble),
			value("c", ArgUnixTime), value("d", ArgPattern), value("e", ArgString)}},
		{"key:key(0)", []Argument{{Name: "key", Type: ArgKey}}},
		{"key:key(12)...", []Argument{{Name: "key", Type: ArgKey, KeySpec: 12, Multiple: true}}},
		{"EX=seconds:integer", []Argument{{Name: "seconds", Type: ArgInteger, Token: "EX", KeySpec: -1}}},
		{`"a b" = x`, []Argument{{Name: "x", Token: "a b", KeySpec: -1}}},
		{`"~"=x`, []Argument{{Name: "x", Token: "~", KeySpec: -1}}},
		{`"NX"`, []Argument{token("nx", "NX")}},
		{`change:"CH"`, []Argument{token("change", "CH")}},
		{`empty:""`, []Argument{token("empty", "")}},
		{`"ip:port":string!2.8.12`, []Argument{{Name: "ip:port", KeySpec: -1, DeprecatedSince: "2.8.12"}}},
		{`["GET"@6.2.0]`, []Argument{{Name: "get", Type: ArgPureToken, Token: "GET", KeySpec: -1, Since: "6.2.0", Optional: true}}},
		{"[GET=pattern:pattern(1)...=@2.0.0]", []Argument{{Name: "pattern", Type: ArgPattern, Token: "GET", KeySpec: 1, Since: "2.0.0",
			Optional: true, Multiple: true, MultipleToken: true}}},
		{`c:<"NX"|"XX">`, []Argument{{Name: "c", Type: ArgOneOf, KeySpec: -1, Arguments: []Argument{token("nx", "NX"), token("xx", "XX")}}}},
		{"LIMIT=l:{offset:integer [n]}...", []Argument{{Name: "l", Type: ArgBlock, Token: "LIMIT", KeySpec: -1, Multiple: true,
			Arguments: []Argument{value("offset", ArgInteger), {Name: "n", KeySpec: -1, Optional: true}}}}},
	} {
		got, err := ParseSyntax(test.text)
		require.NoError(t, err, test.text)
		require.Equal(t, test.want, got, test.text)
	}
}

func TestParseSyntaxFaults(t *testing.T) {
	for text, fault := range map[string]string{
		"a:number":                 `column 9: unknown type "number"`,
		"[a":                       "expected ]",
		"a]":                       "unexpected sign",
		"a}":                       "unexpected sign",
		"a:{}":                     "an empty block",
		"a:{b":                     "expected }",
		"a:<>":                     "expected a word",
		"a:<b|>":                   "expected a word",
		"a:<b":                     "expected >",
		"a:":                       "expected a word",
		"=a":                       "expected a word",
		"T=":                       "expected a word",
		`T=a:"U"`:                  "a second token",
		`""`:                       "an empty name",
		`""=a`:                     "an empty token",
		`"a`:                       "a string that does not end",
		"a:key(x)":                 "expected the index of a key spec",
		"a:key(0":                  "expected )",
		"a@":                       "expected a version",
		"a!x":                      "expected a version",
		"ä":                        "expected a word",
		strings.Repeat("a:<", 100): "nested too deep",
	} {
		_, err := ParseSyntax(text)
		require.ErrorContains(t, err, fault, text)
	}
}

// FuzzParseSyntax: any text gives an error or a tree that the rest of the package can work with.
func FuzzParseSyntax(f *testing.F) {
	f.Add(`key:key(0) value [condition:<"NX"|"XX">@2.6.12] ["GET"@6.2.0]`)
	f.Add(`key:key(0) [BY=pattern:pattern(1)] [LIMIT=l:{offset:integer count:integer}] [GET=p:pattern...=]`)
	f.Add(`k:<key:key(0)|empty:""> "ip:port":string!2.8.12`)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseSyntax(text)
		if err != nil {
			require.Nil(t, list)
			return
		}
		again, err := ParseSyntax(" " + text + "\n")
		require.NoError(t, err)
		require.Equal(t, list, again)
		least, _ := countWords(list)
		require.LessOrEqual(t, least, len(text))
		checkSane(t, list, 0)
	})
}

func checkSane(t *testing.T, list []Argument, depth int) {
	require.LessOrEqual(t, depth, maxSyntaxDepth)
	for i := range list {
		arg := &list[i]
		require.NotEmpty(t, arg.Name)
		require.NotEmpty(t, arg.Type.String())
		nested := arg.Type == ArgOneOf || arg.Type == ArgBlock
		require.Equal(t, nested, len(arg.Arguments) > 0)
		checkSane(t, arg.Arguments, depth+1)
	}
}
