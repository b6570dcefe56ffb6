package dict

import (
	"math/rand/v2"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

func TestSizesOfClocks(t *testing.T) {
	require.Equal(t, clocksBytes, int(reflect.TypeFor[clocks]().Size()))
	require.Equal(t, clockArrayBytes, int(reflect.TypeFor[[]uint32]().Size()))
	require.Equal(t, clockBytes, int(reflect.TypeFor[uint32]().Size()))
}

// use is what the model of clocks knows of a key: when it was last used, and whether it had a clock of its own from then on.
type use struct {
	clock uint32
	exact bool
}

// clocked is a dictionary with clocks, and the map that they must be like.
type clocked struct {
	t      *testing.T
	random *rand.Rand
	space  *page.Space
	dict   *Dict
	want   map[string]use
	now    uint32
	fine   bool
	// position is where Refine goes on, 0 if it has nothing to do.
	position uint64
	views    []clockedView
}

type clockedView struct {
	dict *Dict
	at   uint64
}

// mark sets the clock of a key that Find or Put has returned.
func (m *clocked) mark(key []byte, at At) {
	*at.Clock() = m.now
	m.want[string(key)] = use{m.now, m.fine && at.clockBytes() > 0}
}

// compare tells whether each key's clock is its own, or another's that was used later, if it shares one.
func (m *clocked) compare(step int) {
	for key, want := range m.want {
		at := m.dict.Find(m.dict.hash([]byte(key)), []byte(key))
		clock := *at.Clock()
		if clock < want.clock || want.exact && clock != want.clock || clock > m.now {
			require.Fail(m.t, "the clock of another", "step %d: %q has %d, used at %+v, now %d", step, key, clock, want, m.now)
		}
	}
}

func (m *clocked) step(keys int, deleting bool) {
	m.now++
	key := randomKey(m.random, keys)
	hash := m.dict.hash(key)
	_, there := m.want[string(key)]
	switch what := m.random.IntN(100); {
	case what == 0 && len(m.views) < 3:
		m.views = append(m.views, clockedView{m.dict.View(), m.space.Open()})
	case what == 1 && len(m.views) > 0:
		require.NoError(m.t, m.views[0].dict.Check())
		m.space.Close(m.views[0].at)
		m.views = m.views[1:]
	case what == 2 && len(m.views) == 0:
		m.space.BeginPacking()
		for from, more := uint64(0), true; more; more = from != 0 {
			from = m.dict.Repack(from, 10)
		}
	case what == 3 && m.random.IntN(4) == 0:
		m.fine = !m.fine
		m.dict.SetFine(m.fine)
		for key, use := range m.want {
			use.exact = use.exact && m.fine
			m.want[key] = use
		}
		m.position = m.dict.Refine(0, 2)
	case what < 10 && m.position != 0:
		m.position = m.dict.Refine(m.position, 1+m.random.IntN(5))
	case what == 10 && m.random.IntN(50) == 0:
		m.dict.Clear()
		clear(m.want)
		m.position = 0
	case what < 40 && there:
		m.mark(key, m.dict.Find(hash, key))
	case deleting && what%4 != 0 || what%16 == 0:
		require.Equal(m.t, there, m.dict.Delete(hash, key))
		delete(m.want, string(key))
	default:
		m.mark(key, m.dict.Put(m.dict.Find(hash, key), hash, key, len(randomPayload(m.random)), randomTree(m.random, 1)))
	}
}

// Through random changes, with views, packing and both grains, each key keeps its clock: exactly where it has one of its own, never older
// than its use where it shares one.
func TestClocksModel(t *testing.T) {
	for name, hash := range map[string]func([]byte) uint64{
		"even":                 hasher,
		"crowded at the front": func(key []byte) uint64 { return hasher(key) >> 20 },
		"crowded at the end":   func(key []byte) uint64 { return hasher(key) &^ (1<<40 - 1) },
	} {
		for _, keys := range []int{3, 300, 4000} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				random := newRandom(t)
				m := &clocked{t: t, random: random, space: &page.Space{}, want: map[string]use{}}
				m.dict = NewWithClocks(m.space, hash)
				for step := range 4000 {
					pages := m.dict.size.Pages
					m.step(keys, step/1000%2 == 1)
					if step%8 == 0 {
						require.NoError(t, m.dict.Check(), "step %d", step)
					}
					if step%100 == 0 || pages != m.dict.size.Pages {
						m.compare(step)
					}
				}
				m.compare(-1)
				m.shrink()
			})
		}
	}
}

// shrink deletes all keys but one, which leaves no clocks behind but those of its slot and its own.
func (m *clocked) shrink() {
	for m.position != 0 {
		m.position = m.dict.Refine(m.position, 100)
	}
	last := []byte("last")
	m.dict.Put(At{}, m.dict.hash(last), last, 0, nil)
	for key := range m.want {
		require.True(m.t, m.dict.Delete(m.dict.hash([]byte(key)), []byte(key)))
	}
	require.NoError(m.t, m.dict.Check())
	require.Less(m.t, m.dict.access.allocated, int64(100))
}

