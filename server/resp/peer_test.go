package resp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// startRedis runs a redis-server of its own on a Unix socket and gives the socket's path.
func startRedis(t *testing.T, arguments ...string) string {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("CINNABAR_REQUIRE_PEERS") == "1" {
			t.Fatal("redis-server isn't installed")
		}
		t.Skip("redis-server isn't installed")
	}
	// t.TempDir's paths are too long for a socket on some systems.
	dir, err := os.MkdirTemp("", "resp")
	require.NoError(t, err)
	socket := filepath.Join(dir, "s")
	cmd := exec.Command(path, append([]string{
		"--port", "0", "--unixsocket", socket, "--dir", dir, "--save", "", "--appendonly", "no", "--enable-debug-command", "yes",
	}, arguments...)...)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		os.RemoveAll(dir)
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	}, 10*time.Second, 5*time.Millisecond, "redis-server doesn't answer")
	return socket
}

// exchange sends input to the server and reads until it closes. Unless the server is to close first, the end of input is
// what makes it close. The pieces are sent one by one.
func exchange(t *testing.T, socket string, input []byte, piece int, serverCloses bool) string {
	conn, err := net.Dial("unix", socket)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	for len(input) > 0 {
		n := min(piece, len(input))
		if _, err := conn.Write(input[:n]); err != nil {
			require.ErrorIs(t, err, syscall.EPIPE)
			break
		}
		input = input[n:]
	}
	if !serverCloses {
		require.NoError(t, conn.(*net.UnixConn).CloseWrite())
	}
	reply, err := io.ReadAll(conn)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		require.NoError(t, err, "the server didn't close; so far it said %q", reply)
	}
	return string(reply)
}

// answer is what Redis says to input, by our framing and for the few commands that the table uses.
func answer(t *testing.T, input []byte, unauth bool) (reply string, closes bool) {
	lim := DefaultLimits()
	lim.Unauthenticated = unauth
	got := read(t, input, lim, whole)
	var w Writer
	for _, words := range got.words {
		run(&w, words, unauth)
	}
	if got.err != "" {
		w.RawString((&ProtocolError{Text: got.err}).Reply())
	}
	return string(bytes.Join(w.Segments(nil, 1<<30), nil)), got.err != ""
}

func run(w *Writer, words []string, unauth bool) {
	if len(words) == 0 {
		return
	}
	switch name := words[0]; {
	case unauth && name == "ECHO" && len(words) != 2:
		w.Error("ERR wrong number of arguments for 'echo' command")
	case unauth:
		w.Error("NOAUTH Authentication required.")
	case name == "PING" && len(words) == 1:
		w.Status("PONG")
	case name == "PING":
		w.BulkString(words[1])
	case name == "ECHO":
		w.BulkString(words[1])
	case name == "EVAL":
		w.Array(len(words) - 3)
		for _, word := range words[3:] {
			w.BulkString(word)
		}
	default:
		text := "unknown command '" + name + "', with args beginning with: "
		for _, word := range words[1:] {
			text += "'" + word + "' "
		}
		w.Error("ERR " + text)
	}
}

func TestFramesAgainstRedis(t *testing.T) {
	open := startRedis(t)
	closed := startRedis(t, "--requirepass", "secret")
	for _, c := range frameCases {
		t.Run(c.name, func(t *testing.T) {
			socket := open
			if c.unauth {
				socket = closed
			}
			want, closes := answer(t, []byte(c.input), c.unauth)
			require.Equal(t, exchange(t, socket, []byte(c.input), len(c.input), closes), want)
			if len(c.input) < 1<<10 {
				require.Equal(t, exchange(t, socket, []byte(c.input), 1, closes), want, "byte by byte")
			}
		})
	}
}

