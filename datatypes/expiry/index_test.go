package expiry

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEmpty(t *testing.T) {
	t.Parallel()
	var ix Index
	_, ok := ix.Next()
	require.False(t, ok)
	taken, more := ix.Fire(math.MaxInt64, 10, nil)
	require.Zero(t, taken)
	require.False(t, more)
	require.Zero(t, ix.Len())
	require.EqualValues(t, indexBytes, ix.Bytes())
}

// A hash comes back as its leading 40 bits.
func TestMask(t *testing.T) {
	t.Parallel()
	var ix Index
	ix.File(0x0123_4567_89ab_cdef, start-1, start)
	taken, more := ix.Fire(start, 10, func(hash uint64) (int64, bool) {
		require.Equal(t, uint64(0x0123_4567_8900_0000), hash)
		return 0, false
	})
	require.Equal(t, 1, taken)
	require.False(t, more)
	require.EqualValues(t, uint64(0xffff_ffff_ff00_0000), uint64(Mask))
}

// A key costs as many looks in its life as the package's documentation says, and fires within 8 ms after its deadline.
func TestLooksOfALife(t *testing.T) {
	t.Parallel()
	const second, day = 1000, 86_400_000
	for _, c := range []struct {
		ttlMs int64
		looks int
	}{{0, 1}, {1, 1}, {10 * second, 1}, {11 * second, 2}, {3600 * second, 2}, {10_440 * second, 2}, {day, 3}, {30 * day, 3}, {124 * day, 3},
		{125 * day, 4}, {278 * 365 * day, 4}} {
		for offset := range int64(50) {
			o := newOwner(t)
			o.nowMs += offset * 12_345_679
			deadline := o.nowMs + c.ttlMs
			o.set(1<<40, deadline)
			for range 10 {
				next, ok := o.ix.Next()
				if !ok {
					break
				}
				o.nowMs = max(o.nowMs, next)
				o.fireAll(1)
			}
			require.Empty(t, o.deadlines)
			require.Equal(t, c.looks, o.looks, "TTL %d from %d", c.ttlMs, start+offset*12_345_679)
			require.Less(t, o.nowMs-deadline, int64(8))
		}
	}
}

// A deadline that the clock never reaches is asked about once in 278 years, without overflow.
func TestNeverEndingDeadline(t *testing.T) {
	t.Parallel()
	o := newOwner(t)
	o.set(7<<40, math.MaxInt64)
	for range 5 {
		next, ok := o.ix.Next()
		require.True(t, ok)
		require.Greater(t, next-o.nowMs, int64(270*365*86_400_000))
		o.nowMs = next
		o.fireAll(1)
	}
	require.Equal(t, 5, o.looks)
}

// A machine that slept for a year finds everything due, once; set back by a year, the clock hurries nothing and hides nothing.
func TestJumpsOfTheClock(t *testing.T) {
	t.Parallel()
	const year = 365 * 86_400_000
	o := newOwner(t)
	for i := range uint64(20_000) {
		o.set(i<<droppedBits, start+int64(i)*10)
	}
	o.nowMs = start + year
	o.fireAll(1000)
	require.Empty(t, o.deadlines)
	require.Equal(t, 20_000, o.looks)

	o.looks = 0
	o.set(1<<droppedBits, o.nowMs+1000)
	o.set(2<<droppedBits, o.nowMs-year-100)
	o.nowMs -= year
	o.set(3<<droppedBits, o.nowMs+1000)
	o.set(4<<droppedBits, o.nowMs+20_000)
	o.fireAll(1)
	require.Len(t, o.deadlines, 3, "what had expired on both clocks has gone")
	o.nowMs += 1008
	o.fireAll(1)
	require.Len(t, o.deadlines, 2)
	o.nowMs += 19_000
	o.fireAll(1)
	require.Len(t, o.deadlines, 1)
	o.nowMs += year
	o.fireAll(1)
	require.Empty(t, o.deadlines)
}

// The owner may keep a key that is due: it is asked again, in the next tick, and never twice at one time.
func TestDueKeyThatIsKept(t *testing.T) {
	t.Parallel()
	var ix Index
	ix.File(5<<40, start-1000, start)
	for now := start; now < start+800; now += 8 {
		taken, more := ix.Fire(now, 100, func(uint64) (int64, bool) { return start - 1000, true })
		require.Equal(t, 1, taken)
		require.False(t, more)
		require.Equal(t, 1, ix.Len())
	}
}

// Buckets that come early to be moved wait for keys that have expired.
func TestExpiredKeysGoFirst(t *testing.T) {
	t.Parallel()
	o := newOwner(t)
	base := (start>>13 + 10) << 13
	for i := range uint64(1000) {
		o.set(i<<droppedBits, base+int64(i))
	}
	o.nowMs = base - 2048
	o.set(5000<<droppedBits, o.nowMs-1)
	o.set(5001<<droppedBits, o.nowMs-9)
	_, more := o.ix.Fire(o.nowMs, 2, o.look)
	require.True(t, more)
	require.Len(t, o.deadlines, 1000)
	o.fireAll(100)
	next, _ := o.ix.Next()
	require.Equal(t, base, next, "moved to the finest level before the first deadline")
}

