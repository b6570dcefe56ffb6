package set

import (
	"maps"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// readBy goes through a set in every way there is, and tells what isn't as want says.
func readBy(f Form, want map[string]bool, random *rand.Rand) (wrong string) {
	each, scanned := 0, 0
	f.Each(func(it packed.Item) bool {
		each++
		if text := string(it.AppendTo(nil)); !want[text] {
			wrong = "Each: " + text
		}
		return wrong == ""
	})
	for cursor, more := uint64(0), true; more; more = cursor != 0 {
		cursor = f.Scan(cursor, 20, func(it packed.Item) {
			scanned++
			if text := string(it.AppendTo(nil)); !want[text] {
				wrong = "Scan: " + text
			}
		})
	}
	for text := range want {
		if !f.Has([]byte(text)) {
			return "Has: " + text
		}
	}
	if len(want) > 0 {
		if it := f.Random(random); !want[string(it.AppendTo(nil))] {
			return "Random"
		}
	}
	if wrong == "" && (each != len(want) || scanned != len(want) || f.Len() != len(want)) {
		return "another number of members"
	}
	return wrong
}

// Readers of views see their moment's members and nothing else, while the writer adds, removes, shares, and opens views.
func TestViewsBesideTheWriter(t *testing.T) {
	t.Parallel()
	random, ed := newRandom(t), newEdit()
	m := &model{want: map[string]bool{}}
	failures := make(chan string, 1000)
	places := make(chan struct{}, 4)
	var readers sync.WaitGroup
	for round := range 80 {
		growing := round/10%2 == 0
		if m.form.Tree != nil {
			m.form.Tree.Repack(0, 3) // which views may still see
		}
		for range 100 {
			if member := word(random.IntN(700)); growing == (random.IntN(5) > 0) {
				m.add(t, ed, member, false)
			} else {
				m.remove(t, ed, member)
			}
		}
		if round%10 == 9 {
			// The other one goes on; this one is left to whoever views it.
			m = m.copy(ed)
		}
		places <- struct{}{}
		moment, form, at, seed := maps.Clone(m.want), m.form, ed.Space.Open(), random.Uint64()
		readers.Go(func() {
			defer func() { <-places }()
			if wrong := readBy(form, moment, rand.New(rand.NewPCG(seed, 1))); wrong != "" {
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
