package datatypes

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

const noonS = 1_700_000_000

// counted makes a store that counts uses, of keys with clocks of their own.
func counted(f Frequency) *Store {
	store := NewStore(1)
	store.FineClocks(true)
	store.CountUses(&f)
	return store
}

// Counts rise as the law of their uses has it: their mean is what the law gives exactly, within six standard errors of it, so that chance fails one run
// in 10^8. The law's own bounds are of Redis's documentation: with a factor of 10 about 10 after a hundred uses, 18 after a thousand, 142 after a hundred
// thousand, 255 after a million.
func TestFrequencyRises(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		factor, uses, keys int
		least, most        float64
	}{
		{10, 10, 4000, 6, 12}, {10, 100, 4000, 8, 16}, {10, 1000, 400, 13, 25}, {10, 100_000, 8, 125, 160}, {10, 2_000_000, 1, 255, 255},
		{0, 100, 1, 105, 105}, {0, 1000, 1, 255, 255}, {1, 1000, 400, 45, 55}, {100, 1000, 400, 8, 16},
	} {
		f := Frequency{LogFactor: tt.factor, DecayMinutes: 1}
		sum := 0
		for range tt.keys {
			word := FrequencyAt(noonS, FirstFrequency)
			for range tt.uses {
				word = f.used(word, noonS)
			}
			sum += int(f.count(word, noonS))
		}
		mean, variance := lawOfUses(tt.factor, tt.uses)
		off := 6*math.Sqrt(variance/float64(tt.keys)) + 1e-6
		require.InDelta(t, mean, float64(sum)/float64(tt.keys), off, "factor %d, %d uses", tt.factor, tt.uses)
		require.GreaterOrEqual(t, mean, tt.least-1e-6, "factor %d, %d uses", tt.factor, tt.uses)
		require.LessOrEqual(t, mean, tt.most+1e-6, "factor %d, %d uses", tt.factor, tt.uses)
	}
}

// lawOfUses is what the count of a key has for mean and variance after so many uses, by the distribution of counts after each.
func lawOfUses(factor, uses int) (mean, variance float64) {
	var chance [maxCount + 1]float64
	chance[FirstFrequency] = 1
	for range uses {
		for n := maxCount - 1; n >= FirstFrequency; n-- {
			rise := chance[n] / float64((n-FirstFrequency)*factor+1)
			chance[n], chance[n+1] = chance[n]-rise, chance[n+1]+rise
		}
	}
	for n, p := range chance {
		mean += p * float64(n)
		variance += p * float64(n) * float64(n)
	}
	return mean, max(variance-mean*mean, 0)
}

// Counts fall by one for each time without a use, and no lower than 0.
func TestFrequencyFalls(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		decay, minutes int
		want           uint8
	}{{1, 0, 100}, {1, 30, 70}, {10, 30, 97}, {0, 30, 100}, {1, 100, 0}, {1, 1000, 0}, {1, 1 << 22, 0}, {1 << 30, 1000, 100}} {
		f := Frequency{LogFactor: 10, DecayMinutes: tt.decay}
		word := FrequencyAt(noonS, 100)
		require.Equal(t, tt.want, f.count(word, uint32(noonS+60*tt.minutes)), "%d minutes by %d", tt.minutes, tt.decay)
	}
	f := Frequency{LogFactor: 1 << 30, DecayMinutes: 1}
	word := f.used(FrequencyAt(noonS, 100), noonS+60*30)
	require.EqualValues(t, 70, f.count(word, noonS+60*30), "a use brings the count up to date before it may raise it")
	require.EqualValues(t, 69, f.count(word, noonS+60*31))
}

// A clock that the other kind of policy has left tells what it can.
func TestClocksOfOtherPolicies(t *testing.T) {
	t.Parallel()
	f := Frequency{LogFactor: 10, DecayMinutes: 1}
	require.EqualValues(t, FirstFrequency, f.count(noonS, noonS+59))
	require.EqualValues(t, FirstFrequency-2, f.count(noonS, noonS+120))
	require.Zero(t, f.count(noonS, noonS+1<<20))
	require.EqualValues(t, 0, idleS(FrequencyAt(noonS, 200), noonS))
	require.EqualValues(t, 600, idleS(FrequencyAt(noonS, 200), noonS+600))
	require.EqualValues(t, 600, idleS(noonS, noonS+600))
	require.Zero(t, idleS(noonS+5, noonS), "a clock that was set back")
	const overS = 1<<31 - 10 // where times of 31 bits run over
	require.EqualValues(t, 20, idleS(overS, (overS+20)&secondsMask))
}

// What is written keeps its count, what is new begins with the first, and Editor.At has the last word.
func TestFrequencyOfKeys(t *testing.T) {
	t.Parallel()
	store := counted(Frequency{LogFactor: 0, DecayMinutes: 1})
	ed, key := store.Edit(0).At(noonS, false), []byte("k")
	frequency := func(key []byte) uint8 {
		var e Entry
		require.True(t, ed.Find(&e, key, 0))
		return ed.Frequency(&e, noonS)
	}
	ed.SetString(key, []byte("v"), NoDeadline)
	require.EqualValues(t, FirstFrequency, frequency(key))
	var e Entry
	for range 7 {
		ed.Find(&e, key, 0)
		ed.Touch(&e, noonS)
	}
	require.EqualValues(t, FirstFrequency+7, frequency(key))
	ed.SetString(key, []byte("a longer value than before"), NoDeadline)
	ed.SetString(key, []byte("b longer value than before"), NoDeadline)
	ed.AppendString(&Entry{}, key, make([]byte, 2*LongString))
	ed.WriteString(&Entry{}, key, 0, []byte("x"))
	require.EqualValues(t, FirstFrequency+7, frequency(key), "its look-up has counted the write")
	ed.At(FrequencyAt(noonS, 0), false).SetString(key, []byte("w"), NoDeadline)
	require.EqualValues(t, 0, frequency(key))
	ed.At(FrequencyAt(noonS, 255), false).SetString([]byte("l"), []byte("w"), NoDeadline)
	require.EqualValues(t, 255, frequency([]byte("l")))
	ed.Clear()
	ed.SetString(key, []byte("v"), NoDeadline)
	require.True(t, ed.CountsUses())
	require.EqualValues(t, FirstFrequency, frequency(key))
}
