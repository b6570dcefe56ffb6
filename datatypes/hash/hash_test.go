package hash

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/dict"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// word is a text of 16 bytes.
func word(i int) string { return fmt.Sprintf("member:%09d", i) }

// filled is a hash of n fields whose values have so many bytes.
func filled(ed *Edit, n, valueBytes int) (f Form) {
	for i := range n {
		f.Set(ed, []byte(word(i)), bytes.Repeat([]byte{'v'}, valueBytes))
	}
	return f
}

// Hashes on both sides of every threshold lie as doc.go says, and so do those that shrink again.
func TestThresholds(t *testing.T) {
	for _, c := range []struct {
		name       string
		valueBytes int
		timed      bool
		// A hash of most fields lies as a piece, one of more doesn't; when it has shrunk to few it does again.
		most, few int
	}{
		{"short values", 1, false, 128, 64},
		{"values of 32", 32, false, 71, 33},
		{"values of 1000", 1000, false, 3, 1},
		{"a value as large as can be", 3563, false, 1, 0},
		{"a value too large", 3564, false, 0, 0},
		{"short values, a deadline", 1, true, 128, 64},
		{"values of 32, a deadline", 32, true, 70, 33},
	} {
		t.Run(c.name, func(t *testing.T) {
			ed := newEdit()
			f := filled(ed, c.most, c.valueBytes)
			if c.timed {
				require.True(t, f.SetDeadline(ed, []byte(word(0)), 1000))
			}
			require.NoError(t, f.Check())
			require.Nil(t, f.Tree)
			n := c.most + 1
			require.True(t, f.Set(ed, []byte(word(c.most)), bytes.Repeat([]byte{'v'}, c.valueBytes)))
			require.NotNil(t, f.Tree)
			require.False(t, f.Set(ed, []byte(word(c.most)), bytes.Repeat([]byte{'w'}, c.valueBytes)))
			for ; n > c.few; n-- {
				require.NotNil(t, f.Tree, "%d fields", n)
				require.True(t, f.Delete(ed, []byte(word(n-1))))
				require.NoError(t, f.Check())
			}
			require.Nil(t, f.Tree)
			require.Equal(t, c.few, f.Len())
			if c.timed {
				require.EqualValues(t, 1000, f.NextDeadline())
			}
		})
	}
}

// A tree also becomes a piece again when a long value gives place to a short one.
func TestShorterValues(t *testing.T) {
	ed := newEdit()
	f := filled(ed, 10, 1)
	f.Set(ed, []byte("long"), make([]byte, 10_000))
	require.NotNil(t, f.Tree)
	f.Set(ed, []byte("long"), []byte("short"))
	require.Nil(t, f.Tree)
	require.NoError(t, f.Check())
	require.Equal(t, 11, f.Len())
}

// A tree also becomes a piece again when its deadlines go.
func TestDeadlinesGoing(t *testing.T) {
	ed := newEdit()
	f := filled(ed, 80, 32)
	for i := range 33 {
		f.SetDeadline(ed, []byte(word(i)), 1000)
	}
	for i := 33; i < 80; i++ {
		f.Delete(ed, []byte(word(i)))
	}
	require.NotNil(t, f.Tree)
	for i := range 33 {
		require.NoError(t, f.Check())
		f.SetDeadline(ed, []byte(word(i)), NoDeadline)
	}
	require.Nil(t, f.Tree)
	require.NoError(t, f.Check())
	require.Equal(t, 33, f.Len())
}

// At the last moment that a deadline may have, and later, all are due; at times before the first one none is.
func TestTimesFarAway(t *testing.T) {
	ed := newEdit()
	for _, n := range []int{20, 200} {
		f := filled(ed, n, 1)
		for i := range 10 {
			f.SetDeadline(ed, []byte(word(i)), maxDeadline-int64(i%2))
		}
		require.Equal(t, n > 128, f.Tree != nil)
		for nowMs, live := range map[int64]int{
			math.MinInt64: n, -1: n, Never: n, 1: n, maxDeadline - 2: n, maxDeadline - 1: n - 5,
			maxDeadline: n - 10, maxDeadline + 1: n - 10, math.MaxInt64: n - 10,
		} {
			require.Equal(t, live, f.LiveLen(nowMs), "%d", nowMs)
		}
		require.Equal(t, 10, f.RemoveDue(ed, math.MaxInt64, n, nil))
		require.Equal(t, n-10, f.Len())
		require.NoError(t, f.Check())
	}
}

