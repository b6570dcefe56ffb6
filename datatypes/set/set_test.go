package set

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

// shape tells how a set lies: i for integers with their width, s for items, t for a tree, - for nothing.
func shape(f *Form) string {
	switch {
	case f.Tree != nil:
		return "t"
	case f.isIntegers():
		return "i" + strconv.Itoa(integers(f.Packed).width())
	case len(f.Packed) > 0:
		return "s"
	}
	return "-"
}

func texts(f *Form) (all []string) {
	for it := range f.Each {
		all = append(all, string(it.AppendTo(nil)))
	}
	return all
}

// filled is a set with members 0 to n-1 of a kind.
func filled(ed *Edit, n int, member func(i int) string) (f Form) {
	for i := range n {
		f.Add(ed, []byte(member(i)))
	}
	return f
}

func number(i int) string { return strconv.Itoa(i) }
func word(i int) string   { return fmt.Sprintf("member:%09d", i) }

// Sets on both sides of every threshold lie as doc.go says, and so do those that shrink again.
func TestThresholds(t *testing.T) {
	large := func(i int) string { return strconv.Itoa(math.MaxInt64 - i) }
	long := func(size int) func(int) string {
		return func(i int) string { return word(i) + strings.Repeat("x", size-16) }
	}
	for _, c := range []struct {
		name   string
		member func(int) string
		// A set of most members lies as a piece, one of more doesn't; when it has shrunk to few it does again.
		most, few int
		piece     string
	}{
		{"integers of a byte", func(i int) string { return number(i - 128) }, 256, 224, "i1"},
		{"integers of two", number, 512, 224, "i2"},
		{"integers of four", func(i int) string { return number(i + 1<<16) }, 512, 224, "i4"},
		{"integers of eight", large, 447, 224, "i8"},
		{"words", word, 128, 64, "s"},
		{"words of 100", long(100), 35, 17, "s"},
		{"words of 1000", long(1000), 3, 1, "s"},
		{"a word as large as can be", long(3580), 1, 0, "s"},
		{"a word too large", long(3581), 0, 0, "s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ed := newEdit()
			f := filled(ed, c.most, c.member)
			require.NoError(t, f.Check())
			if c.most > 0 {
				require.Equal(t, c.piece, shape(&f))
				require.False(t, f.Add(ed, []byte(c.member(c.most-1))))
			}
			n := c.most + 1
			require.True(t, f.Add(ed, []byte(c.member(c.most))))
			if c.name == "integers of a byte" {
				require.Equal(t, "i2", shape(&f))
				return
			}
			require.Equal(t, "t", shape(&f))
			require.False(t, f.Add(ed, []byte(c.member(0))))
			for ; n > c.few; n-- {
				require.Equal(t, "t", shape(&f), "%d members", n)
				require.True(t, f.Remove(ed, []byte(c.member(n-1))))
				require.NoError(t, f.Check())
			}
			if c.few == 0 {
				require.Equal(t, Form{}, f)
				return
			}
			if c.piece[0] == 's' {
				require.Equal(t, "s", shape(&f))
			} else {
				require.Equal(t, "i", shape(&f)[:1])
			}
		})
	}
}

// Integers come in rising order and become wider together; a string makes items of them, behind which it stands.
func TestOrder(t *testing.T) {
	ed := newEdit()
	var f Form
	for _, c := range []struct{ member, shape, all string }{
		{"5", "i1", "5"},
		{"-128", "i1", "-128 5"},
		{"127", "i1", "-128 5 127"},
		{"128", "i2", "-128 5 127 128"},
		{"-32768", "i2", "-32768 -128 5 127 128"},
		{"-32769", "i4", "-32769 -32768 -128 5 127 128"},
		{"2147483647", "i4", "-32769 -32768 -128 5 127 128 2147483647"},
		{"2147483648", "i8", "-32769 -32768 -128 5 127 128 2147483647 2147483648"},
		{"-9223372036854775808", "i8", "-9223372036854775808 -32769 -32768 -128 5 127 128 2147483647 2147483648"},
		{"0", "i8", "-9223372036854775808 -32769 -32768 -128 0 5 127 128 2147483647 2147483648"},
		{"007", "s", "-9223372036854775808 -32769 -32768 -128 0 5 127 128 2147483647 2147483648 007"},
		{"7", "s", "-9223372036854775808 -32769 -32768 -128 0 5 127 128 2147483647 2147483648 007 7"},
	} {
		require.True(t, f.Add(ed, []byte(c.member)))
		require.Equal(t, c.shape, shape(&f))
		require.Equal(t, strings.Fields(c.all), texts(&f))
		require.True(t, f.Has([]byte(c.member)))
	}
}

