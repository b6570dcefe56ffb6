package dict

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// counted is a source that tells how many numbers were drawn from it.
type counted struct {
	rand.Source
	draws int
}

func (c *counted) Uint64() uint64 {
	c.draws++
	return c.Source.Uint64()
}

func newCounted(t testing.TB) (*counted, *rand.Rand) {
	source := &counted{Source: rand.NewPCG(newRandom(t).Uint64(), 2)}
	return source, rand.New(source)
}

// Random draws each entry with the same probability, however unevenly pages are filled and divided. The bound on chi-square lies 7 standard
// deviations above its mean: by chance it is passed less than once in a hundred million runs.
func TestRandomIsUniform(t *testing.T) {
	t.Parallel()
	const each = 25
	for _, shape := range []struct {
		name string
		keys int
		hash func([]byte) uint64
	}{
		{"one page", 50, hasher},
		{"even", 700, hasher},
		{"a quarter of the keys below one slot of 512", 200, func(key []byte) uint64 {
			if h := hasher(key); h%4 != 0 {
				return h
			}
			return hasher(key) >> 9
		}},
		{"a handful of keys below 40 bits", 40, func(key []byte) uint64 { return hasher(key) >> 40 }},
		{"3 hashes", 200, func(key []byte) uint64 { return hasher(key) % 3 }},
		{"one hash", 300, func([]byte) uint64 { return 1 << 63 }},
	} {
		t.Run(shape.name, func(t *testing.T) {
			_, random := newCounted(t)
			d := New(&page.Space{}, shape.hash)
			for n := range shape.keys {
				key := numberKey(n)
				at := d.Put(d.Find(d.hash(key), key), d.hash(key), key, 8+n%7*30, nil)
				binary.LittleEndian.PutUint64(at.Payload(), uint64(n))
			}
			seen := make([]int, shape.keys)
			for range each * shape.keys {
				it, ok := d.Random(random)
				require.True(t, ok)
				seen[binary.LittleEndian.Uint64(it.Payload)]++
			}
			chi := 0.0
			for _, n := range seen {
				chi += float64((n-each)*(n-each)) / each
			}
			freedom := float64(shape.keys - 1)
			require.Less(t, chi, freedom+7*math.Sqrt(2*freedom))
			require.Greater(t, chi, freedom-7*math.Sqrt(2*freedom), "too even to be drawn")
		})
	}
	_, ok := New(&page.Space{}, hasher).Random(rand.New(rand.NewPCG(1, 1)))
	require.False(t, ok)
}

// With an even hash an entry takes fewer than 256 draws on average, twice the worst that was measured, in dictionaries that have grown and
// in those that have shrunk; with any hash it takes at most maxDraws. A draw takes 3 numbers from the source at most, save for a rare bias
// that rand refuses, and the walk one more.
func TestRandomDraws(t *testing.T) {
	t.Parallel()
	source, random := newCounted(t)
	const looks = 100
	for _, payload := range []int{0, 40, 240} {
		for _, keys := range []int{1, 100, 6000} {
			d := New(&page.Space{}, hasher)
			for n := range keys {
				key := numberKey(n)
				d.Put(At{}, d.hash(key), key, payload, nil)
			}
			for _, left := range []int{keys, keys / 2, keys * 3 / 10, keys / 10, keys / 100} {
				for n := left; n < keys; n++ {
					d.Delete(hasher(numberKey(n)), numberKey(n))
				}
				if left == 0 {
					continue
				}
				deepest := len(d.depths) - 1
				for d.depths[deepest] == 0 {
					deepest--
				}
				what := fmt.Sprintf("%d keys of %d bytes, %d left", keys, payload, left)
				if deepest > 0 {
					require.Less(t, maxEntries*math.Exp2(float64(deepest))/float64(left), 256.0, what)
				}
				source.draws = 0
				for range looks {
					d.Random(random)
				}
				require.Less(t, source.draws, 3*256*looks, what)
			}
		}
	}
	for _, crowd := range crowds {
		d := filled(crowd.hash, crowd.keys)
		for range 5 {
			source.draws = 0
			_, ok := d.Random(random)
			require.True(t, ok, crowd.name)
			require.LessOrEqual(t, source.draws, 3*maxDraws+2, crowd.name)
		}
	}
}
