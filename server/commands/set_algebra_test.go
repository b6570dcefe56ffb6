package commands

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// setModel combines sets as their definitions say.
func setModel(op string, sets []map[string]bool) (members []string) {
	all := map[string]int{}
	for _, members := range sets {
		for member := range members {
			all[member]++
		}
	}
	for member, times := range all {
		if op == "SUNION" || op == "SINTER" && times == len(sets) || op == "SDIFF" && sets[0][member] && times == 1 {
			members = append(members, member)
		}
	}
	slices.Sort(members)
	return members
}

// TestSetAlgebra combines random sets of every form and size, few and many of them, in place and on a view, with keys named twice and
// keys that aren't there.
func TestSetAlgebra(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	for _, inPlace := range []int{-1, 1 << 30} {
		s := newSetServer()
		s.inPlace = inPlace
		sets := map[string]map[string]bool{}
		var keys []string
		for i, size := range []int{0, 1, 2, 10, 60, 130, 400, 600, 3000} {
			for _, format := range []string{"%d", "m%d"} {
				key := fmt.Sprint("k", i, format[:1])
				members := map[string]bool{}
				for range size {
					members[fmt.Sprintf(format, random.IntN(1+size*3/2))] = true
				}
				for member := range members {
					s.ask("SADD " + key + " " + member)
				}
				keys, sets[key] = append(keys, key), members
			}
		}
		for round := range 160 {
			var names []string
			var models []map[string]bool
			for range 1 + random.IntN([]int{2, 4, 30}[round%3]) {
				key := keys[random.IntN(len(keys))]
				names, models = append(names, key), append(models, sets[key])
			}
			for _, op := range []string{"SINTER", "SUNION", "SDIFF"} {
				want, about := setModel(op, models), op+" "+strings.Join(names, " ")
				got := words(s.ask(about))
				slices.Sort(got)
				require.Equal(t, want, got, about)
				require.Equal(t, fmt.Sprintf(":%d\r\n", len(want)), s.ask(op+"STORE d "+strings.Join(names, " ")), about)
				stored := words(s.ask("SMEMBERS d"))
				slices.Sort(stored)
				require.Equal(t, want, stored, about)
				if op == "SINTER" {
					limit := random.IntN(20)
					count := len(want)
					if limit > 0 {
						count = min(count, limit)
					}
					require.Equal(t, fmt.Sprintf(":%d\r\n", count), s.ask(fmt.Sprintf("SINTERCARD %d %s LIMIT %d", len(names), strings.Join(names, " "), limit)), about)
				}
			}
		}
	}
}
