package commands

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// newZSetServer answers the commands about sets and sorted sets that wait for nothing.
func newZSetServer() *bitServer {
	s := newSetServer()
	for _, row := range ZSetRows() {
		s.rows[row.Name] = row
	}
	return s
}

// scoredModel combines sorted sets as the definitions of the commands say; scores are such that their sums are exact.
func scoredModel(op string, sources []map[string]float64, weights []float64, aggregate string) (reply string) {
	scores, times := map[string]float64{}, map[string]int{}
	for i, source := range sources {
		for member, score := range source {
			score *= weights[i]
			switch {
			case times[member] == 0:
				scores[member] = score
			case aggregate == "SUM":
				scores[member] += score
			case aggregate == "MIN":
				scores[member] = min(scores[member], score)
			default:
				scores[member] = max(scores[member], score)
			}
			times[member]++
		}
	}
	var members []string
	for member, count := range times {
		if _, first := sources[0][member]; op == "ZUNION" || op == "ZINTER" && count == len(sources) || op == "ZDIFF" && first && count == 1 {
			members = append(members, member)
		}
	}
	slices.SortFunc(members, func(a, b string) int {
		if scores[a] != scores[b] {
			return int(math.Copysign(1, scores[a]-scores[b]))
		}
		return strings.Compare(a, b)
	})
	var line strings.Builder
	for _, member := range members {
		fmt.Fprintf(&line, "%s %v\n", member, scores[member])
	}
	return line.String()
}

// scoredLines are members and scores of a reply as scoredModel gives them.
func scoredLines(t *testing.T, reply string) string {
	list := words(reply)
	require.Zero(t, len(list)%2, reply)
	var lines strings.Builder
	for i := 0; i < len(list); i += 2 {
		fmt.Fprintf(&lines, "%s %s\n", list[i], list[i+1])
	}
	return lines.String()
}

// makeSources stores sets and sorted sets of several forms and sizes.
func makeSources(s *bitServer, random *rand.Rand) (keys []string, sources map[string]map[string]float64) {
	sources = map[string]map[string]float64{}
	for i, size := range []int{0, 1, 2, 10, 60, 130, 400, 2500} {
		for j, format := range []string{"%d", "m%d"} {
			key, members := fmt.Sprintf("k%d_%d", i, j), map[string]float64{}
			for range size {
				member := fmt.Sprintf(format, random.IntN(1+size*3/2))
				members[member] = 1
				if plain := (i+j)%3 == 0; plain {
					s.ask("SADD " + key + " " + member)
				} else {
					members[member] = float64(random.IntN(7) - 3)
					s.ask(fmt.Sprint("ZADD ", key, " ", members[member], " ", member))
				}
			}
			keys, sources[key] = append(keys, key), members
		}
	}
	return keys, sources
}

// TestZSetAlgebra combines random sources, few and many, small and large, in place and on a view, with keys named twice and keys that
// aren't there.
func TestZSetAlgebra(t *testing.T) {
	random := rand.New(rand.NewPCG(21, 22))
	for _, inPlace := range []int{-1, 1 << 30} {
		s := newZSetServer()
		s.inPlace = inPlace
		keys, sources := makeSources(s, random)
		for round := range 120 {
			var names, weights []string
			var models []map[string]float64
			var factors, ones []float64
			for range 1 + random.IntN([]int{2, 4, 30}[round%3]) {
				key, factor := keys[random.IntN(len(keys))], random.IntN(9)-4
				names, models = append(names, key), append(models, sources[key])
				weights, factors, ones = append(weights, strconv.Itoa(factor)), append(factors, float64(factor)), append(ones, 1)
			}
			aggregate := []string{"SUM", "MIN", "MAX"}[random.IntN(3)]
			about := fmt.Sprint(len(names), " ", strings.Join(names, " "))
			weighed := about + " WEIGHTS " + strings.Join(weights, " ") + " AGGREGATE " + aggregate
			for _, op := range []string{"ZUNION", "ZINTER", "ZDIFF"} {
				asked, want := weighed, scoredModel(op, models, factors, aggregate)
				if op == "ZDIFF" {
					asked, want = about, scoredModel(op, models, ones, "SUM")
				}
				// The model has no -0, which comes of a product with a negative weight.
				got := strings.ReplaceAll(scoredLines(t, s.ask(op+" "+asked+" WITHSCORES")), " -0\n", " 0\n")
				require.Equal(t, strings.ReplaceAll(want, " -0\n", " 0\n"), got, op+" "+asked)
				count := strings.Count(want, "\n")
				require.Equal(t, fmt.Sprintf(":%d\r\n", count), s.ask(op+"STORE d "+asked), asked)
				stored := strings.ReplaceAll(scoredLines(t, s.ask("ZRANGE d 0 -1 WITHSCORES")), " -0\n", " 0\n")
				require.Equal(t, got, stored, op+"STORE "+asked)
				if op == "ZINTER" {
					limit := random.IntN(20)
					if limit > 0 {
						count = min(count, limit)
					}
					require.Equal(t, fmt.Sprintf(":%d\r\n", count), s.ask(fmt.Sprintf("ZINTERCARD %s LIMIT %d", about, limit)), about)
				}
			}
		}
	}
}

