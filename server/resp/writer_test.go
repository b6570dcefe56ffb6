package resp

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// drain takes everything out of w in pieces of at most step bytes, in calls of at most three segments.
func drain(t testing.TB, w *Writer, step int) string {
	var out bytes.Buffer
	for w.Len() > 0 {
		pieces := w.Segments(nil, 3)
		require.NotEmpty(t, pieces)
		require.LessOrEqual(t, len(pieces), 3)
		all := bytes.Join(pieces, nil)
		n := min(step, len(all))
		out.Write(all[:n])
		w.Advance(n)
	}
	w.Advance(0)
	return out.String()
}

func TestReplies(t *testing.T) {
	cases := []struct {
		name         string
		write        func(w *Writer)
		resp2, resp3 string
	}{
		{"OK", func(w *Writer) { w.OK() }, "+OK\r\n", ""},
		{"status", func(w *Writer) { w.Status("PONG") }, "+PONG\r\n", ""},
		{"status with line ends", func(w *Writer) { w.Status("a\r\nb") }, "+a  b\r\n", ""},
		{"error", func(w *Writer) { w.Error("ERR no") }, "-ERR no\r\n", ""},
		{"error with its minus", func(w *Writer) { w.Error("-WRONGTYPE no") }, "-WRONGTYPE no\r\n", ""},
		{"error with line ends", func(w *Writer) { w.Error("ERR a\r\nb\nc\r\n") }, "-ERR a  b c\r\n", ""},
		{"empty error", func(w *Writer) { w.Error("") }, "-\r\n", ""},
		{"int", func(w *Writer) { w.Int(-1) }, ":-1\r\n", ""},
		{"least int", func(w *Writer) { w.Int(math.MinInt64) }, ":-9223372036854775808\r\n", ""},
		{"bulk", func(w *Writer) { w.Bulk([]byte("a\r\nb")) }, "$4\r\na\r\nb\r\n", ""},
		{"nil bulk", func(w *Writer) { w.Bulk(nil) }, "$0\r\n\r\n", ""},
		{"bulk string", func(w *Writer) { w.BulkString("0123456789") }, "$10\r\n0123456789\r\n", ""},
		{"bulk int", func(w *Writer) { w.BulkInt(math.MinInt64) }, "$20\r\n-9223372036854775808\r\n", ""},
		{"bulk in pieces", func(w *Writer) { w.BulkHeader(3); w.Raw([]byte("ab")); w.Shared([]byte("c\r\n")) }, "$3\r\nabc\r\n", ""},
		{"null", func(w *Writer) { w.Null() }, "$-1\r\n", "_\r\n"},
		{"null array", func(w *Writer) { w.NullArray() }, "*-1\r\n", "_\r\n"},
		{"array", func(w *Writer) { w.Array(12) }, "*12\r\n", ""},
		{"map", func(w *Writer) { w.Map(2) }, "*4\r\n", "%2\r\n"},
		{"set", func(w *Writer) { w.Set(2) }, "*2\r\n", "~2\r\n"},
		{"push", func(w *Writer) { w.Push(3) }, "*3\r\n", ">3\r\n"},
		{"double", func(w *Writer) { w.Double(0.1) }, "$19\r\n0.10000000000000001\r\n", ",0.10000000000000001\r\n"},
		{"whole double", func(w *Writer) { w.Double(100) }, "$3\r\n100\r\n", ",100\r\n"},
		{"minus zero", func(w *Writer) { w.Double(math.Copysign(0, -1)) }, "$2\r\n-0\r\n", ",-0\r\n"},
		{"inf", func(w *Writer) { w.Double(math.Inf(1)) }, "$3\r\ninf\r\n", ",inf\r\n"},
		{"-inf", func(w *Writer) { w.Double(math.Inf(-1)) }, "$4\r\n-inf\r\n", ",-inf\r\n"},
		{"nan", func(w *Writer) { w.Double(math.NaN()) }, "$3\r\nnan\r\n", ",nan\r\n"},
		{"true", func(w *Writer) { w.Bool(true) }, ":1\r\n", "#t\r\n"},
		{"false", func(w *Writer) { w.Bool(false) }, ":0\r\n", "#f\r\n"},
		{"big number", func(w *Writer) { w.BigNumber("-12345678901234567890") }, "$21\r\n-12345678901234567890\r\n", "(-12345678901234567890\r\n"},
		{"verbatim", func(w *Writer) { w.Verbatim("txt", "hi") }, "$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n"},
		{"verbatim of a short format", func(w *Writer) { w.Verbatim("a", "") }, "$0\r\n\r\n", "=4\r\na  :\r\n"},
		{"raw", func(w *Writer) { w.Raw([]byte("x")); w.RawString("y") }, "xy", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.resp3 == "" {
				c.resp3 = c.resp2
			}
			var w Writer
			require.Equal(t, 2, w.Proto())
			c.write(&w)
			require.Equal(t, int64(len(c.resp2)), w.Len())
			require.Equal(t, c.resp2, drain(t, &w, 1))
			w.SetProto(3)
			require.Equal(t, 3, w.Proto())
			c.write(&w)
			require.Equal(t, int64(len(c.resp3)), w.Len())
			require.Equal(t, c.resp3, drain(t, &w, 2))
			w.Mute(true)
			c.write(&w)
			require.Zero(t, w.Len())
			require.Zero(t, w.MemoryBytes())
		})
	}
}

