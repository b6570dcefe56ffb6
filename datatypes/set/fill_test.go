package set

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// A set that was filled has what was added: integers, others, or first these and then those; a member that comes twice is noticed.
func TestFill(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	ed := newEdit()
	var fill Fill
	for round := range 600 {
		count := 1 + random.IntN(700)
		var names []string
		for n := range count {
			name := fmt.Sprint(int64(random.Uint64()>>random.IntN(40))&^1023 + int64(n))
			if turn := round % 4; turn == 0 || turn == 1 && n > count/2 || turn == 2 && n%2 == 0 {
				name = "m" + name + strings.Repeat("m", round%60)
			}
			names = append(names, name)
			member := packed.TextItem([]byte(name))
			require.True(t, fill.Add(ed, &member))
		}
		got, once := fill.Done(ed)
		require.True(t, once)
		require.NoError(t, got.Check())
		require.Equal(t, count, got.Len())
		for _, name := range names {
			require.True(t, got.Has([]byte(name)))
		}
		names = append(names, names[random.IntN(count)])
		once = true
		for _, name := range names {
			member := packed.TextItem([]byte(name))
			once = once && fill.Add(ed, &member)
		}
		if once {
			_, once = fill.Done(ed)
		}
		require.False(t, once)
		fill = Fill{}
	}
	empty, once := fill.Done(ed)
	require.True(t, once)
	require.Zero(t, empty.Len())
}