// A piece keeps its fields in the order of their coming, whatever their values and deadlines; without deadlines it is as doc.go draws it, to
// the byte, also when it had some.
func TestPieces(t *testing.T) {
	ed := newEdit()
	var f Form
	order := func() (all []string) {
		f.Each(Never, func(field, value packed.Item) bool {
			all = append(all, string(field.AppendTo(nil))+"="+string(value.AppendTo(nil)))
			return true
		})
		return all
	}
	f.Set(ed, []byte("b"), []byte("one"))
	f.Set(ed, []byte("7"), []byte("300"))
	f.Set(ed, []byte("a"), []byte("5"))
	plain := []byte{3, 1, 'b', 3, 'o', 'n', 'e', 0xca + 7, 0xc1, 44, 1, 1, 'a', 0xca + 5}
	require.Equal(t, plain, f.Packed)
	f.SetDeadline(ed, []byte("7"), 300)
	f.SetDeadline(ed, []byte("b"), 299)
	require.Equal(t, []byte{0xff, 0, 0, 0, 0, 1, 43, 3,
		1, 'b', 3, 'o', 'n', 'e', 0xc1, 43, 1, 0xca + 7, 0xc1, 44, 1, 0xc1, 44, 1, 1, 'a', 0xca + 5, 0xca}, f.Packed)
	f.Set(ed, []byte("b"), []byte("two"))
	require.EqualValues(t, 300, f.NextDeadline(), "Set takes the deadline away")
	require.Equal(t, []string{"b=two", "7=300", "a=5"}, order())
	f.SetDeadline(ed, []byte("7"), NoDeadline)
	require.Equal(t, bytes.Replace(plain, []byte("one"), []byte("two"), 1), f.Packed)
	f.SetDeadline(ed, []byte("a"), 1)
	f.Delete(ed, []byte("a"))
	require.Equal(t, []string{"b=two", "7=300"}, order())
	require.EqualValues(t, 2, f.Packed[0])
	for _, wrong := range []int64{-1, 1 << 48} {
		require.Panics(t, func() { f.SetDeadline(ed, []byte("b"), wrong) })
	}
}

// alikeHash gives all fields of a tree one of two hashes: their entries in the order of deadlines are then told apart by nothing.
func alikeHash(field []byte) uint64 { return uint64(field[len(field)-1]&1) << 40 }

// Fields that have their deadline and the bits of their hash in common are all yielded, each once, and removed.
func TestDeadlinesAlike(t *testing.T) {
	ed := newEdit()
	f := filled(ed, 200, 8)
	require.NotNil(t, f.Tree)
	// The same fields under other hashes.
	fields := dict.New(ed.Space, alikeHash)
	for i := range 40 {
		field := []byte(word(i))
		payload := packed.AppendText(nil, []byte("value"))
		payload = append(payload, 0, 0, 0, 0, 0, byte(1+i/10))
		at := fields.Put(dict.At{}, alikeHash(field), field, len(payload), nil)
		copy(at.Payload(), payload)
	}
	tree := f.Tree
	tree.fields = fields
	for i := range 40 {
		tree.noteDeadline(alikeHash([]byte(word(i))), NoDeadline, int64(1+i/10))
	}
	var seen []string
	f.EachDue(2, func(field, _ packed.Item) bool {
		seen = append(seen, string(field.Text()))
		return true
	})
	slices.Sort(seen)
	require.Len(t, slices.Compact(seen), 20)
	require.Equal(t, word(19), seen[19])
	require.Equal(t, 20, f.LiveLen(2))
	var buffer []byte
	for range 20 {
		buffer = append(buffer[:0], tree.first()...)
		hash := alikeHash(buffer)
		at := Place{hash: hash, at: tree.fields.Find(hash, buffer), found: true}
		at.Value, at.DeadlineMs = readPayload(at.at.Payload())
		require.LessOrEqual(t, at.DeadlineMs, int64(2))
		tree.remove(&at)
	}
	require.EqualValues(t, 3, f.NextDeadline())
	require.Equal(t, 20, f.Len())
}

