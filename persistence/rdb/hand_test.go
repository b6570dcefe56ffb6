package rdb

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// value is a value as it stands in a file.
type value struct {
	t   Type
	raw string
}

// prerelease are hashes as the release candidates of redis-server 7.4 wrote them: fields "a" without a deadline and "b" with one.
var prerelease = []value{
	{HashMetadataPre, "\x02" + "\x00\x01a\x01v" + "\x81\x00\x00\x01\xd1\xa9\x4a\x20\x00" + "\x01b\x01w"},
	{HashListpackExPre, "\x1f" + "\x1f\x00\x00\x00\x06\x00" + "\x81b\x02\x81w\x02\xf4\x00\x20\x4a\xa9\xd1\x01\x00\x00\x09" + "\x81a\x02\x81v\x02\x00\x01" + "\xff"},
}

// in words what a value is.
func (v value) words(t *testing.T) string {
	t.Helper()
	var m model
	require.NoError(t, Decode(v.t, []byte(v.raw), &m))
	return string(m.appendTo(nil))
}

func TestValuesByHand(t *testing.T) {
	for _, test := range []struct {
		value
		want string
	}{
		{value{String, "\xc0\xff"}, "    \"-1\"\n"},
		{value{String, "\xc1\x00\x80"}, "    \"-32768\"\n"},
		{value{String, "\xc2\xff\xff\xff\x7f"}, "    \"2147483647\"\n"},
		{value{String, "\xc3\x05\x0a\x00a\xe0\x00\x00"}, "    \"aaaaaaaaaa\"\n"},
		{value{String, "\x40\x03abc"}, "    \"abc\"\n"},
		{value{String, "\x80\x00\x00\x00\x03abc"}, "    \"abc\"\n"},
		{value{String, "\x81\x00\x00\x00\x00\x00\x00\x00\x03abc"}, "    \"abc\"\n"},
		{value{List, "\x02\x01a\xc0\x05"}, "    \"a\"\n    \"5\"\n"},
		{value{SortedSet, "\x04\x01a\x031.5\x01b\xfe\x01c\xff\x01d\x02-3"}, "    \"a\" = 1.5\n    \"b\" = +Inf\n    \"c\" = -Inf\n    \"d\" = -3\n"},
		{value{SortedSet2, "\x01\x01a\x00\x00\x00\x00\x00\x00\xf8\x3f"}, "    \"a\" = 1.5\n"},
		{value{Hash, "\x01\x01a\x01v"}, "    \"a\" = \"v\"\n"},
		{value{ListQuicklist2, "\x02\x01\x03big\x02\x0b\x0b\x00\x00\x00\x02\x00\x05\x01\x06\x01\xff"}, "    \"big\"\n    \"5\"\n    \"6\"\n"},
		{value{SetListpack, "\x0b\x0b\x00\x00\x00\x02\x00\x05\x01\x06\x01\xff"}, "    \"5\"\n    \"6\"\n"},
		{value{HashMetadata, "\xe8\x03\x00\x00\x00\x00\x00\x00\x02\x00\x01a\x01v\x02\x01b\x01w"}, "    \"a\" = \"v\"\n    \"b\" = \"w\", expires at 1001\n"},
		{value{ValkeyHash, "\x02\x01a\x01v\xff\xff\xff\xff\xff\xff\xff\xff\x01b\x01w\xe8\x03\x00\x00\x00\x00\x00\x00"},
			"    \"a\" = \"v\"\n    \"b\" = \"w\", expires at 1000\n"},
		{prerelease[0], "    \"a\" = \"v\"\n    \"b\" = \"w\", expires at 2000000000000\n"},
		{prerelease[1], "    \"a\" = \"v\"\n    \"b\" = \"w\", expires at 2000000000000\n"},
	} {
		require.Equal(t, test.want, test.words(t), "%s %x", test.t, test.raw)
	}
}

