package zset

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// A sorted set that was filled is the one that Add makes, rising, falling or mixed; a member that comes twice is noticed.
func TestFill(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	ed := newEdit()
	var fill Fill
	for round := range 600 {
		var want Form
		other, count := newEdit(), 1+random.IntN(200)
		for n := range count {
			score := float64([]int{n / 2, -n, random.IntN(50)}[round%3])
			name := fmt.Sprintf("%06d%s", n, strings.Repeat("m", round%60))
			if round%5 == 0 {
				name = fmt.Sprint(1000 + n)
			}
			member := packed.TextItem([]byte(name))
			require.True(t, fill.Add(ed, &member, score))
			want.Add(other, []byte(name), score)
		}
		got := fill.Done(ed)
		require.NoError(t, got.Check())
		require.Equal(t, want.Len(), got.Len())
		for rank := range count {
			member, score := want.At(rank)
			it, same := got.At(rank)
			require.Equal(t, string(member.AppendTo(nil)), string(it.AppendTo(nil)))
			require.Equal(t, score, same)
		}
		for n := range count {
			member := packed.IntItem(int64(n))
			require.True(t, fill.Add(ed, &member, float64(n/3)))
		}
		again := packed.TextItem(fmt.Append(nil, random.IntN(count)))
		require.False(t, fill.Add(ed, &again, 1e6))
		fill = Fill{}
	}
	empty := fill.Done(ed)
	require.Zero(t, empty.Len())
}