// Draws of one and of several are even among the fields that aren't due, also where most were deleted or are due. The bound on chi-square lies
// 7 standard deviations above its mean.
func TestDrawsAreUniform(t *testing.T) {
	t.Parallel()
	const each, nowMs = 40, 1000
	for _, c := range []struct {
		name              string
		filled, kept, due int
	}{
		{"piece", 100, 100, 0},
		{"piece, most due", 100, 100, 60},
		{"tree", 700, 700, 0},
		{"tree that has shrunk", 6000, 300, 0},
		{"tree, most due", 1000, 1000, 700},
		{"tree, nearly all due", 3000, 3000, 2940},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			random, ed := newRandom(t), newEdit()
			f := filled(ed, c.filled, 1)
			for i := c.kept; i < c.filled; i++ {
				f.Delete(ed, []byte(word(i)))
			}
			live := c.kept - c.due
			for i := live; i < c.kept; i++ {
				f.SetDeadline(ed, []byte(word(i)), nowMs-int64(i%7))
			}
			require.Equal(t, live, f.LiveLen(nowMs))
			index := map[string]int{}
			for i := range live {
				index[word(i)] = i
			}
			even := func(what string, draws int, draw func(seen func(field packed.Item))) {
				seen := make([]float64, live)
				for range draws {
					draw(func(field packed.Item) {
						i, there := index[string(field.AppendTo(nil))]
						require.True(t, there)
						seen[i]++
					})
				}
				total, chi := 0.0, 0.0
				for _, n := range seen {
					total += n
				}
				mean := total / float64(live)
				for _, n := range seen {
					chi += (n - mean) * (n - mean) / mean
				}
				freedom := float64(live - 1)
				require.Less(t, chi, freedom+7*math.Sqrt(2*freedom), what)
			}
			even("Random", each*live, func(seen func(packed.Item)) {
				field, _, ok := f.Random(random, nowMs)
				require.True(t, ok)
				seen(field)
			})
			for _, part := range []int{10, 2} {
				even("Sample", each*part, func(seen func(packed.Item)) {
					drawn := map[string]bool{}
					f.Sample(random, live/part, nowMs, func(field, _ packed.Item) bool {
						drawn[string(field.AppendTo(nil))] = true
						seen(field)
						return true
					})
					require.Len(t, drawn, live/part)
				})
			}
		})
	}
}

// Reading allocates nothing, nor does a change where pages have room.
func TestAllocations(t *testing.T) {
	random, ed := newRandom(t), newEdit()
	for _, n := range []int{50, 3000} {
		for _, timed := range []bool{false, true} {
			f := filled(ed, n, 32)
			for i := 0; timed && i < n; i++ {
				f.SetDeadline(ed, []byte(word(i)), int64(10_000+i))
			}
			require.Equal(t, n > 100, f.Tree != nil)
			f.Packed = bytes.Clone(f.Packed)
			there, absent, value := []byte(word(7)), []byte("absent"), []byte(strings.Repeat("w", 32))
			size, count := 0, int64(1_000_000)
			count32 := packed.IntItem(count)
			f.SetItem(ed, []byte("count"), &count32)
			for what, do := range map[string]func(){
				"Find":         func() { at := f.Find(there); size += at.Value.Len() },
				"Get":          func() { f.Get(there, 5) },
				"Get nothing":  func() { f.Get(absent, 5) },
				"ValueLen":     func() { size += f.ValueLen(there, 5) },
				"Len":          func() { size += f.Len() + f.LiveLen(5) },
				"LiveLen":      func() { size += f.LiveLen(10_020) },
				"NextDeadline": func() { size += int(f.NextDeadline()) },
				"Random":       func() { f.Random(random, 5) },
				"Each":         func() { f.Each(5, func(_, v packed.Item) bool { size += v.Len(); return true }) },
				"EachDue":      func() { f.EachDue(10_020, func(_, v packed.Item) bool { size += v.Len(); return true }) },
				"Scan":         func() { f.Scan(0, 10, 5, func(_, v packed.Item) { size += v.Len() }) },
				"Set":          func() { f.Set(ed, there, value) },
				"increment": func() {
					at := f.Find([]byte("count"))
					count++
					it := packed.IntItem(count)
					f.Put(ed, &at, []byte("count"), &it, at.DeadlineMs)
				},
				"change": func() { f.Delete(ed, there); f.Set(ed, there, value) },
				"deadline": func() {
					f.SetDeadline(ed, there, 20_000)
					f.SetDeadline(ed, there, 20_001)
					f.SetDeadline(ed, there, NoDeadline)
				},
				"RemoveDue": func() { f.SetDeadline(ed, there, 1); f.RemoveDue(ed, 1, 10, nil); f.Set(ed, there, value) },
			} {
				if n > 100 && !timed && (what == "deadline" || what == "RemoveDue") {
					continue // the order of deadlines comes and goes
				}
				require.Zero(t, int(testing.AllocsPerRun(100, do)), "%d fields, deadlines %t: %s", n, timed, what)
			}
			require.NoError(t, f.Check())
		}
	}
}

