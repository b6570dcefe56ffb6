package lua51

import (
	"testing"

	"github.com/stretchr/testify/require"
	lua "github.com/yuin/gopher-lua"
)

// BenchmarkRun runs scripts; the first is what a run costs at least, the loops have about a million instructions.
func BenchmarkRun(b *testing.B) {
	for _, c := range []struct{ name, script string }{
		{"nothing", "return 1"},
		{"loop", "local s = 0 for i = 1, 333333 do s = s + i end return s"},
		{"global", "local s = 0 for i = 1, 100000 do s = s + math.floor(i) end return s"},
		{"concat", "local s for i = 1, 100000 do s = 'x' .. i end return s"},
		{"length", "local t = {} for i = 1, 100000 do t[#t + 1] = i end return #t"},
		{"modulo", "local s = 0 for i = 1, 100000 do s = s + i % 7 end return s"},
		{"pcall", "local f = function() end for i = 1, 100000 do pcall(f) end"},
		{"error", "local f = function() error('x') end for i = 1, 10000 do pcall(f) end"},
		{"gsub", "local s = ('x'):rep(100000) return (s:gsub('x', 'yy'))"},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := newState(b, Options{})
			chunk, err := Compile("@user_script", []byte(c.script))
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				_, err := s.Run(s.Load(chunk), nil)
				require.NoError(b, err)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	body := []byte(shower)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := Compile("@user_script", body)
		require.NoError(b, err)
	}
}

// BenchmarkInstructions is what counting instructions costs: two million of them with our context and without.
func BenchmarkInstructions(b *testing.B) {
	chunk, err := Compile("@user_script", []byte("local s = 0 for i = 1, 1000000 do s = s + 1 end"))
	require.NoError(b, err)
	for _, counted := range []bool{false, true} {
		b.Run(map[bool]string{false: "plain", true: "counted"}[counted], func(b *testing.B) {
			L := lua.NewState(lua.Options{SkipOpenLibs: true})
			defer L.Close()
			if counted {
				L.SetContext(newState(b, Options{}).main)
			}
			for b.Loop() {
				L.Push(L.NewFunctionFromProto(chunk.proto))
				L.Call(0, 0)
			}
		})
	}
}
