package memcached

import (
	"strings"
	"sync"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/stretchr/testify/require"

	oracle "github.com/cinnabar-db/cinnabar/tests/memcache"
)

// gomemcache: every call of a user.
func TestGoMemcache(t *testing.T) {
	t.Run("memcached", func(t *testing.T) { calls(t, oracle.Start(t)) })
	for _, loops := range []string{"1", "3"} {
		t.Run(loops, func(t *testing.T) {
			_, port := start(t, "--io-threads", loops)
			calls(t, "127.0.0.1:"+port)
		})
	}
}

func calls(t *testing.T, addr string) {
	c := memcache.New(addr)
	require.NoError(t, c.Ping())
	require.NoError(t, c.Set(&memcache.Item{Key: "a", Value: []byte("value"), Flags: 7, Expiration: 100}))
	item, err := c.Get("a")
	require.NoError(t, err)
	require.Equal(t, "value", string(item.Value))
	require.Equal(t, uint32(7), item.Flags)
	item.Value = []byte("swapped")
	require.NoError(t, c.CompareAndSwap(item))
	require.ErrorIs(t, c.CompareAndSwap(item), memcache.ErrCASConflict)
	require.ErrorIs(t, c.Add(item), memcache.ErrNotStored)
	require.ErrorIs(t, c.Replace(&memcache.Item{Key: "none", Value: []byte("x")}), memcache.ErrNotStored)
	require.NoError(t, c.Append(&memcache.Item{Key: "a", Value: []byte("+")}))
	require.NoError(t, c.Prepend(&memcache.Item{Key: "a", Value: []byte("-")}))
	require.NoError(t, c.Touch("a", 200))
	require.ErrorIs(t, c.Touch("none", 200), memcache.ErrCacheMiss)
	got, err := c.GetAndTouch("a", 300)
	require.NoError(t, err)
	require.Equal(t, "-swapped+", string(got.Value))
	_, err = c.Increment("a", 1)
	require.ErrorContains(t, err, "cannot increment or decrement non-numeric value")
	_, err = c.Increment("none", 1)
	require.ErrorIs(t, err, memcache.ErrCacheMiss)
	many, err := c.GetMulti([]string{"a", "none"})
	require.NoError(t, err)
	require.Len(t, many, 1)
	require.ErrorContains(t, c.Set(&memcache.Item{Key: "large", Value: []byte(strings.Repeat("x", 2<<20))}), "too large")
	// Many at once count together, by incr and by cas.
	require.NoError(t, c.Set(&memcache.Item{Key: "n", Value: []byte("0")}))
	require.NoError(t, c.Set(&memcache.Item{Key: "cas", Value: []byte{0}}))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 25 {
				if _, err := c.Increment("n", 1); err != nil {
					t.Error(err)
				}
				for {
					item, err := c.Get("cas")
					if err != nil {
						t.Error(err)
						return
					}
					item.Value[0]++
					if err = c.CompareAndSwap(item); err == nil {
						break
					} else if err != memcache.ErrCASConflict {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	all.Wait()
	item, err = c.Get("n")
	require.NoError(t, err)
	require.Equal(t, "200", string(item.Value))
	item, err = c.Get("cas")
	require.NoError(t, err)
	require.Equal(t, []byte{200}, item.Value)
	require.NoError(t, c.Delete("n"))
	require.ErrorIs(t, c.Delete("n"), memcache.ErrCacheMiss)
	require.NoError(t, c.DeleteAll())
	_, err = c.Get("a")
	require.ErrorIs(t, err, memcache.ErrCacheMiss)
	require.NoError(t, c.Close())
}