// Lines of quotes, escapes and blanks drawn at random are split as Redis splits them.
func TestInlineAgainstRedis(t *testing.T) {
	socket := startRedis(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	draw := rand.New(rand.NewPCG(seed, 0))
	const alphabet = "\"\"''\\\\xxan4F  \t\v\r\xe9"
	for range 1000 {
		line := "EVAL 'return ARGV' 0 "
		for range draw.IntN(12) {
			line += string(alphabet[draw.IntN(len(alphabet))])
		}
		line += "\n"
		want, closes := answer(t, []byte(line), false)
		require.Equal(t, exchange(t, socket, []byte(line), len(line), closes), want, "%q", line)
	}
}

// Frames that are almost right are taken or refused as Redis does.
func TestMutatedFramesAgainstRedis(t *testing.T) {
	socket := startRedis(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	draw := rand.New(rand.NewPCG(seed, 0))
	const alphabet = "*$\r\n\x00-0123456789a "
	for range 1000 {
		input := []byte("*2\r\n$4\r\nECHO\r\n$3\r\nabc\r\n*1\r\n$4\r\nPING\r\n")
		for range 1 + draw.IntN(2) {
			at := draw.IntN(len(input))
			c := alphabet[draw.IntN(len(alphabet))]
			switch draw.IntN(3) {
			case 0:
				input[at] = c
			case 1:
				input = append(input[:at], input[at+1:]...)
			default:
				input = append(input[:at], append([]byte{c}, input[at:]...)...)
			}
		}
		if !runnable(read(t, bytes.Clone(input), DefaultLimits(), whole)) {
			continue
		}
		want, closes := answer(t, bytes.Clone(input), false)
		require.Equal(t, exchange(t, socket, input, len(input), closes), want, "%q", input)
	}
}

// runnable tells whether run knows Redis's answer to every command.
func runnable(o outcome) bool {
	for _, words := range o.words {
		for _, w := range words {
			if strings.ContainsAny(w, "\x00") {
				return false
			}
		}
		if len(words) > 0 && strings.EqualFold(words[0], "ECHO") && len(words) != 2 {
			return false
		}
	}
	return true
}

func TestDoublesAgainstRedis(t *testing.T) {
	socket := startRedis(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	draw := rand.New(rand.NewPCG(seed, 0))
	// Not -0: a small sorted set keeps it as the integer 0.
	values := []float64{0, 1, -1, 0.1, 1.5, 100000, 123456789, 1e15, 1e16, 1e17, 1e18, 12345678901234567, 123456789012345678,
		1e-4, 1e-5, 0.00012345, 3.0e300, 5e-324, math.MaxFloat64, math.Inf(1), math.Inf(-1), 1 << 53, 1<<53 + 2, 0.30000000000000004, 1e100}
	for range 2000 {
		if v := math.Float64frombits(draw.Uint64()); !math.IsNaN(v) {
			values = append(values, v, draw.NormFloat64()*1000, float64(draw.Int64N(1<<40)), float64(draw.IntN(1e6))/100)
		}
	}
	for _, proto := range []int{2, 3} {
		// Redis drops what it couldn't send yet when the input ends, so that the replies to one exchange must fit the socket's buffer.
		for part := range slices.Chunk(values, 200) {
			compareDoubles(t, socket, proto, part)
		}
	}
}

func compareDoubles(t *testing.T, socket string, proto int, values []float64) {
	var want Writer
	want.SetProto(proto)
	input := AppendCommand(nil, []byte("FLUSHALL"))
	for i, v := range values {
		member := []byte(strconv.Itoa(i))
		input = AppendCommand(input, []byte("ZADD"), []byte("z"), strconv.AppendFloat(nil, v, 'g', -1, 64), member)
		input = AppendCommand(input, []byte("ZSCORE"), []byte("z"), member)
		want.Int(1)
		want.Double(v)
	}
	got := exchange(t, socket, append([]byte("HELLO "+strconv.Itoa(proto)+"\r\n"), input...), 1<<20, false)
	wanted := string(bytes.Join(want.Segments(nil, 1<<20), nil))
	require.Greater(t, len(got), len(wanted))
	sent, ours := strings.Split(got[len(got)-len(wanted):], "\r\n"), strings.Split(wanted, "\r\n")
	for i := range ours {
		require.Equal(t, sent[i], ours[i])
	}
}

// DEBUG PROTOCOL answers with one reply of each type.
func TestRepliesAgainstRedis(t *testing.T) {
	socket := startRedis(t)
	for _, proto := range []int{2, 3} {
		replies := map[string]func(w *Writer){
			"string":  func(w *Writer) { w.BulkString("Hello World") },
			"integer": func(w *Writer) { w.Int(12345) },
			"double":  func(w *Writer) { w.Double(3.141) },
			"null":    func(w *Writer) { w.Null() },
			"array":   func(w *Writer) { w.Array(3); w.Int(0); w.Int(1); w.Int(2) },
			"set":     func(w *Writer) { w.Set(3); w.Int(0); w.Int(1); w.Int(2) },
			"map": func(w *Writer) {
				w.Map(3)
				w.Int(0)
				w.Bool(false)
				w.Int(1)
				w.Bool(true)
				w.Int(2)
				w.Bool(false)
			},
			"bignum":   func(w *Writer) { w.BigNumber("1234567999999999999999999999999999999") },
			"true":     func(w *Writer) { w.Bool(true) },
			"false":    func(w *Writer) { w.Bool(false) },
			"verbatim": func(w *Writer) { w.Verbatim("txt", "This is a verbatim\nstring") },
		}
		if proto == 3 {
			replies["attrib"] = func(w *Writer) {
				w.Attribute(1)
				w.BulkString("key-popularity")
				w.Array(2)
				w.BulkString("key:123")
				w.Int(90)
				w.BulkString("Some real reply following the attribute")
			}
			replies["push"] = func(w *Writer) {
				w.Push(2)
				w.BulkString("server-cpu-usage")
				w.Int(42)
				w.BulkString("Some real reply following the push reply")
			}
		}
		for name, write := range replies {
			var want Writer
			want.SetProto(proto)
			write(&want)
			wanted := string(bytes.Join(want.Segments(nil, 10), nil))
			got := exchange(t, socket, fmt.Appendf(nil, "HELLO %d\r\nDEBUG PROTOCOL %s\r\n", proto, name), 1<<10, false)
			require.True(t, strings.HasSuffix(got, wanted), "%s: %q, wanted %q", name, got, wanted)
		}
	}
}
