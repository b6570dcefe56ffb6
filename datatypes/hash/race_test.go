package hash

import (
	"maps"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// readBy goes through a hash in every way there is, and tells what isn't as the model says.
func readBy(m *model, random *rand.Rand, nowMs int64) (wrong string) {
	live := m.live(nowMs)
	fields := 0
	see := func(how string) func(field, value packed.Item) bool {
		fields = 0
		return func(field, value packed.Item) bool {
			fields++
			text := string(field.AppendTo(nil))
			if want, there := live[text]; !there || want != string(value.AppendTo(nil)) {
				wrong = how + ": " + text
			}
			return wrong == ""
		}
	}
	if m.form.Each(nowMs, see("Each")); fields != len(live) {
		return wrong + ", another number of fields"
	}
	note := see("Scan")
	for cursor, more := uint64(0), true; more; more = cursor != 0 {
		cursor = m.form.Scan(cursor, 20, nowMs, func(field, value packed.Item) { note(field, value) })
	}
	if fields != len(live) || m.form.Len() != len(m.want) || m.form.LiveLen(nowMs) != len(live) {
		return wrong + ", another number of fields"
	}
	earliest := NoDeadline
	for field, h := range m.want {
		if at := m.form.Find([]byte(field)); !at.Found() || string(at.Value.AppendTo(nil)) != h.value || at.DeadlineMs != h.deadlineMs {
			return "Find: " + field
		}
		earliest = sooner(earliest, h.deadlineMs)
	}
	if m.form.NextDeadline() != earliest {
		return "NextDeadline"
	}
	m.form.EachDue(nowMs, func(field, _ packed.Item) bool {
		if text := string(field.AppendTo(nil)); !due(m.want[text].deadlineMs, nowMs) {
			wrong = "EachDue: " + text
		}
		return wrong == ""
	})
	if field, value, ok := m.form.Random(random, nowMs); ok {
		see("Random")(field, value)
	}
	return wrong
}

// Readers of views see their moment's fields and nothing else, while the writer sets, deletes, gives deadlines, shares, and opens views.
func TestViewsBesideTheWriter(t *testing.T) {
	t.Parallel()
	random, ed := newRandom(t), newEdit()
	m := &model{want: map[string]held{}}
	failures := make(chan string, 1000)
	places := make(chan struct{}, 4)
	var readers sync.WaitGroup
	for round := range 80 {
		growing, nowMs := round/10%2 == 0, int64(1000+round)
		if m.form.Tree != nil {
			m.form.Tree.Repack(0, 3) // which views may still see
		}
		for range 100 {
			switch field := word(random.IntN(700)); {
			case random.IntN(4) == 0:
				m.setDeadline(t, ed, field, nowMs+int64(random.IntN(20))-5)
			case growing == (random.IntN(5) > 0):
				m.set(t, ed, random, field, strconv.Itoa(random.IntN(100_000)), NoDeadline)
			default:
				m.delete(t, ed, field)
			}
		}
		m.removeDue(t, ed, nowMs, 20)
		if round%10 == 9 {
			// The other one goes on; this one is left to whoever views it.
			m = m.copy(ed)
		}
		places <- struct{}{}
		moment, at, seed := &model{m.form, maps.Clone(m.want)}, ed.Space.Open(), random.Uint64()
		readers.Go(func() {
			defer func() { <-places }()
			if wrong := readBy(moment, rand.New(rand.NewPCG(seed, 1)), nowMs); wrong != "" {
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
