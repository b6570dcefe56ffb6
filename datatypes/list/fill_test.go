package list

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// A list that was filled has its items in their order, at all sizes.
func TestFill(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	ed := newEdit()
	var fill Fill
	for round := range 500 {
		var want []string
		for n := range 1 + random.IntN(900) {
			text := fmt.Sprint(n % 50)
			if n%2 == round%2 {
				text = strings.Repeat("x", random.IntN(1+round%70)) + text
			}
			if round%50 == 49 && n%10 == 0 {
				text = strings.Repeat(text, 500)
			}
			want = append(want, text)
			it := packed.TextItem([]byte(text))
			fill.Add(ed, &it)
		}
		got := fill.Done(ed)
		require.NoError(t, got.Check())
		require.Equal(t, len(want), got.Len())
		i := 0
		got.Range(0, got.Len(), func(it packed.Item) bool {
			require.Equal(t, want[i], string(it.AppendTo(nil)))
			i++
			return true
		})
	}
	empty := fill.Done(ed)
	require.Zero(t, empty.Len())
}
