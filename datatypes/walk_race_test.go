package datatypes

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// parallel is a view that is walked on goroutines, and what it must show.
type parallel struct {
	view  *View
	want  []map[string]string
	walks sync.WaitGroup
	// mu guards got.
	mu  sync.Mutex
	got []map[string]string
	// twice counts entries that came more than once.
	twice int
}

func (p *parallel) see(database int, key []byte, e Entry) bool {
	row := written(key, &e)
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, again := p.got[database][string(key)]; again {
		p.twice++
	}
	p.got[database][string(key)] = row
	return true
}

// Walks on goroutines of their own, several of a view and several views at once, beside the writer, who walks too: the race detector has
// nothing to say, and each view shows its moment.
func TestWalksBesideTheWriter(t *testing.T) {
	t.Parallel()
	random := newRandom(t)
	w := newWalkWorld(t, random)
	for range 2 * w.keys {
		w.edit()
	}
	begin := func() *parallel {
		p := &parallel{view: w.store.View()}
		ends := []uint64{0, random.Uint64N(Positions / 2), Positions/2 + random.Uint64N(Positions/2), Positions}
		for i := range walkDatabases {
			p.want, p.got = append(p.want, rows(w.store.DB(i))), append(p.got, map[string]string{})
		}
		for i := range walkDatabases {
			for part := range len(ends) - 1 {
				p.walks.Go(func() {
					p.view.Walk(i, ends[part], ends[part+1], func(key []byte, e Entry) bool { return p.see(i, key, e) })
				})
			}
		}
		return p
	}
	var all sync.WaitGroup
	var before *parallel
	for range 25 {
		p := begin()
		for range 10 {
			for range 10 {
				w.edit()
			}
			p.view.WalkDisplaced(1, p.see)
		}
		if before != nil {
			before.walks.Wait()
			for i := range before.want {
				require.Equal(t, before.want[i], before.got[i])
			}
			require.Zero(t, before.twice)
		}
		all.Go(func() { // which closes while the writer goes on
			p.walks.Wait()
			p.view.Close()
		})
		before = p
	}
	all.Wait()
	w.check()
	require.Zero(t, w.store.Memory().Views)
}