// Sizes around those of blocks, with and without a block begun.
func TestBulksOfAllSizes(t *testing.T) {
	var sizes []int
	for _, edge := range []int{0, 10, 100, 1000, 10_000, blockSize - headerSize, blockSize, 2 * blockSize, largeBulk} {
		for n := max(edge-9, 0); n < edge+9; n++ {
			sizes = append(sizes, n)
		}
	}
	var w Writer
	var want bytes.Buffer
	for i, n := range sizes {
		text := strings.Repeat(string(rune('a'+i%26)), n)
		if i%2 == 0 {
			w.Bulk([]byte(text))
		} else {
			w.BulkString(text)
		}
		fmt.Fprintf(&want, "$%d\r\n%s\r\n", n, text)
		if n < 3*blockSize {
			w.Status(text)
			w.Error(text)
			fmt.Fprintf(&want, "+%s\r\n-%s\r\n", text, text)
		}
		require.Equal(t, int64(want.Len()), w.Len())
		require.GreaterOrEqual(t, w.MemoryBytes(), w.Len())
		if want.Len() > 1<<20 || n == sizes[len(sizes)-1] {
			require.True(t, want.String() == drain(t, &w, 9999), "size %d", n)
			require.Zero(t, w.MemoryBytes())
			want.Reset()
		}
	}
}

func TestLargeBulkIsOneCopy(t *testing.T) {
	big := make([]byte, 8<<20)
	var w Writer
	w.Bulk(big)
	require.Less(t, w.MemoryBytes(), int64(len(big)+2*blockSize+1<<10))
	big[0] = 'x'
	require.Equal(t, byte(0), w.Segments(nil, 2)[1][0], "the writer holds the caller's memory")
	w.Reset()

	w.Shared(big)
	require.Same(t, &big[0], &w.Segments(nil, 1)[0][0])
	require.GreaterOrEqual(t, w.MemoryBytes(), int64(len(big)))
	w.OK()
	w.Reset()
	require.Zero(t, w.Len())
	require.Zero(t, w.MemoryBytes())
	require.Empty(t, w.Segments(nil, 1))
}

func TestMuteAndTake(t *testing.T) {
	var w, other Writer
	w.OK()
	w.Mute(true)
	w.SetDeferredArray(w.Defer(), 3)
	other.Int(1)
	w.Take(&other)
	require.Zero(t, other.Len())
	require.True(t, w.Muted())
	w.Mute(false)
	other.Int(2)
	other.Bulk(make([]byte, 1<<17))
	before := w.Len() + other.Len()
	w.Take(&other)
	require.Equal(t, before, w.Len())
	require.Zero(t, other.MemoryBytes())
	other.Int(3)
	w.Take(&other)
	w.Take(&other)
	w.Int(4)
	require.Equal(t, "+OK\r\n:2\r\n$131072\r\n"+strings.Repeat("\x00", 1<<17)+"\r\n:3\r\n:4\r\n", drain(t, &w, 1<<16))
	other.Int(5)
	w.Take(&other)
	require.Equal(t, ":5\r\n", drain(t, &w, 9))
	require.Zero(t, w.MemoryBytes())
}

