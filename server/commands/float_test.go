package commands

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// exactSum adds as the x87 does, by package big.
func exactSum(x, y longDouble) *big.Float {
	return new(big.Float).SetPrec(64).Add(x.big(), y.big())
}

// randomLongDouble is a number with few or many bits, and not far from 1 or far from it.
func randomLongDouble(random *rand.Rand) longDouble {
	mantissa := random.Uint64() << random.IntN(64)
	x := roundedTo64(mantissa, 0, false, random.IntN(200)-160)
	if x.mantissa != 0 && random.IntN(10) == 0 {
		x.exponent = random.IntN(32000) - 16000
	}
	x.negative = random.IntN(2) == 0
	return x
}

// Sums are those of package big with 64 bits, near and far apart, with cancellation and without.
func TestLongDoubleAdd(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 30_000 {
		x, y := randomLongDouble(random), randomLongDouble(random)
		if random.IntN(3) == 0 { // nearly the same number, with the other sign
			y = x
			y.negative = !x.negative
			y.exponent += random.IntN(4) - 2
			if random.IntN(2) == 0 {
				y.mantissa ^= uint64(random.IntN(8))
			}
		}
		sum, ok := x.add(y)
		require.True(t, ok)
		want := exactSum(x, y)
		if sum.mantissa == 0 || want.Sign() == 0 {
			require.Zero(t, want.Sign(), "%v + %v", x, y)
			require.Zero(t, sum.mantissa, "%v + %v", x, y)
			continue
		}
		require.Zero(t, sum.big().Cmp(want), "%v + %v = %v, want %v", x, y, sum, want)
	}
}

func TestLongDoubleAddAtTheLimits(t *testing.T) {
	largest := largestLongDouble(false)
	_, ok := largest.add(largest)
	require.False(t, ok)
	one := longDoubleOf(1)
	sum, ok := largest.add(one)
	require.True(t, ok)
	require.Equal(t, largest, sum)
	sum, ok = largest.add(largestLongDouble(true))
	require.True(t, ok)
	require.Equal(t, longDouble{}, sum)
	_, ok = longDouble{infinite: true}.add(longDouble{infinite: true, negative: true})
	require.False(t, ok)
	minusZero := longDouble{negative: true}
	sum, _ = minusZero.add(minusZero)
	require.True(t, sum.negative)
	sum, _ = minusZero.add(longDouble{})
	require.False(t, sum.negative)
	require.Equal(t, "-9223372036854775808", string(longDoubleOf(math.MinInt64).append(nil)))
}

func TestLongDoubleText(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		x := randomLongDouble(random)
		want := x.big().Text('f', 17)
		want = strings.TrimSuffix(strings.TrimRight(want, "0"), ".")
		if want == "-0" {
			want = "0"
		}
		require.Equal(t, want, string(x.append(nil)), "%v", x)
	}
	for _, n := range []int64{0, 1, -1, 10, 100, math.MaxInt64, math.MinInt64, 1 << 62, -1000000} {
		require.Equal(t, fmt.Sprint(n), string(longDoubleOf(n).append(nil)))
	}
}

// readExactly is what C's strtold reads, by package big: the nearest number of 64 bits, with no limits. ok is false where the word isn't a
// number that package big reads the same way.
func readExactly(word string) (f *big.Float, ok bool) {
	body := strings.TrimLeft(word, "+-")
	if strings.ContainsAny(word, "_iI \t\n\v\f\r") || len(word)-len(body) > 1 || body == "" || len(word) >= longestFloat {
		return nil, false
	}
	lower := strings.ToLower(body)
	isHex := strings.HasPrefix(lower, "0x")
	switch {
	case !isHex && strings.ContainsAny(lower, "pbox"):
		return nil, false
	case isHex && !strings.Contains(lower, "p"):
		word += "p0"
	}
	_, exponent, _ := strings.Cut(lower, map[bool]string{true: "p", false: "e"}[isHex])
	if len(exponent) > 5 {
		return nil, false // the exact number would be huge
	}
	const exactBits = 20_000 // so many that rounding to 64 of them is exact but for ties, which numbers that long are not
	f, _, err := big.ParseFloat(word, 0, exactBits, big.ToNearestEven)
	if err != nil {
		return nil, false
	}
	return new(big.Float).SetPrec(64).Set(f), true
}

// checkFloat compares a word's reading with package big's.
func checkFloat(t *testing.T, word string) {
	want, ok := readExactly(word)
	if !ok {
		return
	}
	got, ok := parseLongDouble([]byte(word))
	limit := new(big.Float).SetMantExp(big.NewFloat(1), bottomExponent)
	switch {
	case want.Sign() == 0:
		require.True(t, ok, word)
		require.Zero(t, got.mantissa, word)
	case want.MantExp(nil) > topExponent:
		require.False(t, ok, word)
	case new(big.Float).Abs(want).Cmp(limit) < 0:
		require.False(t, ok, word)
	case new(big.Float).Abs(want).Cmp(limit) > 0:
		require.True(t, ok, word)
		require.Zero(t, got.big().Cmp(want), "%s: %v, want %v", word, got, want)
	}
}