// A key that gets and loses its deadline all the time leaves little; what it leaves is looked at once a call.
func TestRepeatedFilings(t *testing.T) {
	t.Parallel()
	o := newOwner(t)
	for range 1000 {
		o.set(9<<40, o.nowMs+10_000)
		o.drop(9 << 40)
	}
	require.Equal(t, 1, o.ix.Len(), "filed in one bucket one after the other")
	o = newOwner(t)
	for i := range 1000 {
		key := uint64(i%10) << droppedBits
		o.drop(key)
		o.set(key, o.nowMs+10_000)
	}
	require.Equal(t, 1000, o.ix.Len())
	o.nowMs += 10_008
	_, more := o.ix.Fire(o.nowMs, 1000, o.look)
	require.False(t, more)
	require.Equal(t, 10, o.looks)
	require.Empty(t, o.deadlines)
}

// A million keys that expire in one second are gone with two looks each, in slices; afterwards next to no memory is left.
func TestMillionKeysInASecond(t *testing.T) {
	t.Parallel()
	const keys = 1_000_000
	var ix Index
	random := rand.New(rand.NewPCG(1, 2))
	due := (start + 3_600_000) &^ 7
	deadline := func(hash uint64) int64 { return due + int64(hash>>40)%1000 }
	for range keys {
		hash := random.Uint64()
		ix.File(hash, deadline(hash), start)
	}
	require.Equal(t, keys, ix.Len())
	require.Less(t, ix.Bytes(), int64(52*keys/10))
	looks, gone, slices := 0, 0, 0
	for now := due - 12_000; now < due+1008; now += 8 {
		for range keys/300 + 1 {
			_, more := ix.Fire(now, 300, func(hash uint64) (int64, bool) {
				looks++
				at := deadline(hash)
				if at > now {
					return at, true
				}
				if now-at >= 8 {
					require.FailNow(t, "late", "%d ms", now-at)
				}
				gone++
				return 0, false
			})
			slices++
			if !more {
				break
			}
		}
	}
	require.Zero(t, ix.Len())
	require.InDelta(t, keys, gone, 100, "but for hashes that agree in 40 bits")
	require.LessOrEqual(t, looks, 2*keys)
	require.Greater(t, slices, 2*keys/300)
	require.Less(t, ix.Bytes(), int64(maxFreeBytes+4096))
	check(t, &ix)
}

// A bucket of many pieces is filled and emptied in whatever steps.
func TestLargeBucket(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	o := newOwner(t)
	o.nowMs = start + 5008
	next, filed := uint64(0), 0
	for round := range 40 {
		for range random.IntN(3000) {
			o.ix.File(next<<droppedBits, start+5000, start)
			next++
		}
		filed = o.ix.Len()
		taken, _ := o.ix.Fire(o.nowMs, random.IntN(3000)*(round/20), o.look)
		require.Equal(t, filed-taken, o.ix.Len())
		require.Len(t, check(t, o.ix), o.ix.Len())
	}
	o.fireAll(filed + 1)
	require.EqualValues(t, next, o.looks)
}

// With a TTL of 10 s all the time, nothing is allocated.
func TestSteadyUseAllocatesNothing(t *testing.T) {
	var ix Index
	hash, now := uint64(0), start
	gone := func(uint64) (int64, bool) { return 0, false }
	minute := func() {
		for range 60 * 125 {
			now += 8
			for range 4 {
				hash += 0x9e37_79b9_7f4a_7c15
				ix.File(hash, now+10_000, now)
			}
			ix.Fire(now, 1000, gone)
		}
	}
	minute()
	require.Zero(t, testing.AllocsPerRun(1, minute))
	check(t, &ix)
}

// A few keys cost little, wherever their deadlines are.
func TestFewKeys(t *testing.T) {
	t.Parallel()
	var ix Index
	for i := range 10 {
		ix.File(uint64(i)<<40, start+int64(i*i)*10_000_000, start)
	}
	require.Less(t, ix.Bytes(), int64(2048))
	check(t, &ix)
}

// Memory for each hash, whatever the deadlines are like, once there are some hundred thousand.
func TestBytesForEachHash(t *testing.T) {
	t.Parallel()
	for _, keys := range []int{300_000, 600_000, 1_200_000} {
		for _, spreadMs := range []int64{1, 10_000, 3_600_000, 10_000_000, 86_400_000, 30 * 86_400_000} {
			t.Run(fmt.Sprintf("%d keys in %d s", keys, spreadMs/1000), func(t *testing.T) {
				var ix Index
				random := rand.New(rand.NewPCG(1, 2))
				for range keys {
					ix.File(random.Uint64(), start+random.Int64N(spreadMs)+1, start)
				}
				each := float64(ix.Bytes()) / float64(ix.Len())
				t.Logf("%.2f bytes", each)
				require.Less(t, each, 7.0)
			})
		}
	}
}
