package list

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// filled is a list of n items of a kind.
func filled(ed *Edit, n int, text func(i int) string) (f Form) {
	for i := range n {
		f.PushBack(ed, []byte(text(i)))
	}
	f.Packed = bytes.Clone(f.Packed)
	return f
}

func number(i int) string { return strconv.Itoa(i) }
func word(i int) string   { return fmt.Sprintf("item:%027d", i) }

// Lists on both sides of every threshold lie as doc.go says, and so do those that shrink again.
func TestThresholds(t *testing.T) {
	for _, c := range []struct {
		name string
		text func(int) string
		// A list of most items is a piece, one of more isn't; when it has shrunk to few, and not before, it is a piece again.
		most, few int
	}{
		{"digits", func(int) string { return "7" }, 512, 256},
		{"words of 32", word, 108, 46},
		{"words of 1000", func(int) string { return strings.Repeat("x", 1000) }, 3, 1},
		{"a word as large as can be", func(int) string { return strings.Repeat("x", packed.MaxBytes-maxItemHead-2) }, 1, 0},
		{"a word too large", func(int) string { return strings.Repeat("x", packed.MaxBytes-maxItemHead-1) }, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			ed := newEdit()
			f := filled(ed, c.most, c.text)
			require.NoError(t, f.Check())
			require.Nil(t, f.Tree)
			f.PushFront(ed, []byte(c.text(0)))
			n := c.most + 1
			for ; n > c.few; n-- {
				require.NotNil(t, f.Tree, "%d items", n)
				require.NoError(t, f.Check())
				f.Delete(ed, 0, 1)
			}
			require.Nil(t, f.Tree)
			require.NoError(t, f.Check())
			require.Equal(t, c.few, f.Len())
			if c.few == 0 {
				require.Equal(t, Form{}, f)
			}
		})
	}
	t.Run("an item that shrinks", func(t *testing.T) {
		ed := newEdit()
		f := filled(ed, 2, func(i int) string { return strings.Repeat("x", i*5000) })
		require.NotNil(t, f.Tree)
		f.Set(ed, 1, []byte("x"))
		require.Nil(t, f.Tree)
		f.Set(ed, 0, make([]byte, 5000))
		require.NotNil(t, f.Tree)
		require.NoError(t, f.Check())
	})
}

// Entries come back as they went in, integers in fewer bytes where that is shorter, equal texts alike and others not.
func TestEntries(t *testing.T) {
	var ed Edit
	seen := map[string]string{}
	for size, all := range map[int][]string{
		0: {""},
		1: {"0", "9", "a", "\xf5", "\xff"},
		2: {"10", "99", "-1", "\xfe\xf6", "100", "-128", "\xff\xf6"},
		3: {"128", "999", "1000", "-32768", "32767", "abc"},
		4: {"32768", "8388607"},
		5: {"8388608", "2147483647"},
		9: {strconv.Itoa(math.MaxInt64), strconv.Itoa(math.MinInt64)},
	} {
		for _, text := range all {
			it := packed.ParseItem([]byte(text))
			entry := string(newEntry(&ed, &it))
			back := itemOf([]byte(entry))
			require.Equal(t, text, string(back.AppendTo(nil)))
			require.Equal(t, entry, string(entryOf(&ed, []byte(text))))
			if text != "\xfe\xf6" {
				require.Len(t, entry, size, "%q", text)
			}
			require.NotContains(t, seen, entry)
			seen[entry] = text
		}
	}
	for mark := range 256 {
		text := []byte{byte(mark), 1}
		it := packed.TextItem(text)
		back := itemOf(newEntry(&ed, &it))
		require.Equal(t, text, back.Text())
		require.Equal(t, newEntry(&ed, &it), entryOf(&ed, text))
	}
}

// Reading allocates nothing, nor does a change where pages have room.
func TestAllocations(t *testing.T) {
	ed := newEdit()
	for _, c := range []struct {
		name string
		n    int
		text func(int) string
	}{{"piece", 50, word}, {"integers", 50, number}, {"tree", 3000, word}, {"tree of integers", 3000, number}} {
		f := filled(ed, c.n, c.text)
		item, size := []byte(c.text(7)), 0
		texts := [][]byte{item, item}
		var items [40]packed.Item
		yield := func(it packed.Item) bool { size += len(it.Text()); return true }
		for what, do := range map[string]func(){
			"At":        func() { it := f.At(c.n / 2); yield(it) },
			"Range":     func() { f.Range(3, c.n-3, func(it packed.Item) bool { size += it.Len(); return true }) },
			"Read":      func() { r := f.Reader(3, c.n); size += r.Read(items[:]) },
			"RangeBack": func() { f.RangeBack(3, c.n-3, func(it packed.Item) bool { size += it.Len(); return true }) },
			"Find":      func() { f.Find(item, 0, c.n, false, func(i int) bool { size += i; return true }) },
			"Find back": func() { f.Find(item, 0, c.n, true, func(i int) bool { size += i; return true }) },
			"Set":       func() { f.Set(ed, 7, item) },
			"ends":      func() { f.PushBack(ed, texts...); f.Pop(ed, false, 2, yield) },
			"ends back": func() { f.PushFront(ed, item); f.Pop(ed, true, 1, yield) },
			"middle":    func() { f.Insert(ed, 20, item); f.Delete(ed, 20, 21) },
		} {
			if what[:2] == "en" && f.Tree != nil {
				continue // pages come and go there, now and then
			}
			require.Zero(t, int(testing.AllocsPerRun(100, do)), "%s: %s", c.name, what)
		}
	}
}

