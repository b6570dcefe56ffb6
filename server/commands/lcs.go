package commands

import (
	"math"
	"math/bits"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// The longest common subsequence of a and b is found row by row in the table of L(i, j), the length for the first i bytes of a and the
// first j of b, as in every textbook; but a row is kept as the differences between neighbours, L(i, j) - L(i, j-1), which are 0 or 1:
// a bit each, and a row follows from the one above it by a few operations on words of 64 (Hyyrö, "Bit-parallel LCS-length computation
// revisited", 2004). So the table that Redis makes, 4 bytes a cell, takes a bit a cell here, and a 30th of the time; where only the
// length is asked for it is one row.
//
// The way back through the table has to take the turns that Redis takes, since many subsequences are equally long: at (i, j) where the
// bytes differ it goes up if L(i-1, j) > L(i, j-1). L(i, j) is the larger of the two there, so that this is so exactly if
// L(i, j) - L(i, j-1) is 1: the bit in question.

const (
	errLCSNotStrings = "ERR The specified keys must contain string values"
	errLCSLenAndIdx  = "ERR If you want both the length and indexes, please just use IDX."
	errLCSTooLong    = "ERR String too long for LCS"
	errLCSLimit      = "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"
	errLCSMemory     = "ERR Insufficient memory, failed allocating transient memory for LCS"
)

const (
	// lcsCellBytes is what Redis takes for a cell of the table, which decides what is refused.
	lcsCellBytes = 4
	// lcsLongest is the length from which Redis refuses a string.
	lcsLongest = math.MaxUint32 - 1
	// lcsWordsPerLook is how many words of a row are made in the time that looking at an entry takes.
	lcsWordsPerLook = 16
	// lcsWordsPerBreath is about 50 us of the same.
	lcsWordsPerBreath = 20_000
)

// lcsArgs are the options of LCS.
type lcsArgs struct {
	length, indexes, withLength bool
	minLength                   int64
}

func parseLCS(words [][]byte) (a lcsArgs, errText string) {
	for i := 0; i < len(words); i++ {
		switch {
		case IsWord(words[i], "IDX"):
			a.indexes = true
		case IsWord(words[i], "LEN"):
			a.length = true
		case IsWord(words[i], "WITHMATCHLEN"):
			a.withLength = true
		case IsWord(words[i], "MINMATCHLEN") && i+1 < len(words):
			i++
			n, ok := ParseInt(words[i])
			if !ok {
				return a, ErrNotInteger
			}
			a.minLength = n
		default:
			return a, ErrSyntax
		}
	}
	if a.length && a.indexes {
		return a, errLCSLenAndIdx
	}
	return a, ""
}

// cmdLCS answers LCS key1 key2 [LEN] [IDX] [MINMATCHLEN length] [WITHMATCHLEN]. A missing key counts as empty.
func cmdLCS(c *Call) {
	var first, second datatypes.Entry
	foundFirst, foundSecond := c.Find(&first, c.Args[1]), c.Find(&second, c.Args[2])
	if foundFirst && !foundSecond {
		// The second may have been deleted just now because it had expired, which moves others.
		c.DB().Find(&first, c.Args[1], c.NowMs)
	}
	if foundFirst && first.Kind() != datatypes.KindString || foundSecond && second.Kind() != datatypes.KindString {
		c.Error(errLCSNotStrings)
		return
	}
	args, errText := parseLCS(c.Args[3:])
	if errText == "" {
		errText = c.lcsRefused(first.StringLen(), second.StringLen())
	}
	if errText != "" {
		c.Error(errText)
		return
	}
	rowWords := (second.StringLen() + 63) / 64
	if c.Long(first.StringLen()*rowWords/lcsWordsPerLook + (first.StringLen()+second.StringLen())/copiedPerLook) {
		c.OnView(func(c *Call, db datatypes.Reader) {
			c.replyLCS(&args, valueOf(db, c.Args[1], c.NowMs), valueOf(db, c.Args[2], c.NowMs))
		})
		return
	}
	c.replyLCS(&args, first.AppendString(nil), second.AppendString(nil))
}

// lcsRefused tells why strings of so many bytes are too long.
func (c *Call) lcsRefused(first, second int) (errText string) {
	if first >= lcsLongest || second >= lcsLongest {
		return errLCSTooLong
	}
	high, cells := bits.Mul64(uint64(first)+1, uint64(second)+1)
	if high != 0 || cells > math.MaxUint64/lcsCellBytes {
		return errLCSMemory
	}
	if cells*lcsCellBytes > uint64(c.Keys.MaxBulk()) {
		return errLCSLimit
	}
	return ""
}

// valueOf is a copy of the string under a key, empty if there is none.
func valueOf(db datatypes.Reader, key []byte, nowMs int64) []byte {
	var e datatypes.Entry
	if !db.Find(&e, key, nowMs) {
		return nil
	}
	return e.AppendString(nil)
}

func (c *Call) replyLCS(args *lcsArgs, a, b []byte) {
	t := newLCSTable(a, b, !args.length)
	if !t.fill(c.Breathe) {
		c.Reply.Null() // the server stops
		return
	}
	switch {
	case args.length:
		c.Reply.Int(int64(t.length))
	case args.indexes:
		c.Reply.Map(2)
		c.Reply.BulkString("matches")
		matches := c.Reply.Defer()
		count := 0
		t.walk(func(m lcsMatch) {
			if int64(m.length()) < args.minLength {
				return
			}
			count++
			c.replyMatch(m, args.withLength)
		})
		c.Reply.SetDeferredArray(matches, count)
		c.Reply.BulkString("len")
		c.Reply.Int(int64(t.length))
	default:
		common, at := make([]byte, t.length), t.length
		t.walk(func(m lcsMatch) {
			at -= m.length()
			copy(common[at:], a[m.inA:m.endA])
		})
		c.Reply.Bulk(common)
	}
}

func (c *Call) replyMatch(m lcsMatch, withLength bool) {
	elements := 2
	if withLength {
		elements++
	}
	c.Reply.Array(elements)
	c.Reply.Array(2)
	c.Reply.Int(int64(m.inA))
	c.Reply.Int(int64(m.endA - 1))
	c.Reply.Array(2)
	c.Reply.Int(int64(m.inB))
	c.Reply.Int(int64(m.inB + m.length() - 1))
	if withLength {
		c.Reply.Int(int64(m.length()))
	}
}

// lcsMatch is a stretch of the common subsequence that lies in one piece in both strings: a[inA:endA] and as many bytes of b from inB on.
type lcsMatch struct{ inA, endA, inB int }

func (m lcsMatch) length() int { return m.endA - m.inA }

// lcsTable is the table for two strings.
type lcsTable struct {
	a, b []byte
	// row is the last row, inverted: a bit is 0 where L(i, j) - L(i, j-1) is 1.
	row []uint64
	// rows are the rows from i = 1 on, not inverted, len(b) bits each, packed; nil if nobody asks for the way back.
	rows []uint64
	// where are, for each byte that occurs in a, its positions in b, a bit each.
	where [256][]uint64
	// length is L(len(a), len(b)).
	length int
}

func newLCSTable(a, b []byte, keepRows bool) *lcsTable {
	t := &lcsTable{a: a, b: b}
	words := (len(b) + 63) / 64
	t.row = make([]uint64, words)
	for i := range t.row {
		t.row[i] = math.MaxUint64
	}
	for _, x := range a {
		if t.where[x] == nil {
			t.where[x] = make([]uint64, words)
		}
	}
	for j, x := range b {
		if w := t.where[x]; w != nil {
			w[j/64] |= 1 << (j % 64)
		}
	}
	if keepRows {
		t.rows = make([]uint64, (len(a)*len(b)+63)/64+1)
	}
	return t
}

// fill makes the table. breathe is called now and then; false ends the work, and fill returns it.
func (t *lcsTable) fill(breathe func() bool) bool {
	made := 0
	for i, x := range t.a {
		t.nextRow(t.where[x])
		if t.rows != nil {
			t.keepRow(i)
		}
		if made += len(t.row); made > lcsWordsPerBreath {
			made = 0
			if !breathe() {
				return false
			}
		}
	}
	for j, word := range t.row {
		if left := len(t.b) - j*64; left < 64 {
			word |= math.MaxUint64 << left
		}
		t.length += bits.OnesCount64(^word)
	}
	return true
}

// nextRow makes the row for a byte that occurs in b where the bits are set.
func (t *lcsTable) nextRow(where []uint64) {
	var carry uint64
	for j, word := range t.row {
		hit := word & where[j]
		var sum uint64
		sum, carry = bits.Add64(word, hit, carry)
		t.row[j] = sum | word&^where[j]
	}
}

// keepRow puts the last row, number i from 0, among the rows.
func (t *lcsTable) keepRow(i int) {
	at, shift := i*len(t.b)/64, i*len(t.b)%64
	for j, word := range t.row {
		word = ^word
		if left := len(t.b) - j*64; left < 64 {
			word &= 1<<left - 1
		}
		t.rows[at+j] |= word << shift
		t.rows[at+j+1] |= word >> (64 - shift)
	}
}

// goesUp tells whether the way back from (i, j), where the bytes differ, leads to (i-1, j) and not to (i, j-1).
func (t *lcsTable) goesUp(i, j int) bool {
	bit := (i-1)*len(t.b) + j - 1
	return t.rows[bit/64]>>(bit%64)&1 == 1
}

// walk yields the matches from the last to the first, as Redis finds them.
func (t *lcsTable) walk(yield func(m lcsMatch)) {
	i, j := len(t.a), len(t.b)
	for i > 0 && j > 0 {
		switch {
		case t.a[i-1] == t.b[j-1]:
			m := lcsMatch{endA: i}
			for i > 0 && j > 0 && t.a[i-1] == t.b[j-1] {
				i, j = i-1, j-1
			}
			m.inA, m.inB = i, j
			yield(m)
		case t.goesUp(i, j):
			i--
		default:
			j--
		}
	}
}
