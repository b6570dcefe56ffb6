package bitop_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/scripting/lua51"
	"github.com/cinnabar-db/cinnabar/scripting/luatest"
)

// numbers are texts of Lua for numbers, and for what may be taken for one.
var numbers = []string{
	"0", "1", "-1", "0.5", "1.5", "2.5", "-0.5", "-1.5", "-2.5", "31", "32", "33", "255", "0x7fffffff", "0x80000000", "0xffffffff", "4294967296", "4294967297",
	"-2147483648", "-2147483649", "2^51", "2^52", "2^53", "2^53+2", "-2^51", "-2^52", "-2^53", "1e15+0.5", "2^63", "2^64", "1e300", "-1e300", "1/0", "-1/0", "0/0",
	"'12'", "' 0x10 '", "'1e3'", "'12x'", "''", "'nan'", "'inf'", "nil", "true", "{}", "tostring",
}

func TestAsInRedis(t *testing.T) {
	pair := luatest.StartPair(t)
	for _, name := range []string{"tobit", "bnot", "bswap", "tohex", "band", "bor", "bxor"} {
		pair.CompareQuickly(t, "return bit."+name+"()")
		for _, a := range numbers {
			pair.CompareQuickly(t, fmt.Sprintf("return bit.%s(%s)", name, a))
		}
	}
	for _, name := range []string{"band", "bor", "bxor", "lshift", "rshift", "arshift", "rol", "ror"} {
		for _, a := range numbers {
			pair.CompareQuickly(t, fmt.Sprintf("return bit.%s(0x12345678, %s)", name, a))
			pair.CompareQuickly(t, fmt.Sprintf("return bit.%s(%s, 5)", name, a))
			pair.CompareQuickly(t, fmt.Sprintf("local f = bit.%s return f(0xdeadbeef, %s, 0xfffffff0)", name, a))
		}
	}
	for digits := -9; digits <= 9; digits++ {
		pair.CompareQuickly(t, fmt.Sprintf("return bit.tohex(0x89abcdef, %d)", digits))
	}
	for _, body := range []string{
		"return bit.band(1, 2, 3, {}, 'x')", "return bit.bor('x', {})", "return bit.lshift(1)", "return bit.lshift()", "return bit.tohex(1, nil)", "return bit.tohex(1, 4, 5)",
		"return bit.tohex(0/0)", "return pcall(bit.tobit)", "return pcall(bit.tobit, 'x')", "local x = bit.bnot({}) return x",
		"local keys = {} for k in pairs(bit) do keys[#keys+1] = k end table.sort(keys) return keys",
	} {
		pair.CompareQuickly(t, body)
	}
}

func TestRandomlyAsInRedis(t *testing.T) {
	pair := luatest.StartPair(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		calls := make([]string, 50)
		for i := range calls {
			name := []string{"band", "bor", "bxor", "lshift", "rshift", "arshift", "rol", "ror", "tohex"}[random.IntN(9)]
			calls[i] = fmt.Sprintf("bit.%s(%s, %s)", name, randomNumber(random), randomNumber(random))
		}
		pair.CompareQuickly(t, "return "+strings.Join(calls, ", "))
	}
}

func randomNumber(random *rand.Rand) string {
	switch random.IntN(4) {
	case 0:
		return fmt.Sprint(random.IntN(80) - 40)
	case 1:
		return fmt.Sprint(int32(random.Uint32() | 1)) // the smallest of all has no digits to be shown
	case 2:
		return fmt.Sprintf("%.1f", float64(random.IntN(2000)-1000)/2)
	}
	return fmt.Sprintf("%.17g", math.Ldexp(random.Float64()-0.5, random.IntN(70)))
}

// The smallest integer has no positive one to be shown with; Redis 7.0.15 wrote beyond a buffer there.
func TestToHexOfTheSmallestDigits(t *testing.T) {
	require.Equal(t, "s8:89ABCDEF", luatest.NewState(t, lua51.Options{}).Eval("return bit.tohex(0x89abcdef, -2147483648)"))
}

func FuzzArguments(f *testing.F) {
	f.Add("tohex", 1.5, -2147483648.0)
	f.Add("ror", math.Inf(1), math.NaN())
	state := luatest.NewState(f, lua51.Options{})
	f.Fuzz(func(t *testing.T, name string, a, b float64) {
		got := state.Eval("local f = bit[ARGV[1]] if f then return f(tonumber(ARGV[2]), tonumber(ARGV[3])) end", name, fmt.Sprint(a), fmt.Sprint(b))
		require.NotContains(t, got, "runtime error")
	})
}

var numberA, numberB lua.LValue = lua.LNumber(0xdeadbeef), lua.LNumber(0x0f0f0f0f)

func BenchmarkBand(b *testing.B) {
	state := luatest.NewState(b, lua51.Options{})
	fn := state.Function("bit", "band")
	b.ReportAllocs()
	for b.Loop() {
		state.L.Push(fn)
		state.L.Push(numberA)
		state.L.Push(numberB)
		state.L.Call(2, 0)
	}
}
