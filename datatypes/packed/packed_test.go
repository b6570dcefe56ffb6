package packed

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// canonical reads what strconv prints.
func canonical(text []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(text), 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == string(text)
}

func TestItemsComeBack(t *testing.T) {
	var texts []string
	for _, size := range []int{0, 1, 2, 190, 191, 192, 193, 255, 256, 65535, 65536, 70000} {
		texts = append(texts, string(make([]byte, size)))
	}
	for shift := range 64 {
		for _, n := range []int64{1 << shift, 1<<shift - 1, -(1 << shift), -(1 << shift) - 1, int64(shift)} {
			texts = append(texts, strconv.FormatInt(n, 10))
		}
	}
	texts = append(texts, "-0", "+1", "01", " 1", "1 ", "9223372036854775808", "-9223372036854775809", strconv.Itoa(math.MaxInt64), "-", "1.0")
	var items []byte
	for _, text := range texts {
		items = AppendItem(items, []byte(text), canonical)
	}
	rest := items
	for _, text := range texts {
		size := Size(rest)
		it, next := Read(rest)
		require.Equal(t, text, string(it.AppendTo(nil)))
		require.Equal(t, len(text), it.Len())
		_, isInt := it.Int()
		_, reads := canonical([]byte(text))
		require.Equal(t, reads, isInt, "%q", text)
		require.Len(t, next, len(rest)-size)
		require.Equal(t, next, Skip(rest, 1))
		rest = next
	}
	require.Empty(t, rest)
	require.Len(t, AppendInt(nil, 53), 1)
	require.Len(t, AppendInt(nil, 54), 2)
	require.Len(t, AppendInt(nil, -1), 2)
	require.Len(t, AppendInt(nil, 128), 3)
	require.Len(t, AppendInt(nil, math.MinInt64), 9)
}

// Random pieces, changed at random places, against a slice of texts.
func TestModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	var model []string
	piece := AppendCount(nil, 0)
	item := func() string {
		if random.IntN(2) == 0 {
			return strconv.FormatInt(random.Int64()>>random.IntN(64), 10)
		}
		return string(make([]byte, random.IntN(300)))
	}
	for range 5000 {
		count, items := Split(piece)
		require.Equal(t, len(model), count)
		i := random.IntN(len(model) + 1)
		offset := len(items) - len(Skip(items, i))
		text := item()
		bytes := AppendItem(nil, []byte(text), canonical)
		switch {
		case i < len(model) && len(model) > random.IntN(60):
			removed := Size(items[offset:])
			piece = AppendSpliced(nil, count, -1, items, offset, removed)
			model = append(model[:i:i], model[i+1:]...)
		case i < len(model) && random.IntN(2) == 0:
			piece = AppendSpliced(nil, count, 0, items, offset, Size(items[offset:]), bytes)
			model[i] = text
		default:
			piece = AppendSpliced(nil, count, 1, items, offset, 0, bytes)
			model = append(model[:i:i], append([]string{text}, model[i:]...)...)
		}
		_, items = Split(piece)
		rest := items
		for _, want := range model {
			var it Item
			it, rest = Read(rest)
			require.Equal(t, want, string(it.AppendTo(nil)))
		}
		require.Empty(t, rest)
		want := -1
		for j, other := range model {
			if other == text {
				want = j
				break
			}
		}
		at, index := Find(items, bytes, 1)
		require.Equal(t, want, index)
		it := ParseItem([]byte(text))
		at2, index2 := FindItem(items, &it, 1)
		require.Equal(t, [2]int{at, index}, [2]int{at2, index2})
		if want >= 0 {
			require.Len(t, Skip(items, want), len(items)-at)
		}
	}
}

// Find looks at every step-th item only.
func TestFindSteps(t *testing.T) {
	var items []byte
	for _, text := range []string{"a", "b", "b", "a", "7", "b"} {
		items = AppendItem(items, []byte(text), canonical)
	}
	_, index := Find(items, AppendText(nil, []byte("b")), 2)
	require.Equal(t, 2, index)
	_, index = Find(items, AppendInt(nil, 7), 2)
	require.Equal(t, 4, index)
	_, index = Find(items, AppendInt(nil, 7), 3)
	require.Equal(t, -1, index)
	_, index = Find(nil, AppendInt(nil, 7), 1)
	require.Equal(t, -1, index)
}

// Items that lie elsewhere have the same bytes as those read from a piece.
func TestItemsFromElsewhere(t *testing.T) {
	for _, text := range []string{"", "a", "0", "-1", "-0", "007", "9223372036854775807", "-9223372036854775808", "9223372036854775808", string(make([]byte, 300))} {
		it := ParseItem([]byte(text))
		require.Equal(t, text, string(it.AppendTo(nil)))
		require.Equal(t, AppendItem(nil, []byte(text), canonical), it.AppendBytes(nil))
		_, isInt := it.Int()
		_, reads := canonical([]byte(text))
		require.Equal(t, reads, isInt, "%q", text)
	}
}