// Clocks come through directories that are made for a crowd of hashes and given up again.
func TestClocksOfACrowd(t *testing.T) {
	const keys, left = 400, 3
	for _, fine := range []bool{false, true} {
		d := NewWithClocks(&page.Space{}, func(key []byte) uint64 { return hasher(key) >> 20 })
		d.SetFine(fine)
		find := func(n int) At { return d.Find(d.hash(numberKey(n)), numberKey(n)) }
		for n := range keys {
			at := d.Put(find(n), d.hash(numberKey(n)), numberKey(n), 30, nil)
			*at.Clock() = 1
		}
		require.NotNil(t, d.root.subs)
		for n := range keys {
			at := find(n)
			*at.Clock() = uint32(2 + n)
		}
		for n := left; n < keys; n++ {
			require.True(t, d.Delete(d.hash(numberKey(n)), numberKey(n)))
		}
		require.Nil(t, d.root.subs)
		require.NoError(t, d.Check())
		for n := range left {
			at := find(n)
			require.GreaterOrEqual(t, *at.Clock(), uint32(2+n))
			require.True(t, !fine || *at.Clock() == uint32(2+n))
		}
	}
}

// SetFine costs nothing at once; when Refine is through every page has the grain that is wanted, and turned off nothing is left.
func TestRefine(t *testing.T) {
	const keys = 20_000
	d := NewWithClocks(&page.Space{}, hasher)
	for n := range keys {
		key := numberKey(n)
		at := d.Put(At{}, hasher(key), key, 30, nil)
		*at.Clock() = uint32(n)
	}
	coarse := d.Size()
	require.Less(t, d.access.live, int64(keys/4), "a fraction of a byte a key")
	refine := func() (steps int) {
		for from, more := uint64(0), true; more; more = from != 0 {
			from = d.Refine(from, 10)
			steps++
		}
		require.NoError(t, d.Check())
		return steps
	}
	d.SetFine(true)
	require.Equal(t, coarse, d.Size())
	require.Greater(t, refine(), d.Size().Pages/10)
	require.InDelta(t, keys*(clockBytes+0.9), d.access.live, keys*0.3)
	require.InDelta(t, d.access.live, d.access.allocated, keys*0.5)
	before := map[int]uint32{}
	for n := range keys {
		at := d.Find(hasher(numberKey(n)), numberKey(n))
		require.GreaterOrEqual(t, *at.Clock(), uint32(n))
		before[n] = *at.Clock()
	}
	at := d.Find(hasher(numberKey(7)), numberKey(7))
	*at.Clock() = 1 << 20
	for n := range keys {
		at := d.Find(hasher(numberKey(n)), numberKey(n))
		require.True(t, *at.Clock() == before[n] || n == 7)
	}
	d.SetFine(false)
	refine()
	require.Equal(t, coarse, d.Size())
}

// Readers that run together use clocks while others read views; between their turns the writer changes what lies around.
func TestClocksOfReadersTogether(t *testing.T) {
	t.Parallel()
	random := newRandom(t)
	space := &page.Space{}
	d := NewWithClocks(space, hasher)
	d.SetFine(true)
	names := make([][]byte, 3000)
	for n := range names {
		names[n] = numberKey(n)
		d.Put(At{}, hasher(names[n]), names[n], 20, nil)
	}
	var viewers sync.WaitGroup
	for turn := range uint32(20) {
		at, view := space.Open(), d.View()
		viewers.Go(func() {
			count := 0
			view.Range(func(Item) bool { count++; return true })
			for _, name := range names {
				view.Find(hasher(name), name)
			}
			space.Close(at)
		})
		var readers sync.WaitGroup
		for range 3 {
			readers.Go(func() {
				for _, name := range names {
					if at := d.Find(hasher(name), name); at.Found() {
						clock := at.Clock()
						if atomic.LoadUint32(clock) != turn {
							atomic.StoreUint32(clock, turn)
						}
					}
				}
			})
		}
		readers.Wait()
		d.SetFine(turn%8 < 6)
		d.Refine(0, 20)
		for range 300 {
			name := names[random.IntN(len(names))]
			if !d.Delete(hasher(name), name) {
				d.Put(At{}, hasher(name), name, random.IntN(60), nil)
			}
		}
	}
	viewers.Wait()
	require.NoError(t, d.Check())
}

// BenchmarkClocks measures finds of a million keys that mark their clock, each a new time once in a while as seconds go by.
func BenchmarkClocks(b *testing.B) {
	grains := map[string]func() *bench{
		"none": func() *bench { return newBench(1_000_000) },
		"slot": func() *bench { return newClockedBench(1_000_000, false) },
		"key":  func() *bench { return newClockedBench(1_000_000, true) },
	}
	for _, name := range []string{"none", "slot", "key"} {
		b.Run(name, func(b *testing.B) {
			s := grains[name]()
			for _, every := range []int{1 << 62, 1 << 20, 1} {
				b.Run(map[int]string{1 << 62: "same second", 1 << 20: "a million a second", 1: "each new"}[every], func(b *testing.B) {
					s.each(b, func(i int) {
						key := s.at(s.scatter(i))
						at := s.dict.Find(benchHash(key), key)
						if name != "none" {
							now, clock := uint32(i/every), at.Clock()
							if atomic.LoadUint32(clock) != now {
								atomic.StoreUint32(clock, now)
							}
						}
					})
				})
			}
			b.Run("delete and put", func(b *testing.B) {
				s.each(b, func(i int) {
					key := s.at(s.scatter(i))
					s.dict.Delete(benchHash(key), key)
					s.put(s.scatter(i), benchPayload)
				})
			})
		})
	}
}

func newClockedBench(n int, fine bool) *bench {
	s := &bench{space: &page.Space{}, n: uint64(n)}
	s.dict = NewWithClocks(s.space, benchHash)
	s.dict.SetFine(fine)
	for i := range s.n {
		s.put(i, benchPayload)
	}
	return s
}
