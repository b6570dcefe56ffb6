package zset

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// alikes finds pairs of texts whose hashes agree in all the bits that the index keeps: there is one among about a million and a half.
func alikes(t testing.TB, ed *Edit, text func(i int) string) (pairs [][2]string) {
	type hashed struct {
		hash uint64
		i    int
	}
	tree := newTree(ed)
	last := make([]hashed, 1<<22)
	for i := 0; len(pairs) < 2; i++ {
		require.Less(t, i, 100<<20)
		hash := tree.hash([]byte(text(i)))
		place := &last[hash>>42]
		if i > 0 && place.hash == hash {
			pairs = append(pairs, [2]string{text(place.i), text(i)})
		}
		*place = hashed{hash, i}
	}
	return pairs
}

// Members whose hashes agree are kept apart, with equal scores and with different ones, whichever comes or goes first, and whatever hints
// they have.
func TestEqualHashes(t *testing.T) {
	t.Parallel()
	random, ed := newRandom(t), newEdit()
	pairs := alikes(t, ed, func(i int) string { return number(i) + "\x00"[:i%2] })
	t.Logf("%q", pairs)
	for round := range 10 {
		m := newModel()
		for i := range 200 {
			// Those of other scores leave the pairs without hints.
			m.add(t, ed, word(i), float64(i%3+round%3*10), false)
		}
		if round%2 == 0 {
			// Others around them, so that they come with hints.
			for _, pair := range pairs {
				for i := range 80 {
					m.add(t, ed, pair[0]+strconv.Itoa(i), 1, false)
					m.add(t, ed, pair[1][:len(pair[1])-1]+strconv.Itoa(i), 1, false)
				}
			}
		}
		for range 60 {
			member := pairs[random.IntN(len(pairs))][random.IntN(2)]
			switch random.IntN(3) {
			case 0:
				m.remove(t, ed, member)
			case 1:
				m.add(t, ed, member, float64(random.IntN(2)), false)
			default:
				m.add(t, ed, member, math.Copysign(float64(random.IntN(2)), -1), false)
			}
			pair := pairs[random.IntN(len(pairs))]
			m.finds(t, pair[0])
			m.finds(t, pair[1])
		}
		require.NoError(t, m.form.Check())
		seen := map[string]bool{}
		require.Zero(t, m.form.Scan(0, 10_000, func(it packed.Item, score float64) {
			require.Equal(t, m.want[string(it.Text())], score)
			seen[string(it.Text())] = true
		}))
		require.Len(t, seen, len(m.want))
	}
}

// A hint leads to those that begin with it, with a zero byte behind them, and they lie side by side from the least of them on.
func TestLeadsTo(t *testing.T) {
	members := []string{"", "\x00", "\x00\x00", "\x00a", "a", "a\x00", "a\x00\x00", "a\x00b", "a\x01", "ab", "ab\x00", "b"}
	require.True(t, slices.IsSorted(members))
	for _, hint := range append(members, "c", "ac") {
		first := len(members)
		for i, member := range members {
			leads := leadsTo([]byte(hint), []byte(member))
			require.Equal(t, strings.HasPrefix(member+"\x00", hint), leads, "%q and %q", hint, member)
			if leads {
				require.True(t, first == len(members) || leadsTo([]byte(hint), []byte(members[i-1])), "%q and %q", hint, member)
				first = min(first, i)
			}
		}
		least, _ := slices.BinarySearch(members, string(leastOf([]byte(hint))))
		require.True(t, least == first || first == len(members), "%q", hint)
	}
}

// To find its member an entry of the index goes through few others, in whatever order they came; and hints are short.
func TestHints(t *testing.T) {
	t.Parallel()
	const n = 8_000
	random := rand.New(rand.NewPCG(1, 1))
	hexadecimal := make([]string, n)
	for i := range hexadecimal {
		hexadecimal[i] = "id:" + strconv.FormatUint(random.Uint64(), 16)
	}
	orders := map[string][]int{"rising": nil, "falling": nil, "random": random.Perm(n)}
	for i := range n {
		orders["rising"] = append(orders["rising"], i)
		orders["falling"] = append(orders["falling"], n-1-i)
	}
	for _, c := range []struct {
		name   string
		member func(i int) string
		score  func(i int) float64
		hint   float64
	}{
		{"words", word, alike, 15},
		{"numbers", number, alike, 4},
		{"identifiers", func(i int) string { return hexadecimal[i] }, alike, 6.5},
		{"ten scores", word, func(i int) float64 { return float64(i % 10) }, 15},
		{"few alike", word, func(i int) float64 { return float64(i / 50) }, 0},
		{"long ones that differ in the end", func(i int) string { return strings.Repeat("x", 90) + word(i) }, func(i int) float64 { return float64(i / 1000) }, 105},
		{"none alike", word, rising, 0},
	} {
		for name, order := range orders {
			ed := newEdit()
			var f Form
			for _, i := range order {
				f.Add(ed, []byte(c.member(i)), c.score(i))
			}
			steps, most, hints := 0, 0, 0
			f.Tree.index.Range(func(e dict.Item) bool {
				walked := f.Tree.walk(e.Key)
				steps, most = steps+walked, max(most, walked)
				_, hint := readScore(e.Key[hashBytes:])
				hints += len(hint)
				return true
			})
			t.Logf("%s, %s: %.1f members gone through, %d at most; %.1f bytes of hints", c.name, name, float64(steps)/n, most, float64(hints)/n)
			require.LessOrEqual(t, float64(hints)/n, c.hint, "%s, %s", c.name, name)
			require.LessOrEqual(t, float64(steps)/n, 2.0*crowd, "%s, %s", c.name, name)
		}
	}
}

// walk is how many members membersOf goes through.
func (t *Tree) walk(key []byte) (steps int) {
	score, hint := readScore(key[hashBytes:])
	for _, entry := range t.members.Ascend(t.search(&target{score: score, member: leastOf(hint)})) {
		if s, member := readEntry(entry); s != score || !leadsTo(hint, member) {
			break
		}
		steps++
	}
	return steps
}
