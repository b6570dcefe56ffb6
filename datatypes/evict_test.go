package datatypes

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// evictable makes a store of so many keys in each of its databases, named by their number; deadline says which key has one.
func evictable(databases, keys int, deadlineMs func(n int) int64) *Store {
	store := NewStore(databases)
	store.NoteTime(noonS * 1000)
	store.FineClocks(true)
	for index := range databases {
		for n := range keys {
			store.Edit(index).SetString([]byte(strconv.Itoa(n)), []byte("value"), deadlineMs(n))
		}
	}
	return store
}

func noDeadlines(int) int64 { return NoDeadline }

// evictSome evicts so many keys and returns their numbers.
func evictSome(t *testing.T, v *Victims, store *Store, policy EvictionPolicy, count int) (numbers []int) {
	t.Helper()
	for looks := 0; len(numbers) < count; looks++ {
		require.Less(t, looks, 100*count, "it goes on without finding anything")
		database, key, found, any := v.Next(store, policy, noonS+1<<20)
		require.True(t, any)
		if !found {
			continue
		}
		n, err := strconv.Atoi(string(key))
		require.NoError(t, err)
		numbers = append(numbers, n)
		require.True(t, store.Edit(database).Delete(key), "a key that isn't there")
	}
	return numbers
}

// mean of the numbers, as a part of all.
func meanPart(numbers []int, of int) float64 {
	sum := 0
	for _, n := range numbers {
		sum += n
	}
	return float64(sum) / float64(len(numbers)) / float64(of)
}

// What goes is far better than chance would have it: of keys that are the better to evict the smaller their number is, a tenth is evicted.
func TestVictimsAreTheBest(t *testing.T) {
	t.Parallel()
	const keys = 20_000
	touchAll := func(store *Store, clock func(n int) uint32) {
		for index := range store.Databases() {
			ed := store.Edit(index)
			for n := range keys {
				key := []byte(strconv.Itoa(n))
				ed.At(clock(n), false).SetDeadline(key, deadlineOf(ed, key))
			}
		}
	}
	soon := func(n int) int64 { return noonS*1000 + int64(n)*37 }
	halfVolatile := func(n int) int64 { return int64(n%2) * soon(n) }
	byTime := func(n int) uint32 { return noonS + uint32(n) }
	byCount := func(n int) uint32 { return FrequencyAt(noonS, uint8(n*200/keys)) }
	for name, tt := range map[string]struct {
		policy     EvictionPolicy
		deadlineMs func(n int) int64
		clock      func(n int) uint32
		most       float64 // chance: 0.5, the best tenth: 0.05
	}{
		"lru":                {EvictionPolicy{Order: EvictByUse, Samples: 5}, noDeadlines, byTime, 0.065},
		"lru, one sample":    {EvictionPolicy{Order: EvictByUse, Samples: 1}, noDeadlines, byTime, 0.12},
		"volatile-lru":       {EvictionPolicy{Order: EvictByUse, Volatile: true, Samples: 5}, halfVolatile, byTime, 0.12},
		"lfu":                {EvictionPolicy{Order: EvictByFrequency, Samples: 5}, noDeadlines, byCount, 0.065},
		"volatile-lfu":       {EvictionPolicy{Order: EvictByFrequency, Volatile: true, Samples: 5}, halfVolatile, byCount, 0.12},
		"volatile-ttl":       {EvictionPolicy{Order: EvictByDeadline, Samples: 5}, soon, byTime, 0.06},
		"volatile-ttl, half": {EvictionPolicy{Order: EvictByDeadline, Samples: 5}, halfVolatile, byTime, 0.12},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := evictable(2, keys, tt.deadlineMs)
			if tt.policy.Order == EvictByFrequency {
				store.CountUses(&Frequency{LogFactor: 10})
			}
			touchAll(store, tt.clock)
			numbers := evictSome(t, &Victims{}, store, tt.policy, 2*keys/10)
			require.Less(t, meanPart(numbers, keys), tt.most)
			for _, n := range numbers {
				if tt.policy.Volatile {
					require.Equal(t, 1, n%2, "a key without a deadline was evicted")
				}
			}
			for index := range store.Databases() {
				require.InDelta(t, keys*9/10, store.DB(index).Len(), keys/50, "both databases alike")
			}
		})
	}
}

func deadlineOf(ed Editor, key []byte) int64 {
	var e Entry
	ed.Find(&e, key, 0)
	return e.DeadlineMs()
}

// Chance takes all keys alike.
func TestVictimsAtRandom(t *testing.T) {
	t.Parallel()
	const keys = 20_000
	for _, volatile := range []bool{false, true} {
		store := evictable(1, keys, func(n int) int64 { return int64(n%2) * (noonS*1000 + int64(n)) })
		numbers := evictSome(t, &Victims{}, store, EvictionPolicy{Order: EvictAtRandom, Volatile: volatile, Samples: 5}, keys/10)
		require.InDelta(t, 0.5, meanPart(numbers, keys), 0.05)
		if volatile {
			for _, n := range numbers {
				require.Equal(t, 1, n%2)
			}
		}
	}
}

