package lua51

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

// openMath makes the library of mathematics, with Redis's generator of random numbers.
func openMath(L *lua.LState) *lua.LTable {
	t := library(L, map[string]lua.LGFunction{
		"atan2":      pairwise(atan2),
		"fmod":       pairwise(fmod),
		"frexp":      mathFrexp,
		"ldexp":      mathLdexp,
		"max":        func(L *lua.LState) int { return extreme(L, func(a, b float64) bool { return a > b }) },
		"min":        func(L *lua.LState) int { return extreme(L, func(a, b float64) bool { return a < b }) },
		"mod":        pairwise(fmod),
		"modf":       mathModf,
		"pow":        pairwise(power),
		"random":     mathRandom,
		"randomseed": mathRandomSeed,
	})
	for name, fn := range map[string]func(float64) float64{
		"abs": math.Abs, "acos": math.Acos, "asin": math.Asin, "atan": math.Atan, "ceil": math.Ceil, "cos": math.Cos, "cosh": math.Cosh,
		"deg": degrees, "exp": math.Exp, "floor": math.Floor, "log": math.Log, "log10": math.Log10, "rad": radians, "sin": math.Sin,
		"sinh": math.Sinh, "sqrt": math.Sqrt, "tan": math.Tan, "tanh": math.Tanh,
	} {
		t.RawSetString(name, L.NewFunction(func(L *lua.LState) int {
			argument := CheckNumber(L, 1)
			result := fn(argument)
			if math.IsNaN(result) && name != "abs" && (math.IsNaN(argument) || !positive[name]) {
				result = noNumber(argument)
			}
			L.Push(lua.LNumber(result))
			return 1
		}))
	}
	t.RawSetString("pi", lua.LNumber(math.Pi))
	t.RawSetString("huge", lua.LNumber(math.Inf(1)))
	return t
}

const degree = math.Pi / 180

func degrees(v float64) float64 { return v / degree }

func radians(v float64) float64 { return v * degree }

// positive are the functions whose results outside their domains have no sign in glibc on the x86-64; the others' have one.
var positive = map[string]bool{"acos": true, "asin": true, "log10": true}

// noNumber is what glibc gives for arguments outside a function's domain: the argument, if it is no number either.
func noNumber(arguments ...float64) float64 {
	for _, v := range arguments {
		if math.IsNaN(v) {
			return v
		}
	}
	return math.Copysign(math.NaN(), -1)
}

func fmod(a, b float64) float64 {
	if v := math.Mod(a, b); !math.IsNaN(v) {
		return v
	}
	return noNumber(a, b)
}

func power(a, b float64) float64 {
	if v := math.Pow(a, b); !math.IsNaN(v) {
		return v
	}
	return noNumber(a, b)
}

func atan2(a, b float64) float64 {
	if v := math.Atan2(a, b); !math.IsNaN(v) {
		return v
	}
	return noNumber(a, b)
}

func pairwise(fn func(a, b float64) float64) lua.LGFunction {
	return func(L *lua.LState) int {
		L.Push(lua.LNumber(fn(CheckNumber(L, 1), CheckNumber(L, 2))))
		return 1
	}
}

// extreme is the argument that none is better than.
func extreme(L *lua.LState, better func(a, b float64) bool) int {
	best := CheckNumber(L, 1)
	for i := 2; i <= L.GetTop(); i++ {
		if v := CheckNumber(L, i); better(v, best) {
			best = v
		}
	}
	L.Push(lua.LNumber(best))
	return 1
}

func mathFrexp(L *lua.LState) int {
	fraction, exponent := math.Frexp(CheckNumber(L, 1))
	L.Push(lua.LNumber(fraction))
	L.Push(lua.LNumber(exponent))
	return 2
}

func mathLdexp(L *lua.LState) int {
	L.Push(lua.LNumber(math.Ldexp(CheckNumber(L, 1), CheckInt(L, 2))))
	return 1
}

func mathModf(L *lua.LState) int {
	v := CheckNumber(L, 1)
	whole, fraction := math.Modf(v)
	if math.IsInf(v, 0) {
		fraction = math.Copysign(0, v)
	}
	L.Push(lua.LNumber(whole))
	L.Push(lua.LNumber(fraction))
	return 2
}

func mathRandom(L *lua.LState) int {
	s := Of(L)
	if s.loading {
		throw(L, "math.random can only be called inside a script invocation")
	}
	r := float64(s.options.Random.Next()%RandomMost) / RandomMost
	switch L.GetTop() {
	case 0:
		L.Push(lua.LNumber(r))
	case 1:
		most := CheckInt(L, 1)
		if most < 1 {
			ArgError(L, 1, "interval is empty")
		}
		L.Push(lua.LNumber(math.Floor(r*float64(most)) + 1))
	case 2:
		least, most := CheckInt(L, 1), CheckInt(L, 2)
		if least > most {
			ArgError(L, 2, "interval is empty")
		}
		L.Push(lua.LNumber(math.Floor(r*float64(int32(most-least+1))) + float64(least)))
	default:
		throw(L, "wrong number of arguments")
	}
	return 1
}

func mathRandomSeed(L *lua.LState) int {
	s := Of(L)
	if s.loading {
		throw(L, "math.randomseed can only be called inside a script invocation")
	}
	s.options.Random.Seed(int32(CheckInt(L, 1)))
	return 0
}
