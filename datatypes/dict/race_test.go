package dict

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// readBy goes through a dictionary by Range, Scan, Find, Candidates and Random, and tells what isn't as numbers says: each key's number.
func readBy(d *Dict, numbers map[string]uint64, random *rand.Rand) (wrong string) {
	is := func(it Item) bool {
		n, there := numbers[string(it.Key)]
		return there && len(it.Payload) >= 8 && binary.LittleEndian.Uint64(it.Payload) == n
	}
	ranged, scanned := 0, 0
	d.Range(func(it Item) bool {
		ranged++
		if !is(it) {
			wrong = "Range: " + string(it.Key)
		}
		return wrong == ""
	})
	for from, more := uint64(0), true; more; more = from != 0 {
		from = d.Scan(from, 20, func(it Item) {
			scanned++
			if !is(it) {
				wrong = "Scan: " + string(it.Key)
			}
		})
	}
	var hashes []uint64
	for key := range numbers {
		at := d.Find(hasher([]byte(key)), []byte(key))
		if !at.Found() || !is(at.Item()) {
			return "Find: " + key
		}
		hashes = append(hashes, hasher([]byte(key)))
	}
	d.Approach(hashes)
	if it, ok := d.Random(random); ok != (len(numbers) > 0) || ok && !is(it) {
		return "Random: " + string(it.Key)
	}
	if wrong == "" && (ranged != len(numbers) || scanned != len(numbers) || d.Len() != len(numbers)) {
		return "another number of entries"
	}
	return wrong
}

// Readers of views see their moment's entries and nothing else, while the writer puts, deletes, shares, and opens views.
func TestViewsBesideTheWriter(t *testing.T) {
	t.Parallel()
	random := newRandom(t)
	space := &page.Space{}
	d := New(space, hasher)
	numbers := map[string]uint64{}
	failures := make(chan string, 1000)
	places := make(chan struct{}, 4)
	var readers sync.WaitGroup
	for round := range 60 {
		for range 100 {
			key := numberKey(random.IntN(1500))
			if h := hasher(key); random.IntN(5) < 2 {
				d.Delete(h, key)
				delete(numbers, string(key))
			} else {
				n := random.Uint64()
				at := d.Put(d.Find(h, key), h, key, []int{8, 8, 30, 300}[n%4], nil)
				binary.LittleEndian.PutUint64(at.Payload(), n)
				numbers[string(key)] = n
			}
		}
		if round%10 == 9 {
			// The other one goes on; this one is left to whoever views it.
			d = d.Share()
		}
		places <- struct{}{}
		moment := map[string]uint64{}
		for key, n := range numbers {
			moment[key] = n
		}
		at, view, seed := space.Open(), d.View(), random.Uint64()
		readers.Go(func() {
			defer func() { <-places }()
			if wrong := readBy(view, moment, rand.New(rand.NewPCG(seed, 1))); wrong != "" {
				failures <- wrong
			}
			space.Close(at)
		})
	}
	readers.Wait()
	close(failures)
	for wrong := range failures {
		require.Fail(t, wrong)
	}
	require.Zero(t, space.Views())
	require.NoError(t, d.Check())
}

// Reading methods of a dictionary that isn't changed may run together.
func TestReadersTogether(t *testing.T) {
	t.Parallel()
	const keys = 2000
	d := filled(hasher, keys)
	numbers := map[string]uint64{}
	for n := range keys {
		numbers[string(numberKey(n))] = uint64(n)
	}
	wrong := make([]string, 4)
	var readers sync.WaitGroup
	for i := range wrong {
		readers.Go(func() { wrong[i] = readBy(d, numbers, rand.New(rand.NewPCG(uint64(i), 1))) })
	}
	readers.Wait()
	require.Equal(t, make([]string, 4), wrong)
}