func TestDeferred(t *testing.T) {
	var w Writer
	w.OK()
	outer := w.Defer()
	require.Equal(t, "+OK\r\n", string(bytes.Join(w.Segments(nil, 9), nil)), "what lies behind an open length isn't sent")
	w.Advance(len("+OK\r\n"))
	w.Advance(0)
	require.Empty(t, w.Segments(nil, 9))
	first := w.Defer()
	w.BulkString("a")
	second := w.Defer()
	require.Empty(t, w.Segments(nil, 9))
	w.SetDeferredArray(first, 1)
	w.SetDeferredMap(second, 0)
	w.SetDeferredSet(outer, 2)
	w.SetDeferredSet(outer, 5)
	require.Len(t, w.Segments(nil, 9), 1, "a small reply is one piece")
	require.Equal(t, "*2\r\n*1\r\n$1\r\na\r\n*0\r\n", drain(t, &w, 3))
	require.Zero(t, w.MemoryBytes())

	w.SetProto(3)
	for _, set := range []func(Deferred){
		func(d Deferred) { w.SetDeferredArray(d, 12345) },
		func(d Deferred) { w.SetDeferredMap(d, 1) },
		func(d Deferred) { w.SetDeferredSet(d, 2) },
		func(d Deferred) { w.SetDeferredPush(d, 3) },
		func(d Deferred) { w.SetDeferredArray(d, math.MaxInt64) },
	} {
		set(w.Defer())
	}
	require.Equal(t, "*12345\r\n%1\r\n~2\r\n>3\r\n*9223372036854775807\r\n", drain(t, &w, 1))

	for range 10_000 {
		d := w.Defer()
		w.Int(7)
		w.SetDeferredArray(d, 1)
	}
	require.Equal(t, int64(80_000), w.Len())
	require.Less(t, w.MemoryBytes(), int64(100_000+blockSize), "deferred lengths waste memory")
	require.LessOrEqual(t, len(w.Segments(nil, 1000)), 6)
	require.Equal(t, strings.Repeat("*1\r\n:7\r\n", 10_000), drain(t, &w, 5000))

	w.Defer()
	w.OK()
	w.Defer()
	w.Reset()
	require.Zero(t, w.MemoryBytes())
	require.Zero(t, w.Len())
}

// model is the plain way to do what a Writer does: parts of text, of which some aren't known yet.
type model struct {
	parts []string
	open  []int
	holes []Deferred
}

func (m *model) add(text string) { m.parts = append(m.parts, text) }

func TestWriterAgainstModel(t *testing.T) {
	for seed := range uint64(20) {
		draw := rand.New(rand.NewPCG(seed, 7))
		var w, other Writer
		var m model
		var out, want bytes.Buffer
		w.SetProto(3)
		for range 400 {
			step(draw, &w, &other, &m)
			if draw.IntN(6) == 0 {
				pieces := bytes.Join(w.Segments(nil, 1+draw.IntN(4)), nil)
				n := draw.IntN(len(pieces) + 1)
				out.Write(pieces[:n])
				w.Advance(n)
			}
			require.GreaterOrEqual(t, w.MemoryBytes(), w.Len())
		}
		for i, d := range m.holes {
			w.SetDeferredArray(d, i)
			m.parts[m.open[i]] = "*" + strconv.Itoa(i) + "\r\n"
		}
		want.WriteString(strings.Join(m.parts, ""))
		require.Equal(t, int64(want.Len()-out.Len()), w.Len())
		out.WriteString(drain(t, &w, 1+draw.IntN(20000)))
		require.True(t, want.String() == out.String(), "seed %d", seed)
		require.Zero(t, w.MemoryBytes())
		require.Nil(t, w.head)
		require.Nil(t, w.tail)
	}
}

func step(draw *rand.Rand, w, other *Writer, m *model) {
	size := draw.IntN(40)
	switch draw.IntN(30) {
	case 0:
		size = draw.IntN(3 * blockSize)
	case 1:
		size = draw.IntN(3 * largeBulk)
	}
	text := strings.Repeat(string(rune('a'+draw.IntN(26))), size)
	bulk := "$" + strconv.Itoa(size) + "\r\n" + text + "\r\n"
	switch draw.IntN(9) {
	case 0:
		w.Int(int64(size))
		m.add(":" + strconv.Itoa(size) + "\r\n")
	case 1, 2:
		m.open = append(m.open, len(m.parts))
		m.add("")
		m.holes = append(m.holes, w.Defer())
	case 3, 4:
		if len(m.holes) == 0 {
			return
		}
		i := draw.IntN(len(m.holes))
		if draw.IntN(2) == 0 {
			i = len(m.holes) - 1
		}
		w.SetDeferredMap(m.holes[i], size)
		m.parts[m.open[i]] = "%" + strconv.Itoa(size) + "\r\n"
		m.holes = append(m.holes[:i], m.holes[i+1:]...)
		m.open = append(m.open[:i], m.open[i+1:]...)
	case 5:
		w.Shared([]byte(text))
		m.add(text)
	case 6:
		other.BulkString(text)
		w.Take(other)
		m.add(bulk)
	case 7:
		w.Raw([]byte(text))
		m.add(text)
	default:
		w.Bulk([]byte(text))
		m.add(bulk)
	}
}

