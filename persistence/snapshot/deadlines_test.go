package snapshot

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
)

// timed makes a hash of so many fields, of which one in every `each` has a deadline.
func timed(s *datatypes.Store, key string, fields, each int) {
	s.Edit(0).ChangeHash(&datatypes.Entry{}, []byte(key), 1, func(f *hash.Form, edit *hash.Edit) {
		for n := range fields {
			field := strconv.AppendInt(nil, int64(n), 10)
			f.Set(edit, field, field)
			if n%each == 0 {
				f.SetDeadline(edit, field, 1_900_000_000_000+int64(n*7919%100_000))
			}
		}
	})
}

// factsOf are the facts about fields in a file.
func factsOf(t *testing.T, p []byte) (facts [][]byte) {
	file, err := rdb.NewReader(bytes.NewReader(p), rdb.ReadOptions{})
	require.NoError(t, err)
	for rec := (rdb.Record{}); rec.Op != rdb.OpEnd; {
		require.NoError(t, file.Next(&rec))
		switch rec.Op {
		case rdb.OpEntry:
			require.NoError(t, file.Skip())
		case rdb.OpAux:
			if string(rec.Name) == fieldDeadlines {
				facts = append(facts, bytes.Clone(rec.Text))
			}
		}
	}
	return facts
}

func TestFactsAreBounded(t *testing.T) {
	for _, c := range []struct{ fields, each, facts int }{{1, 1, 1}, {500, 3, 1}, {40_000, 1, 5}, {40_000, 1000, 1}} {
		s := newStore()
		timed(s, "hash", c.fields, c.each)
		p, w := written(t, s, WriteOptions{Options: rdb.Options{Version: 10}})
		require.Equal(t, int64(1), w.Beside)
		facts := factsOf(t, p)
		require.InDelta(t, c.facts, len(facts), 2)
		for _, fact := range facts {
			require.LessOrEqual(t, len(fact), fieldDeadlinesBytes+20)
		}
		require.Equal(t, state(t, s), state(t, loaded(t, p, LoadOptions{})))
	}
}

// fileOf is a file of one hash with one field for each text, after facts.
func fileOf(t *testing.T, key string, fields int, facts ...[]byte) []byte {
	var p bytes.Buffer
	out, err := rdb.NewOutput(&p, rdb.Options{Version: 10})
	require.NoError(t, err)
	e := out.NewEncoder()
	for _, fact := range facts {
		e.Aux(fieldDeadlines, fact)
	}
	entry := rdb.NewEntry([]byte(key))
	require.NoError(t, e.Hash(&entry, rdb.Listpack, fields, func(yield func(field, value rdb.Element, deadlineMs int64) bool) {
		for n := range fields {
			if !yield(rdb.IntElement(int64(n)), rdb.IntElement(1), rdb.NoDeadline) {
				return
			}
		}
	}))
	require.NoError(t, e.Flush())
	require.NoError(t, out.End())
	return p.Bytes()
}

// fact is one about a key, with numbers as items: without, deadline, without, deadline and so on.
func fact(key string, fields uint64, items ...int64) []byte {
	p := binary.LittleEndian.AppendUint32([]byte{fieldDeadlinesForm}, crc32.ChecksumIEEE([]byte(key)))
	p = binary.AppendUvarint(p, fields)
	for i, n := range items {
		if i%2 == 0 {
			p = binary.AppendUvarint(p, uint64(n))
		} else {
			p = binary.AppendVarint(p, n)
		}
	}
	return p
}

