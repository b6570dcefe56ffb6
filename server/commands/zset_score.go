package commands

import (
	"bytes"
	"math"
	"slices"
	"sort"
	"strconv"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// How scores, and ranges of scores and of names, are read and printed.

const (
	errScoreRange = "ERR min or max is not a float"
	errLexRange   = "ERR min or max not valid string range item"
	errScoreNaN   = "ERR resulting score is not a number (NaN)"
)

// exactDigits is how many decimal digits a float64 has room for, whatever they are.
const exactDigits = 15

// parseDouble reads a word as string2d of Redis 7.0 does with C's strtod: a decimal or hexadecimal number or an infinity, with nothing before
// it or behind it. NaN, what overflows and what is rounded to 0 without being it are refused.
func parseDouble(word []byte) (d float64, ok bool) {
	if len(word) <= exactDigits {
		if n, ok := ParseInt(word); ok {
			return float64(n), true
		}
	}
	d, length, exact := strtod(word)
	return d, length > 0 && length == len(word) && exact
}

// parseBound reads a bound of a range of scores; strtod reads it alone, so that blanks may stand before it and it may overflow.
func parseBound(word []byte) (d float64, exclusive, ok bool) {
	word = UntilZero(word)
	if len(word) > 0 && word[0] == '(' {
		word, exclusive = word[1:], true
	}
	digits := bytes.TrimLeft(word, " \t\n\v\f\r")
	if len(word) == 0 {
		return 0, exclusive, true // strtod is content with nothing
	}
	d, length, _ := strtod(digits)
	return d, exclusive, length > 0 && length == len(digits)
}

// strtod is C's: it reads as much of word as makes a number, from its first byte on, and returns that, how many bytes it was, 0 if there
// is none, and whether it is neither too large for a float64 nor too small for anything but 0. NaN counts as none.
func strtod(word []byte) (d float64, length int, exact bool) {
	rest, negative := word, false
	if len(rest) > 0 && (rest[0] == '-' || rest[0] == '+') {
		negative = rest[0] == '-'
		rest = rest[1:]
	}
	sign := len(word) - len(rest)
	for _, name := range []string{"INFINITY", "INF"} {
		if len(rest) >= len(name) && IsWord(rest[:len(name)], name) {
			d = math.Inf(1)
			if negative {
				d = math.Inf(-1)
			}
			return d, sign + len(name), true
		}
	}
	hex := len(rest) > 1 && rest[0] == '0' && rest[1]|0x20 == 'x'
	var end int
	var nonzero, power bool
	if hex {
		end, nonzero, power = numberEnd(rest[2:], 'p', func(b byte) bool { _, ok := hexValue(b); return ok })
		if end == 0 {
			return 0, sign + 1, true // the 0 alone
		}
		end += 2
	} else if end, nonzero, _ = numberEnd(rest, 'e', isDigit); end == 0 {
		return 0, 0, false
	}
	length = sign + end
	text := word[:length]
	if hex && !power {
		text = append(bytes.Clone(text), "p0"...)
	}
	d, err := strconv.ParseFloat(string(text), 64)
	return d, length, err == nil && (d != 0 || !nonzero)
}

// numberEnd finds the end of digits, with a point somewhere, and of an exponent behind its letter; 0 if there are no digits. nonzero tells
// whether one of the digits isn't 0, power whether there is an exponent.
func numberEnd(word []byte, letter byte, digit func(b byte) bool) (end int, nonzero, power bool) {
	seen, point := false, false
	for ; end < len(word); end++ {
		b := word[end]
		switch {
		case b == '.' && !point:
			point = true
			continue
		case !digit(b):
		default:
			seen, nonzero = true, nonzero || b != '0'
			continue
		}
		break
	}
	if !seen {
		return 0, false, false
	}
	if end == len(word) || word[end]|0x20 != letter {
		return end, nonzero, false
	}
	i := end + 1
	if i < len(word) && (word[i] == '-' || word[i] == '+') {
		i++
	}
	first := i
	for i < len(word) && isDigit(word[i]) {
		i++
	}
	if i == first {
		return end, nonzero, false
	}
	return i, nonzero, true
}

// keptScore is the score that a sorted set keeps: one that shows the encoding of small ones has no -0, as in Redis.
func keptScore(score float64, small bool) float64 {
	if score == 0 && small {
		return 0
	}
	return score
}

// AppendSmallScore appends a score as ZSCAN shows it of a sorted set in the small encoding, where Redis keeps whole numbers as integers.
func AppendSmallScore(dst []byte, score float64) []byte {
	if math.Abs(score) <= 1<<62 && score == math.Trunc(score) {
		return strconv.AppendInt(dst, int64(score), 10)
	}
	return resp.AppendDouble(dst, score)
}

// scoreRange is a range of scores.
type scoreRange struct {
	min, max         float64
	minOpen, maxOpen bool
}

// parseScoreRange reads the two ends of one.
func parseScoreRange(low, high []byte) (r scoreRange, ok bool) {
	var okLow, okHigh bool
	r.min, r.minOpen, okLow = parseBound(low)
	r.max, r.maxOpen, okHigh = parseBound(high)
	return r, okLow && okHigh
}

// ranks are those of the members within the range, [from, to).
func (r *scoreRange) ranks(f *zset.Form) (from, to int) {
	if r.minOpen {
		from = f.FirstAbove(r.min)
	} else {
		from = f.FirstFrom(r.min)
	}
	if r.maxOpen {
		to = f.FirstFrom(r.max)
	} else {
		to = f.FirstAbove(r.max)
	}
	return from, max(from, to)
}

// lexEnd is an end of a range of names.
type lexEnd struct {
	name []byte
	open bool
	// beyond is -1 for what is before all names and 1 for what is behind them; there is no name then, and the end is open.
	beyond int
}

// parseLexEnd reads one.
func parseLexEnd(word []byte) (end lexEnd, ok bool) {
	if len(word) == 0 {
		return end, false
	}
	alone := len(word) == 1 || word[1] == 0
	switch word[0] {
	case '-':
		return lexEnd{open: true, beyond: -1}, alone
	case '+':
		return lexEnd{open: true, beyond: 1}, alone
	case '(':
		return lexEnd{name: word[1:], open: true}, true
	case '[':
		return lexEnd{name: word[1:]}, true
	}
	return end, false
}

// lexRange is a range of names, which is about sorted sets whose scores are all alike.
type lexRange struct{ min, max lexEnd }

// parseLexRange reads the two ends of one.
func parseLexRange(low, high []byte) (r lexRange, ok bool) {
	var okLow, okHigh bool
	r.min, okLow = parseLexEnd(low)
	r.max, okHigh = parseLexEnd(high)
	return r, okLow && okHigh
}

// empty tells whether no name can be within the range.
func (r *lexRange) empty() bool {
	if r.min.beyond != 0 || r.max.beyond != 0 {
		return r.min.beyond >= r.max.beyond
	}
	order := bytes.Compare(r.min.name, r.max.name)
	return order > 0 || order == 0 && (r.min.open || r.max.open)
}

// compare is the order of a name and the end.
func (end *lexEnd) compare(name []byte) int {
	if end.beyond != 0 {
		return -end.beyond
	}
	return bytes.Compare(name, end.name)
}

func (r *lexRange) fromMin(name []byte) bool {
	order := r.min.compare(name)
	return order > 0 || order == 0 && !r.min.open
}

func (r *lexRange) toMax(name []byte) bool {
	order := r.max.compare(name)
	return order < 0 || order == 0 && !r.max.open
}

// walkedNames is how many members are gone through one by one to find a range of names, as Redis does with the small encoding.
const walkedNames = 128

// window is the part of a range that LIMIT asks for, from its beginning or, backwards, from its end. A limit below 0 is none; an offset
// below 0 leaves nothing.
type window struct {
	offset, limit int64
	back          bool
}

// whole is the window that shows all of a range.
var whole = window{limit: -1}

// cut is what w shows of the ranks [from, to).
func (w *window) cut(from, to int) (int, int) {
	if w.offset < 0 || w.offset >= int64(to-from) {
		return from, from
	}
	count := int64(to-from) - w.offset
	if w.limit >= 0 {
		count = min(count, w.limit)
	}
	if w.back {
		to -= int(w.offset)
		return to - int(count), to
	}
	from += int(w.offset)
	return from, from + int(count)
}

// ranks are those of what w shows of the range, [from, to).
func (r *lexRange) ranks(f *zset.Form, w *window) (from, to int) {
	count := f.Len()
	if count == 0 || r.empty() {
		return 0, 0
	}
	if count <= walkedNames {
		return r.walk(f, w)
	}
	_, first := f.At(0)
	_, last := f.At(count - 1)
	if first == last {
		return w.cut(r.search(f, first))
	}
	return w.cut(r.guess(f))
}

// search finds the range where all have one score.
func (r *lexRange) search(f *zset.Form, score float64) (from, to int) {
	switch {
	case r.min.beyond < 0:
	case r.min.beyond > 0:
		from = f.Len()
	case r.min.open:
		from = f.FirstAboveMember(score, r.min.name)
	default:
		from = f.FirstFromMember(score, r.min.name)
	}
	switch {
	case r.max.beyond > 0:
		to = f.Len()
	case r.max.beyond < 0:
	case r.max.open:
		to = f.FirstFromMember(score, r.max.name)
	default:
		to = f.FirstAboveMember(score, r.max.name)
	}
	return from, max(from, to)
}

// guess finds a range where scores differ, for which there is no right answer: as if names were in order all the same.
func (r *lexRange) guess(f *zset.Form) (from, to int) {
	var room [64]byte
	name := func(rank int) []byte {
		it, _ := f.At(rank)
		return it.AppendTo(room[:0])
	}
	from = sort.Search(f.Len(), func(rank int) bool { return r.fromMin(name(rank)) })
	to = sort.Search(f.Len(), func(rank int) bool { return !r.toMax(name(rank)) })
	return from, max(from, to)
}

// walk finds what w shows of a range in a small set, with the very steps of Redis, which show where scores differ.
func (r *lexRange) walk(f *zset.Form, w *window) (from, to int) {
	var fromMin, toMax [walkedNames]bool
	var room [64]byte
	count := 0
	f.Each(func(it packed.Item, _ float64) bool {
		name := it.AppendTo(room[:0])
		fromMin[count], toMax[count] = r.fromMin(name), r.toMax(name)
		count++
		return true
	})
	if !fromMin[count-1] || !toMax[0] || w.offset < 0 || w.offset >= int64(count) {
		return 0, 0
	}
	limit := int64(count)
	if w.limit >= 0 {
		limit = min(limit, w.limit)
	}
	if w.back {
		last := lastTrue(toMax[:count])
		if !fromMin[last] {
			return 0, 0
		}
		to = max(0, last+1-int(w.offset))
		for from = to; from > 0 && int64(to-from) < limit && fromMin[from-1]; {
			from--
		}
		return from, to
	}
	first := slices.Index(fromMin[:count], true)
	if !toMax[first] {
		return 0, 0
	}
	from = min(count, first+int(w.offset))
	for to = from; to < count && int64(to-from) < limit && toMax[to]; {
		to++
	}
	return from, to
}

func lastTrue(list []bool) (at int) {
	for i, on := range list {
		if on {
			at = i
		}
	}
	return at
}
