package lua51

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// programs makes random programs that end, of what the compiler and the machine could get wrong: assignments, conditions, captured variables.
type programs struct {
	*rand.Rand
	out     strings.Builder
	depth   int
	locals  []string
	loops   int
	counter int
	deepest int // of blocks
}

func (p *programs) pick(words ...string) string { return words[p.IntN(len(words))] }

func (p *programs) variable() string {
	if p.IntN(5) == 0 {
		return "t" + p.pick(".x", ".y", "[1]", "[2]", "['x']", "[a or 1]")
	}
	return p.locals[p.IntN(len(p.locals))]
}

func (p *programs) literal() string {
	return p.pick("nil", "true", "false", "0", "1", "2", "3", "-1", "0.5", "'x'", "'y'", "'10'", "''", "1e15", "{}", "{1, 2}")
}

func (p *programs) expression(depth int) string {
	if depth <= 0 {
		if p.IntN(3) == 0 {
			return p.literal()
		}
		return p.variable()
	}
	e := func() string { return p.expression(depth - 1 - p.IntN(2)) }
	switch p.IntN(14) {
	case 0, 1, 2:
		return fmt.Sprintf("(%s %s %s)", e(), p.pick("and", "or"), e())
	case 3:
		return fmt.Sprintf("%s %s %s", e(), p.pick("and", "or", "==", "~="), e())
	case 4:
		return fmt.Sprintf("(%s %s %s)", e(), p.pick("==", "~=", "<", "<=", ">", ">="), e())
	case 5:
		return fmt.Sprintf("(%s %s %s)", e(), p.pick("+", "-", "*", "/", "%", "^"), e())
	case 6:
		return fmt.Sprintf("(%s .. %s):sub(1, 6)", e(), e()) // cut, or loops make strings without end
	case 7:
		return "not " + e()
	case 8:
		return p.pick("-", "#") + e()
	case 9:
		return fmt.Sprintf("f(%s, %s)", e(), e())
	case 10:
		return fmt.Sprintf("(f(%s, %s))", e(), e())
	case 11:
		return fmt.Sprintf("type(%s)", e())
	case 12:
		return fmt.Sprintf("(function(v, ...) v = %s return v, ... end)(%s)", p.pick("v or a", "v .. 'z'", "type(v)", "(type(v))", "not v", "b and v", "select('#', ...)"), e())
	default:
		return fmt.Sprintf("({%s, %s, x = %s})%s", e(), e(), e(), p.pick("[1]", "[2]", ".x"))
	}
}

func (p *programs) line(format string, values ...any) {
	fmt.Fprintf(&p.out, strings.Repeat(" ", p.depth)+format+"\n", values...)
}

func (p *programs) block() {
	p.depth++
	count := len(p.locals)
	for range 1 + p.IntN(4) {
		p.statement()
	}
	p.locals = p.locals[:count]
	p.depth--
}

func (p *programs) statement() {
	kind := p.IntN(14)
	if p.depth > p.deepest && kind < 6 {
		kind = 6 + p.IntN(8)
	}
	switch kind {
	case 0:
		p.line("if %s then", p.expression(2))
		p.block()
		if p.IntN(2) == 0 {
			p.line("elseif %s then", p.expression(2))
			p.block()
		}
		if p.IntN(2) == 0 {
			p.line("else")
			p.block()
		}
		p.line("end")
	case 1, 2:
		p.loop()
	case 3:
		p.line("do")
		p.block()
		p.line("end")
	case 4:
		p.line("pcall(function()")
		p.block()
		p.line("end)")
	case 5:
		p.line("fs[#fs + 1] = function()")
		p.block()
		p.line(" return %s", p.expression(1))
		p.line("end")
	case 6, 7:
		p.counter++
		name := "v" + strconv.Itoa(p.counter%7)
		p.line("local %s = %s", name, p.expression(2))
		p.locals = append(p.locals, name)
	case 8:
		p.line("%s, %s = %s, %s", p.variable(), p.variable(), p.expression(1), p.expression(1))
	case 9:
		p.line("%s, %s, %s = %s", p.variable(), p.variable(), p.variable(), p.expression(2))
	case 10:
		if p.loops > 0 && p.IntN(5) == 0 {
			p.line("do break end")
			return
		}
		if p.loops > 0 {
			p.line("if %s then break end", p.expression(1))
			return
		}
		fallthrough
	default:
		p.line("%s = %s", p.variable(), p.expression(3))
	}
}

