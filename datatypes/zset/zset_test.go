package zset

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

func number(i int) string { return strconv.Itoa(i) }
func word(i int) string   { return fmt.Sprintf("member:%09d", i) }

// filled is a set with members 0 to n-1 of a kind.
func filled(ed *Edit, n int, member func(i int) string, score func(i int) float64) (f Form) {
	for i := range n {
		f.Add(ed, []byte(member(i)), score(i))
	}
	return f
}

func rising(i int) float64 { return float64(i) }
func alike(int) float64    { return 7 }

// mixed are scores below a thousand million in no order.
func mixed(i int) float64 { return float64(uint32(i) * 2654435761 % 1e9) }

func texts(f *Form) (all string) {
	for it, score := range f.Each {
		all += fmt.Sprintf("%s=%v ", it.AppendTo(nil), score)
	}
	return strings.TrimSpace(all)
}

// The order is that of scores, then of bytes; -0 and 0 are equal, and keep their signs.
func TestOrder(t *testing.T) {
	zero := math.Copysign(0, -1)
	pairs := []scored{{"b", 1}, {"a", 1}, {"10", 1}, {"9", 1}, {"", 1}, {"inf", math.Inf(1)}, {"-inf", math.Inf(-1)}, {"z", zero}, {"y", 0},
		{"large", 1<<53 - 1}, {"larger", 1 << 53}, {"half", 0.5}, {"-half", -0.5}, {"-1", -1}}
	const want = "-inf=-Inf -1=-1 -half=-0.5 y=0 z=-0 half=0.5 =1 10=1 9=1 a=1 b=1 large=9.007199254740991e+15 larger=9.007199254740992e+15 inf=+Inf"
	for _, more := range []int{0, 200} {
		ed := newEdit()
		var f Form
		for i := range more {
			f.Add(ed, []byte(word(i)), 1e17)
		}
		for _, p := range pairs {
			require.Equal(t, Added, f.Add(ed, []byte(p.member), p.score))
		}
		for i := range more {
			require.True(t, f.Remove(ed, []byte(word(i))))
			if i == 100 {
				require.NotNil(t, f.Tree)
			}
		}
		require.Nil(t, f.Tree)
		require.Equal(t, want, texts(&f))
		require.Equal(t, Unchanged, f.Add(ed, []byte("z"), 0))
		require.Equal(t, Unchanged, f.Add(ed, []byte("y"), zero))
		require.Equal(t, Changed, f.Add(ed, []byte("9"), math.Inf(-1)))
		require.Equal(t, strings.Replace(strings.Replace(want, "9=1 ", "", 1), "-1=-1", "9=-Inf -1=-1", 1), texts(&f))
		at := f.Find([]byte("9"))
		require.Equal(t, 1, f.Rank(&at))
	}
}

// Sets on both sides of every threshold lie as doc.go says, and so do those that shrink again.
func TestThresholds(t *testing.T) {
	long := func(size int) func(int) string {
		return func(i int) string { return word(i) + strings.Repeat("x", size-16) }
	}
	third := func(i int) float64 { return float64(i) / 3 }
	for _, c := range []struct {
		name   string
		member func(int) string
		score  func(int) float64
		// A set of most members lies as a piece, one of more doesn't; when it has shrunk to few it does again.
		most, few int
	}{
		{"integers", number, rising, 128, 64},
		{"words", word, rising, 128, 64},
		{"words with fractions", word, third, 128, 64},
		{"words of 100", long(100), alike, 35, 15},
		{"words of 1000", long(1000), alike, 3, 1},
		{"a word as large as can be", long(3579), alike, 1, 0},
		{"a word too large", long(3580), alike, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			ed := newEdit()
			f := filled(ed, c.most, c.member, c.score)
			require.NoError(t, f.Check())
			require.Nil(t, f.Tree)
			n := c.most + 1
			require.Equal(t, Added, f.Add(ed, []byte(c.member(c.most)), c.score(c.most)))
			require.NotNil(t, f.Tree)
			require.Equal(t, Unchanged, f.Add(ed, []byte(c.member(0)), c.score(0)))
			for ; n > c.few; n-- {
				require.NotNil(t, f.Tree, "%d members", n)
				require.NoError(t, f.Check())
				require.True(t, f.Remove(ed, []byte(c.member(n-1))))
			}
			require.Nil(t, f.Tree)
			require.Equal(t, c.few, f.Len())
		})
	}
	// A change of score alone may need more room than a piece has.
	ed := newEdit()
	f := filled(ed, 3, long(1180), alike)
	for i := range 3 {
		require.Nil(t, f.Tree)
		require.Equal(t, Changed, f.Add(ed, []byte(long(1180)(i)), math.Pi))
		f.Packed = bytes.Clone(f.Packed)
	}
	f.Add(ed, []byte("m"), 1)
	f.Packed = bytes.Clone(f.Packed)
	require.Nil(t, f.Tree)
	require.Equal(t, Changed, f.Add(ed, []byte("m"), math.E))
	require.NotNil(t, f.Tree)
	require.NoError(t, f.Check())
}

