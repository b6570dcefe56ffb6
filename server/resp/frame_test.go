package resp

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// shortFrames counts the frames that Short has read while tests compared it with Next and Args.
var shortFrames atomic.Int64

// outcome is what became of a client's bytes: the words of each frame, the error that ended it, the bytes left over.
type outcome struct {
	words [][]string
	err   string
	rest  int
}

// read gives input to a Framer in pieces of the sizes that cut draws, as an event loop would.
func read(t testing.TB, input []byte, lim Limits, cut func() int) outcome {
	var f Framer
	var got outcome
	var buf []byte
	for len(input) > 0 {
		n := min(max(cut(), 1), len(input))
		// A new array each time: the Framer may not depend on where the bytes lie.
		buf = append(append(make([]byte, 0, len(buf)+n), buf...), input[:n]...)
		input = input[n:]
		for {
			short, words := f.Short(buf, &lim, nil)
			size, want, err := f.Next(buf, &lim)
			if err != nil {
				require.Zero(t, size)
				require.Zero(t, short)
				got.err = err.Text
				return got
			}
			if short != 0 {
				require.Equal(t, size, short)
				args, err := Args(buf[:size], nil)
				require.NoError(t, err)
				require.Equal(t, args, words)
				shortFrames.Add(1)
			}
			if size == 0 {
				if want != 0 {
					require.Greater(t, want, len(buf))
					require.LessOrEqual(t, want, len(buf)+int(lim.MaxBulk)+2)
				}
				break
			}
			require.LessOrEqual(t, size, len(buf))
			got.words = append(got.words, split(t, buf[:size]))
			buf = buf[size:]
		}
	}
	got.rest = len(buf)
	return got
}

func split(t testing.TB, frame []byte) []string {
	args, err := Args(frame, nil)
	require.NoError(t, err, "%q", frame)
	words := []string{}
	for _, a := range args {
		require.Equal(t, len(a), cap(a), "a word's capacity reaches into its neighbour: %q", frame)
		words = append(words, string(a))
	}
	again, err := Args(frame, make([][]byte, 1, 2))
	require.NoError(t, err)
	require.Nil(t, again[0])
	require.Len(t, again, 1+len(words))
	for i, w := range words {
		require.Equal(t, w, string(again[i+1]))
	}
	return words
}

func whole() int  { return 1 << 30 }
func single() int { return 1 }

type frameCase struct {
	name   string
	input  string
	unauth bool
	words  [][]string
	err    string
	rest   int
}

func words(w ...string) []string { return append([]string{}, w...) }

var long = strings.Repeat("a", 64<<10)

