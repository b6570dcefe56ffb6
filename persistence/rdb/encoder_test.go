package rdb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// randomText is a text of some kind: short, long, compressible or not, or a number.
func randomText(random *rand.Rand, longest int) string {
	switch random.IntN(5) {
	case 0:
		return strconv.FormatInt(int64(random.Uint64())>>random.IntN(64), 10)
	case 1:
		return strings.Repeat(string(rune('a'+random.IntN(26))), random.IntN(longest))
	case 2:
		return strings.Repeat("field:"+strconv.Itoa(random.IntN(1000)), 1+random.IntN(5))
	}
	p := make([]byte, random.IntN(min(longest, 100)))
	for i := range p {
		p[i] = byte(random.Uint32())
	}
	return string(p)
}

// randomModel is a value of a kind with at most so many elements.
func randomModel(random *rand.Rand, kind Kind, most, longest int) *model {
	m := &model{kind: kind, t: Stream2}
	seen := map[string]bool{}
	for range 1 + random.IntN(most) {
		p := part{text: randomText(random, longest), deadline: NoDeadline}
		if kind != KindList && seen[p.text] {
			continue
		}
		seen[p.text] = true
		switch kind {
		case KindHash:
			p.value = randomText(random, longest)
			if random.IntN(3) == 0 {
				p.deadline = random.Int64N(1 << 42)
			}
		case KindSortedSet:
			p.score = []float64{float64(random.IntN(100)), random.NormFloat64(), math.Inf(1), math.Inf(-1), -1e300, 0}[random.IntN(6)]
		}
		m.parts = append(m.parts, p)
		if kind == KindString {
			break
		}
	}
	slices.SortStableFunc(m.parts, func(a, b part) int {
		if kind != KindSortedSet || a.score == b.score {
			return 0
		} else if a.score < b.score {
			return -1
		}
		return 1
	})
	return m
}

var collectionKinds = []Kind{KindString, KindList, KindSet, KindSortedSet, KindHash}

// same compares what was written with what was read.
func (m *model) same(t testing.TB, got *model, version int) {
	t.Helper()
	require.Equal(t, m.kind, got.kind)
	want := slices.Clone(m.sorted())
	for i := range want {
		if version < 12 {
			want[i].deadline = NoDeadline
		}
		if m.kind != KindHash {
			want[i].deadline = 0
		}
	}
	require.Equal(t, want, got.sorted())
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for round := range 250 {
		options := Options{Version: 10 + random.IntN(3), Compress: random.IntN(2) == 0, Checksum: random.IntN(2) == 0}
		var file bytes.Buffer
		out, err := NewOutput(&file, options)
		require.NoError(t, err)
		require.NoError(t, out.Select(round))
		require.NoError(t, out.Resize(5, 2))
		e := out.NewEncoder()
		var models []*model
		for _, kind := range collectionKinds {
			m := randomModel(random, kind, 1+random.IntN(300), 1+random.IntN(10000))
			entry := Entry{Key: []byte(randomText(random, 100)), DeadlineMs: int64(random.IntN(3)) - 1, IdleSeconds: int64(random.IntN(3)) - 1,
				Frequency: random.IntN(3) - 1}
			require.NoError(t, m.write(e, &entry, Encoding(random.IntN(3))))
			models = append(models, m)
		}
		require.NoError(t, e.Flush())
		require.NoError(t, out.End())
		require.Equal(t, int64(file.Len()), out.Bytes())
		f, err := readAll(bytes.NewReader(file.Bytes()), ReadOptions{}, random.IntN(10000))
		require.NoError(t, err)
		require.Len(t, f.entries, len(models))
		for i, m := range models {
			require.Equal(t, round, f.entries[i].database)
			m.same(t, &f.entries[i].model, options.Version)
		}
		if round > 100 && testing.Short() {
			return
		}
	}
}

