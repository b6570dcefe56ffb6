package lua51

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// shower runs the chunk in ARGV[1] and tells what it gave, with types.
const shower = `
local fn, err = loadstring(ARGV[1], '@t')
if not fn then return 'compile: ' .. err end
local function show(...)
  local out = {}
  for i = 1, select('#', ...) do
    local v = select(i, ...)
    out[i] = type(v) .. ':' .. (type(v) == 'table' and 'table' or tostring(v))
  end
  return table.concat(out, '|')
end
return show(pcall(fn))`

// scripts are the chunks of a file, with lines of -- between.
func scripts(t testing.TB, path string) []string {
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var all []string
	for _, script := range strings.Split(string(text), "\n--\n") {
		all = append(all, strings.TrimSuffix(script, "\n"))
	}
	return all
}

// shown is what shower says of a script here.
func shown(t testing.TB, s *State, script string) string {
	chunk, err := Compile("@user_script", []byte(shower))
	require.NoError(t, err)
	s.Global("ARGV", tableOf2(script))
	v, err := s.Run(s.Load(chunk), nil)
	if err != nil {
		return "error: " + err.Error()
	}
	return v.String()
}

func tableOf2(values ...string) *lua.LTable {
	t := newTable()
	for _, v := range values {
		t.Append(lua.LString(v))
	}
	return t
}

// TestLikeRedis compares what chunks do with what they do in redis-server.
func TestLikeRedis(t *testing.T) {
	conn := peer.StartRedis(t).Dial(t)
	paths, err := filepath.Glob("testdata/*.lua")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			s := New(Options{})
			defer s.Close()
			for _, script := range scripts(t, path) {
				reply, err := conn.Do("EVAL", shower, "0", script)
				require.NoError(t, err)
				theirs := reply.Text
				if ours := shown(t, s, script); ours != theirs {
					t.Errorf("%s\n ours:  %q\n redis: %q", script, ours, theirs)
				}
			}
		})
	}
}
