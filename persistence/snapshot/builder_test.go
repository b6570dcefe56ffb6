package snapshot

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
)

// numbers are the elements 0 to count-1, of so many digits at least, or with a letter before them.
func numbers(count, size int, letter bool) []rdb.Element {
	var all []rdb.Element
	for n := range int64(count) {
		e := rdb.IntElement(n)
		if letter {
			text := append([]byte("m"), e.AppendTo(nil)...)
			e = rdb.TextElement(append(text, strings.Repeat("x", max(0, size-len(text)))...))
		}
		all = append(all, e)
	}
	return all
}

// built hands a value of a type to a Builder and puts it under a key.
func built(t *testing.T, limits datatypes.Limits, typ rdb.Type, elements []rdb.Element) *datatypes.Entry {
	s := newStore()
	s.SetLimits(limits)
	b := NewBuilder(s.DB(0).Building())
	b.Reset(typ)
	require.NoError(t, b.Begin(typ.Kind(), len(elements)))
	for _, e := range elements {
		var err error
		switch typ.Kind() {
		case rdb.KindSet, rdb.KindList:
			err = b.Item(e)
		case rdb.KindHash:
			err = b.Field(e, e, rdb.NoDeadline)
		case rdb.KindSortedSet:
			err = b.Member(e, 1)
		}
		require.NoError(t, err)
	}
	require.NoError(t, b.Finish())
	var e datatypes.Entry
	b.Put(s.Edit(0), &e, []byte("key"), 0)
	require.NoError(t, checkValue(&e))
	require.Equal(t, len(elements), e.Elements())
	return &e
}

// What Redis 7.0.15 shows after it has loaded such a value (rdbLoadObject); sets in listpacks are those of 7.2.
func TestEncodings(t *testing.T) {
	for _, c := range []struct {
		t           rdb.Type
		count, size int
		letter      bool
		limits      datatypes.Limits
		want        string
	}{
		{rdb.Set, 512, 0, false, limits, "intset"},
		{rdb.Set, 513, 0, false, limits, "hashtable"},
		{rdb.Set, 1, 0, true, limits, "hashtable"},
		{rdb.Set, 128, 64, true, newLimits, "listpack"},
		{rdb.Set, 1, 65, true, newLimits, "hashtable"},
		{rdb.SetIntset, 512, 0, false, limits, "intset"},
		{rdb.SetIntset, 513, 0, false, limits, "hashtable"},
		{rdb.SetIntset, 513, 0, false, newLimits, "hashtable"},
		{rdb.SetListpack, 3, 0, false, newLimits, "listpack"},
		{rdb.SetListpack, 129, 0, true, newLimits, "hashtable"},
		{rdb.SetListpack, 3, 0, true, limits, "hashtable"},
		{rdb.SortedSet2, 128, 64, true, limits, "listpack"},
		{rdb.SortedSet2, 129, 0, true, limits, "skiplist"},
		{rdb.SortedSet, 1, 65, true, limits, "skiplist"},
		{rdb.SortedSetListpack, 1, 65, true, limits, "listpack"},
		{rdb.SortedSetZiplist, 128, 65, true, limits, "listpack"},
		{rdb.SortedSetListpack, 129, 0, false, limits, "skiplist"},
		{rdb.Hash, 512, 64, true, limits, "listpack"},
		{rdb.Hash, 513, 0, true, limits, "hashtable"},
		{rdb.Hash, 1, 65, true, limits, "hashtable"},
		{rdb.HashZipmap, 1, 65, true, limits, "hashtable"},
		{rdb.HashZiplist, 1, 65, true, limits, "listpack"},
		{rdb.HashListpack, 512, 65, true, limits, "listpack"},
		{rdb.HashListpack, 513, 0, true, limits, "hashtable"},
		{rdb.List, 1, 0, true, limits, "quicklist"},
		{rdb.ListQuicklist2, 5000, 0, false, limits, "quicklist"},
	} {
		e := built(t, c.limits, c.t, numbers(c.count, c.size, c.letter))
		require.Equal(t, c.want, e.Encoding(), "%s of %d elements of %d bytes", c.t, c.count, c.size)
	}
}

func TestStringEncodings(t *testing.T) {
	s := newStore()
	b := NewBuilder(s.DB(0).Building())
	for _, c := range []struct {
		value rdb.Element
		want  string
	}{
		{rdb.IntElement(5), "int"},
		{rdb.TextElement([]byte("-9223372036854775808")), "int"},
		{rdb.TextElement([]byte("9223372036854775808")), "embstr"},
		{rdb.TextElement([]byte("007")), "embstr"},
		{rdb.TextElement(nil), "embstr"},
		{rdb.TextElement([]byte(strings.Repeat("x", 44))), "embstr"},
		{rdb.TextElement([]byte(strings.Repeat("x", 45))), "raw"},
		{rdb.TextElement([]byte(strings.Repeat("x", 100_000))), "raw"},
	} {
		b.Reset(rdb.String)
		require.NoError(t, b.Text(c.value))
		var e datatypes.Entry
		b.Put(s.Edit(0), &e, []byte("key"), 0)
		require.Equal(t, c.want, e.Encoding())
		require.Equal(t, string(c.value.AppendTo(nil)), string(e.AppendString(nil)))
	}
}

// What comes twice is refused, whichever way it is written.
func TestDuplicates(t *testing.T) {
	s := newStore()
	b := NewBuilder(s.DB(0).Building())
	for _, kind := range []rdb.Type{rdb.Set, rdb.SortedSet2, rdb.Hash} {
		for _, count := range []int{1, 50, 5000} {
			for _, text := range []string{"0", "m", ""} {
				b.Reset(kind)
				require.NoError(t, b.Begin(kind.Kind(), 0))
				add := func(e rdb.Element) error {
					switch kind {
					case rdb.Set:
						return b.Item(e)
					case rdb.Hash:
						return b.Field(e, e, rdb.NoDeadline)
					}
					return b.Member(e, float64(e.Len()))
				}
				for _, e := range numbers(count, 0, text != "0") {
					require.NoError(t, add(e))
				}
				if text != "0" {
					require.NoError(t, add(rdb.TextElement([]byte(text))))
				}
				err := add(rdb.TextElement([]byte(text)))
				if err == nil {
					err = b.Finish()
				}
				require.ErrorIs(t, err, errTwice)
			}
		}
	}
}

// Calls in another order than a decoder's are refused.
func TestBuilderOutOfOrder(t *testing.T) {
	b := NewBuilder(newStore().DB(0).Building())
	b.Reset(rdb.Set)
	require.Error(t, b.Item(rdb.IntElement(1)))
	require.Error(t, b.Member(rdb.IntElement(1), 1))
	require.Error(t, b.Begin(rdb.KindHash, 1))
	require.NoError(t, b.Begin(rdb.KindSet, 1))
	require.Error(t, b.Field(rdb.IntElement(1), rdb.IntElement(1), rdb.NoDeadline))
}
