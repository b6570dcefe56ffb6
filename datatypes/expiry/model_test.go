package expiry

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// start is a time that tests begin at: some moment of 2025, not a multiple of anything.
const start = int64(1_745_678_901_237)

// owner is the keyspace that an index is for, in a plain map: whole hashes and their deadlines.
type owner struct {
	t         require.TestingT
	ix        *Index
	nowMs     int64
	deadlines map[uint64]int64
	// byMask has the hashes that agree in the bits that the index keeps.
	byMask map[uint64]map[uint64]bool
	looks  int
}

func newOwner(t require.TestingT) *owner {
	return &owner{t: t, ix: &Index{}, nowMs: start, deadlines: map[uint64]int64{}, byMask: map[uint64]map[uint64]bool{}}
}

// set gives a key a deadline as the keyspace does: the index hears of new and of earlier ones.
func (o *owner) set(hash uint64, deadlineMs int64) {
	was, had := o.deadlines[hash]
	o.deadlines[hash] = deadlineMs
	if o.byMask[hash&Mask] == nil {
		o.byMask[hash&Mask] = map[uint64]bool{}
	}
	o.byMask[hash&Mask][hash] = true
	if !had || deadlineMs < was {
		o.ix.File(hash, deadlineMs, o.nowMs)
	}
}

// drop takes a deadline away, or the key.
func (o *owner) drop(hash uint64) {
	delete(o.deadlines, hash)
	delete(o.byMask[hash&Mask], hash)
}

func (o *owner) look(hash uint64) (deadlineMs int64, found bool) {
	require.Zero(o.t, hash&^Mask)
	o.looks++
	for whole := range o.byMask[hash] {
		switch at := o.deadlines[whole]; {
		case at <= o.nowMs:
			o.drop(whole)
		case !found || at < deadlineMs:
			deadlineMs, found = at, true
		}
	}
	return deadlineMs, found
}

// fireAll works off all that is due, in slices, and checks that no key is left that should have fired.
func (o *owner) fireAll(slice int) {
	before := o.ix.Len()
	for range 1 + before/slice + 1 {
		taken, more := o.ix.Fire(o.nowMs, slice, o.look)
		require.LessOrEqual(o.t, taken, slice)
		next, ok := o.ix.Next()
		require.Equal(o.t, more, ok && next <= o.nowMs)
		if !more {
			o.verify()
			for hash, at := range o.deadlines {
				require.Greater(o.t, latest(at), o.nowMs, "key %x of %d is still there", hash, at)
			}
			return
		}
		require.Equal(o.t, slice, taken)
	}
	require.Fail(o.t, "what was filed again was due again")
}

// latest is when a key of that deadline must have been asked about.
func latest(deadlineMs int64) int64 {
	if deadlineMs > math.MaxInt64-8 {
		return math.MaxInt64
	}
	return (deadlineMs + 7) / 8 * 8
}

// verify checks the index and that each key with a deadline is in a bucket that comes in time.
func (o *owner) verify() {
	comes := check(o.t, o.ix)
	next, ok := o.ix.Next()
	for hash, at := range o.deadlines {
		when, filed := comes[hash&Mask]
		require.True(o.t, filed, "key %x is not filed", hash)
		require.LessOrEqual(o.t, when, latest(max(at, 0)))
		require.True(o.t, ok && next <= when)
	}
}

// steps are lengths of time that are near and far from everything.
var steps = []int64{0, 1, 7, 8, 9, 100, 1000, 8191, 8192, 10_239, 10_240, 60_000, 3_600_000, 8_388_608, 10_485_760, 86_400_000, 1 << 33,
	5 << 31, 3 * 365 * 86_400_000, maxAheadMs, maxAheadMs + 1, math.MaxInt64 - 2*start}

// step does what four bytes tell.
func (o *owner) step(op [4]byte) {
	// 64 keys, some of which differ only in bits that the index does not keep.
	hash := uint64(op[1]&31)*0x9e37_79b9_7f4a_7c15 + uint64(op[1]>>5&1)
	length := steps[int(op[2])%len(steps)]
	if length < math.MaxInt64>>1 {
		length += int64(op[3]) * (length>>8 + 1) / 2
	}
	switch op[0] % 16 {
	case 0, 1, 2, 3, 4:
		o.set(hash, o.nowMs+length)
	case 5:
		o.set(hash, max(o.nowMs-length, math.MinInt64+start))
	case 6:
		o.set(hash, math.MaxInt64-int64(op[3]))
	case 7, 8:
		o.drop(hash)
	case 9, 10:
		o.nowMs += length % (1 << 36)
	case 11:
		o.nowMs = max(0, o.nowMs-length%(1<<34))
	case 12:
		if next, ok := o.ix.Next(); ok {
			o.nowMs = max(o.nowMs, min(next, o.nowMs+1<<36))
		}
	case 13:
		o.fireAll(1 + int(op[3])%9)
	default:
		o.ix.Fire(o.nowMs, int(op[3]%8), o.look)
	}
}

// Random edits, fires and times, forward and backward: each key with a deadline is in a bucket that comes in time, and asked about in time.
func TestModel(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for range 12 {
		o := newOwner(t)
		for range 400 {
			var op [4]byte
			binary.LittleEndian.PutUint32(op[:], random.Uint32())
			o.step(op)
			o.verify()
		}
		o.fireAll(5)
	}
}

func FuzzIndex(f *testing.F) {
	f.Add([]byte{0, 1, 4, 0, 13, 0, 0, 0, 9, 0, 6, 0, 13, 0, 0, 0})
	f.Add([]byte{6, 1, 0, 0, 11, 0, 12, 0, 5, 2, 3, 0, 12, 0, 0, 0, 13, 0, 0, 1})
	f.Fuzz(func(t *testing.T, ops []byte) {
		o := newOwner(t)
		for range 200 {
			if len(ops) < 4 {
				break
			}
			o.step([4]byte(ops))
			o.verify()
			ops = ops[4:]
		}
		o.fireAll(3)
	})
}

// A run of single looks ends as one of whole ones: the same keys at the same times, the same places.
func TestSlicesEqualWholeRuns(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	whole, sliced := newOwner(t), newOwner(t)
	for range 300 {
		for range random.IntN(20) {
			hash, at := random.Uint64N(200)<<droppedBits, steps[random.IntN(len(steps)-1)]
			whole.set(hash, whole.nowMs+at)
			sliced.set(hash, sliced.nowMs+at)
		}
		by := steps[random.IntN(12)]
		whole.nowMs += by
		sliced.nowMs += by
		_, more := whole.ix.Fire(whole.nowMs, math.MaxInt, whole.look)
		require.False(t, more)
		sliced.fireAll(1)
		require.Equal(t, whole.deadlines, sliced.deadlines)
		require.Equal(t, check(t, whole.ix), check(t, sliced.ix))
	}
}