func TestValuesRefused(t *testing.T) {
	huge := "\x81\x00\x00\x00\x00\xff\xff\xff\xff"
	before := allocated()
	for _, test := range []struct {
		value
		want error
	}{
		{value{String, ""}, io.ErrUnexpectedEOF},
		{value{String, huge + "abc"}, io.ErrUnexpectedEOF},
		{value{String, "\x81\xff\xff\xff\xff\xff\xff\xff\xff"}, errHuge},
		{value{String, "\xc3\x05" + huge + "\x00a\x00a\x00"}, errLZFLength},
		{value{String, "\xc3" + huge + "\x05\x00a"}, io.ErrUnexpectedEOF},
		{value{String, "\xc4"}, errStringForm},
		{value{String, "\x82"}, errLength},
		{value{List, "\xc0\x05"}, errNoLength},
		{value{Set, huge + "\x01a"}, io.ErrUnexpectedEOF},
		{value{Set, "\x00"}, ErrEmpty},
		{value{SortedSet, "\x01\x01a\xfd"}, errScore},
		{value{SortedSet, "\x01\x01a\x03abc"}, errScore},
		{value{SortedSet2, "\x01\x01a\x00\x00\x00\x00\x00\x00\xf8\x7f"}, errScore},
		{value{HashListpack, "\x09\x09\x00\x00\x00\x01\x00\x05\x01\xff"}, errOdd},
		{value{HashListpack, "\x07\x07\x00\x00\x00\x00\x00\xff"}, ErrEmpty},
		{value{SetListpack, "\x09\x09\x00\x00\x00\x02\x00\x05\x01\xff"}, errListpackCount},
		{value{SetListpack, "\x09\x09\x00\x00\x00\x01\x00\x05\x02\xff"}, errListpackBack},
		{value{SetListpack, "\x09\x09\x00\x00\x00\x01\x00\x85\x01\xff"}, errListpackEntry},
		{value{SetListpack, "\x09\x0a\x00\x00\x00\x01\x00\x05\x01\xff"}, errListpackHead},
		{value{SortedSetListpack, "\x0d\x0d\x00\x00\x00\x02\x00\x05\x01\x83nan\x04\xff"[:14]}, errListpackHead},
		{value{ListQuicklist2, "\x01\x03\x01a"}, errNode},
		{value{ListQuicklist2, "\x01\x01\x00"}, errNoBytes},
		{value{HashMetadata, "\xff\xff\xff\xff\xff\xff\xff\x7f\x01\x05\x01a\x01v"}, errDeadline},
		{value{HashMetadataPre, "\x01\x81\xff\xff\xff\xff\xff\xff\xff\xff\x01a\x01v"}, errDeadline},
		{value{HashListpackExPre, "\x0e\x0e\x00\x00\x00\x03\x00\x05\x01\x06\x01\x81x\x02\xff"}, errHidden},
	} {
		var m model
		err := Decode(test.t, []byte(test.raw), &m)
		require.ErrorIs(t, err, test.want, "%s %x", test.t, test.raw)
		var where *Error
		if test.want != ErrEmpty {
			require.ErrorAs(t, err, &where)
			require.True(t, where.Value)
		}
		// The same from a stream, whose end isn't known.
		p := append([]byte("REDIS0012"), byte(test.t))
		_, err = readAll(bytes.NewReader(append(append(p, 1, 'k'), test.raw...)), ReadOptions{}, 0)
		if test.want == ErrEmpty {
			test.want = io.ErrUnexpectedEOF
		}
		require.ErrorIs(t, err, test.want)
		require.ErrorContains(t, err, "offset ")
	}
	require.Less(t, allocated()-before, uint64(64<<20), "what is announced isn't allocated")
}

