package compat

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// effects is what two servers propagated in the same time, as an observer of each was sent it, or their keyspace events, or what MONITOR
// showed.
type effects struct {
	what         string
	ours, theirs [][]string
}

// follower is an observer, a listener or a watcher.
type follower interface {
	// All is what came since the last time.
	All() ([][]string, error)
}

// namedWatcher tells connections by their names in the script instead of their addresses.
type namedWatcher struct {
	*peer.Watcher
	names map[string]string
}

// All implements follower.
func (n namedWatcher) All() ([][]string, error) {
	list, err := n.Watcher.All()
	for _, words := range list {
		name, known := n.names[words[1]]
		if !known {
			name = "?" // of those who follow
		}
		words[1] = name
	}
	return list, err
}

// readEffects takes what both followers were sent since the last time.
func readEffects(what string, ours, theirs follower) (effects, error) {
	fx := effects{what: what}
	var err error
	if fx.theirs, err = theirs.All(); err == nil {
		fx.ours, err = ours.All()
	}
	return fx, err
}

const (
	// deadlineDistanceMs is how far deadlines may lie apart that the two servers have made of times to live.
	deadlineDistanceMs = 5000
	// streamContext is how many commands are shown before those that differ, streamShown how many of these.
	streamContext = 5
	streamShown   = 8
)

// sorted is the same with each stream's commands sorted, for what is propagated in any order.
func (fx effects) sorted() effects {
	slices.SortFunc(fx.ours, slices.Compare)
	slices.SortFunc(fx.theirs, slices.Compare)
	return fx
}

// complaint shows where the streams differ, command by command; it is empty where they don't.
func (fx effects) complaint() string {
	head := 0
	for head < min(len(fx.ours), len(fx.theirs)) && sameEffect(fx.ours[head], fx.theirs[head]) {
		head++
	}
	ours, theirs := fx.ours[head:], fx.theirs[head:]
	if len(ours) == 0 && len(theirs) == 0 {
		return ""
	}
	for len(ours) > 0 && len(theirs) > 0 && sameEffect(ours[len(ours)-1], theirs[len(theirs)-1]) {
		ours, theirs = ours[:len(ours)-1], theirs[:len(theirs)-1]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "the %s differ from number %d on, Redis (-) and ours (+):\n", fx.what, head+1)
	show := func(mark string, list [][]string) {
		for _, words := range list[:min(len(list), streamShown)] {
			b.WriteString(mark + quoted(words) + "\n")
		}
		if len(list) > streamShown {
			fmt.Fprintf(&b, "%s... %d more\n", mark, len(list)-streamShown)
		}
	}
	show("  ", fx.theirs[max(0, head-streamContext):head])
	show("- ", theirs)
	show("+ ", ours)
	return b.String()
}

// sameEffect tells whether two propagated commands are the same but for the clocks of the servers.
func sameEffect(ours, theirs []string) bool {
	if len(ours) != len(theirs) {
		return false
	}
	for i := range ours {
		if ours[i] != theirs[i] && !(isDeadline(ours, i) && isDeadline(theirs, i) && nearDeadlines(ours[i], theirs[i])) {
			return false
		}
	}
	return true
}

// isDeadline tells whether a word of a propagated command is a time in Unix milliseconds.
func isDeadline(words []string, index int) bool {
	name := strings.ToUpper(words[0])
	return index == 2 && (name == "PEXPIREAT" || name == "RESTORE" || name == "RESTORE-ASKING") ||
		index > 2 && strings.EqualFold(words[index-1], "PXAT")
}

func nearDeadlines(a, b string) bool {
	x, errX := strconv.ParseInt(a, 10, 64)
	y, errY := strconv.ParseInt(b, 10, 64)
	return errX == nil && errY == nil && max(x-y, y-x) <= deadlineDistanceMs
}

func quoted(words []string) string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = strconv.Quote(word)
	}
	return strings.Join(list, " ")
}

func TestEffectsThatDiffer(t *testing.T) {
	commands := func(text string) (list [][]string) {
		for line := range strings.SplitSeq(text, ";") {
			if line != "" {
				list = append(list, strings.Split(line, " "))
			}
		}
		return list
	}
	for _, c := range []struct {
		ours, theirs string
		same         bool
	}{
		{"", "", true},
		{"SELECT 0;SET a b", "SELECT 0;SET a b", true},
		{"SELECT 0;SET a b", "SELECT 1;SET a b", false},
		{"SELECT 0;SET a b", "SELECT 0", false},
		{"SELECT 0", "SELECT 0;SET a b", false},
		{"SET a b;DEL a", "DEL a;SET a b", false},
		{"set a b", "SET a b", false},
		{"SET a b PXAT 1700000000000", "SET a b PXAT 1700000000900", true},
		{"SET a b PXAT 1700000000000", "SET a b PXAT 1700000009000", false},
		{"SET a b PXAT 1700000000000", "SET a b PXAT x", false},
		{"SET a 5", "SET a 6", false},
		{"SET PXAT 1", "SET PXAT 2", false},
		{"PEXPIREAT a 1700000000000", "PEXPIREAT a 1700000000001", true},
		{"PEXPIREAT 1 1700000000000", "PEXPIREAT 2 1700000000000", false},
		{"MULTI;DEL a;EXEC", "DEL a", false},
	} {
		fx := effects{"effects", commands(c.ours), commands(c.theirs)}
		require.Equal(t, c.same, fx.complaint() == "", "%s and %s: %s", c.ours, c.theirs, fx.complaint())
	}
	fx := effects{"effects", commands("DEL a;DEL b"), commands("DEL b;DEL a")}
	require.Empty(t, fx.sorted().complaint())
	fx = effects{"effects", commands("SELECT 0;SET a 1;SET b 2;SET c 3"), commands("SELECT 0;SET a 1;SET b 5;SET c 3")}
	require.Equal(t, "the effects differ from number 3 on, Redis (-) and ours (+):\n"+
		"  \"SELECT\" \"0\"\n  \"SET\" \"a\" \"1\"\n- \"SET\" \"b\" \"5\"\n+ \"SET\" \"b\" \"2\"\n", fx.complaint())
}
