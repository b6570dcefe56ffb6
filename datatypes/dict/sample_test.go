package dict

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Glances that follow each other see every entry once, wherever in its page each of them begins.
func TestGlance(t *testing.T) {
	t.Parallel()
	for _, crowd := range crowds {
		for _, first := range []uint{0, 1, 77, 1 << 62} {
			d := filled(crowd.hash, crowd.keys)
			seen := map[string]int{}
			for hash, more := uint64(0), true; more; more = hash != 0 {
				hash = d.Glance(hash, first, 1<<20, func(at At) { seen[string(at.Item().Key)]++ })
			}
			require.Len(t, seen, crowd.keys, crowd.name)
			for key, times := range seen {
				require.Equal(t, 1, times, "%s: %s", crowd.name, key)
			}
		}
	}
}

// A glance sees no more than it was asked for, and nothing in an empty dictionary.
func TestGlanceIsBounded(t *testing.T) {
	t.Parallel()
	d := filled(hasher, 1000)
	for _, count := range []int{0, 1, 5} {
		seen := 0
		d.Glance(1<<63, 12, count, func(At) { seen++ })
		require.Equal(t, count, seen)
	}
	require.Zero(t, filled(hasher, 0).Glance(1<<63, 0, 10, func(At) { t.Error("an entry of none") }))
}
