package dict

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// crowds are hash functions that leave bits out, so that directories stand below directories, and pages below those hold keys that no bit
// tells apart. keys is how many such a dictionary bears.
var crowds = []struct {
	name string
	hash func([]byte) uint64
	keys int
}{
	{"even", hasher, 3000},
	{"crowded at the front", func(key []byte) uint64 { return hasher(key) >> 20 }, 3000},
	{"only the last 11 bits, which no position has", func(key []byte) uint64 { return hasher(key) >> 53 }, 3000},
	{"8 hashes", func(key []byte) uint64 { return hasher(key) >> 61 }, 2000},
	{"2 hashes, at both ends", func(key []byte) uint64 { return -(hasher(key) >> 63) }, 1000},
	{"one hash", func([]byte) uint64 { return math.MaxUint64 }, 400},
}

func filled(hash func([]byte) uint64, keys int) *Dict {
	d := New(&page.Space{}, hash)
	for n := range keys {
		putNumber(d, n)
	}
	return d
}

func numberKey(n int) []byte { return fmt.Appendf(nil, "key:%d", n) }

func putNumber(d *Dict, n int) {
	key := numberKey(n)
	h := d.hash(key)
	at := d.Put(d.Find(h, key), h, key, 8, nil)
	binary.LittleEndian.PutUint64(at.Payload(), uint64(n))
}

// scanAll goes through the dictionary with that count a call and tells how often each key came; between runs after each call.
func scanAll(t testing.TB, d *Dict, count int, between func()) map[string]int {
	seen := map[string]int{}
	from := uint64(0)
	for calls := 0; ; calls++ {
		require.Less(t, calls, 1_000_000, "a scan without end")
		yielded := 0
		next := d.Scan(from, count, func(it Item) {
			yielded++
			seen[string(it.Key)]++
			require.LessOrEqual(t, yielded, 1<<16, "a call without end")
		})
		if next == 0 {
			return seen
		}
		require.Greater(t, next, from, "a scan goes on")
		require.Less(t, next, uint64(1<<PositionBits))
		require.GreaterOrEqual(t, yielded, count, "all but the last call yield what was asked for")
		from = next
		between()
	}
}

// A scan of a dictionary that rests yields each key once, and so does Range.
func TestScanAtRest(t *testing.T) {
	t.Parallel()
	for _, crowd := range crowds {
		t.Run(crowd.name, func(t *testing.T) {
			for _, keys := range []int{0, 1, 2, crowd.keys / 10, crowd.keys} {
				d := filled(crowd.hash, keys)
				require.NoError(t, d.Check())
				want := map[string]int{}
				for n := range keys {
					want[string(numberKey(n))] = 1
				}
				ranged := map[string]int{}
				d.Range(func(it Item) bool {
					ranged[string(it.Key)]++
					return true
				})
				require.Equal(t, want, ranged)
				for _, count := range []int{1, 10, 1000} {
					require.Equal(t, want, scanAll(t, d, count, func() {}), "%d keys, count %d", keys, count)
				}
			}
		})
	}
}

// Keys that stay come exactly once while all others come and go between the calls: in tides that fill and empty the dictionary, so that
// pages split and merge and directories double, halve, get others below them and are pulled up again.
func TestScanWhileOthersComeAndGo(t *testing.T) {
	t.Parallel()
	random := newRandom(t)
	for _, crowd := range crowds {
		t.Run(crowd.name, func(t *testing.T) {
			for _, count := range []int{1, 10, 1000} {
				for range 3 {
					scanTide(t, random, crowd.hash, crowd.keys, count)
				}
			}
		})
	}
}

// scanTide scans while the keys from stay on come and go.
func scanTide(t *testing.T, random *rand.Rand, hash func([]byte) uint64, keys, count int) {
	stay := []int{1, 20, 150}[random.IntN(3)]
	d := filled(hash, stay)
	rising := random.IntN(2) == 0
	if !rising {
		d = filled(hash, keys)
	}
	most, least := d.Size().Pages, d.Size().Pages
	// A call is followed by as many changes as let the tide turn a few times in a scan.
	changes := max(1, 4*keys*count/(stay+keys/2))
	ever := map[string]bool{}
	seen := scanAll(t, d, count, func() {
		for range min(changes, 3*keys) {
			n := stay + random.IntN(keys-stay)
			if rising == (random.IntN(8) != 0) {
				putNumber(d, n)
				ever[string(numberKey(n))] = true
			} else {
				key := numberKey(n)
				d.Delete(hash(key), key)
			}
		}
		if d.Len() > keys*3/4 {
			rising = false
		} else if d.Len() < stay+keys/20 {
			rising = true
		}
		most, least = max(most, d.Size().Pages), min(least, d.Size().Pages)
	})
	require.NoError(t, d.Check())
	for n := range stay {
		require.Equal(t, 1, seen[string(numberKey(n))], "key %d of %d that stayed; pages between %d and %d", n, stay, least, most)
	}
}

