package commands

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/list"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

func TestMilliseconds(t *testing.T) {
	const refused = math.MinInt64
	for text, want := range map[string]int64{
		"0": 0, "-0": 0, "1": 1000, "0.001": 1, "0.0010001": 2, "0.00001": 1, "1e-4000": 1, "-0.0001": 0, "-0.001": 0, "-0.002": -1, "-1": -1000, "1.5": 1500,
		"0x1p-3": 125, "3600": 3600_000, "9223372036854775": 9223372036854775000, "9223372036854775.807": 9223372036854775807,
		"9223372036854775.808": refused, "9223372036854776": refused, "1e20": refused, "-1e20": refused, "1e4000": refused, "inf": refused, "-inf": refused,
	} {
		x, ok := parseLongDouble([]byte(text))
		require.True(t, ok, text)
		ms, ok := x.milliseconds()
		require.Equal(t, want != refused, ok, text)
		if ok {
			require.Equal(t, want, ms, text)
		}
	}
}

// LREM against a slice, with more to remove than is found at once.
func TestRemoveEqual(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, 10, 300, 2 * removedAtOnce, 5 * removedAtOnce} {
		for _, count := range []int64{0, 1, -1, 3, -3, 5000, -5000, math.MaxInt64, math.MinInt64, -math.MaxInt64} {
			edit := list.Edit{Space: &page.Space{}}
			var f list.Form
			var want []string
			for range size {
				text := string('a' + byte(random.IntN(5)/4))
				f.PushBack(&edit, []byte(text))
				want = append(want, text)
			}
			was := len(want)
			want = without(want, "a", count)
			require.Equal(t, was-len(want), removeEqual(&f, &edit, []byte("a"), count))
			var got []string
			f.Range(0, f.Len(), func(it packed.Item) bool {
				got = append(got, string(it.AppendTo(nil)))
				return true
			})
			require.True(t, slices.Equal(want, got), "%d of %d", count, size)
		}
	}
}

// without is LREM of a slice.
func without(texts []string, text string, count int64) []string {
	back := count < 0
	if back {
		slices.Reverse(texts)
	}
	kept, removed := []string(nil), int64(0)
	for _, one := range texts {
		if one == text && (count == 0 || count == math.MinInt64 || removed < max(count, -count)) {
			removed++
		} else {
			kept = append(kept, one)
		}
	}
	if back {
		slices.Reverse(kept)
	}
	return kept
}

// hotLists are commands that allocate nothing but pages; what is pushed is taken again.
var hotLists = []string{"RPUSH k element", "LPUSH k 12345", "LLEN k", "LINDEX k 3", "LRANGE k 0 10", "LSET k 3 other", "LPOS k nosuch",
	"LPOS k other", "LINSERT k BEFORE other x", "LPOP k", "RPOP k 1"}

func TestListsAllocateNothing(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	s := newBitServer()
	for _, row := range ListRows() {
		s.rows[row.Name] = row
	}
	for _, size := range []int{10, 1000} {
		s.store.Edit(0).ChangeList(&datatypes.Entry{}, []byte("k"), func(f *list.Form, edit *list.Edit) {
			for range size {
				f.PushBack(edit, []byte("some text"))
			}
		})
		var words [][][]byte
		for _, text := range hotLists {
			words = append(words, bytes.Fields([]byte(text)))
		}
		for i := range words {
			row := s.rows[strings.ToLower(string(words[i][0]))]
			s.do(&row, words[i])
			require.Zero(t, testing.AllocsPerRun(100, func() { s.do(&row, words[i]) }), "%s, of %d", hotLists[i], size)
		}
	}
}
