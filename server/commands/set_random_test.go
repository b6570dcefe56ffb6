package commands

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// newSetServer answers the commands about sets.
func newSetServer() *bitServer {
	s := newBitServer()
	for _, row := range SetRows() {
		s.rows[row.Name] = row
	}
	return s
}

// words are the bulk strings of a reply, an aggregate or one alone.
func words(reply string) (list []string) {
	lines := strings.Split(reply, "\r\n")
	for i := 0; i+1 < len(lines); i++ {
		if strings.HasPrefix(lines[i], "$") {
			list = append(list, lines[i+1])
			i++
		}
	}
	return list
}

// fill makes a set of count members: integers, short texts, or texts so large that they lie in a tree.
func (s *bitServer) fill(key string, count int, format string) {
	for i := range count {
		s.ask("SADD " + key + " " + fmt.Sprintf(format, i))
	}
}

// memberFormats are members of which a set of 20 lies in each way that there is.
var memberFormats = map[string]string{"integers": "%d", "items": "m%d", "tree": "m%d" + strings.Repeat("x", 300)}

// requireUniform fails if counts of members drawn are not as likely as they should be: chi-squared with 19 degrees of freedom is above
// 60 once in 300,000 runs. spread is 1 for draws that don't depend on each other, less for those of which several must differ.
func requireUniform(t *testing.T, counts map[string]int, members int, spread float64) {
	require.Len(t, counts, members)
	total := 0
	for _, count := range counts {
		total += count
	}
	mean, sum := float64(total)/float64(members), 0.0
	for _, count := range counts {
		sum += (float64(count) - mean) * (float64(count) - mean) / mean
	}
	require.Less(t, sum, 60*spread)
}

func TestDrawsAreUniform(t *testing.T) {
	const members, rounds = 20, 3000
	for name, format := range memberFormats {
		for _, count := range []int{0, 1, -1, -7, 2, 5, 13, 19} {
			t.Run(fmt.Sprint(name, count), func(t *testing.T) {
				s := newSetServer()
				s.fill("k", members, format)
				ask := fmt.Sprint("SRANDMEMBER k ", count)
				if count == 0 {
					ask = "SRANDMEMBER k"
				}
				counts := map[string]int{}
				for range rounds {
					for _, member := range words(s.ask(ask)) {
						counts[member]++
					}
				}
				spread := 1.0
				if count > 1 {
					spread = float64(members-count) / (members - 1)
				}
				requireUniform(t, counts, members, spread)
			})
		}
	}
}

func TestPopsAreUniform(t *testing.T) {
	const members, rounds = 20, 1500
	for name, format := range memberFormats {
		for _, count := range []int{0, 1, 5, 13, 18, 19} {
			t.Run(fmt.Sprint(name, count), func(t *testing.T) {
				s := newSetServer()
				s.call.Observed = true
				s.fill("k", members, format)
				ask, popped := fmt.Sprint("SPOP k ", count), max(count, 1)
				if count == 0 {
					ask = "SPOP k"
				}
				counts := map[string]int{}
				for range rounds {
					got := words(s.ask(ask))
					require.Len(t, got, popped)
					require.Len(t, s.call.Effects.Commands, 1)
					var told []string
					for _, word := range s.call.Effects.Commands[0] {
						told = append(told, string(word))
					}
					require.Equal(t, append([]string{"SREM", "k"}, got...), told)
					require.Equal(t, popped, s.call.Effects.Changes)
					for _, member := range got {
						counts[member]++
					}
					require.Equal(t, fmt.Sprintf(":%d\r\n", members-popped), s.ask("SCARD k"))
					require.Equal(t, fmt.Sprintf(":%d\r\n", popped), s.ask("SADD k "+strings.Join(got, " ")))
				}
				requireUniform(t, counts, members, float64(members-popped)/(members-1))
			})
		}
	}
}

// TestPopsOfMany propagates many members in commands of a bounded size.
func TestPopsOfMany(t *testing.T) {
	for _, count := range []int{poppedPerCommand - 1, poppedPerCommand, poppedPerCommand + 1, 4000, 4999} {
		s := newSetServer()
		s.call.Observed = true
		s.fill("k", 5000, "m%d")
		got := words(s.ask(fmt.Sprint("SPOP k ", count)))
		var told []string
		for _, command := range s.call.Effects.Commands {
			require.LessOrEqual(t, len(command), 2+poppedPerCommand)
			require.Greater(t, len(command), 2)
			for _, word := range command[2:] {
				told = append(told, string(word))
			}
		}
		require.Equal(t, got, told)
		require.Equal(t, fmt.Sprintf(":%d\r\n", 5000-count), s.ask("SCARD k"))
		require.NotContains(t, s.ask("SMISMEMBER k "+strings.Join(got, " ")), ":1")
	}
}
