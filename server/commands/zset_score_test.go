package commands

import (
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseDouble(t *testing.T) {
	for word, want := range map[string]float64{
		"0": 0, "-5": -5, "1.": 1, ".5": .5, "1e5": 1e5, "0x10": 16, "0x.8p1": 1, "-INF": math.Inf(-1), "+infinity": math.Inf(1), "0e999999": 0,
		"123456789012345678901234567890": 123456789012345678901234567890, "4.9e-324": 5e-324,
	} {
		d, ok := parseDouble([]byte(word))
		require.True(t, ok, word)
		require.Equal(t, want, d, word)
	}
	for _, word := range []string{"", " 1", "1 ", "1\x00", ".", "-", "1e", "1e+", "0x", "0x.", "nan", "infi", "1_0", "0b1", "1e309", "1e-400", "0x1p1024"} {
		_, ok := parseDouble([]byte(word))
		require.False(t, ok, word)
	}
}

// FuzzStrtod holds what is read as a number to the words that C has for them, and to their values.
func FuzzStrtod(f *testing.F) {
	for _, word := range []string{"1", "-1.5e3x", "0x1.8p-1", "0xg", "inf", "(1", "1e400", "\t7"} {
		f.Add([]byte(word))
	}
	f.Fuzz(func(t *testing.T, word []byte) {
		d, length, exact := strtod(word)
		require.LessOrEqual(t, length, len(word))
		require.False(t, math.IsNaN(d))
		if length == 0 {
			return
		}
		again, same, _ := strtod(word[:length])
		require.Equal(t, length, same)
		require.Equal(t, math.Float64bits(d), math.Float64bits(again))
		if want, err := strconv.ParseFloat(string(word[:length]), 64); err == nil && exact {
			require.Equal(t, math.Float64bits(want), math.Float64bits(d))
		}
		parseBound(word)
		parseLexEnd(word)
	})
}