// A queue that is pushed to at one end and popped from at the other lives on the pages that it gives back.
func TestQueueLivesOnItsPages(t *testing.T) {
	ed := newEdit()
	f := filled(ed, 3000, word)
	item := []byte(word(1))
	for _, back := range []bool{false, true} {
		turn := func() {
			for range 1000 {
				if back {
					f.PushFront(ed, item)
				} else {
					f.PushBack(ed, item)
				}
				f.Pop(ed, back, 1, func(packed.Item) bool { return true })
			}
		}
		turn()
		require.LessOrEqual(t, testing.AllocsPerRun(20, turn), 5.0)
	}
	require.NoError(t, f.Check())
}

// The first change after a view copies a few nodes and a page, whatever the size; the next one there nothing more.
func TestChangesAfterViews(t *testing.T) {
	ed := newEdit()
	f := filled(ed, 100_000, word)
	before := f
	at := ed.Space.Open()
	f.Set(ed, 50_000, []byte("x"))
	require.NotSame(t, before.Tree, f.Tree)
	copied := ed.Space.DisplacedBytes()
	require.Less(t, copied, int64(20<<10))
	f.Set(ed, 50_001, []byte("x"))
	require.Equal(t, copied, ed.Space.DisplacedBytes())
	it := before.At(50_000)
	require.Equal(t, word(50_000), string(it.Text()))
	ed.Space.Close(at)
}

// A list of 32-byte items takes little more than they do.
func TestBytesPerItem(t *testing.T) {
	ed := newEdit()
	f := filled(ed, 200_000, word)
	require.Less(t, float64(f.Tree.AllocatedBytes())/200_000, 34.0)
}

// What isn't in the list can't be asked for.
func TestOutOfRange(t *testing.T) {
	for _, n := range []int{0, 3, 1000} {
		ed := newEdit()
		f := filled(ed, n, number)
		for _, do := range []func(){
			func() { f.At(n) },
			func() { f.At(-1) },
			func() { f.Set(ed, n, nil) },
			func() { f.Insert(ed, n+1, nil) },
			func() { f.Insert(ed, -1, nil) },
			func() { f.Delete(ed, 0, n+1) },
			func() { f.Trim(ed, 2, 1) },
			func() { f.Pop(ed, true, n+1, nil) },
			func() { f.RemoveEach(ed, []int{n}) },
		} {
			require.Panics(t, do)
		}
		require.NoError(t, f.Check())
		require.Equal(t, n, f.Len())
	}
}

func BenchmarkList(b *testing.B) {
	for _, n := range []int{10, 1000, 1_000_000} {
		for _, kind := range []struct {
			name string
			text func(int) string
		}{{"integers", number}, {"words", word}} {
			random, ed := rand.New(rand.NewPCG(1, 1)), newEdit()
			f := filled(ed, n, kind.text)
			item := []byte(kind.text(3))
			places := make([]int, 4096)
			for i := range places {
				places[i] = random.IntN(n)
			}
			run := func(what string, do func(i int)) {
				b.Run(fmt.Sprintf("%d %s/%s", n, kind.name, what), func(b *testing.B) {
					b.ReportAllocs()
					for i := 0; b.Loop(); i++ {
						do(places[i%len(places)])
					}
					size := float64(len(f.Packed))
					if f.Tree != nil {
						size = float64(f.Tree.AllocatedBytes())
					}
					b.ReportMetric(size/float64(n), "bytes/item")
				})
			}
			run("at", func(i int) { f.At(i) })
			run("set", func(i int) { f.Set(ed, i, item) })
			run("push and pop", func(int) {
				f.PushBack(ed, item)
				f.Pop(ed, false, 1, func(packed.Item) bool { return true })
			})
			run("insert and delete", func(i int) { f.Insert(ed, i, item); f.Delete(ed, i, i+1) })
			run("10 from the middle", func(int) { f.Range(n/2-5, n/2+5, func(packed.Item) bool { return true }) })
			absent := []byte("absent")
			run("find", func(int) { f.Find(absent, 0, n, false, func(int) bool { return true }) })
		}
	}
}

// BenchmarkRemoval is of what goes through many items of a list of a million at once.
func BenchmarkRemoval(b *testing.B) {
	const n = 1_000_000
	ed := newEdit()
	for _, c := range []struct {
		name string
		do   func(f *Form)
	}{
		{"trim to 100", func(f *Form) { f.Trim(ed, n/2, n/2+100) }},
		{"trim to a fortieth", func(f *Form) { f.Trim(ed, n/2, n/2+n/40) }},
		{"trim to a half", func(f *Form) { f.Trim(ed, n/2, n) }},
		{"remove every 5th", func(f *Form) { f.RemoveEach(ed, every(5, n)) }},
		{"remove every 10th", func(f *Form) { f.RemoveEach(ed, every(10, n)) }},
		{"remove every 100th", func(f *Form) { f.RemoveEach(ed, every(100, n)) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			spent, rounds := time.Duration(0), 0
			for ; b.Loop(); rounds++ {
				f := filled(ed, n, word)
				begin := time.Now()
				c.do(&f)
				spent += time.Since(begin)
			}
			b.ReportMetric(float64(spent.Microseconds())/float64(rounds), "us/removal")
		})
	}
}

func every(step, n int) (indexes []int) {
	for i := 0; i < n; i += step {
		indexes = append(indexes, i)
	}
	return indexes
}
