package list

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// readBy goes through a list in every way there is, and tells what isn't as want says.
func readBy(f Form, want []string, random *rand.Rand) (wrong string) {
	var all, back []string
	if f.Len() != len(want) {
		return "Len"
	}
	f.Range(0, len(want), collect(&all))
	f.RangeBack(0, len(want), collect(&back))
	if !slices.Equal(all, want) {
		return "Range"
	}
	if !slices.Equal(reversed(back), want) {
		return "RangeBack"
	}
	if len(want) == 0 {
		return ""
	}
	for range 20 {
		i := random.IntN(len(want))
		if it := f.At(i); string(it.AppendTo(nil)) != want[i] {
			return "At"
		}
		f.Find([]byte(want[i]), 0, len(want), i%2 == 0, func(found int) bool {
			if want[found] != want[i] {
				wrong = "Find"
			}
			return wrong == ""
		})
	}
	return wrong
}

// Readers of views see their moment's items and nothing else, while the writer changes the list, shares it, moves its pages, and opens
// views.
func TestViewsBesideTheWriter(t *testing.T) {
	t.Parallel()
	random, ed := newRandom(t), newEdit()
	text := func() string { return sources[4].text(random) }
	m := &model{}
	failures := make(chan string, 1000)
	places := make(chan struct{}, 4)
	var readers sync.WaitGroup
	for round := range 150 {
		for range 8 {
			m.change(t, ed, random, text, 1000)
			m.store(ed)
		}
		if m.form.Tree != nil {
			m.form.Tree.Repack(0, 3) // which views may still see
		}
		if round%10 == 9 {
			// The other one goes on; this one is left to whoever views it.
			m = m.copy(ed)
		}
		places <- struct{}{}
		moment, form, at, seed := slices.Clone(m.want), m.form, ed.Space.Open(), random.Uint64()
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
