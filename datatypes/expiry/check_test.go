package expiry

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSizesOfStructures(t *testing.T) {
	require.EqualValues(t, indexBytes, reflect.TypeFor[Index]().Size())
	require.EqualValues(t, queueBytes, reflect.TypeFor[queue]().Size())
	require.EqualValues(t, bucketBytes, reflect.TypeFor[bucket]().Size())
	require.EqualValues(t, pieceBytes, reflect.TypeFor[piece]().Size())
	require.EqualValues(t, piecesBytes, reflect.TypeFor[pieces]().Size())
}

// check walks the index: buckets are in order and not empty, counts and bytes are what is there. It returns, for each hash, when the first
// bucket that has it comes.
func check(t require.TestingT, ix *Index) (comes map[uint64]int64) {
	comes = map[uint64]int64{}
	count, bytes := 0, int64(indexBytes)
	for level := range ix.levels {
		q := &ix.levels[level]
		bytes += int64(cap(q.buckets)) * bucketBytes
		for i, b := range q.buckets {
			if i < q.skipped {
				require.Equal(t, bucket{}, b)
				continue
			}
			if i > q.skipped {
				require.Less(t, q.buckets[i-1].tick, b.tick)
			}
			require.NotNil(t, b.top)
			below, used := uint32(0), b.used
			for p := b.top; p != nil; p = p.next {
				require.Positive(t, used)
				require.LessOrEqual(t, int(used), len(p.data))
				require.Zero(t, used%hashBytes)
				for at := uint32(0); at < used; at += hashBytes {
					hash, when := load(p.data[at:]), comesMs(level, b.tick)
					if first, filed := comes[hash]; !filed || when < first {
						comes[hash] = when
					}
					count++
				}
				bytes += p.bytes()
				if p != b.top {
					below++
					require.Len(t, p.data, maxPiece)
				}
				used = fullBytes
			}
			require.Equal(t, b.below, below)
		}
	}
	free := int64(0)
	for class, p := range ix.pieces.lists {
		for ; p != nil; p = p.next {
			require.Len(t, p.data, sizes[class])
			free += p.bytes()
		}
	}
	require.Equal(t, ix.pieces.freeBytes, free)
	require.LessOrEqual(t, free, int64(maxFreeBytes))
	require.Equal(t, ix.Len(), count)
	require.Equal(t, ix.Bytes(), bytes+free)
	return comes
}
