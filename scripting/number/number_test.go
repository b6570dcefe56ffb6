package number

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

func TestAppend(t *testing.T) {
	for text, v := range map[string]float64{
		"0": 0, "-0": math.Copysign(0, -1), "1": 1, "-1": -1, "1e+14": 1e14, "99999999999999": 99999999999999, "-99999999999999": -99999999999999,
		"1e+15": 1e15, "0.33333333333333": 1.0 / 3, "inf": math.Inf(1), "-inf": math.Inf(-1), "nan": math.Copysign(math.NaN(), 1),
		"-nan": math.Copysign(math.NaN(), -1), "1e-05": 1e-5, "0.0001": 1e-4, "1.7976931348623e+308": math.MaxFloat64, "4.9406564584125e-324": 5e-324,
	} {
		require.Equal(t, text, string(Append(nil, v)))
		require.Equal(t, text, Text(v))
	}
	require.Equal(t, "0.1", string(AppendG(nil, 0.1, 15)))
	require.Equal(t, "0.10000000000000001", string(AppendG(nil, 0.1, 17)))
	require.Equal(t, "x2e+01", string(AppendG([]byte("x"), 15, 0)))
}

func TestParse(t *testing.T) {
	for text, v := range map[string]float64{
		"10": 10, " 10 ": 10, "\t\n\v\f\r1": 1, "-1.5e3": -1500, "+2": 2, ".5": .5, "5.": 5, "0x10": 16, "0X1p4": 16, "0x.8": .5, "-0xA.8": -10.5,
		"inf": math.Inf(1), "-INFINITY": math.Inf(-1), "1e999": math.Inf(1), "1e-999": 0, "1\x00junk": 1, "0xffffffffffffffffff": 0xffffffffffffffffff,
	} {
		got, ok := Parse(text)
		require.True(t, ok, "%q", text)
		require.Equal(t, v, got, "%q", text)
	}
	for _, text := range []string{"nan", "NaN", "-nan", "nan(123)", "nan(a_b)"} {
		got, ok := Parse(text)
		require.True(t, ok, "%q", text)
		require.True(t, math.IsNaN(got), "%q", text)
		require.Equal(t, text[0] == '-', math.Signbit(got), "%q", text)
	}
	for _, text := range []string{"", " ", "x", "1x", "1 2", "--1", "0x", "0xg", "1e", "1e+", ".", "-", "1_0", "0b1", "infx", "nan(", "1e5.5", "0x1p", "\x00"} {
		_, ok := Parse(text)
		require.False(t, ok, "%q", text)
	}
	v, n := Prefix("12.5e3xyz")
	require.Equal(t, 12.5e3, v)
	require.Equal(t, 6, n)
}

// doubles are random ones of all sizes.
func doubles(r *rand.Rand, count int) []float64 {
	all := []float64{0, math.Inf(1), math.Inf(-1), 0.5, 1.5, 2.5, 1e14, 1e15, 999999.5, 9.5e-5, math.MaxFloat64, 5e-324, 1 << 53, 1 << 63, 1 << 62}
	for range count {
		switch r.IntN(3) {
		case 0:
			all = append(all, math.Float64frombits(r.Uint64()&^(3<<61)|uint64(r.IntN(3))<<61))
		case 1:
			all = append(all, math.Round(r.NormFloat64()*1e6)/math.Pow(10, float64(r.IntN(8))))
		default:
			all = append(all, float64(r.Int64()>>r.IntN(63)))
		}
	}
	return all
}

// TestLikePrintf compares every conversion with what redis-server's string.format makes of it.
func TestLikePrintf(t *testing.T) {
	conn := peer.StartRedis(t).Dial(t)
	r := rand.New(rand.NewPCG(1, 2))
	const flags = "-+ #0"
	for _, v := range doubles(r, 400) {
		if math.IsNaN(v) {
			continue
		}
		letter := "diouxXeEfgG"[r.IntN(11)]
		spec, text := Spec{Precision: -1}, "%"
		for i, set := range []*bool{&spec.Minus, &spec.Plus, &spec.Space, &spec.Alternate, &spec.Zero} {
			if r.IntN(4) == 0 {
				*set = true
				text += flags[i : i+1]
			}
		}
		if r.IntN(2) == 0 {
			spec.Width = 1 + r.IntN(30)
			text += strconv.Itoa(spec.Width)
		}
		if r.IntN(2) == 0 {
			spec.Precision = r.IntN(25)
			text += "." + strconv.Itoa(spec.Precision)
		}
		text += string(letter)
		var ours []byte
		switch {
		case letter == 'd' || letter == 'i':
			ours = spec.AppendInt(nil, ToInt64(v))
		case strings.IndexByte("ouxX", letter) >= 0:
			ours = spec.AppendUint(nil, ToUint64(v), letter)
		default:
			ours = spec.AppendFloat(nil, v, letter)
		}
		exact := strconv.FormatFloat(v, 'g', -1, 64)
		reply, err := conn.Do("EVAL", "local v = tonumber(ARGV[2]) return {string.format(ARGV[1], v), tostring(v)}", "0", text, exact)
		require.NoError(t, err)
		require.Len(t, reply.Items, 2, "%s of %s: %s", text, exact, reply.String())
		require.Equal(t, reply.Items[0].Text, string(ours), "%s of %s", text, exact)
		require.Equal(t, reply.Items[1].Text, Text(v), exact)
	}
}

// TestLikeStrtod compares which texts are numbers, and which.
func TestLikeStrtod(t *testing.T) {
	conn := peer.StartRedis(t).Dial(t)
	r := rand.New(rand.NewPCG(3, 4))
	pieces := []string{"0", "1", "9", "12345678901234567890", ".", "e", "E", "+", "-", "x", "0x", "p", "a", "F", " ", "\t", "inf", "nan", "(", ")", "_", "infinity", "\x00", "5"}
	for range 1500 {
		text := ""
		for range 1 + r.IntN(5) {
			text += pieces[r.IntN(len(pieces))]
		}
		reply, err := conn.Do("EVAL", "local v = tonumber(ARGV[1]) return v and string.format('%.17g', v) or 'nil'", "0", text)
		require.NoError(t, err)
		ours := "nil"
		if v, ok := Parse(text); ok {
			ours = string(AppendG(nil, v, 17))
		}
		require.Equal(t, reply.Text, ours, "%q", text)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"1", "0x1p-3", " -inf ", "nan(x)", "1e5", ".5e-3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, n := Prefix(text)
		require.LessOrEqual(t, n, len(text))
		if n == 0 {
			require.Zero(t, v)
			return
		}
		again, ok := Parse(fmt.Sprintf("%s ", AppendG(nil, v, 17)))
		require.True(t, ok)
		require.True(t, again == v || math.IsNaN(v) && math.IsNaN(again), "%q", text)
	})
}
