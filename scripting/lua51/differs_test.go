package lua51

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// TestKnownDifferences holds docs/differences.md to what it says of Lua.
func TestKnownDifferences(t *testing.T) {
	conn := peer.StartRedis(t).Dial(t)
	s := newState(t, Options{})
	for _, c := range []struct{ script, ours, theirs string }{
		{"local z = -1 return tostring(0 * z)", "boolean:true|string:0", "boolean:true|string:-0"},
		{"local t = {} for i = 10, 5, -1 do t[i] = i end return #t", "boolean:true|number:10", "boolean:true|number:0"},
		{"local t = {1, 2, 3, 4, 5} t[2] = nil t[5] = nil return #t", "boolean:true|number:4", "boolean:true|number:1"},
		{"local t, o = {one = 1, two = 2, three = 3}, {} for k in pairs(t) do o[#o + 1] = k end return table.concat(o, ',')",
			"boolean:true|string:one,two,three", "boolean:true|string:one,three,two"},
		{"return next({}, 'x')", "boolean:true|nil:nil", "boolean:false|string:invalid key to 'next'"},
		{"local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x",
			"boolean:false|string:t:1: stack overflow", "boolean:false|string:t:1: C stack overflow"},
		{"return coroutine.wrap(function() local function f(n) return n == 0 and 0 or 1 + f(n - 1) end return f(2000) end)()",
			"boolean:false|string:t:1: t:1: stack overflow", "boolean:true|number:2000"},
		{"return #string.dump(function() end) > 5", "boolean:true|boolean:false", "boolean:true|boolean:true"},
		{"local y = ('yi' .. 'eld') return coroutine.wrap(function() return coroutine[y](1) end)()",
			"boolean:false|string:t:1: attempt to yield across metamethod/C-call boundary", "boolean:true|number:1"},
		{"local s = {} for i = 1, 20000 do s[i] = i + 0.5 end return select(2, loadstring('return {' .. table.concat(s, ',') .. '}', '=c'))",
			"boolean:true|string:c:1: constant table overflow near '10001.5'", "boolean:true"},
		{"local s = {} for i = 1, 6000 do s[i] = 'function() end' end return select(2, loadstring('return {' .. table.concat(s, ',') .. '}', '=c'))",
			"boolean:true|string:c:1: function or expression too complex near '('", "boolean:true"},
		{"return select(2, loadstring('return {' .. string.rep('1,', 30000) .. '}', '=c'))",
			"boolean:true|string:c:1: function or expression too complex near ','", "boolean:true"},
		{"return select(2, loadstring(string.rep('x = 1\\n', 300000), '=c'))",
			"boolean:true|string:c:100002: control structure too long near 'x'", "boolean:true"},
		{"return select(2, loadstring('return {' .. string.rep('[1]=1,\\n', 300000) .. '}', '=c'))",
			"boolean:true|string:c:100001: control structure too long near '['", "boolean:true"},
		{"return select(2, loadstring(string.rep('do local f = function() ' .. string.rep('x = 1 ', 90000) .. 'end end\\n', 6), '=c'))",
			"boolean:true|string:c:6: control structure too long near 'x'", "boolean:true"},
		{"return select(2, loadstring('return 1' .. string.rep(' + x', 3000), '=c'))",
			"boolean:true|string:c:1: chunk has too many syntax levels", "boolean:true"},
		{"local s = {} for i = 1, 199 do s[i] = 'local a' .. i end return select(2, loadstring(table.concat(s, ' ') .. ' return 1, 2, 3', '=c'))",
			"boolean:true|string:c:1: function or expression too complex near '<eof>'", "boolean:true"},
	} {
		reply, err := conn.Do("EVAL", shower, "0", c.script)
		require.NoError(t, err)
		assert.Equal(t, c.theirs, reply.Text, c.script)
		assert.Equal(t, c.ours, shown(t, s, c.script), c.script)
	}
}