// The last key that may go is found, however many others there are and however many places of the index lead nowhere; then none is.
func TestFewVictimsAmongMany(t *testing.T) {
	t.Parallel()
	const keys, few = 30_000, 7
	for _, order := range []EvictionOrder{EvictByUse, EvictByFrequency, EvictByDeadline, EvictAtRandom} {
		store := evictable(3, keys/3, noDeadlines)
		ed := store.Edit(1)
		for n := range 2000 {
			key := []byte(strconv.Itoa(n))
			ed.SetDeadline(key, noonS*1000+int64(n))
			if n >= few {
				ed.SetDeadline(key, NoDeadline)
			}
		}
		v, policy := &Victims{}, EvictionPolicy{Order: order, Volatile: true, Samples: 5}
		require.ElementsMatch(t, []int{0, 1, 2, 3, 4, 5, 6}, evictSome(t, v, store, policy, few))
		_, _, found, any := v.Next(store, policy, noonS)
		require.False(t, found)
		require.False(t, any)
		policy = EvictionPolicy{Order: EvictByUse, Samples: 5}
		require.Len(t, evictSome(t, v, store, policy, keys-few), keys-few, "all of them, with another policy")
		_, _, found, any = v.Next(store, policy, noonS)
		require.False(t, found || any)
	}
}

// A key that was used, got another deadline or lost it since it was looked at isn't the one that goes.
func TestVictimsMayBeUsedAgain(t *testing.T) {
	t.Parallel()
	store := evictable(1, 64, func(n int) int64 { return noonS*1000 + int64(n) })
	ed := store.Edit(0)
	for n := range 64 {
		ed.At(noonS+uint32(n), false).SetDeadline([]byte(strconv.Itoa(n)), noonS*1000+int64(n))
	}
	v, policy := &Victims{}, EvictionPolicy{Order: EvictByUse, Volatile: true, Samples: 16}
	_, key, found, _ := v.Next(store, policy, noonS+100)
	require.True(t, found)
	require.Equal(t, "0", string(key))
	var e Entry
	require.True(t, ed.Find(&e, []byte("1"), 0))
	ed.Touch(&e, noonS+99)
	ed.Delete([]byte("0"))
	ed.At(noonS+2, true).SetDeadline([]byte("2"), NoDeadline)
	_, key, found, _ = v.Next(store, policy, noonS+100)
	require.True(t, found)
	require.Equal(t, "3", string(key))
}

// Random changes, with keys evicted in between by every policy: what is chosen is there and may go, and in the end everything is gone.
func TestVictimsModel(t *testing.T) {
	t.Parallel()
	random := newRandom(t)
	store := NewStore(2)
	v := &Victims{}
	for range 30_000 {
		index := random.IntN(2)
		ed := store.Edit(index).At(noonS+uint32(random.IntN(1000)), false)
		key := fmt.Appendf(nil, "%d", random.IntN(3000))
		switch random.IntN(12) {
		case 0, 1, 2, 3:
			ed.SetString(key, make([]byte, random.IntN(400)), NoDeadline)
		case 4, 5:
			ed.SetString(key, key, noonS*1000+random.Int64N(1<<random.IntN(40)))
		case 6:
			ed.SetDeadline(key, NoDeadline)
		case 7:
			store.FineClocks(random.IntN(2) == 0)
			var f *Frequency
			if random.IntN(2) == 0 {
				f = &Frequency{LogFactor: 10, DecayMinutes: 1}
			}
			store.CountUses(f)
		case 8:
			store.Tend(random.IntN(100))
		case 9:
			if random.IntN(1000) == 0 {
				ed.Clear()
			}
			store.Swap(0, 1)
		default:
			policy := EvictionPolicy{Order: EvictionOrder(random.IntN(4)), Volatile: random.IntN(2) == 0, Samples: 1 + random.IntN(20)}
			evictOne(t, v, store, policy)
		}
	}
	for evictOne(t, v, store, EvictionPolicy{Order: EvictionOrder(random.IntN(2)), Samples: 5}) {
	}
	require.Zero(t, store.DB(0).Len()+store.DB(1).Len())
}

// evictOne evicts a key if any may go.
func evictOne(t *testing.T, v *Victims, store *Store, policy EvictionPolicy) (any bool) {
	eligible := policy.Eligible(store.DB(0)) + policy.Eligible(store.DB(1))
	database, key, found, any := v.Next(store, policy, noonS+2000)
	require.Equal(t, eligible > 0, any)
	if !found {
		return any
	}
	var e Entry
	store.DB(database).Find(&e, key, 0)
	require.True(t, e.Found())
	if policy.Volatile || policy.Order == EvictByDeadline {
		require.NotEqual(t, NoDeadline, e.DeadlineMs())
	}
	key = append([]byte(nil), key...)
	require.True(t, store.Edit(database).Delete(key))
	return any
}

// BenchmarkVictims chooses and deletes a key, and stores another.
func BenchmarkVictims(b *testing.B) {
	for name, policy := range map[string]EvictionPolicy{
		"lru": {Order: EvictByUse, Samples: 5}, "volatile-lru": {Order: EvictByUse, Volatile: true, Samples: 5},
		"lfu": {Order: EvictByFrequency, Samples: 5}, "ttl": {Order: EvictByDeadline, Samples: 5}, "random": {Order: EvictAtRandom, Samples: 5},
	} {
		b.Run(name, func(b *testing.B) {
			const keys = 500_000
			store := evictable(1, keys, func(n int) int64 { return noonS*1000 + int64(rand.IntN(1_000_000)) })
			if policy.Order == EvictByFrequency {
				store.CountUses(&Frequency{LogFactor: 10, DecayMinutes: 1})
			}
			v, ed := &Victims{}, store.Edit(0)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				_, key, _, _ := v.Next(store, policy, noonS+uint32(n/100_000))
				ed.Delete(key)
				ed.At(noonS+uint32(n/100_000), false).SetString(strconv.AppendInt(nil, int64(keys+n), 10), []byte("value"), noonS*1000+int64(n))
			}
		})
	}
}
