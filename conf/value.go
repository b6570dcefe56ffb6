package conf

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// value is what a directive is set to. It is never changed in place, so that
// CONFIG SET can put old values back.
type value struct {
	num  int64  // Bool, Int, Memory, Octal, Enum, Flags (bits); a percentage is negative
	text string // String
	list any    // List: the type belongs to the row's listRule
}

var (
	errArgCount = errors.New("wrong number of arguments")
	errBool     = errors.New("argument must be 'yes' or 'no'")
	errInt      = errors.New("argument couldn't be parsed into an integer")
	errMemory   = errors.New("argument must be a memory value")
	errPart     = errors.New("argument must be a memory or percent value")
	errOctal    = errors.New("argument couldn't be parsed as an octal number")
)

// defaultArgs are the words of a row's default.
func defaultArgs(d *Directive) []string {
	if d.Kind == List || d.Kind == Flags {
		return strings.Fields(d.Default)
	}
	return []string{d.Default}
}

// parse turns words into a value, in Redis's order of complaints: syntax,
// bounds, then the row's own check. c is nil for the check of defaults at
// start, where lists must do without it.
func (d *Directive) parse(c *Config, args []string) (value, error) {
	v, err := d.parseKind(c, args)
	if err == nil && d.rule.settle != nil {
		v, err = d.rule.settle(c, v)
	}
	return v, err
}

func (d *Directive) parseKind(c *Config, args []string) (value, error) {
	switch d.Kind {
	case List:
		l, err := d.rule.list.parse(c, args)
		return value{list: l}, err
	case Flags, Enum:
		return d.parseWords(args)
	}
	if len(args) != 1 {
		return value{}, errArgCount
	}
	switch d.Kind {
	case Bool:
		switch lower(args[0]) {
		case "yes":
			return value{num: 1}, nil
		case "no":
			return value{num: 0}, nil
		}
		return value{}, errBool
	case String:
		return value{text: args[0]}, nil
	}
	n, err := d.parseNumber(args[0])
	if err != nil {
		return value{}, err
	}
	return value{num: n}, d.bound(n)
}

func (d *Directive) parseWords(args []string) (value, error) {
	var bits int64
	if len(args) == 0 || d.Kind == Enum && len(args) != 1 {
		return value{}, d.wordError()
	}
	for _, arg := range args {
		i := d.wordIndex(lower(arg))
		if i < 0 {
			return value{}, d.wordError()
		}
		bits |= d.wordValue(i)
	}
	return value{num: bits}, nil
}

func (d *Directive) wordIndex(word string) int {
	for i, w := range d.Words {
		if w == word {
			return i
		}
	}
	return -1
}

// wordValue numbers the words of Enum by place; those of Flags are bits, and
// the first of them is none.
func (d *Directive) wordValue(i int) int64 {
	if d.Kind == Enum {
		return int64(i)
	}
	return int64(1) << i >> 1
}

func (d *Directive) wordError() error {
	return errors.New("argument(s) must be one of the following: " + strings.Join(d.Words, ", "))
}

func (d *Directive) parseNumber(s string) (int64, error) {
	switch d.Kind {
	case Memory:
		if n, ok := parseMemory(s); ok {
			return int64(n), nil
		}
		return 0, errMemory
	case MemoryOrPart:
		if n, ok := parseMemory(s); ok {
			return int64(n), nil
		}
		if len(s) > 1 && s[len(s)-1] == '%' {
			if n, ok := parseInt(s[:len(s)-1]); ok && n >= 0 {
				return -n, nil
			}
		}
		return 0, errPart
	case Octal:
		if n, rest, ok := strtoll(s, 8); ok && rest == "" {
			return n, nil
		}
		return 0, errOctal
	}
	if n, ok := parseInt(s); ok {
		return n, nil
	}
	return 0, errInt
}

