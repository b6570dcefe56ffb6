package rdb

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// Files that redis-check-rdb 7.0.15 can't read, too: what is good is called good, to its end, with all its keys.
func TestCheckerFindsGoodFilesGood(t *testing.T) {
	files := goldenFiles(t)
	files["a field's deadline beside"] = hand("REDIS0010", "\xfa\x0ecinnabar-field\x03\x01\x02x", "\x04\x01k\x01\x01f\x01v")
	files["valkey"] = hand("VALKEY080", "\x16\x01k\x01\x01f\x01v\xe8\x03\x00\x00\x00\x00\x00\x00", "\xf4\x01\x01\x00")
	for path, p := range files {
		if brokenGolden[path] != "" || strings.Contains(path, "corrupt_empty_keys") {
			continue
		}
		f := mustRead(t, p)
		said, end, ok := checked(append(p, "*1\r\n$4\r\nPING\r\n"...), true)
		require.True(t, ok, "%s: %s", path, said)
		require.Equal(t, int64(len(p)), end, path)
		require.Contains(t, said, fmt.Sprintf("[info] %d keys read\n", len(f.entries)), path)
		require.NotContains(t, said, "follow the end")
	}
}

// What is said beyond redis-check-rdb's words.
func TestCheckerSaysMore(t *testing.T) {
	module := string(appendLength(nil, idOf("ReJSON-RL", 3)))
	for name, c := range map[string]struct {
		file []byte
		says []string
	}{
		"where an entry begins": {[]byte("REDIS0012\xfe\x07\xfc12345678\x02\x05\x1b[31m\x02\x01a"), []string{
			"[offset 30] Unexpected EOF reading RDB file\n", "[additional info] Reading key '\\x1b[31m'\n[additional info] Reading type 2 (set-hashtable)\n" +
				"[additional info] The entry begins at offset 20, in DB ID 7\n[additional info] The file ends at offset 30\n[info] 1 keys read\n",
		}},
		"both checksums": {append([]byte("REDIS0010\xff"), 1, 0, 0, 0, 0, 0, 0, 0), []string{
			"RDB CRC error\n", "[additional info] The checksum of all bytes before is ", ", but the file says 0000000000000001\n",
		}},
		"what is behind":   {append(hand("REDIS0010"), "more"...), []string{"[info] 4 bytes follow the end of the RDB file at offset 18\n"}},
		"data of modules":  {hand("REDIS0010", "\x07\x01k"+module+"\x00"), []string{"[info] 1 values are data of modules"}},
		"what comes twice": {hand("REDIS0010", "\x02\x01k\x02\x01a\x01a"), []string{"[offset 17] " + errTwice.Error()}},
		"an empty one":     {hand("REDIS0010", "\x02\x01k\x00"), []string{ErrEmpty.Error()}},
		"a type too new":   {hand("REDIS0011", "\x18\x01k"), []string{"Invalid object type: 24\n"}},
		"an odd version":   {hand("VALKEY081"), []string{"Can't handle RDB format version Y081\n"}},
	} {
		said, _, _ := checked(c.file, false)
		for _, text := range c.says {
			require.Contains(t, said, text, name)
		}
	}
	var out bytes.Buffer
	checker := Checker{Out: &out}
	_, ok := checker.Check("NAME", io.MultiReader(strings.NewReader("REDIS0010\xfe"), iotest.ErrReader(errDisk)))
	require.False(t, ok)
	require.Contains(t, out.String(), "[offset 10] the disk is broken\n")
}

// Beyond so many members what comes twice isn't seen any more, which is said.
func TestCheckerKeepsSoManyMembers(t *testing.T) {
	m := members{most: 3}
	for range 2 {
		m.many = false
		require.NoError(t, m.Begin(KindSet, 0))
		for i := range 2 {
			require.NoError(t, m.Item(IntElement(int64(i))))
		}
		require.ErrorIs(t, m.Item(TextElement([]byte("1"))), errTwice)
		require.NoError(t, m.Item(TextElement([]byte("01"))))
		require.False(t, m.many)
		require.NoError(t, m.Item(TextElement([]byte("1"))))
		require.True(t, m.many)
	}
}

// endless repeats some bytes.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.text[e.at]
		e.at = (e.at + 1) % len(e.text)
	}
	return len(p), nil
}

// However much a string holds or announces, it is not held.
func TestCheckerHoldsNoLongStrings(t *testing.T) {
	const size = 33 << 20
	text := "REDIS0010\x00\x01k"
	match := "\xe0\xff\x00" // 264 bytes, from those one before
	for name, c := range map[string]struct {
		in  io.Reader
		end int64
		ok  bool
	}{
		"a long one": {io.MultiReader(strings.NewReader(text+string(appendLength(nil, size))), io.LimitReader(&endless{text: "x"}, size),
			strings.NewReader("\xff\x00\x00\x00\x00\x00\x00\x00\x00")), size + 26, true},
		"one that expands": {io.MultiReader(strings.NewReader(text+"\xc3"+string(appendLength(nil, size+2))+string(appendLength(nil, size/3*264+1))+"\x00x"),
			io.LimitReader(&endless{text: match}, size), strings.NewReader("\xff\x00\x00\x00\x00\x00\x00\x00\x00")), size + 34, true},
		"one announced":       {strings.NewReader(text + "\x81\x7f\xff\xff\xff\xff\xff\xff\xff"), 21, false},
		"a hash announced":    {strings.NewReader("REDIS0010\x04\x01k\x81\x7f\xff\xff\xff\xff\xff\xff\xff"), 21, false},
		"a stream announced":  {strings.NewReader("REDIS0010\x0f\x01k\x81\x7f\xff\xff\xff\xff\xff\xff\xff"), 21, false},
		"a packed one, large": {strings.NewReader("REDIS0010\x10\x01k\x80\xff\xff\xff\xff"), 17, false},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		checker := Checker{Out: io.Discard}
		end, ok := checker.Check("NAME", c.in)
		runtime.ReadMemStats(&after)
		require.Equal(t, c.ok, ok, name)
		require.Equal(t, c.end, end, name)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20), name)
	}
}