// frameCases hold what broke redcon.Server, what Redis tolerates and what it refuses. The test with the real Redis sends
// them all.
var frameCases = []frameCase{
	{name: "panics redcon.Server", input: "*1\r\n$9223372036854775807\r\n", err: "invalid bulk length"},
	{name: "spins redcon.Server", input: "*9223372036854775807\r\n", err: "invalid multibulk length"},
	{name: "wraps an int64", input: "*1\r\n$18446744073709551620\r\nPING\r\n", err: "invalid bulk length"},
	{name: "count wraps an int64", input: "*18446744073709551617\r\n$4\r\nPING\r\n", err: "invalid multibulk length"},
	{name: "count that an int64 would take for -1", input: "*18446744073709551615\r\nPING\r\n", err: "invalid multibulk length"},
	{name: "count past an int64", input: "*9223372036854775808\r\nPING\r\n", err: "invalid multibulk length"},
	{name: "good before bad", input: "*1\r\n$4\r\nPING\r\n*x\r\n", words: [][]string{{"PING"}}, err: "invalid multibulk length"},

	{name: "multi-bulk", input: "*2\r\n$4\r\nECHO\r\n$5\r\na\r\nbc\r\n", words: [][]string{{"ECHO", "a\r\nbc"}}},
	{name: "empty words", input: "*3\r\n$0\r\n\r\n$1\r\na\r\n$0\r\n\r\n", words: [][]string{{"", "a", ""}}},
	{name: "pipeline", input: "*1\r\n$4\r\nPING\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$1\r\nx\r\n*1\r\n$4",
		words: [][]string{{"PING"}, {"PING"}, {"ECHO", "x"}}, rest: 6},
	{name: "bulk of 16 digits length", input: "*2\r\n$4\r\nECHO\r\n$10\r\n0123456789\r\n", words: [][]string{{"ECHO", "0123456789"}}},

	{name: "*0", input: "*0\r\nPING\r\n", words: [][]string{{}, {"PING"}}},
	{name: "*-1", input: "*-1\r\nPING\r\n", words: [][]string{{}, {"PING"}}},
	{name: "*-5", input: "*-5\r\n*-0005\r\n", words: [][]string{{}}, err: "invalid multibulk length"},
	{name: "least count", input: "*-9223372036854775808\r\nPING\r\n", words: [][]string{{}, {"PING"}}},
	{name: "below the least", input: "*-9223372036854775809\r\nPING\r\n", err: "invalid multibulk length"},
	{name: "*-0", input: "*-0\r\n", err: "invalid multibulk length"},
	{name: "*-", input: "*-\r\n", err: "invalid multibulk length"},
	{name: "empty count", input: "*\r\n", err: "invalid multibulk length"},
	{name: "plus", input: "*+1\r\n", err: "invalid multibulk length"},
	{name: "space", input: "* 1\r\n", err: "invalid multibulk length"},
	{name: "space behind", input: "*1 \r\n", err: "invalid multibulk length"},
	{name: "leading zero", input: "*01\r\n$4\r\nPING\r\n", err: "invalid multibulk length"},
	{name: "zeros", input: "*00\r\n", err: "invalid multibulk length"},
	{name: "hex", input: "*0x1\r\n", err: "invalid multibulk length"},
	{name: "count over INT_MAX", input: "*2147483648\r\n", err: "invalid multibulk length"},
	{name: "count of INT_MAX", input: "*2147483647\r\n$1\r\na\r\n", rest: 20},
	{name: "over the limit of older versions", input: "*1048577\r\n", rest: 10},
	{name: "21 digits", input: "*100000000000000000000\r\n", err: "invalid multibulk length"},
	{name: "line feed alone behind a count", input: "*1\n$4\r\nPING\r\n", err: "invalid multibulk length"},

	{name: "any byte behind the count's \\r", input: "*1\rX$4\r\nPING\r\n", words: [][]string{{"PING"}}},
	{name: "any byte behind the length's \\r", input: "*1\r\n$4\r*PING\r\n", words: [][]string{{"PING"}}},
	{name: "any two bytes behind a bulk", input: "*2\r\n$4\r\nECHO*3$1\r\nx\x00\n*1\r\n$4\r\nPING\r\n", words: [][]string{{"ECHO", "x"}, {"PING"}}},
	{name: "any byte behind an empty count", input: "*0\r*PING\r\n", words: [][]string{{}, {"PING"}}},

	{name: "$-1", input: "*1\r\n$-1\r\n", err: "invalid bulk length"},
	{name: "empty length", input: "*1\r\n$\r\n", err: "invalid bulk length"},
	{name: "$ with a leading zero", input: "*1\r\n$04\r\nPING\r\n", err: "invalid bulk length"},
	{name: "length not of digits", input: "*1\r\n$:\r\n0123456789\r\n", err: "invalid bulk length"},
	{name: "length of a digit and another", input: "*1\r\n$1:\r\n01234567890123456789\r\n", err: "invalid bulk length"},
	{name: "length of another and a digit", input: "*1\r\n$/0\r\n\r\n", err: "invalid bulk length"},
	{name: "$-0", input: "*1\r\n$-0\r\n", err: "invalid bulk length"},
	{name: "over proto-max-bulk-len", input: "*1\r\n$536870913\r\n", err: "invalid bulk length"},
	{name: "proto-max-bulk-len", input: "*1\r\n$536870912\r\nabc", rest: 19},
	{name: "no $", input: "*1\r\nabc\r\n", err: "expected '$', got 'a'"},
	{name: "no $, no line yet", input: "*1\r\nabc", rest: 7},
	{name: "no $, empty line", input: "*1\r\n\r\n", err: "expected '$', got ' '"},
	{name: "no $, line feed", input: "*1\r\n\n\r\n", err: "expected '$', got ' '"},
	{name: "no $, high byte", input: "*1\r\n\xff\r\n", err: "expected '$', got '\xff'"},
	{name: "no $ in the second", input: "*2\r\n$4\r\nPING\r\n*\r\n", err: "expected '$', got '*'"},
	{name: "line feed alone behind a length", input: "*1\r\n$4\nPING\r\n", err: "invalid bulk length"},

	{name: "NUL in a count", input: "*1\x00\r\n$4\r\nPING\r\n", rest: 15},
	{name: "NUL in a length", input: "*1\r\n$4\x00\r\nPING\r\n", rest: 15},
	{name: "NUL in an inline line", input: "PING\x00\r\nPING\r\n", rest: 13},
	{name: "NUL first", input: "\x00PING\r\n", rest: 7},
	{name: "NUL in a word", input: "*2\r\n$4\r\nECHO\r\n$3\r\na\x00b\r\n", words: [][]string{{"ECHO", "a\x00b"}}},
	{name: "count line too long", input: "*" + long, err: "too big mbulk count string"},
	{name: "count line as long as may be", input: "*" + long[1:], rest: 64 << 10},
	{name: "length line too long", input: "*1\r\n$" + long, err: "too big bulk count string"},
	{name: "length line as long as may be", input: "*1\r\n$" + long[1:], rest: 64<<10 + 4},
	{name: "count line too long behind a NUL", input: "*\x00\r\n" + long, err: "too big mbulk count string"},
	{name: "inline too long", input: long + "a", err: "too big inline request"},
	{name: "inline too long behind a NUL", input: "PING\x00\r\n" + long, err: "too big inline request"},
	{name: "inline as long as may be, unended", input: long, rest: 64 << 10},
	{name: "inline as long as may be", input: "ECHO " + long[len("ECHO ")+1:] + "\r\n", words: [][]string{{"ECHO", long[len("ECHO ")+1:]}}},

	{name: "empty lines", input: "\r\n\n\r\r\n \t \r\nPING\r\n", words: [][]string{{}, {}, {}, {}, {"PING"}}},
	{name: "line feed alone", input: "PING\nECHO a\n", words: [][]string{{"PING"}, {"ECHO", "a"}}},
	{name: "blanks", input: " \v\f\tECHO\t \ra\r\n", words: [][]string{{"ECHO", "a"}}},
	{name: "blanks that are letters within a word", input: "ECHO a\vb\fc\r\n", words: [][]string{{"ECHO", "a\vb\fc"}}},
	{name: "carriage return within a line", input: "PING\rx\r\n", words: [][]string{{"PING", "x"}}},
	{name: "dollar", input: "$4\r\n", words: [][]string{{"$4"}}},
	{name: "tile38's form", input: "$4 PING\r\n", words: [][]string{{"$4", "PING"}}},
	{name: "high bytes", input: "ECHO \xff\x80\xa0\r\n", words: [][]string{{"ECHO", "\xff\x80\xa0"}}},
	{name: "double quotes", input: `ECHO "a b"` + "\r\n", words: [][]string{{"ECHO", "a b"}}},
	{name: "escapes", input: `ECHO "\n\r\t\b\a\\\"\q\x41\xfF\x4\xg1"` + "\r\n",
		words: [][]string{{"ECHO", "\n\r\t\b\a\\\"qA\xffx4xg1"}}},
	{name: "escape at the end", input: `ECHO "a\` + "\r\n", err: "unbalanced quotes in request"},
	{name: "hex escape cut by the quote", input: `ECHO "\x4"` + "\r\n", words: [][]string{{"ECHO", "x4"}}},
	{name: "single quotes", input: `ECHO 'a "b" \'c\' \n \x41'` + "\r\n", words: [][]string{{"ECHO", `a "b" 'c' \n \x41`}}},
	{name: "quote within a word", input: `EC"HO" a'b'` + "\r\n", words: [][]string{{"ECHO", "ab"}}},
	{name: "empty quotes", input: `EVAL "return ARGV" 0 "" ''` + "\r\n", words: [][]string{{"EVAL", "return ARGV", "0", "", ""}}},
	{name: "empty command", input: `""` + "\r\n", words: [][]string{{""}}},
	{name: "quote closed before a letter", input: `ECHO "a"b` + "\r\n", err: "unbalanced quotes in request"},
	{name: "single quote closed before a letter", input: `ECHO 'a'b` + "\r\n", err: "unbalanced quotes in request"},
	{name: "quote closed before a quote", input: `ECHO "a""b"` + "\r\n", err: "unbalanced quotes in request"},
	{name: "quote closed before a vertical tab", input: "EVAL 'return ARGV' 0 \"a\"\v'b'\fc\r\n", words: [][]string{{"EVAL", "return ARGV", "0", "a", "b", "c"}}},
	{name: "unclosed", input: `ECHO "a` + "\r\n", err: "unbalanced quotes in request"},
	{name: "unclosed single", input: `ECHO 'a` + "\r\n", err: "unbalanced quotes in request"},
	{name: "good before unclosed", input: "PING\r\n'\r\nPING\r\n", words: [][]string{{"PING"}}, err: "unbalanced quotes in request"},
	{name: "unclosed, not ended", input: `ECHO "a`, rest: 7},

	{name: "10 words before authentication", unauth: true, input: "*10\r\n", rest: 5},
	{name: "11 words before authentication", unauth: true, input: "*11\r\n", err: "unauthenticated multibulk length"},
	{name: "bad count before authentication", unauth: true, input: "*2147483648\r\n", err: "invalid multibulk length"},
	{name: "16 KiB before authentication", unauth: true, input: "*1\r\n$16384\r\n", rest: 12},
	{name: "more before authentication", unauth: true, input: "*1\r\n$16385\r\n", err: "unauthenticated bulk length"},
	{name: "bad length before authentication", unauth: true, input: "*1\r\n$-1\r\n", err: "invalid bulk length"},
	{name: "inline before authentication", unauth: true, input: "ECHO 1 2 3 4 5 6 7 8 9 10 11\r\n",
		words: [][]string{words("ECHO", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11")}},
}

func TestFrames(t *testing.T) {
	defer func() { require.NotZero(t, shortFrames.Load()) }()
	for _, c := range frameCases {
		t.Run(c.name, func(t *testing.T) {
			lim := DefaultLimits()
			lim.Unauthenticated = c.unauth
			want := outcome{c.words, c.err, c.rest}
			require.Equal(t, want, read(t, []byte(c.input), lim, whole))
			if len(c.input) < 1<<10 {
				require.Equal(t, want, read(t, []byte(c.input), lim, single), "byte by byte")
			}
		})
	}
}

// Short reads what it should, and nothing beyond the limits. That it agrees with Next and Args is looked at wherever frames are read in these tests.
func TestShort(t *testing.T) {
	lim := DefaultLimits()
	ninety := "$90\r\n" + strings.Repeat("x", 90) + "\r\n"
	for frame, short := range map[string]bool{
		"*1\r\n$4\r\nPING\r\n":                 true,
		"*2\r\n$0\r\n\r\n" + ninety:            true,
		"*9\r\n" + strings.Repeat(ninety, 9):   true,
		"*10\r\n" + strings.Repeat(ninety, 10): false,
		"*1\r\n$100\r\n" + long[:100] + "\r\n": false,
		"*1\r\n$4\r\nPING\r":                   false,
		"*1\r\n$4\r\nPING\n\n":                 false,
		"*1\r\n$04\r\nPING\r\n":                false,
		"PING\r\n":                             false,
		"":                                     false,
	} {
		for _, behind := range []string{"", "*1\r\n"} {
			var f Framer
			size, words := f.Short([]byte(frame+behind), &lim, make([][]byte, 1))
			require.Equal(t, short, size == len(frame) && size > 0, "%q", frame)
			require.Equal(t, short, size > 0, "%q", frame)
			require.Equal(t, short, len(words) > 1)
		}
	}
	frame := []byte("*2\r\n$4\r\nECHO\r\n$1\r\nx\r\n")
	for _, lim := range []Limits{{MaxBulk: 98, MaxArgs: 2, MaxInline: 3}, {MaxBulk: 99, MaxArgs: 1, MaxInline: 3}, {MaxBulk: 99, MaxArgs: 2, MaxInline: 2}} {
		var f Framer
		size, _ := f.Short(frame, &lim, nil)
		require.Zero(t, size)
	}
	var f Framer
	_, _, err := f.Next(frame[:7], &lim)
	require.Nil(t, err)
	size, _ := f.Short(frame, &lim, nil)
	require.Zero(t, size, "in the middle of a frame")
}

func TestFrameLimits(t *testing.T) {
	lim := Limits{MaxBulk: 10, MaxArgs: 2, MaxInline: 8}
	require.Equal(t, "invalid bulk length", read(t, []byte("*1\r\n$11\r\n"), lim, whole).err)
	require.Equal(t, "invalid multibulk length", read(t, []byte("*3\r\n"), lim, whole).err)
	require.Equal(t, "too big inline request", read(t, []byte("123456789\n"), lim, whole).err)
	require.Equal(t, [][]string{{"12345678"}}, read(t, []byte("12345678\n"), lim, whole).words)

	// proto-max-bulk-len may be as large as an int64.
	lim.MaxBulk, lim.MaxInline = 1<<63-1, 32
	require.Equal(t, "invalid bulk length", read(t, []byte("*1\r\n$9223372036854775807\r\n"), lim, whole).err)
	var f Framer
	_, want, err := f.Next([]byte("*1\r\n$4611686018427387903\r\n"), &lim)
	require.Nil(t, err)
	require.Greater(t, want, 1<<61)

	// The limits are those of the moment.
	lim = DefaultLimits()
	lim.Unauthenticated = true
	f = Framer{}
	buf := []byte("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$20000\r\n")
	size, _, err := f.Next(buf[:20], &lim)
	require.Zero(t, size)
	require.Nil(t, err)
	lim.Unauthenticated = false
	size, want, err = f.Next(buf, &lim)
	require.Zero(t, size)
	require.Nil(t, err)
	require.Equal(t, len(buf)+20000+2, want)
}

func TestProtocolErrorReply(t *testing.T) {
	require.Equal(t, "-ERR Protocol error: invalid bulk length\r\n", errLength.Reply())
	require.Equal(t, "Protocol error: unbalanced quotes in request", errQuotes.Error())
	require.Equal(t, "unbalanced quotes in inline request", errQuotes.Log)
}

func TestFramerIsSmall(t *testing.T) {
	require.LessOrEqual(t, reflect.TypeFor[Framer]().Size(), uintptr(40))
}

// A buffer of well-formed bytes is never written to: Next and Args could read it from a page that can't be.
func TestFramesAreLeftAlone(t *testing.T) {
	for _, c := range frameCases {
		if strings.HasPrefix(c.name, "any ") || len(c.input) > 1<<10 {
			continue
		}
		input := []byte(c.input)
		lim := DefaultLimits()
		read(t, input, lim, func() int { return 3 })
		require.Equal(t, c.input, string(input), c.name)
		var f Framer
		f.Next(input, &lim)
		require.Equal(t, c.input, string(input), c.name)
	}
}

// A frame that drips in costs linear time: a quadratic check would need minutes here.
func TestDrippingFrameIsLinear(t *testing.T) {
	const count = 100_000
	frame := []byte("*100000\r\n")
	frame = append(frame, bytes.Repeat([]byte("$0\r\n\r\n"), count)...)
	line := []byte("ECHO " + long[:64<<10-10] + "\r\n")
	big := AppendCommand(nil, []byte("SET"), []byte("k"), make([]byte, 1<<20))
	lim := DefaultLimits()
	deadline := time.Now().Add(20 * time.Second)
	for _, input := range [][]byte{frame, line, big} {
		var f Framer
		for n := 1; n <= len(input); n++ {
			size, _, err := f.Next(input[:n], &lim)
			require.Nil(t, err)
			if n == len(input) {
				require.Equal(t, n, size)
			} else if size != 0 {
				t.Fatalf("a frame of %d bytes is whole at %d", len(input), size)
			}
			if n%(1<<16) == 0 {
				require.True(t, time.Now().Before(deadline), "at byte %d of %d", n, len(input))
			}
		}
	}
	args, err := Args(frame, nil)
	require.NoError(t, err)
	require.Len(t, args, count)
}

// What was looked at isn't looked at again: a line end put there afterwards isn't seen.
func TestLinesAreScannedOnce(t *testing.T) {
	lim := DefaultLimits()
	for _, start := range []string{"PI", "*1", "*1\r\n$1"} {
		var f Framer
		buf := []byte(start + "0000")
		size, _, err := f.Next(buf, &lim)
		require.Zero(t, size)
		require.Nil(t, err)
		buf = append([]byte(start), "\r\n\r\n0"...)
		size, _, err = f.Next(buf, &lim)
		require.Zero(t, size, start)
		require.Nil(t, err, start)
	}
}

func TestArgsOnAnything(t *testing.T) {
	for _, frame := range []string{"", "*", "\x00", "*1", "*1\r\n", "*2\r\n$1\r\na\r\n", "'", "*1\r\n$1\r\na\r\nPING\r\n"} {
		args, err := Args([]byte(frame), nil)
		if frame != "*" && frame != "\x00" {
			require.Error(t, err, "%q", frame)
			require.Empty(t, args)
		}
	}
}

func FuzzFrames(f *testing.F) {
	for i, c := range frameCases {
		if len(c.input) < 1<<10 {
			f.Add([]byte(c.input), uint64(i), c.unauth)
		}
	}
	f.Add([]byte("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nhello\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"), uint64(1), false)
	f.Add([]byte("*11\r\n*2\r\n$60\r\n123456789"), uint64(2), true)
	f.Add([]byte("*000000000000000000000000000000001\r\n"), uint64(3), true)
	f.Add([]byte("EVAL 'return 1' 0 \"\\x41\\\"\" 'it\\'s' a\"b c\"\r\n"), uint64(4), false)
	f.Fuzz(func(t *testing.T, input []byte, seed uint64, unauth bool) {
		if len(input) > 1<<14 {
			return
		}
		lim := Limits{MaxBulk: 1 << 20, MaxArgs: 1 << 20, MaxInline: 48, Unauthenticated: unauth}
		want := read(t, input, lim, whole)
		draw := rand.New(rand.NewPCG(seed, 1))
		require.Equal(t, want, read(t, input, lim, func() int { return 1 + draw.IntN(9) }))
		require.Equal(t, want, read(t, input, lim, single))

		// What was read, sent again in the plain form, is read as the same.
		var again []byte
		for _, words := range want.words {
			var args [][]byte
			for _, w := range words {
				args = append(args, []byte(w))
			}
			again = AppendCommand(again, args...)
		}
		lim.Unauthenticated = false
		require.Equal(t, outcome{words: want.words}, read(t, again, lim, whole))
	})
}