// The first change after a view copies headers, directories and a page, whatever the size; the next ones nothing more.
func TestChangesAfterViews(t *testing.T) {
	ed := newEdit()
	f := filled(ed, 100_000, 32)
	before := f
	at := ed.Space.Open()
	f.Set(ed, []byte(word(1)), []byte("more"))
	require.NotSame(t, before.Tree, f.Tree)
	copied := ed.Space.DisplacedBytes()
	require.Less(t, copied, int64(40<<10))
	f.Set(ed, []byte(word(1)), []byte("much"))
	require.Equal(t, copied, ed.Space.DisplacedBytes())
	value, _ := before.Get([]byte(word(1)), Never)
	require.Equal(t, strings.Repeat("v", 32), string(value.Text()))
	ed.Space.Close(at)
}

// A field of 16 bytes and a value of 32 take about 60 bytes, with a deadline about 80, and Bytes says so.
func TestMemory(t *testing.T) {
	const n = 100_000
	ed := newEdit()
	f := filled(ed, n, 32)
	took := func(bytes int64) float64 { return float64(bytes) / n }
	t.Logf("%.1f bytes a field, in %.1f", took(f.Tree.Bytes()), took(f.Tree.AllocatedBytes()))
	require.InDelta(t, 55.6, took(f.Tree.Bytes()), 0.5)
	require.InDelta(t, 59, took(f.Tree.AllocatedBytes()), 2)
	ed.Space.BeginPacking()
	f.Tree.Repack(0, n)
	t.Logf("packed in %.1f", took(f.Tree.AllocatedBytes()))
	require.InDelta(t, 56, took(f.Tree.AllocatedBytes()), 1)
	for i := range n {
		f.SetDeadline(ed, []byte(word(i)), 1_700_000_000_000+int64(i))
	}
	t.Logf("with deadlines %.1f, in %.1f", took(f.Tree.Bytes()), took(f.Tree.AllocatedBytes()))
	require.InDelta(t, 74.5, took(f.Tree.Bytes()), 1.5)
	require.InDelta(t, 78, took(f.Tree.AllocatedBytes()), 3)
	require.Equal(t, n/2, f.RemoveDue(ed, 1_700_000_000_000+n/2-1, n, nil))
	require.Equal(t, n/2, f.Len())
	require.NoError(t, f.Check())
}

// A cursor goes on where it was when the hash becomes a tree or a piece in between.
func TestScanAcrossForms(t *testing.T) {
	ed := newEdit()
	f := filled(ed, 400, 1)
	seen := map[string]bool{}
	note := func(field, _ packed.Item) { seen[string(field.AppendTo(nil))] = true }
	cursor := f.Scan(0, 100, Never, note)
	require.NotZero(t, cursor)
	for i := 64; i < 400; i++ {
		f.Delete(ed, []byte(word(i)))
	}
	require.Nil(t, f.Tree)
	require.Zero(t, f.Scan(cursor, 1, Never, note))
	for i := range 64 {
		require.True(t, seen[word(i)])
	}
}

func BenchmarkHash(b *testing.B) {
	for _, n := range []int{10, 1000, 1_000_000} {
		for _, timed := range []bool{false, true} {
			random, ed := rand.New(rand.NewPCG(1, 1)), newEdit()
			f := filled(ed, n, 32)
			for i := 0; timed && i < n; i++ {
				f.SetDeadline(ed, []byte(word(i)), 1_700_000_000_000+int64(random.IntN(86_400_000)))
			}
			f.Packed = bytes.Clone(f.Packed)
			fields := make([][]byte, n)
			for i := range fields {
				fields[i] = []byte(word(i))
			}
			random.Shuffle(n, func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
			value := []byte(strings.Repeat("w", 32))
			run := func(what string, do func(i int)) {
				b.Run(fmt.Sprintf("%d, deadlines %t/%s", n, timed, what), func(b *testing.B) {
					b.ReportAllocs()
					for i := 0; b.Loop(); i++ {
						do(i % n)
					}
					size := float64(len(f.Packed))
					if f.Tree != nil {
						size = float64(f.Tree.AllocatedBytes())
					}
					b.ReportMetric(size/float64(n), "bytes/field")
				})
			}
			run("get", func(i int) { f.Get(fields[i], 5) })
			run("put", func(i int) {
				at := f.Find(fields[i])
				it := packed.TextItem(value)
				f.Put(ed, &at, fields[i], &it, at.DeadlineMs)
			})
			run("delete and set", func(i int) {
				at := f.Find(fields[i])
				deadlineMs := at.DeadlineMs
				f.DeleteAt(ed, &at)
				at = f.Find(fields[i])
				it := packed.TextItem(value)
				f.Put(ed, &at, fields[i], &it, deadlineMs)
			})
			if timed {
				run("deadline", func(i int) { f.SetDeadline(ed, fields[i], 1_700_000_000_000+int64(random.IntN(86_400_000))) })
			}
			run("random", func(int) { f.Random(random, 5) })
		}
	}
}