func TestModules(t *testing.T) {
	id := "\x81" + unhex(t, "25 15 c2 52 fb f3 3c 01") // as a module type's nine letters and its version 1 are packed
	aux := "\xf7" + id + "\x02\x02" + "\x01\x05\x03abcd\x04abcdefgh\x05\x03str\x00"
	p := "REDIS0010" + aux + "\x00\x01a\x01b" + "\x07\x01m" + id
	r, err := NewReader(strings.NewReader(p+"\x02\x07\x05\x01x\x00\xff\x00\x00\x00\x00\x00\x00\x00\x00"), ReadOptions{})
	require.NoError(t, err)
	var rec Record
	require.NoError(t, r.Next(&rec))
	require.Equal(t, OpModuleAux, rec.Op)
	name := string(rec.Name)
	require.Len(t, name, 9)
	require.NoError(t, r.Next(&rec))
	require.NoError(t, r.Value(Check))
	require.NoError(t, r.Next(&rec))
	require.Equal(t, Module2, rec.Type)
	require.NoError(t, r.Skip())
	require.NoError(t, r.Next(&rec))
	require.Equal(t, OpEnd, rec.Op)

	_, err = readAll(strings.NewReader(p), ReadOptions{}, 100)
	require.ErrorContains(t, err, name)
	require.ErrorContains(t, err, `module-value-v2 of key "m"`)
	_, err = readAll(strings.NewReader("REDIS0010\xf7"+id+"\x02\x02\x09"), ReadOptions{}, 0)
	require.ErrorIs(t, err, errModuleMarks)
	require.Equal(t, "abcdefghi", moduleName(idOf("abcdefghi", 3)))
}

func idOf(name string, version uint64) (id uint64) {
	const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for _, c := range []byte(name) {
		id = id<<6 | uint64(strings.IndexByte(characters, c))
	}
	return id<<10 | version
}

func unhex(t *testing.T, text string) string {
	p, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return string(p)
}

// What stands before keys belongs to the next one, whatever comes between.
func TestPartsByHand(t *testing.T) {
	p := "REDIS0010" + "\xf6\x03lib\x03LUA\x01\x04desc\x04code" + "\xf6\x03lib\x03LUA\x00\x04code" +
		"\xfe\x05\xfb\x01\x01\xf4\x01\x02\x03" +
		"\xfd\xe8\x03\x00\x00\xf8\x07\xf9\x09\xfa\x01n\x01t\x00\x01a\x01v" + "\xfc\xff\xff\xff\xff\xff\xff\xff\xff\x00\x01b\x01v" + "\x00\xc1\x39\x30\x01v" + "\xff"
	r, err := NewReader(strings.NewReader(p+strings.Repeat("\x00", 8)), ReadOptions{})
	require.NoError(t, err)
	var ops []Op
	var entries []Entry
	for rec := (Record{}); rec.Op != OpEnd; {
		require.NoError(t, r.Next(&rec))
		ops = append(ops, rec.Op)
		switch rec.Op {
		case OpFunction:
			require.Equal(t, "#!LUA name=lib\ncode", string(rec.Text))
		case OpEntry:
			require.Equal(t, 5, rec.Database)
			rec.Key = bytes.Clone(rec.Key)
			entries = append(entries, rec.Entry)
			require.NoError(t, r.Value(Check))
		case OpEnd:
			require.True(t, rec.Unchecked)
		}
	}
	require.Equal(t, []Op{OpFunction, OpFunction, OpSelect, OpResize, OpAux, OpEntry, OpEntry, OpEntry, OpEnd}, ops)
	require.Equal(t, []Entry{{Key: []byte("a"), DeadlineMs: 1000_000, IdleSeconds: 7, Frequency: 9}, NewEntry([]byte("b")), NewEntry([]byte("12345"))}, entries)
}

