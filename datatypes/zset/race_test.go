package zset

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// readBy goes through a sorted set in every way there is, and tells what isn't as the model says.
func readBy(m *model, random *rand.Rand) (wrong string) {
	rank, scanned := 0, 0
	m.form.Each(func(it packed.Item, score float64) bool {
		if !m.same(rank, &it, score) {
			wrong = "Each: " + string(it.AppendTo(nil))
		}
		rank++
		return wrong == ""
	})
	m.form.RangeBack(0, m.form.Len(), func(it packed.Item, score float64) bool {
		rank--
		if !m.same(rank, &it, score) {
			wrong = "RangeBack: " + string(it.AppendTo(nil))
		}
		return wrong == ""
	})
	for cursor, more := uint64(0), true; more; more = cursor != 0 {
		cursor = m.form.Scan(cursor, 20, func(it packed.Item, score float64) {
			scanned++
			if want, there := m.want[string(it.AppendTo(nil))]; !there || want != score {
				wrong = "Scan: " + string(it.AppendTo(nil))
			}
		})
	}
	for i, s := range m.sorted {
		if at := m.form.Find([]byte(s.member)); !at.Found() || m.form.Rank(&at) != i || at.Score != s.score {
			return "Find: " + s.member
		}
		if m.form.FirstFromMember(s.score, []byte(s.member)) != i || m.form.FirstAbove(s.score) <= i || m.form.FirstFrom(s.score) > i {
			return "First: " + s.member
		}
	}
	if n := len(m.sorted); n > 0 {
		if it, score := m.form.Random(random); m.want[string(it.AppendTo(nil))] != score {
			return "Random"
		}
	}
	if wrong == "" && (rank != 0 || scanned != len(m.sorted) || m.form.Len() != len(m.sorted)) {
		return "another number of members"
	}
	return wrong
}

// Readers of views see their moment's members and nothing else, while the writer adds, removes, shares, and opens views.
func TestViewsBesideTheWriter(t *testing.T) {
	t.Parallel()
	random, ed := newRandom(t), newEdit()
	m := newModel()
	failures := make(chan string, 1000)
	places := make(chan struct{}, 4)
	var readers sync.WaitGroup
	for round := range 80 {
		growing := round/10%2 == 0
		if m.form.Tree != nil {
			m.form.Tree.Repack(0, 3) // which views may still see
			m.form.Tree.Repack(inMembers, 3)
		}
		for range 100 {
			if member := word(random.IntN(700)); growing == (random.IntN(5) > 0) {
				m.add(t, ed, member, float64(random.IntN(3)), false)
			} else {
				m.remove(t, ed, member)
			}
		}
		if round%10 == 9 {
			// The other one goes on; this one is left to whoever views it.
			m = m.copy(ed)
		}
		places <- struct{}{}
		moment := &model{m.form, maps.Clone(m.want), slices.Clone(m.sorted)}
		at, seed := ed.Space.Open(), random.Uint64()
		readers.Go(func() {
			defer func() { <-places }()
			if wrong := readBy(moment, rand.New(rand.NewPCG(seed, 1))); wrong != "" {
				failures <- wrong
			}
			ed.Space.Close(at)
		})
	}
	readers.Wait()
	close(failures)
	for wrong := range failures {
		require.Fail(t, wrong)
	}
	require.Zero(t, ed.Space.Views())
	require.NoError(t, m.form.Check())
}