func (d *Directive) bound(n int64) error {
	format := "argument must be between %d and %d inclusive"
	if d.Kind == Octal {
		format = "argument must be between %o and %o inclusive"
	}
	switch {
	case d.Has(Unsigned):
		if u := uint64(n); u > uint64(d.Max) || u < uint64(d.Min) {
			return fmt.Errorf(format, uint64(d.Min), uint64(d.Max))
		}
	case d.Kind == MemoryOrPart && n < 0:
		if n < d.Min {
			return fmt.Errorf("percentage argument must be less or equal to %d", -d.Min)
		}
	case n > d.Max || n < d.Min:
		return fmt.Errorf(format, d.Min, d.Max)
	}
	return nil
}

// format is what CONFIG GET answers.
func (d *Directive) format(v value) string {
	switch d.Kind {
	case Bool:
		if v.num != 0 {
			return "yes"
		}
		return "no"
	case String:
		return v.text
	case Enum:
		return d.Words[v.num]
	case Flags:
		return strings.Join(d.flagWords(v), " ")
	case List:
		return d.rule.list.format(v.list)
	case Memory:
		return strconv.FormatUint(uint64(v.num), 10)
	case MemoryOrPart:
		if v.num < 0 {
			return strconv.FormatInt(-v.num, 10) + "%"
		}
	case Octal:
		return strconv.FormatInt(v.num, 8)
	}
	return strconv.FormatInt(v.num, 10)
}

func (d *Directive) flagWords(v value) []string {
	if v.num == 0 {
		return d.Words[:1:1]
	}
	var words []string
	for i := range d.Words {
		if bit := d.wordValue(i); bit != 0 && v.num&bit != 0 {
			words = append(words, d.Words[i])
		}
	}
	return words
}

// changed reports whether going from old to v is a change that hooks must hear
// of. Lists always are, as in Redis, save where the rule compares.
func (d *Directive) changed(old, v value) bool {
	switch {
	case d.Has(Volatile):
		return true
	case d.Kind == List:
		return d.rule.list.same == nil || !d.rule.list.same(old.list, v.list)
	}
	return old.num != v.num || old.text != v.text
}

// parseInt is Redis's string2ll: no blanks, no plus, no leading zeros.
func parseInt(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || s[0] == '+' {
		return 0, false
	}
	digits := strings.TrimPrefix(s, "-")
	return n, digits[0] != '0' || s == "0"
}

// memoryUnits are Redis's: k is 1000, kb 1024.
var memoryUnits = map[string]uint64{
	"": 1, "b": 1, "k": 1000, "kb": 1 << 10, "m": 1000 * 1000, "mb": 1 << 20, "g": 1000 * 1000 * 1000, "gb": 1 << 30,
}

// parseMemory is Redis's memtoull. Like it, it takes the empty string for 0,
// and a number too large for the largest one; a unit may overflow.
func parseMemory(s string) (uint64, bool) {
	digits := 0
	for digits < len(s) && '0' <= s[digits] && s[digits] <= '9' {
		digits++
	}
	unit, ok := memoryUnits[lower(s[digits:])]
	if !ok || digits >= 128 {
		return 0, false
	}
	var n uint64
	if digits > 0 {
		var err error
		if n, err = strconv.ParseUint(s[:digits], 10, 64); err != nil {
			n = math.MaxUint64
		}
	}
	return n * unit, true
}

// formatMemory is how CONFIG REWRITE writes bytes: in the largest of gb, mb and
// kb that divides them.
func formatMemory(n int64) string {
	for _, u := range []struct {
		size int64
		name string
	}{{1 << 30, "gb"}, {1 << 20, "mb"}, {1 << 10, "kb"}} {
		if n != 0 && n%u.size == 0 {
			return strconv.FormatInt(n/u.size, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}

// strtoll is C's, which several lists use without further checks: leading
// blanks and a sign are fine, no digits give 0. ok is false on overflow, with n
// at the bound.
func strtoll(s string, base int) (n int64, rest string, ok bool) {
	i := 0
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	start := i
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	first := i
	for i < len(s) && '0' <= s[i] && int(s[i]-'0') < base {
		i++
	}
	if i == first {
		return 0, s, true
	}
	n, err := strconv.ParseInt(s[start:i], base, 64)
	return n, s[i:], err == nil
}