func TestPartsRefused(t *testing.T) {
	for tail, want := range map[string]string{
		"\xf3":                                 "move between the nodes",
		"\xc8":                                 "unknown type or part 200",
		"\x16\x01k":                            "unexpected EOF",
		"\x1a\x01k":                            "unknown type or part 26",
		"\x08\x01k":                            "unknown type or part 8",
		"\xfe\x80\xff\xff\xff\xff":             "database 4294967295",
		"\xff\x01\x00\x00\x00\x00\x00\x00\x00": "checksum",
	} {
		_, err := readAll(strings.NewReader("REDIS0012"+tail), ReadOptions{}, 0)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "offset ")
	}
	for _, p := range []string{"", "REDIS", "RUBBISH00", "REDIS0099"} {
		_, err := NewReader(strings.NewReader(p), ReadOptions{})
		var where *Error
		require.ErrorAs(t, err, &where)
	}
	_, err := readAll(strings.NewReader("VALKEY080\x18\x01k"), ReadOptions{}, 0)
	require.ErrorContains(t, err, "unknown type", "what Redis calls 24 is nothing to Valkey")
	f, err := readAll(strings.NewReader("VALKEY080\x16\x01k\x01\x01f\x01v\xe8\x03\x00\x00\x00\x00\x00\x00\xff"+strings.Repeat("\x00", 8)), ReadOptions{}, 0)
	require.NoError(t, err)
	require.Equal(t, []part{{text: "f", value: "v", deadline: 1000}}, f.entries[0].model.parts)
}

// The caller must read a value before the next part, once.
func TestMisuse(t *testing.T) {
	start := func() (*Reader, *Record) {
		r, err := NewReader(strings.NewReader("REDIS0010\x00\x01a\x01v\x00\x01b\x01v\xff\x00\x00\x00\x00\x00\x00\x00\x00"), ReadOptions{})
		require.NoError(t, err)
		return r, &Record{}
	}
	r, rec := start()
	require.NoError(t, r.Next(rec))
	require.ErrorIs(t, r.Next(rec), errPending)
	require.ErrorIs(t, r.Value(Check), errPending, "the first error stays")
	r, rec = start()
	require.ErrorIs(t, r.Value(Check), errNothing)
	require.ErrorIs(t, r.Next(rec), errNothing)
	r, rec = start()
	require.NoError(t, r.Next(rec))
	require.ErrorIs(t, r.Value(refusing{}), errRefused)
}

var errRefused = errors.New("not wanted")

type refusing struct{ discard }

func (refusing) Text(Element) error { return errRefused }

// A large value goes through without the window growing, and so does what is only passed over.
func TestLargeValuesNeedNoWindow(t *testing.T) {
	var file bytes.Buffer
	out, err := NewOutput(&file, Options{Version: 10, Checksum: true})
	require.NoError(t, err)
	e := out.NewEncoder()
	entry := NewEntry([]byte("large"))
	text := strings.Repeat("0123456789abcdef", 1<<18)
	require.NoError(t, e.String(&entry, TextElement([]byte(text))))
	require.NoError(t, e.Set(&entry, Table, 300_000, func(yield func(Element) bool) {
		for i := range int64(300_000) {
			if !yield(IntElement(i * math.MaxInt32)) {
				return
			}
		}
	}))
	require.NoError(t, e.Flush())
	require.NoError(t, out.End())
	for _, skip := range []bool{false, true} {
		r, err := NewReader(bytes.NewReader(file.Bytes()), ReadOptions{BufferBytes: 1})
		require.NoError(t, err)
		for rec := (Record{}); rec.Op != OpEnd; {
			require.NoError(t, r.Next(&rec))
			switch {
			case rec.Op != OpEntry:
			case skip:
				require.NoError(t, r.Skip())
			default:
				_, ok, err := r.AppendRaw(nil, 60000)
				require.NoError(t, err)
				require.False(t, ok)
				b := &counting{}
				require.NoError(t, r.Value(b))
				require.True(t, b.items == 300_000 || b.text == len(text) && b.own)
			}
			require.LessOrEqual(t, len(r.in.buf), 2*smallestWindow)
		}
	}
}

// counting counts what it is handed.
type counting struct {
	discard
	items, text int
	own         bool
}

func (c *counting) Item(Element) error { c.items++; return nil }

func (c *counting) Text(e Element) error {
	c.text, c.own = e.Len(), e.Own()
	return nil
}