// Any number is a cursor: a call ends, and a scan from there yields what lies at that position or beyond, each key once.
func TestAnyCursor(t *testing.T) {
	t.Parallel()
	random := newRandom(t)
	for _, crowd := range crowds {
		t.Run(crowd.name, func(t *testing.T) {
			d := filled(crowd.hash, crowd.keys)
			cursors := []uint64{0, 1, 1<<53 - 2, 1<<53 - 1, 1 << 53, 1<<53 + 1, 1 << 63, math.MaxUint64, math.MaxInt64}
			for range 6 {
				cursors = append(cursors, random.Uint64()>>random.IntN(64), position(random.Uint64()))
			}
			for key := range maps.Keys(scanAll(t, d, 1000, func() {})) {
				at := position(d.hash([]byte(key)))
				cursors = append(cursors, at, at-1, at+1)
				if len(cursors) > 70 {
					break
				}
			}
			for _, from := range cursors {
				want, got := map[string]int{}, map[string]int{}
				d.Range(func(it Item) bool {
					if position(d.hash(it.Key)) >= from {
						want[string(it.Key)]++
					}
					return true
				})
				for calls, next := 0, from; calls == 0 || next != 0; calls++ {
					require.Less(t, calls, crowd.keys+2)
					next = d.Scan(next, 100, func(it Item) { got[string(it.Key)]++ })
				}
				require.Equal(t, want, got, "from %d", from)
			}
		})
	}
}

// A whole scan costs the hashes of each page once for the page and once for each call that begins or ends in it: with COUNT 10 that is at
// most (maxEntries/10 + 2) hashes a key, however many keys there are.
func TestScanCost(t *testing.T) {
	t.Parallel()
	const keys = 20_000
	hashes := 0
	d := filled(func(key []byte) uint64 {
		hashes++
		return hasher(key)
	}, keys)
	for _, count := range []int{10, 100, 1000} {
		hashes = 0
		require.Len(t, scanAll(t, d, count, func() {}), keys)
		require.Less(t, hashes, keys*(maxEntries/count+2), "count %d", count)
		t.Logf("count %d: %.1f hashes a key", count, float64(hashes)/keys)
	}
}

// A masked hash with 40 or 48 leading bits finds its key among whatever lies with it, and only keys that agree with it.
func TestCandidates(t *testing.T) {
	t.Parallel()
	for _, keys := range []int{1, 50, 5000} {
		d := filled(hasher, keys)
		for _, bits := range []int{40, 48} {
			mask := uint64(math.MaxUint64) << (64 - bits)
			for n := range keys {
				key, found := numberKey(n), 0
				d.Candidates(hasher(key)&mask, mask, func(it Item) bool {
					require.Equal(t, hasher(key)&mask, hasher(it.Key)&mask)
					if string(it.Key) == string(key) {
						found++
					}
					return true
				})
				require.Equal(t, 1, found, "%s, %d bits", key, bits)
			}
		}
	}
	// Of those that agree in all bits of the mask each comes, until yield has enough.
	const alike = 100
	d := filled(func(key []byte) uint64 { return hasher([]byte("one")) ^ hasher(key)>>44 }, alike)
	mask := uint64(math.MaxUint64 >> 24 << 24)
	var found []string
	d.Candidates(hasher([]byte("one"))&mask, mask, func(it Item) bool {
		found = append(found, string(it.Key))
		return true
	})
	slices.Sort(found)
	require.Len(t, slices.Compact(found), alike)
	calls := 0
	d.Candidates(hasher([]byte("one")), mask, func(Item) bool {
		calls++
		return calls < 3
	})
	require.Equal(t, 3, calls)
	New(&page.Space{}, hasher).Candidates(1, mask, func(Item) bool { panic("a candidate in an empty dictionary") })
}
