package dict

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// fillParts puts keys from one number up to another by several goroutines, each in a space of its own. So many are expected, if any.
func fillParts(d *Dict, space *page.Space, from, to, goroutines, payload, expected int) {
	parts := d.Divide()
	entryBytes := max(d.EntryBytes(), 16)
	spaces := make([]*page.Space, goroutines)
	var all sync.WaitGroup
	for g := range goroutines {
		spaces[g] = space.NewSpaceBeside()
		all.Go(func() {
			for part := g; expected > 0 && part < Parts; part += goroutines {
				parts[part].Adopt(spaces[g])
				parts[part].Reserve(part, expected/Parts, entryBytes)
			}
			for n := from; n < to; n++ {
				key := numberKey(n)
				hash := d.hash(key)
				part := PartOf(hash)
				if part%goroutines != g {
					continue
				}
				parts[part].Adopt(spaces[g])
				var tree any
				if n%50 == 0 {
					tree = n
				}
				at := parts[part].Put(parts[part].Find(hash, key), hash, key, n%payload, tree)
				for i := range at.Payload() {
					at.Payload()[i] = byte(n)
				}
			}
		})
	}
	all.Wait()
	d.Unite(parts)
	if expected > 0 {
		d.Settle()
	}
	for _, s := range spaces {
		space.Absorb(s)
	}
}

// Parts filled at once are a dictionary as if it had been filled by one, whatever was in it before, and go on as one.
func TestParts(t *testing.T) {
	for _, had := range []int{0, 100, 6000} {
		for _, kind := range []string{"no clocks", "clocks", "fine clocks"} {
			t.Run(fmt.Sprintf("%d keys before, %s", had, kind), func(t *testing.T) {
				space := &page.Space{}
				d := New(space, hasher)
				if kind != "no clocks" {
					d = NewWithClocks(space, hasher)
					d.SetFine(kind == "fine clocks")
				}
				for n := range had {
					hash := hasher(numberKey(n))
					d.Put(d.Find(hash, numberKey(n)), hash, numberKey(n), 5, nil)
				}
				for round := range 3 {
					fillParts(d, space, had/2, had+2000*round*round, 3, 300, 0)
					require.NoError(t, d.Check())
				}
				end := had + 2000*2*2
				require.Equal(t, end, d.Len())
				random := rand.New(rand.NewPCG(1, 2))
				for n := range end {
					key := numberKey(n)
					at := d.Find(hasher(key), key)
					if !at.Found() {
						require.Fail(t, "a key is lost", "%d", n)
					}
					if n >= had/2 {
						payload, tree := at.Value()
						if !bytes.Equal(payload, bytes.Repeat([]byte{byte(n)}, n%300)) || (tree != nil) != (n%50 == 0) {
							require.Fail(t, "another value", "%d", n)
						}
					}
					if random.IntN(10) > 0 {
						require.True(t, d.Delete(hasher(key), key))
					}
				}
				require.NoError(t, d.Check())
			})
		}
	}
}

// Hashes that crowd: directories stand below directories when it is divided.
func TestPartsOfCrowds(t *testing.T) {
	for _, c := range crowds {
		space := &page.Space{}
		d := New(space, c.hash)
		for round := range 3 {
			fillParts(d, space, 0, c.keys/3*(round+1), 2, 9, 100_000*round)
			require.NoError(t, d.Check(), c.name)
		}
		require.Equal(t, c.keys/3*3, d.Len())
	}
}

// Room that was made ahead doesn't show in the end, whether as many entries came as were expected or more, or fewer.
func TestReserve(t *testing.T) {
	const before, keys = 3000, 100_000
	slack := func(d *Dict) float64 { return float64(d.Size().Allocated) / float64(d.Size().Live) }
	filled := func(expected int, fine bool) *Dict {
		space := &page.Space{}
		d := NewWithClocks(space, hasher)
		d.SetFine(fine)
		fillParts(d, space, 0, before, 1, 50, 0)
		fillParts(d, space, before, keys, 3, 50, expected)
		require.NoError(t, d.Check())
		require.Equal(t, keys, d.Len())
		return d
	}
	for _, fine := range []bool{false, true} {
		want := filled(0, fine)
		for _, expected := range []int{Parts, keys / 10, keys, 3 * keys, 20 * keys} {
			d := filled(expected, fine)
			require.InDelta(t, slack(want), slack(d), 0.1, expected)
			require.InEpsilon(t, want.Size().Live, d.Size().Live, 0.1, expected)
			for n := range keys {
				require.True(t, d.Delete(hasher(numberKey(n)), numberKey(n)))
			}
			require.NoError(t, d.Check())
		}
	}
}
