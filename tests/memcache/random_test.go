package memcache

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// generator makes random requests of the text protocol. Keys that begin with n hold numbers: what is done to others isn't done to them, since
// memcached pads a number that has become shorter, and forgets marks where it has become longer.
type generator struct {
	*rand.Rand
	// numbers are the names of those that were told, by key.
	numbers map[string][]string
}

func (g *generator) pick(words ...string) string { return words[g.IntN(len(words))] }

func (g *generator) key() string { return fmt.Sprint("k", g.IntN(5)) }

func (g *generator) exptime() string {
	return g.pick("0", "0", "0", "1000", "2592000", "4000000000", "-1", "100000")
}

func (g *generator) value() string {
	return strings.Repeat(g.pick("a", "b", " ", "\\r\\n", "\\x00"), g.IntN(g.IntN(300)+1))
}

func sizeOf(value string) int {
	raw, _ := strconv.Unquote(`"` + value + `"`)
	return len(raw)
}

// number is one that was told of the key, or another.
func (g *generator) number(key string) string {
	if told := g.numbers[key]; len(told) > 0 && g.IntN(5) > 0 {
		return told[max(0, len(told)-1-g.IntN(g.IntN(3)+1))]
	}
	return "1"
}

// some are a few of words, in any order.
func (g *generator) some(words ...string) string {
	g.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	return strings.TrimSpace(strings.Join(words[:g.IntN(len(words)+1)], " "))
}

func (g *generator) request() string {
	key, quiet := g.key(), g.pick("", "", "", "", " noreply")
	switch g.IntN(16) {
	case 0, 1, 2:
		value := g.value()
		return fmt.Sprintf("%s %s %d %s %d%s\\r\\n%s", g.pick("set", "set", "add", "replace", "append", "prepend"), key, g.Uint32()>>g.IntN(32), g.exptime(),
			sizeOf(value), quiet, value)
	case 3:
		value := g.value()
		return fmt.Sprintf("cas %s %d %s %d %s%s\\r\\n%s", key, g.IntN(9), g.exptime(), sizeOf(value), g.number(key), quiet, value)
	case 4:
		return "get " + g.key() + " " + g.key() + " " + g.key()
	case 5, 6:
		return "gets " + key
	case 7:
		return g.pick("gat ", "gats ") + g.exptime() + " " + key
	case 8:
		return g.pick("touch "+key+" "+g.exptime(), "delete "+key) + quiet
	case 9, 10:
		return "mg " + key + " " + g.some("v", "c", "f", "k", "s", "t", "Oo", "q", "N500", "R"+g.pick("10", "1500", "9999999"), "T"+g.pick("0", "900", "90000"), "u")
	case 11, 12:
		value := g.value()
		return fmt.Sprintf("ms %s %d %s\\r\\n%s", key, sizeOf(value), g.some("c", "k", "Ob", "q", "F5", "T"+g.exptime(), "M"+g.pick("E", "A", "P", "R", "S"),
			"C"+g.number(key), "I"), value)
	case 13:
		return "md " + key + " " + g.some("k", "q", "Oc", "I", "T"+g.exptime(), "C"+g.number(key))
	case 14:
		n := fmt.Sprint("n", g.IntN(2))
		digits := strconv.FormatUint(g.Uint64()>>g.IntN(64), 10)
		return g.pick(fmt.Sprintf("set %s 3 0 %d%s\\r\\n%s", n, len(digits), quiet, digits), "incr "+n+" "+digits+quiet, "decr "+n+" "+digits+quiet,
			"ma "+n+" "+g.some("v", "N0", "J"+digits, "D"+digits, "MD", "k", "q", "t"))
	}
	return g.pick("mn", "flush_all", "bogus", "get", "set "+key, "touch "+key+" x", "incr "+key+" x", "mg "+key+" q q", "md "+key+" Z", "version", "verbosity 1")
}

// paddedNumber is how a number shows.
var paddedNumber = regexp.MustCompile(`VALUE (n\d) (\d+) \d+\r\n(\d+) *\r\n`)

// TestRandom sends the same random requests to both. CINNABAR_SEED names the first seed; it is in the failure.
func TestRandom(t *testing.T) {
	first, _ := strconv.ParseUint(os.Getenv("CINNABAR_SEED"), 10, 64)
	_, ours := startOurs(t, "--io-threads", "2")
	theirs := Start(t)
	for seed := first; seed < first+6; seed++ {
		g := &generator{rand.New(rand.NewPCG(seed, 1)), map[string][]string{}}
		a, b := newTalk(t, Address(ours)), newTalk(t, Address(theirs))
		a.send("flush_all\\r\\n")
		b.send("flush_all\\r\\n")
		for range 100 {
			for range 1 + g.IntN(20) {
				request := g.request()
				a.send(request + "\\r\\n")
				b.send(request + "\\r\\n")
			}
			sent := string(a.sent)
			want, got := b.receive(false), a.receive(false)
			for _, answer := range []*string{&want, &got} {
				*answer = paddedNumber.ReplaceAllString(*answer, "VALUE $1 $2 .\r\n$3\r\n")
			}
			require.Equal(t, want, got, "seed %d, after %q", seed, sent)
			g.learn(t, a, b)
		}
		a.close()
		b.close()
	}
	require.Equal(t, counted(t, theirs), counted(t, ours))
}

// counted is what stats counts, as far as both count alike.
func counted(t *testing.T, addr string) (lines []string) {
	c := newTalk(t, Address(addr))
	defer c.close()
	c.send("stats\\r\\n")
	for _, line := range strings.Split(c.receive(false), "\r\n") {
		switch name, _, _ := strings.Cut(strings.TrimPrefix(line, "STAT "), " "); name {
		case "cmd_get", "cmd_set", "cmd_flush", "cmd_touch", "get_hits", "get_misses", "delete_misses", "delete_hits", "incr_misses", "incr_hits",
			"decr_misses", "decr_hits", "cas_misses", "cas_hits", "cas_badval", "touch_hits", "touch_misses", "curr_items":
			lines = append(lines, line)
		}
	}
	require.NotEmpty(t, lines)
	return lines
}

// told is a number that was told of a key.
var told = regexp.MustCompile(`VALUE (k\d) \d+ \d+ (\$\d+)`)

// learn asks both for the numbers of some keys.
func (g *generator) learn(t *testing.T, a, b *talk) {
	request := "gets " + g.key() + " " + g.key() + "\\r\\n"
	a.send(request)
	b.send(request)
	want, got := b.receive(false), a.receive(false)
	require.Equal(t, want, got)
	for _, match := range told.FindAllStringSubmatch(got, -1) {
		g.numbers[match[1]] = append(g.numbers[match[1]], match[2])
	}
}
