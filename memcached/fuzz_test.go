package memcached

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/memcache"
)

// mostKept is more than a connection may keep: the largest item with its line, and what was sent at once.
const mostKept = itemMax + 8<<10

// fuzzed sends bytes whole and in parts: both must be answered alike, without a panic, and little is kept.
func fuzzed(t *testing.T, sent []byte, password string) {
	var answers [2][]byte
	now := int64(0)
	for i, parts := range []int{0, 3} {
		m := newModel()
		m.password = password
		if now == 0 {
			now = m.nowMs
		}
		c := &connection{model: m, parts: parts}
		answers[i], _ = c.send(sent)
		require.LessOrEqual(t, c.most, mostKept+len(sent))
		if c.closed {
			return // what came with the bytes that it was closed for may be answered or not
		}
	}
	if !bytes.Contains(sent, []byte("stats")) && !bytes.Contains(sent, []byte{0x10}) && len(sent) <= lineMax {
		require.Equal(t, string(answers[0]), string(answers[1]), "%q", sent)
	}
}

func FuzzText(f *testing.F) {
	paths, err := filepath.Glob("../tests/memcache/testdata/*.txt")
	require.NoError(f, err)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(f, err)
		for _, part := range bytes.Split(text, []byte("?\n")) {
			var sent []byte
			for line := range bytes.Lines(part) {
				if rest, ok := bytes.CutPrefix(line, []byte("> ")); ok {
					sent = append(append(sent, bytes.TrimSuffix(rest, []byte("\n"))...), "\r\n"...)
				}
			}
			f.Add(sent)
		}
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		if len(sent) > 0 && sent[0] == requestMagic {
			sent[0] = 'g'
		}
		fuzzed(t, sent, "")
	})
}

func FuzzMeta(f *testing.F) {
	for _, seed := range []string{"g a v k c t", "s a 1 T5 c\r\nx", "d a I T3 q", "a a N0 J5 D3 v", "e a", "g YQ== b k R30 N3", "s a 3 C5 I MA\r\nabc"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		fuzzed(t, []byte("set a 1 0 1\r\n5\r\nm"+a+"\r\nm"+b+"\r\nmg a v f s\r\n"), "")
	})
}

func FuzzBinary(f *testing.F) {
	for _, p := range memcache.Exchange() {
		if len(p.Value) < 100 {
			f.Add(p.Bytes())
		}
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		set := memcache.Packet{Opcode: opSet, Key: "a", Extras: memcache.Extras(uint32(5), uint32(0)), Value: "5"}
		fuzzed(t, append(set.Bytes(), sent...), "")
	})
}

func FuzzLogin(f *testing.F) {
	auth := memcache.Packet{Opcode: opSASLAuth, Key: "PLAIN", Value: "\x00user\x00secret"}
	f.Add(auth.Bytes())
	f.Add([]byte("set x 0 0 11\r\nuser secret\r\nget a\r\n"))
	f.Add([]byte("set x 0 0 11\r\nuser  wrong\r\nget a\r\n"))
	f.Fuzz(func(t *testing.T, sent []byte) { fuzzed(t, sent, "secret") })
}

// Two ways of one command must not differ by where it was cut.
func TestPartsDontMatter(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	pieces := []string{"get a b c\r\n", "set a 1 0 3\r\nabc\r\n", "gets a\r\n", "mg a v c\r\n", "ms a 2 c\r\nxy\r\n", "incr n 1\r\n", "set n 0 0 1\r\n7\r\n",
		"set large 0 0 2000000\r\n", "delete a\r\n", "\r\n", "get ", "x y z\r\n", string(make([]byte, 50)), "mn\r\n", "append a 0 0 1\r\n+\r\n"}
	for range 300 {
		var sent []byte
		for range 1 + random.IntN(20) {
			sent = append(sent, pieces[random.IntN(len(pieces))]...)
		}
		fuzzed(t, sent, "")
	}
}
