package hash

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// A hash that was filled is the one that Put makes, at all sizes; a name that comes twice is noticed.
func TestFill(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	ed := newEdit()
	var fill Fill
	for round := range 600 {
		var want Form
		count, timed := 1+random.IntN(200), random.IntN(3) == 0
		for n := range count {
			name, text := fmt.Sprint(n*7919%1009), strings.Repeat("v", random.IntN(1+round%90))
			if n%3 == 0 {
				name = "field" + name
			}
			field, value := packed.TextItem([]byte(name)), packed.TextItem([]byte(text))
			deadlineMs := NoDeadline
			if timed && random.IntN(20) == 0 {
				deadlineMs = 1 + random.Int64N(1000)
			}
			require.True(t, fill.Add(ed, &field, &value, deadlineMs))
			other := newEdit()
			at := want.Find([]byte(name))
			want.Put(other, &at, []byte(name), &value, deadlineMs)
		}
		got := fill.Done(ed)
		require.NoError(t, got.Check())
		require.Equal(t, want.Len(), got.Len())
		require.Equal(t, want.NextDeadline(), got.NextDeadline())
		want.All(func(field, value packed.Item, deadlineMs int64) bool {
			at := got.Find(field.AppendTo(nil))
			require.True(t, at.Found())
			require.Equal(t, string(value.AppendTo(nil)), string(at.Value.AppendTo(nil)))
			require.Equal(t, deadlineMs, at.DeadlineMs)
			return true
		})
		for n := range count {
			field := packed.IntItem(int64(n))
			require.True(t, fill.Add(ed, &field, &field, NoDeadline))
		}
		again := packed.TextItem(fmt.Append(nil, random.IntN(count)))
		require.False(t, fill.Add(ed, &again, &again, NoDeadline))
		fill = Fill{}
	}
	empty := fill.Done(ed)
	require.Zero(t, empty.Len())
}