// What lies out of the set's ranks is its caller's fault.
func TestRanksOutOfTheSet(t *testing.T) {
	ed := newEdit()
	for _, n := range []int{0, 3, 300} {
		f := filled(ed, n, word, rising)
		f.Packed = bytes.Clone(f.Packed)
		nothing := func(packed.Item, float64) bool { panic("a member of none") }
		f.Range(n, n, nothing)
		f.RangeBack(n, n, nothing)
		f.RangeBack(0, 0, nothing)
		f.RemoveRange(ed, n, n)
		require.Equal(t, n, f.Len())
		require.Panics(t, func() { f.At(n) })
		require.Panics(t, func() { f.At(-1) })
		require.Panics(t, func() { f.Range(0, n+1, nothing) })
		require.Panics(t, func() { f.RangeBack(-1, 0, nothing) })
		require.Panics(t, func() { f.RemoveRange(ed, 1, 0) })
	}
}

// A scan yields every member that is there from its first call to its last, though others come and go and all change their scores, and
// though the set changes its form.
func TestScanBesideChanges(t *testing.T) {
	t.Parallel()
	random := newRandom(t)
	for _, scores := range []int{1, 5, 1 << 30} {
		ed := newEdit()
		f := filled(ed, 3000, word, func(i int) float64 { return float64(i * 7919 % scores) })
		seen := map[string]bool{}
		calls, cursor := 0, uint64(0)
		for more := true; more; more = cursor != 0 {
			cursor = f.Scan(cursor, 10, func(it packed.Item, score float64) {
				text := string(it.AppendTo(nil))
				was, there := f.Score([]byte(text))
				require.True(t, there && was == score)
				seen[text] = true
			})
			for range 30 {
				// The first two thousand stay.
				if i := random.IntN(4000); i < 2000 {
					f.Add(ed, []byte(word(i)), float64(random.IntN(scores)))
				} else if i%2 == 0 {
					f.Add(ed, []byte(word(i)), float64(random.IntN(scores)))
				} else {
					f.Remove(ed, []byte(word(i)))
				}
			}
			calls++
		}
		for i := range 2000 {
			require.True(t, seen[word(i)], "%d scores: %s", scores, word(i))
		}
		require.Greater(t, calls, 200)
		require.NoError(t, f.Check())
	}
	ed := newEdit()
	f := filled(ed, 400, word, alike)
	seen := map[string]bool{}
	note := func(it packed.Item, _ float64) { seen[string(it.AppendTo(nil))] = true }
	cursor := f.Scan(0, 100, note)
	require.NotZero(t, cursor)
	f.RemoveRange(ed, 50, 400)
	require.Nil(t, f.Tree)
	require.Zero(t, f.Scan(cursor, 1, note))
	for i := range 50 {
		require.True(t, seen[word(i)])
	}
}

// Draws of a single member and of several are even, also in trees of which most members were removed. The bound on chi-square lies 7
// standard deviations above its mean.
func TestDrawsAreUniform(t *testing.T) {
	t.Parallel()
	const each = 40
	for _, c := range []struct {
		name         string
		filled, left int
	}{{"piece", 100, 100}, {"tree", 700, 700}, {"a tree that has shrunk", 6000, 300}} {
		random, ed := newRandom(t), newEdit()
		f := filled(ed, c.filled, word, alike)
		for i := c.left; i < c.filled; i++ {
			f.Remove(ed, []byte(word(i)))
		}
		f.Packed = bytes.Clone(f.Packed)
		even := func(what string, draws int, draw func(seen func(packed.Item))) {
			seen, total, chi := make([]float64, c.left), 0.0, 0.0
			for range draws {
				draw(func(it packed.Item) {
					text := string(it.AppendTo(nil))
					i, err := strconv.Atoi(strings.TrimPrefix(text, "member:"))
					require.NoError(t, err)
					seen[i]++
					total++
				})
			}
			mean := total / float64(c.left)
			for _, n := range seen {
				chi += (n - mean) * (n - mean) / mean
			}
			freedom := float64(c.left - 1)
			require.Less(t, chi, freedom+7*math.Sqrt(2*freedom), "%s: %s", c.name, what)
		}
		even("Random", each*c.left, func(seen func(packed.Item)) {
			it, score := f.Random(random)
			require.Equal(t, 7.0, score)
			seen(it)
		})
		for _, part := range []int{10, 2} {
			count := c.left / part
			even("Sample", each*part, func(seen func(packed.Item)) {
				drawn := 0
				f.Sample(random, count, func(it packed.Item, _ float64) bool {
					drawn++
					seen(it)
					return true
				})
				require.Equal(t, count, drawn)
			})
		}
	}
}