// TestMemberTable adds members in all their forms, of which integers and their texts are one.
func TestMemberTable(t *testing.T) {
	for _, expected := range []int{0, 1, 5000} {
		table := newMemberTable(expected)
		for i := range 5000 {
			text := []byte(strconv.Itoa(i))
			number, word := packed.IntItem(int64(i)), packed.TextItem([]byte("m"+string(text)))
			require.Equal(t, -1, table.find(&number))
			for round := range 2 {
				at, added := table.add(&number)
				require.Equal(t, []any{2 * i, round == 0}, []any{at, added})
				at, added = table.add(&word)
				require.Equal(t, []any{2*i + 1, round == 0}, []any{at, added})
			}
			same := packed.TextItem(text)
			require.Equal(t, 2*i, table.find(&same))
		}
		require.Len(t, table.members, 10_000)
		require.GreaterOrEqual(t, len(table.slots), 20_000)
	}
}

// TestScoredWorkEnds leaves work in the middle when nobody wants it any more.
func TestScoredWorkEnds(t *testing.T) {
	s := newZSetServer()
	s.fill("k", 3*breathEvery, "m%d")
	for _, op := range []*scoredOp{scoredUnion, scoredInter, scoredDiff} {
		for breaths := range 5 {
			asked := 0
			w := scoredWork{aggregate: addScore, pace: pace{breathe: func() bool {
				asked++
				return asked <= breaths
			}}}
			var room [1]scoredSource
			s.call.Begin(nil, nil, 1)
			s.call.Client, s.call.Keys = s, s
			sources, ok := s.call.findScored(room[:0], [][]byte{[]byte("k")})
			require.True(t, ok)
			op.combine(&w, sources)
			w.sort()
			require.True(t, w.ended)
			require.Equal(t, breaths+1, asked, "nobody is asked again")
		}
	}
}

// FuzzParseAlgebra holds options to what the work may rely on.
func FuzzParseAlgebra(f *testing.F) {
	for _, text := range []string{
		"WEIGHTS 1 2", "weights 1", "AGGREGATE MIN WITHSCORES", "LIMIT 3", "WEIGHTS WEIGHTS 1", "aggregate", "LIMIT -1", "WEIGHTS nan 1", "",
	} {
		f.Add(text, byte(2), byte(3))
	}
	f.Fuzz(func(t *testing.T, text string, count, which byte) {
		var words [][]byte
		for _, word := range strings.Split(text, " ") {
			words = append(words, []byte(word))
		}
		sources := make([]scoredSource, 1+int(count)%9)
		op, store := []*scoredOp{scoredUnion, scoredInter, scoredDiff, scoredCard}[which%4], which&4 != 0
		a, errText := parseAlgebra(op, words, sources, store)
		if errText != "" {
			return
		}
		require.NotNil(t, a.aggregate)
		require.GreaterOrEqual(t, a.limit, int64(0))
		require.False(t, a.withScores && (store || op == scoredCard))
		for i := range sources {
			require.False(t, math.IsNaN(sources[i].weight))
			require.True(t, op.weighs || sources[i].weight == 0)
		}
	})
}