func TestMillionPendingReplies(t *testing.T) {
	var w Writer
	value := make([]byte, 32)
	const size = len("$32\r\n") + 32 + len("\r\n")
	for range 1_000_000 {
		w.Bulk(value)
	}
	require.Equal(t, int64(1_000_000*size), w.Len())
	require.Less(t, w.MemoryBytes(), w.Len()+w.Len()/50)
	var pieces [][]byte
	for w.Len() > 0 {
		pieces = w.Segments(pieces[:0], 16)
		total := 0
		for _, p := range pieces {
			total += len(p)
		}
		w.Advance(min(total, 10_000))
	}
	require.Zero(t, w.MemoryBytes())
}

func TestSmallRepliesDontAllocate(t *testing.T) {
	var w Writer
	value := make([]byte, 32)
	iov := make([][]byte, 0, 16)
	round := func() {
		w.OK()
		w.Status("QUEUED")
		w.Error("ERR syntax error")
		w.Int(123456)
		w.Bulk(value)
		w.BulkInt(5)
		w.Null()
		w.Array(2)
		w.Double(1.5)
		w.Verbatim("txt", "a")
		d := w.Defer()
		w.Bool(true)
		w.SetDeferredArray(d, 1)
		iov = w.Segments(iov[:0], 16)
		w.Advance(int(w.Len()))
	}
	w.SetProto(3)
	round()
	// The pools may be emptied by a collection within the run.
	require.Less(t, testing.AllocsPerRun(1000, round), 1.0)
}

func TestAppendCommand(t *testing.T) {
	got := AppendCommand([]byte("x"), []byte("SET"), []byte(""), []byte("0123456789"))
	require.Equal(t, "x*3\r\n$3\r\nSET\r\n$0\r\n\r\n$10\r\n0123456789\r\n", string(got))
}

// TestTruncate takes back replies of every kind behind others, and goes on writing: nothing else of what was written changes.
func TestTruncate(t *testing.T) {
	shared := []byte("shared bytes that belong to somebody else")
	want := string(shared)
	for _, before := range []int{0, 10, 2 * blockSize, largeBulk + 1} {
		for _, after := range []int{0, 1, blockSize, 3 * blockSize, largeBulk + 1} {
			var w Writer
			w.Bulk(bytes.Repeat([]byte("b"), before))
			kept := w.Len()
			w.Bulk(bytes.Repeat([]byte("a"), after))
			w.Shared(shared)
			w.Int(1)
			w.Truncate(kept)
			require.Equal(t, kept, w.Len())
			w.Shared(shared)
			w.Truncate(kept + 6)
			w.OK()
			require.Equal(t, fmt.Sprintf("$%d\r\n%s\r\nshared+OK\r\n", before, strings.Repeat("b", before)), drain(t, &w, 4096))
			require.Zero(t, w.MemoryBytes())
			require.Equal(t, want, string(shared))
		}
	}
}

// TestRewind forgets what was written, in one block and in several, and goes on in either protocol.
func TestRewind(t *testing.T) {
	var w Writer
	text := func() (all string) {
		for _, piece := range w.Segments(nil, 1<<20) {
			all += string(piece)
		}
		return all
	}
	for _, size := range []int{0, 1, 100, blockSize, 5 * blockSize, largeBulk + 1} {
		w.Bulk(make([]byte, size))
		w.Rewind()
		require.Zero(t, w.Len())
		w.Int(int64(size))
		require.Equal(t, fmt.Sprintf(":%d\r\n", size), text())
		require.EqualValues(t, len(text()), w.Len())
		d := w.Defer()
		w.Int(1)
		w.SetDeferredArray(d, 1)
		w.Rewind()
		require.Empty(t, text())
	}
	w.Reset()
	require.Zero(t, w.MemoryBytes())
}