func (p *programs) loop() {
	p.loops++
	p.counter++
	i := "i" + strconv.Itoa(p.counter)
	switch p.IntN(4) {
	case 0:
		p.line("for %s = 1, %d do", i, 1+p.IntN(3))
		p.locals = append(p.locals, i)
		p.block()
		p.locals = p.locals[:len(p.locals)-1]
		p.line("end")
	case 1:
		p.line("for _, %s in ipairs({%s, 2, 3}) do", i, p.literal())
		p.locals = append(p.locals, i)
		p.block()
		p.locals = p.locals[:len(p.locals)-1]
		p.line("end")
	case 2:
		p.line("local n%s = 0 while n%s < 3 and (%s) do n%s = n%s + 1", i, i, p.expression(1), i, i)
		p.block()
		p.line("end")
	default:
		p.line("local n%s = 0 repeat n%s = n%s + 1", i, i, i)
		p.block()
		p.line("until n%s > 2 or (%s)", i, p.expression(1))
	}
	p.loops--
}

// program is a whole one. Functions kept in fs are called in the end, when what they have captured is out of scope.
func (p *programs) program() string {
	p.out.Reset()
	p.locals = []string{"a", "b", "c"}
	p.line("local a, b, c, t, fs = 1, 'two', nil, {x = 3, 4}, {}")
	p.line("local function f(x, y) if x then return x, y end return y end")
	p.line("local ok, e = pcall(function()")
	p.deepest = p.IntN(5)
	for range 1 + p.IntN(2+p.deepest) {
		p.statement()
	}
	p.line("end)")
	p.line("local out = {tostring(ok), ok and '' or tostring(e)}")
	p.line("for i = 1, #fs do local x, y, z = 11, 12, 13 out[#out + 1] = tostring(select(2, pcall(fs[i]))) end")
	p.line("for _, v in ipairs({tostring(a), tostring(b), tostring(c), tostring(t.x), tostring(t.y), tostring(t[1]), tostring(t[2])}) do out[#out + 1] = v end")
	p.line("return (table.concat(out, '|'):gsub('table: 0x%%x+', 'table'):gsub('function: 0x%%x+', 'function'))")
	return p.out.String()
}

// named are the names of values in errors, which differ where a value comes of and or or.
var named = regexp.MustCompile(`(local|upvalue|global|field) '[^']*' \((a \w+ value)\)`)

// unnamed leaves out what is known to differ: those names, and the sign of zero.
func unnamed(text string) string {
	return strings.ReplaceAll(named.ReplaceAllString(text, "$2"), "-0|", "0|")
}

// TestRandomPrograms runs random programs here and in redis-server. CINNABAR_SEED and CINNABAR_LONG choose another seed and more programs.
func TestRandomPrograms(t *testing.T) {
	seed, count := uint64(1), 300
	if text := os.Getenv("CINNABAR_SEED"); text != "" {
		v, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		seed = v
	}
	if os.Getenv("CINNABAR_LONG") != "" {
		count = 20000
	}
	conn := peer.StartRedis(t).Dial(t)
	s := newState(t, Options{})
	p := &programs{Rand: rand.New(rand.NewPCG(seed, 0))}
	deadline := time.Now().Add(2 * time.Minute)
	for i := 0; i < count && time.Now().Before(deadline); i++ {
		program := p.program()
		reply, err := conn.Do("EVAL", shower, "0", program)
		require.NoError(t, err)
		require.Equal(t, unnamed(reply.Text), unnamed(shown(t, s, program)), "seed %d, program %d:\n%s", seed, i, program)
	}
}