func TestFacts(t *testing.T) {
	for name, c := range map[string]struct {
		facts [][]byte
		want  []int64 // deadlines of three fields
		err   error
	}{
		"none":                      {nil, []int64{0, 0, 0}, nil},
		"all":                       {[][]byte{fact("k", 3, 0, 5, 0, -1, 0, 10)}, []int64{5, 4, 14}, nil},
		"the last":                  {[][]byte{fact("k", 3, 2, largestDeadline)}, []int64{0, 0, largestDeadline}, nil},
		"in two":                    {[][]byte{fact("k", 3, 0, 5), fact("k", 3, 1, 6)}, []int64{5, 0, 6}, nil},
		"without items":             {[][]byte{fact("k", 3), fact("k", 3, 1, 6), fact("k", 3)}, []int64{0, 6, 0}, nil},
		"of another key":            {[][]byte{fact("other", 3, 0, 5)}, []int64{0, 0, 0}, nil},
		"of another key and this":   {[][]byte{fact("other", 3, 0, 5), fact("k", 3, 1, 5)}, []int64{0, 5, 0}, nil},
		"of more fields":            {[][]byte{fact("k", 4, 0, 5)}, nil, errFact},
		"of fields that don't come": {[][]byte{fact("k", 3, 3, 5)}, nil, errFact},
		"of no time":                {[][]byte{fact("k", 3, 0, 0)}, nil, errFieldDeadline},
		"too late":                  {[][]byte{fact("k", 3, 0, largestDeadline+1)}, nil, errFieldDeadline},
		"overflowing":               {[][]byte{fact("k", 3, 0, 5, 0, 1<<63-1)}, nil, errFieldDeadline},
		"cut":                       {[][]byte{append(fact("k", 3, 0, 5), 1)}, nil, errFact},
		"cut in a number":           {[][]byte{append(fact("k", 3, 0, 5), 0x80)}, nil, errFact},
		"nothing":                   {[][]byte{{}}, nil, errFact},
		"without a count":           {[][]byte{fact("k", 3)[:5]}, nil, errFact},
		"of another form":           {[][]byte{append([]byte{2}, fact("k", 3, 0, 5)[1:]...)}, nil, errFact},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore()
			_, err := load(s, fileOf(t, "k", 3, c.facts...), LoadOptions{})
			require.ErrorIs(t, err, c.err)
			if err != nil {
				var where *rdb.Error
				require.ErrorAs(t, err, &where)
				require.NotZero(t, where.Offset)
				return
			}
			var e datatypes.Entry
			require.True(t, s.DB(0).Find(&e, []byte("k"), 0))
			f := e.Hash()
			for n, want := range c.want {
				got, found := f.Deadline(strconv.AppendInt(nil, int64(n), 10), 0)
				require.True(t, found)
				require.Equal(t, want, got)
			}
		})
	}
}

// A fact belongs to the key right behind it and to no later one.
func TestFactsGoWithTheirKey(t *testing.T) {
	s := newStore()
	for i := range 20 {
		timed(s, strconv.Itoa(i), 1+i, 2)
		s.Edit(0).SetString([]byte("s"+strconv.Itoa(i)), nil, int64(i%2))
	}
	p, _ := written(t, s, WriteOptions{Options: rdb.Options{Version: 10}, Workers: 2})
	require.Equal(t, state(t, s), state(t, loaded(t, p, LoadOptions{})))
	// Those that are left out take their facts along.
	got := newStore()
	l, err := load(got, p, LoadOptions{NowMs: 5})
	require.NoError(t, err)
	require.Equal(t, Loaded{Keys: 30, Expired: 10}, l)
	require.Equal(t, 20, got.DB(0).FieldDeadlines())
}

// FuzzFacts reads facts: whatever their bytes, there is an end, and deadlines lie in their range.
func FuzzFacts(f *testing.F) {
	f.Add(fact("k", 3, 0, 5, 1, 7), fact("k", 3, 0, 5))
	f.Add(fact("k", 1<<40, 1<<30, 5, 1<<60, 1<<47), []byte{1})
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var d deadlines
		if d.add(first) != nil || d.add(second) != nil {
			return
		}
		for range 1000 {
			ms, err := d.next()
			if err != nil {
				return
			}
			if ms < 0 || ms > largestDeadline {
				t.Fatalf("a deadline at %d", ms)
			}
		}
		if d.end(1000) == nil && d.count != 1000 {
			t.Fatal("ended well with another number of fields")
		}
	})
}

// What is written is read, wherever facts are divided.
func TestRandomFacts(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 30 {
		s := newStore()
		fillHash(r, s.Edit(0), []byte("k"), 1+r.IntN(3000))
		s = settled(t, s)
		p, _ := written(t, s, WriteOptions{Options: rdb.Options{Version: 10 + r.IntN(2)}})
		require.Equal(t, state(t, s), state(t, loaded(t, p, LoadOptions{})))
	}
}
