package dict

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the model tests; 0 draws one")

func newRandom(t testing.TB) *rand.Rand {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// hasher is a hash like the keyspace's; the seed stays the same so that a failure can be repeated.
func hasher(key []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, b := range key {
		h = (h ^ uint64(b)) * 1099511628211
	}
	h ^= h >> 32
	h *= 0x9e3779b97f4a7c15
	return h ^ h>>29
}

func TestSizesOfStructures(t *testing.T) {
	for size, of := range map[int]any{directoryBytes: directory{}, slotSize: slot{}, referencesBytes: references{}, blockRefBytes: []byte(nil)} {
		require.Equal(t, size, int(reflect.TypeOf(of).Size()), "%T", of)
	}
	require.Equal(t, treeRefBytes, int(reflect.TypeFor[any]().Size()))
	require.Equal(t, subBytes, int(reflect.TypeFor[*directory]().Size()))
}

// value is what the model holds of an entry.
type value struct {
	payload string
	tree    any
}

// model is a dictionary and the map that it must be like.
type model struct {
	dict *Dict
	want map[string]value
}

func (m *model) put(key []byte, payload []byte, tree any) {
	h := m.dict.hash(key)
	at := m.dict.Find(h, key)
	was, there := m.want[string(key)]
	if there != at.Found() {
		panic("found what isn't there, or not what is")
	}
	at = m.dict.Put(at, h, key, len(payload), tree)
	if !m.dict.Changeable(&at) {
		panic("Put returned what may not be changed")
	}
	got := at.Item().Payload
	if keep := min(len(was.payload), len(payload)); there && string(got[:keep]) != was.payload[:keep] {
		panic("Put lost what it should keep")
	}
	copy(got, payload)
	m.want[string(key)] = value{string(payload), tree}
}

func (m *model) delete(t *testing.T, key []byte) {
	_, there := m.want[string(key)]
	require.Equal(t, there, m.dict.Delete(m.dict.hash(key), key))
	delete(m.want, string(key))
}

// compare tells whether the dictionary holds what the model does, no more and no less.
func (m *model) compare(t *testing.T) {
	require.Equal(t, len(m.want), m.dict.Len())
	// Plain comparisons: testify's are dear where there are so many.
	seen := 0
	m.dict.Range(func(it Item) bool {
		seen++
		want, there := m.want[string(it.Key)]
		if !there || want.payload != string(it.Payload) || want.tree != it.Tree {
			require.Equal(t, want, value{string(it.Payload), it.Tree}, "%q, there: %v", it.Key, there)
			require.True(t, there, "%q", it.Key)
		}
		return true
	})
	require.Equal(t, len(m.want), seen)
	for key, want := range m.want {
		at := m.dict.Find(m.dict.hash([]byte(key)), []byte(key))
		if !at.Found() {
			require.Fail(t, "found nothing", "%q", key)
		}
		if payload, tree := at.Value(); string(payload) != want.payload || tree != want.tree || string(at.Payload()) != want.payload {
			require.Fail(t, "found something else", "%q", key)
		}
	}
}

type openView struct {
	model
	at uint64
}

// Random operations on a dictionary and on a map, with views and shared copies opened and dropped at random, end alike; the invariants hold
// after each step.
func TestModel(t *testing.T) {
	for _, hash := range []struct {
		name string
		hash func([]byte) uint64
	}{
		{"even", hasher},
		{"crowded at the front", func(key []byte) uint64 { return hasher(key) >> 20 }},
		{"crowded at the end", func(key []byte) uint64 { return hasher(key) &^ (1<<40 - 1) }},
	} {
		for _, keys := range []int{3, 40, 700, 5000} {
			t.Run(fmt.Sprintf("%s/%d keys", hash.name, keys), func(t *testing.T) {
				random := newRandom(t)
				for range 3 {
					runModel(t, random, hash.hash, keys, 1500)
				}
			})
		}
	}
}

func runModel(t *testing.T, random *rand.Rand, hash func([]byte) uint64, keys, steps int) {
	space := &page.Space{}
	live := []*model{{New(space, hash), map[string]value{}}}
	var views []*openView
	deleting := false
	for step := range steps {
		m := live[random.IntN(len(live))]
		switch what := random.IntN(1000); {
		case what < 4 && len(views) < 4:
			views = append(views, &openView{model{m.dict.View(), maps.Clone(m.want)}, space.Open()})
		case what < 8 && len(views) > 0:
			i := random.IntN(len(views))
			views[i].compare(t)
			space.Close(views[i].at)
			views = slices.Delete(views, i, i+1)
		case what < 10 && len(live) < 3:
			live = append(live, &model{m.dict.Share(), maps.Clone(m.want)})
		case what < 12 && len(live) > 1:
			live = slices.DeleteFunc(live, func(other *model) bool { return other == m })
		case what == 12 && random.IntN(4) == 0:
			m.dict.Clear()
			clear(m.want)
		case what < 16 && len(views) == 0:
			space.BeginPacking()
			for from, more := uint64(0), true; more; more = from != 0 {
				from = m.dict.Repack(from, 1+random.IntN(10))
			}
		case what < 20:
			deleting = !deleting
		default:
			key := randomKey(random, keys)
			if deleting && what%4 != 0 || what%16 == 0 {
				m.delete(t, key)
				break
			}
			m.put(key, randomPayload(random), randomTree(random, step))
		}
		if step%8 == 0 || step < 100 {
			require.NoError(t, m.dict.Check(), "step %d", step)
		}
	}
	for _, m := range live {
		m.compare(t)
	}
	for _, v := range views {
		v.compare(t)
	}
	m := live[0]
	m.put([]byte("last"), nil, nil) // a dictionary that was just cleared has no page to be left
	for _, key := range slices.Sorted(maps.Keys(m.want)) {
		m.delete(t, []byte(key))
	}
	require.NoError(t, m.dict.Check())
	require.Equal(t, 1, m.dict.Size().Pages)
	require.Less(t, m.dict.Size().Allocated, int64(256))
}

func randomKey(random *rand.Rand, keys int) []byte {
	n := random.IntN(keys)
	key := fmt.Appendf(nil, "k%d", n)
	if n%11 == 0 {
		key = append(key, bytes.Repeat([]byte{'.'}, []int{110, 120, 121, 122, 123, 124, 230, 300, 5000}[n%9])...)
	}
	return key
}

func randomPayload(random *rand.Rand) []byte {
	size := random.IntN(60)
	switch random.IntN(12) {
	case 0:
		size = 230 + random.IntN(40)
	case 1:
		size = random.IntN(6000)
	case 2:
		size = 0
	}
	return bytes.Repeat([]byte{byte('a' + size%26)}, size)
}

func randomTree(random *rand.Rand, step int) any {
	if random.IntN(8) == 0 {
		return step
	}
	return nil
}

// Approach may be asked about whatever hashes there are, in dictionaries of any size, and changes nothing.
func TestApproachAnything(t *testing.T) {
	t.Parallel()
	random := newRandom(t)
	d := New(&page.Space{}, hasher)
	var hashes []uint64
	for i := range 3000 {
		for len(hashes) < 200 {
			hashes = append(hashes, random.Uint64())
		}
		some := hashes[random.IntN(len(hashes)):]
		d.Approach(some[:random.IntN(len(some)+1)])
		key := fmt.Appendf(nil, "key %d", i)
		d.Put(d.Find(hasher(key), key), hasher(key), key, 1+random.IntN(400), nil)
		hashes = append(hashes[random.IntN(3):], hasher(key))
		if i%3 == 0 {
			gone := fmt.Appendf(nil, "key %d", random.IntN(i+1))
			if at := d.Find(hasher(gone), gone); at.Found() {
				d.DeleteAt(at, hasher(gone))
			}
		}
	}
	require.NoError(t, d.Check())
	d.Clear()
	d.Approach(hashes)
}