// Draws of a single member, of several and by taking out are even, also in trees of which most members were removed. The bound on
// chi-square lies 7 standard deviations above its mean.
func TestDrawsAreUniform(t *testing.T) {
	t.Parallel()
	const each = 40
	for _, c := range []struct {
		name         string
		member       func(int) string
		filled, left int
	}{
		{"integers", number, 100, 100},
		{"items", word, 100, 100},
		{"tree", word, 700, 700},
		{"a tree that has shrunk", word, 6000, 300},
	} {
		t.Run(c.name, func(t *testing.T) {
			random, ed := newRandom(t), newEdit()
			f := filled(ed, c.filled, c.member)
			for i := c.left; i < c.filled; i++ {
				f.Remove(ed, []byte(c.member(i)))
			}
			f.Packed = bytes.Clone(f.Packed)
			index := map[string]int{}
			for i := range c.left {
				index[c.member(i)] = i
			}
			even := func(what string, draws int, draw func(seen func(packed.Item))) {
				seen := make([]float64, c.left)
				for range draws {
					draw(func(it packed.Item) {
						i, there := index[string(it.AppendTo(nil))]
						require.True(t, there)
						seen[i]++
					})
				}
				total, chi := 0.0, 0.0
				for _, n := range seen {
					total += n
				}
				mean := total / float64(c.left)
				for _, n := range seen {
					chi += (n - mean) * (n - mean) / mean
				}
				freedom := float64(c.left - 1)
				require.Less(t, chi, freedom+7*math.Sqrt(2*freedom), what)
			}
			even("Random", each*c.left, func(seen func(packed.Item)) { seen(f.Random(random)) })
			for _, part := range []int{10, 2} {
				count := c.left / part
				even("Sample", each*part, func(seen func(packed.Item)) {
					drawn := 0
					f.Sample(random, count, func(it packed.Item) bool {
						drawn++
						seen(it)
						return true
					})
					require.Equal(t, count, drawn)
				})
			}
			even("Pop", each*c.left/10, func(seen func(packed.Item)) {
				for range 10 {
					text := f.Pop(ed, random, nil)
					seen(packed.TextItem(text))
					f.Add(ed, text)
					f.Packed = bytes.Clone(f.Packed)
				}
			})
		})
	}
}

// Reading allocates nothing, nor does a change where pages have room.
func TestAllocations(t *testing.T) {
	random, ed := newRandom(t), newEdit()
	for _, c := range []struct {
		name   string
		n      int
		member func(int) string
	}{{"integers", 100, number}, {"items", 100, word}, {"tree", 3000, word}, {"tree of integers", 3000, number}} {
		f := filled(ed, c.n, c.member)
		f.Packed = bytes.Clone(f.Packed)
		there, absent, integer := []byte(c.member(7)), []byte("absent"), packed.IntItem(7)
		size, dst := 0, make([]byte, 0, 100)
		for what, do := range map[string]func(){
			"Has":     func() { f.Has(there) },
			"Has not": func() { f.Has(absent) },
			"HasItem": func() { f.HasItem(&integer) },
			"Len":     func() { size += f.Len() },
			"Random":  func() { f.Random(random) },
			"Each":    func() { f.Each(func(it packed.Item) bool { size += it.Len(); return true }) },
			"Scan":    func() { f.Scan(0, 10, func(it packed.Item) { size += it.Len() }) },
			"Add":     func() { f.Add(ed, there) },
			"change":  func() { f.Remove(ed, there); f.Add(ed, there) },
			"Pop":     func() { f.Add(ed, f.Pop(ed, random, dst)) },
		} {
			require.Zero(t, int(testing.AllocsPerRun(100, do)), "%s: %s", c.name, what)
		}
	}
}

// The first change after a view copies headers, directories and a page, whatever the size; the next ones nothing more.
func TestChangesAfterViews(t *testing.T) {
	ed := newEdit()
	f := filled(ed, 100_000, word)
	before := f
	at := ed.Space.Open()
	f.Add(ed, []byte("more"))
	require.NotSame(t, before.Tree, f.Tree)
	copied := ed.Space.DisplacedBytes()
	require.Less(t, copied, int64(40<<10))
	f.Remove(ed, []byte("more"))
	require.Equal(t, copied, ed.Space.DisplacedBytes())
	require.Equal(t, 100_000, before.Len())
	require.False(t, before.Has([]byte("more")))
	ed.Space.Close(at)
}

// A cursor goes on where it was when the set becomes a tree or a piece in between.
func TestScanAcrossForms(t *testing.T) {
	ed := newEdit()
	f := filled(ed, 400, word)
	seen := map[string]bool{}
	note := func(it packed.Item) { seen[string(it.AppendTo(nil))] = true }
	cursor := f.Scan(0, 100, note)
	require.NotZero(t, cursor)
	for i := 64; i < 400; i++ {
		f.Remove(ed, []byte(word(i)))
	}
	require.Equal(t, "s", shape(&f))
	require.Zero(t, f.Scan(cursor, 1, note))
	for i := range 64 {
		require.True(t, seen[word(i)])
	}
}

func BenchmarkSet(b *testing.B) {
	for _, n := range []int{10, 1000, 1_000_000} {
		for _, kind := range []struct {
			name   string
			member func(int) string
		}{{"integers", number}, {"words", word}} {
			random, ed := rand.New(rand.NewPCG(1, 1)), newEdit()
			f := filled(ed, n, kind.member)
			f.Packed = bytes.Clone(f.Packed)
			members := make([][]byte, n)
			for i := range members {
				members[i] = []byte(kind.member(i))
			}
			random.Shuffle(n, func(i, j int) { members[i], members[j] = members[j], members[i] })
			run := func(what string, do func(i int)) {
				b.Run(fmt.Sprintf("%d %s/%s", n, kind.name, what), func(b *testing.B) {
					b.ReportAllocs()
					for i := 0; b.Loop(); i++ {
						do(i % n)
					}
					size := float64(len(f.Packed))
					if f.Tree != nil {
						size = float64(f.Tree.AllocatedBytes())
					}
					b.ReportMetric(size/float64(n), "bytes/member")
				})
			}
			run("has", func(i int) { f.Has(members[i]) })
			run("remove and add", func(i int) { f.Remove(ed, members[i]); f.Add(ed, members[i]) })
			run("random", func(int) { f.Random(random) })
			if n <= 1000 {
				run("each", func(int) { f.Each(func(packed.Item) bool { return true }) })
			}
		}
	}
}