func TestParseLongDouble(t *testing.T) {
	good := map[string]string{
		"0": "0", "-0": "0", "+0": "0", "1": "1", "+1": "1", "-1.5": "-1.5", "5.": "5", ".5": "0.5", "0.1": "0.1", "1e3": "1000", "1E+3": "1000",
		"1e-3": "0.001", "0x10": "16", "0X1P4": "16", "0x.8": "0.5", "0x1.": "1", "0x1.8p1": "3", "-0x1p-1": "-0.5", "inf": "inf", "-INF": "-inf",
		"+Infinity": "inf", "0e999999999999": "0", "0x0p99999999999": "0", "1e-4950": "0", "00012": "12", "0.0000000000000000000001e22": "1",
		"123456789012345678901234567890": "123456789012345678899921813504", "3.0e-17": "0.00000000000000003",
	}
	for word, want := range good {
		x, ok := parseLongDouble([]byte(word))
		require.True(t, ok, word)
		require.Equal(t, want, string(x.append(nil)), word)
	}
	for _, word := range []string{
		"", " 1", "1 ", "\t1", "1\x00", "abc", "1a", "1e", "1e+", "1e-", "e5", ".e5", ".", "+", "-", "+-1", "--1", "0x", "0x.", "0xg", "0x1p", "0x1p+",
		"0x1pa", "x1", "nan", "-nan", "NAN(1)", "infi", "infinit", "infinityx", "1e4933", "-1e4933", "1e99999999999999999999", "1e-4952",
		"1e-99999999999999999999", "0x1p16384", "0x1p-16446", "1_000", "1,5", "1.5.5", "1e1.5", "0b1", "0o7", "1e5e5", "0x1.8.8",
		strings.Repeat("1", longestFloat),
	} {
		_, ok := parseLongDouble([]byte(word))
		require.False(t, ok, "%q", word)
	}
}

func TestParseLongDoubleAgainstBig(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		checkFloat(t, randomFloatWord(random))
	}
	for _, word := range []string{
		"1.189731495357231765e4932", "1.18973149535723176502e+4932", "1.1897314953572317650212638530309702051690633222946242e4932",
		"1.1897314953572317650857593266280070162e4932", "1.1897314953572317650857593266280070163e4932", "0x1.fffffffffffffffep16383",
		"0x1.ffffffffffffffffp16383", "0x0.8p-16445", "0x1.0000000000000000000000000000000001p-16446", "0x1p-16446", "0x1.8p-16446", "3.6e-4951", "1.8e-4951",
		"1.9e-4951", "9223372036854775807.5", "9223372036854775808.5", "18446744073709551615.5", "18446744073709551616.5",
		"0x1.0000000000000001p0", "0x1.00000000000000018p0", "0x1.00000000000000008p0", "0x1.000000000000000080000000000000000000001p0",
	} {
		checkFloat(t, word)
		checkFloat(t, "-"+word)
	}
}

// randomFloatWord writes a number in one of the ways that C reads.
func randomFloatWord(random *rand.Rand) string {
	var b strings.Builder
	if random.IntN(3) == 0 {
		b.WriteByte("+-"[random.IntN(2)])
	}
	digits, letter := "0123456789", "e"
	if random.IntN(4) == 0 {
		digits, letter = "0123456789abcdefABCDEF", "p"
		b.WriteString("0x")
	}
	for range random.IntN(4) * random.IntN(12) {
		b.WriteByte(digits[random.IntN(len(digits))])
	}
	b.WriteByte(digits[random.IntN(len(digits))])
	if random.IntN(2) == 0 {
		b.WriteByte('.')
		for range random.IntN(30) {
			b.WriteByte(digits[random.IntN(len(digits))])
		}
	}
	if random.IntN(2) == 0 {
		fmt.Fprintf(&b, "%s%d", letter, random.IntN(60)-30)
	} else if random.IntN(20) == 0 {
		fmt.Fprintf(&b, "%s%d", letter, random.IntN(12000)-6000)
	}
	return b.String()
}

func FuzzParseLongDouble(f *testing.F) {
	for _, word := range []string{"0", "1.5", "-0x1.8p-3", "inf", "1e400", "1e-4951", ".5", "5.", "nan", "0x", "1e", "123456789012345678901234567890.5"} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		checkFloat(t, word)
		if x, ok := parseLongDouble([]byte(word)); ok && !x.infinite {
			text := x.append(nil)
			_, ok := parseLongDouble(text)
			require.True(t, ok, "%q: %q", word, text)
		}
	})
}

func BenchmarkIncrByFloatArithmetic(b *testing.B) {
	x, by := []byte("3.14159265358979312"), []byte("-2.5e-3")
	var room [64]byte
	b.ReportAllocs()
	for b.Loop() {
		n, _ := parseLongDouble(x)
		m, _ := parseLongDouble(by)
		sum, _ := n.add(m)
		sum.append(room[:0])
	}
}