// Several goroutines write into one file, entries smaller and larger than a piece.
func TestEncodersShareAnOutput(t *testing.T) {
	var file bytes.Buffer
	out, err := NewOutput(&file, Options{Version: 10, Checksum: true})
	require.NoError(t, err)
	const writers, each = 4, 10
	var group sync.WaitGroup
	for writer := range writers {
		group.Go(func() {
			e := out.NewEncoder()
			for i := range each {
				e.Aux("cinnabar-before", fmt.Append(nil, writer, " ", i))
				entry := NewEntry(fmt.Appendf(nil, "%d %d", writer, i))
				items := func(yield func(Element) bool) {
					for n := range 1 + 3000*(i%20) {
						if !yield(TextElement([]byte(strings.Repeat("x", n%50)))) {
							return
						}
					}
				}
				if err := e.List(&entry, 1+3000*(i%20), items); err != nil {
					t.Error(err)
				}
			}
			if err := e.Flush(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	require.NoError(t, out.End())
	r, err := NewReader(&file, ReadOptions{})
	require.NoError(t, err)
	next, entries := map[string]int{}, 0
	var aux string
	for rec := (Record{}); rec.Op != OpEnd; {
		require.NoError(t, r.Next(&rec))
		switch rec.Op {
		case OpAux:
			aux = string(rec.Text)
		case OpEntry:
			require.Equal(t, aux, string(rec.Key), "a fact right before its entry")
			writer, i, _ := strings.Cut(string(rec.Key), " ")
			require.Equal(t, strconv.Itoa(next[writer]), i)
			next[writer]++
			entries++
			b := &counting{}
			require.NoError(t, r.Value(b))
			require.Equal(t, 1+3000*(next[writer]-1)%60000, b.items)
		}
	}
	require.Equal(t, writers*each, entries)
}

// failing is a Writer that breaks after so many bytes.
type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return f.left, errDisk
	}
	f.left -= len(p)
	return len(p), nil
}

func TestFailedWritesStay(t *testing.T) {
	for _, left := range []int{0, 9, 100, 300_000} {
		out, err := NewOutput(&failing{left}, Options{Version: 10, Checksum: true})
		if left < 9 {
			require.ErrorIs(t, err, errDisk)
			continue
		}
		require.NoError(t, err)
		e := out.NewEncoder()
		entry := NewEntry([]byte("k"))
		err = e.String(&entry, TextElement(make([]byte, 1<<20)))
		require.ErrorIs(t, err, errDisk)
		require.ErrorIs(t, out.Select(1), errDisk)
		require.ErrorIs(t, out.End(), errDisk)
		require.ErrorIs(t, e.Flush(), errDisk)
	}
}

// An entry that is broken off leaves nothing, or spoils the file if a part of it is written.
func TestEntriesBrokenOff(t *testing.T) {
	var file bytes.Buffer
	out, err := NewOutput(&file, Options{Version: 12})
	require.NoError(t, err)
	e := out.NewEncoder()
	good, bad := NewEntry([]byte("good")), NewEntry([]byte("bad"))
	require.NoError(t, e.String(&good, IntElement(1)))
	items := func(n int, text string) func(yield func(Element) bool) {
		return func(yield func(Element) bool) {
			for range n {
				if !yield(TextElement([]byte(text))) {
					return
				}
			}
		}
	}
	e.Aux("of the", []byte("bad one"))
	require.ErrorIs(t, e.Set(&bad, Table, 5, items(4, "x")), errCount)
	require.ErrorIs(t, e.Set(&bad, Listpack, 5, items(6, "x")), errCount)
	require.ErrorIs(t, e.List(&bad, 5, items(6, "x")), errCount)
	require.ErrorIs(t, e.List(&bad, 0, items(0, "x")), ErrEmpty)
	require.ErrorIs(t, e.StringParts(&bad, 5, func(yield func([]byte) bool) { yield([]byte("1234")) }), errCount)
	require.ErrorIs(t, e.Opaque(&bad, Hash, nil), errOpaque)
	require.ErrorIs(t, e.SortedSet(&bad, Listpack, 1, func(yield func(Element, float64) bool) { yield(IntElement(1), math.NaN()) }), errScore)
	require.ErrorIs(t, e.Hash(&bad, Listpack, 1, func(yield func(field, value Element, deadlineMs int64) bool) {
		yield(IntElement(1), IntElement(1), -5)
	}), errDeadline)
	require.NoError(t, e.String(&good, IntElement(2)))
	require.NoError(t, e.Flush())
	require.Len(t, mustRead(t, append(bytes.Clone(file.Bytes()), opEnd, 0, 0, 0, 0, 0, 0, 0, 0)).entries, 2)

	require.ErrorIs(t, e.Set(&bad, Table, 1001, items(1000, strings.Repeat("x", 1000))), errCount)
	require.ErrorIs(t, out.Err(), errCount)
	require.ErrorIs(t, out.End(), errCount)
}

func TestOptionsAreChecked(t *testing.T) {
	for _, version := range []int{0, 9, 13, 80} {
		_, err := NewOutput(&bytes.Buffer{}, Options{Version: version})
		require.ErrorIs(t, err, errOptions)
		_, err = NewEncoder(Options{Version: version})
		require.ErrorIs(t, err, errOptions)
	}
}

// A stream of a newer version is written as an older one has it, if need be.
func TestStreamsOfNewerVersions(t *testing.T) {
	p, err := os.ReadFile("testdata/v12-default.rdb")
	require.NoError(t, err)
	f, err := readAll(bytes.NewReader(p), ReadOptions{}, 1<<20)
	require.NoError(t, err)
	streams := 0
	for _, entry := range f.entries {
		if entry.t != Stream3 {
			continue
		}
		streams++
		for _, version := range []int{10, 11} {
			e, err := NewEncoder(Options{Version: version})
			require.NoError(t, err)
			require.NoError(t, e.Opaque(nil, entry.t, entry.raw))
			value := e.Take()
			require.Equal(t, map[int]Type{10: Stream2, 11: Stream3}[version], Type(value[0]))
			require.NoError(t, Decode(Type(value[0]), value[1:], Check))
		}
		e, err := NewEncoder(Options{Version: 10})
		require.NoError(t, err)
		require.ErrorIs(t, e.Opaque(nil, entry.t, entry.raw[:len(entry.raw)-1]), io.ErrUnexpectedEOF)
	}
	require.Equal(t, 3, streams)
}

// A string is the same in parts and whole, whatever its length.
func TestStringParts(t *testing.T) {
	for _, size := range []int{1, 3, 20, 21, 1000, 300_000, 40 << 20} {
		p := bytes.Repeat([]byte("12345678901"), size/11+1)[:size]
		e, err := NewEncoder(Options{Version: 10, Compress: true})
		require.NoError(t, err)
		require.NoError(t, e.StringParts(nil, size, func(yield func([]byte) bool) {
			for at := 0; at < size; at += 1000 {
				if !yield(p[at:min(size, at+1000)]) {
					return
				}
			}
		}))
		payload := e.Take()
		require.NoError(t, e.String(nil, TextElement(p)))
		require.True(t, bytes.Equal(payload, e.Take()), "%d bytes", size)
		var m model
		require.NoError(t, Decode(String, payload[1:], &m))
		require.True(t, m.parts[0].text == string(p), "%d bytes", size)
	}
}

func TestDumpPayloads(t *testing.T) {
	e, err := NewEncoder(Options{Version: 10, Compress: true})
	require.NoError(t, err)
	require.NoError(t, e.String(nil, TextElement([]byte("abc"))))
	payload := AppendDump(e.Take(), 10)
	require.Equal(t, "\x00\x03abc\x0a\x00", string(payload[:7]))
	typ, raw, err := OpenDump(payload, NewestVersion, false)
	require.NoError(t, err)
	require.Equal(t, String, typ)
	require.Equal(t, "\x03abc", string(raw))
	for at := range payload {
		broken := bytes.Clone(payload)
		broken[at] ^= 1
		_, _, err := OpenDump(broken, NewestVersion, false)
		require.Error(t, err)
		_, _, err = OpenDump(payload[:at], NewestVersion, false)
		require.Error(t, err)
	}
	_, _, err = OpenDump(AppendDump([]byte{0, 0}, 11), 10, true)
	require.ErrorIs(t, err, ErrDumpVersion)
	_, _, err = OpenDump(AppendDump([]byte{0, 0}, 13), NewestVersion, true)
	require.ErrorIs(t, err, ErrDumpVersion)
	_, _, err = OpenDump(append([]byte{0, 0, 10, 0}, make([]byte, 8)...), 10, false)
	require.ErrorIs(t, err, ErrDumpChecksum)
	_, _, err = OpenDump(append([]byte{0, 0, 10, 0}, make([]byte, 8)...), 10, true)
	require.NoError(t, err)
	typ, _, err = OpenDump(AppendDump([]byte{22, 0}, ValkeyVersion), NewestVersion, false)
	require.NoError(t, err)
	require.Equal(t, ValkeyHash, typ)
	var where *Error
	_, _, err = OpenDump(AppendDump([]byte{200, 0}, 10), NewestVersion, false)
	require.True(t, errors.As(err, &where))
}

// A large fact is written past the buffer too, and nobody comes between it and its entry.
func TestLargeAux(t *testing.T) {
	var file bytes.Buffer
	out, err := NewOutput(&file, Options{Version: 10, Checksum: true})
	require.NoError(t, err)
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			e, entry := out.NewEncoder(), NewEntry([]byte("k"))
			for range 20 {
				e.Aux("large", make([]byte, 2*pieceBytes))
				if err := e.String(&entry, IntElement(1)); err != nil {
					t.Error(err)
				}
			}
			if err := e.Flush(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	require.NoError(t, out.End())
	f := mustRead(t, file.Bytes())
	require.Len(t, f.entries, 40)
	require.Equal(t, 40, bytes.Count(f.words, []byte("\nstring \"k\"\n    \"1\"\naux "))+1)
}
