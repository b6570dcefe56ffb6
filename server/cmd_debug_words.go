package server

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// leadingInt is C's atoi: the number that a word begins with, 0 where there is none.
func leadingInt(word []byte) int {
	text := strings.TrimLeft(string(word), " \t\n\v\f\r")
	end := 0
	for end < len(text) && ('0' <= text[end] && text[end] <= '9' || end == 0 && (text[0] == '-' || text[0] == '+')) {
		end++
	}
	n, err := strconv.Atoi(text[:end])
	if err != nil {
		return 0
	}
	return n
}

// leadingFloat is C's strtod: the longest beginning of a word that is a number, 0 where there is none.
func leadingFloat(word []byte) float64 {
	text := strings.TrimLeft(string(word[:min(len(word), 64)]), " \t\n\v\f\r")
	for end := len(text); end > 0; end-- {
		if f, err := strconv.ParseFloat(text[:end], 64); err == nil && f == f {
			return f
		}
	}
	return 0
}

// memoryUnits are what may stand behind a number of bytes, in lower case.
var memoryUnits = map[string]uint64{
	"": 1, "b": 1, "k": 1000, "kb": 1 << 10, "m": 1000 * 1000, "mb": 1 << 20, "g": 1000 * 1000 * 1000, "gb": 1 << 30,
}

// leadingMemory reads a size as Redis's memtoull does: no digits are 0, and what is too large runs over.
func leadingMemory(word []byte) (size uint64, ok bool) {
	const maxDigits = 127
	digits := 0
	for digits < len(word) && '0' <= word[digits] && word[digits] <= '9' {
		digits++
	}
	unit, ok := memoryUnits[strings.ToLower(string(word[digits:]))]
	if !ok || digits > maxDigits {
		return 0, false
	}
	size, err := strconv.ParseUint(string(word[:digits]), 10, 64)
	if err != nil && digits > 0 {
		size = math.MaxUint64
	}
	return size * unit, true
}

// debugMatch answers DEBUG STRINGMATCH-TEST: random patterns on random texts, apart from the loop.
func (s *Server) debugMatch(c *commands.Call) {
	c.OnView(func(c *commands.Call, _ datatypes.Reader) {
		const (
			tries     = 1_000_000
			breath    = 500
			maxLength = 31
		)
		var pattern, text [maxLength]byte
		random := rand.New(rand.NewPCG(uint64(c.NowMs), 0))
		fill := func(b []byte) []byte {
			b = b[:random.IntN(maxLength+1)]
			for i := range b {
				b[i] = byte(random.Uint32()) & 127
			}
			return b
		}
		for try := range tries {
			commands.Match(fill(pattern[:]), fill(text[:]))
			if try%breath == 0 && !c.Breathe() {
				break
			}
		}
		c.Reply.Status("Apparently Redis did not crash: test passed")
	})
}