// Reading allocates nothing, nor does a change where pages have room.
func TestAllocations(t *testing.T) {
	random, ed := newRandom(t), newEdit()
	for _, c := range []struct {
		name   string
		n      int
		member func(int) string
		score  func(int) float64
	}{{"integers", 100, number, rising}, {"words", 100, word, alike}, {"tree", 3000, word, mixed}, {"tree of one score", 3000, number, alike}} {
		f := filled(ed, c.n, c.member, c.score)
		f.Packed = bytes.Clone(f.Packed)
		there, absent, integer := []byte(c.member(7)), []byte("absent"), packed.IntItem(7)
		size, dst, step := 0, make([]byte, 0, 100), 0.0
		count := func(it packed.Item, _ float64) bool { size += it.Len(); return true }
		known, knownScore := []byte(c.member(8)), c.score(8)
		for what, do := range map[string]func(){
			"Find":      func() { f.Find(there) },
			"Find none": func() { f.Find(absent) },
			"FindItem":  func() { f.FindItem(&integer) },
			"At":        func() { f.At(50) },
			"bounds": func() {
				f.FirstFrom(7)
				f.FirstAbove(7)
				f.FirstFromMember(7, there)
				f.FirstAboveMember(7, there)
			},
			"Random":    func() { f.Random(random) },
			"Range":     func() { f.Range(20, 90, count) },
			"RangeBack": func() { f.RangeBack(20, 90, count) },
			"Scan":      func() { f.Scan(0, 10, func(it packed.Item, _ float64) { size += it.Len() }) },
			"unchanged": func() { f.Add(ed, known, knownScore) },
			"changed":   func() { step++; f.Add(ed, there, step) },
			"pop": func() {
				member, score := f.PopFirst(ed, dst)
				f.Add(ed, member, score)
				member, score = f.PopLast(ed, dst)
				f.Add(ed, member, score)
			},
		} {
			require.Zero(t, int(testing.AllocsPerRun(100, do)), "%s: %s", c.name, what)
		}
	}
}

// The first change after a view copies headers, directories, nodes and pages, whatever the size; the next ones there nothing more.
func TestChangesAfterViews(t *testing.T) {
	ed := newEdit()
	f := filled(ed, 100_000, word, mixed)
	before := f
	at := ed.Space.Open()
	f.Add(ed, []byte("more"), 5e8)
	require.NotSame(t, before.Tree, f.Tree)
	copied := ed.Space.DisplacedBytes()
	require.Less(t, copied, int64(60<<10))
	f.Remove(ed, []byte("more"))
	require.Equal(t, copied, ed.Space.DisplacedBytes())
	require.Equal(t, 100_000, before.Len())
	require.False(t, func() bool { at := before.Find([]byte("more")); return at.Found() }())
	ed.Space.Close(at)
}

// What a member takes beside its text and its score as text, at rest: DESIGN.md says at most 26 bytes.
func TestBytesAMember(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct {
		name  string
		score func(i int) float64
		most  float64
	}{
		{"whole scores below 1e9", mixed, 15},
		{"fractions", func(int) float64 { return random.Float64() }, 26},
		{"one score", alike, 30},
		{"a hundred scores", func(i int) float64 { return float64(i % 100) }, 30},
	} {
		ed := newEdit()
		const n = 50_000
		var f Form
		payload := 0.0
		for _, i := range random.Perm(n) {
			score := c.score(i)
			payload += float64(len(word(i)) + min(8, len(strconv.FormatFloat(score, 'g', 17, 64))))
			f.Add(ed, []byte(word(i)), score)
		}
		growing := float64(f.Tree.AllocatedBytes()) / n
		for from, more := uint64(0), true; more; more = from != 0 {
			from = f.Tree.Repack(from, 100)
		}
		live, all := float64(f.Tree.Bytes())/n, float64(f.Tree.AllocatedBytes())/n
		t.Logf("%s: %.1f bytes a member beyond %.1f, %.1f live, %.1f as it grew", c.name, all-payload/n, payload/n, live-payload/n, growing-payload/n)
		require.LessOrEqual(t, all-payload/n, c.most, c.name)
	}
}
