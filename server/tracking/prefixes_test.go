package tracking

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func words(text string) (list [][]byte) {
	for _, word := range strings.Split(text, ",") {
		list = append(list, []byte(word))
	}
	return list
}

func TestRefusals(t *testing.T) {
	on := func(m Mode) Client { return Client{On: true, Mode: m} }
	broadcast := Mode{Broadcast: true}
	for _, c := range []struct {
		client   Client
		mode     Mode
		prefixes [][]byte
		refusal  string
	}{
		{Client{}, Mode{}, nil, ""},
		{Client{}, Mode{}, words("a"), errPrefixAlone},
		{on(Mode{}), broadcast, nil, errSwitchBcast},
		{on(broadcast), Mode{OptIn: true, OptOut: true}, nil, errSwitchBcast},
		{Client{}, Mode{Broadcast: true, OptOut: true}, nil, errOptBroadcast},
		{Client{}, Mode{OptIn: true, OptOut: true}, nil, errOptBoth},
		{on(Mode{OptIn: true}), Mode{OptOut: true}, nil, errSwitchOpt},
		{on(Mode{OptOut: true}), Mode{OptIn: true}, nil, errSwitchOpt},
		{on(Mode{OptOut: true}), Mode{NoLoop: true}, nil, ""},
		{Client{}, broadcast, words("a,b,c"), ""},
	} {
		require.Equal(t, c.refusal, c.client.Refusal(c.mode, c.prefixes))
	}
}

// naiveOverlap is overlapRefusal as Redis does it: everything against everything.
func naiveOverlap(own []string, prefixes [][]byte) string {
	overlap := func(a, b []byte) bool { return bytes.HasPrefix(a, b) || bytes.HasPrefix(b, a) }
	for i, prefix := range prefixes {
		for _, other := range own {
			if overlap(prefix, []byte(other)) {
				return overlapText("an existing", prefix, []byte(other))
			}
		}
		for _, other := range prefixes[i+1:] {
			if overlap(prefix, other) {
				return overlapText("another provided", prefix, other)
			}
		}
	}
	return ""
}

// enableAsAsked turns a member's tracking on with prefixes if they aren't refused, as a client would.
func enableAsAsked(p *Prefixes[int], member int, c *Client, noLoop bool, prefixes [][]byte) bool {
	mode := Mode{Broadcast: true, NoLoop: noLoop}
	if c.Refusal(mode, prefixes) != "" {
		return false
	}
	p.Enable(member, c, mode, 0, prefixes)
	return true
}

func FuzzOverlap(f *testing.F) {
	f.Add("ab,b", "a,ac,abc,b")
	f.Add("", "ac,a,ab")
	f.Fuzz(func(t *testing.T, own, given string) {
		var p Prefixes[int]
		var c Client
		for _, prefix := range words(own) {
			enableAsAsked(&p, 1, &c, false, [][]byte{prefix})
		}
		enableAsAsked(&p, 1, &c, false, nil) // every key, beside the others: nobody refuses that
		if len(given)%2 == 0 {
			p.Disable(1, &c)
		}
		require.Equal(t, naiveOverlap(c.Prefixes(), words(given)), c.overlapRefusal(words(given)))
	})
}

// told is who was told what in a Broadcast.
type told map[string]map[int][]string

func (p *Prefixes[M]) told(t *testing.T, number func(M) int, noLoop func(M) bool) told {
	all := told{}
	last := ""
	p.Broadcast(func(members iter.Seq[M], keys []string, by func(string) M) {
		require.True(t, slices.IsSorted(keys))
		to := map[int][]string{}
		for member := range members {
			for _, key := range keys {
				if !noLoop(member) || by(key) != member {
					to[number(member)] = append(to[number(member)], key)
				}
			}
		}
		last += "."
		all[fmt.Sprint(len(last))] = to
	})
	return all
}

func TestPrefixesAreTheModel(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var p Prefixes[int]
	clients := map[int]*Client{}
	for member := 1; member <= 8; member++ {
		clients[member] = &Client{}
	}
	changed := map[string]int{}
	text := func(length int) []byte {
		word := make([]byte, random.IntN(length))
		for i := range word {
			word[i] = "ab\x00"[random.IntN(3)]
		}
		return word
	}
	for range 20_000 {
		member := 1 + random.IntN(8)
		c := clients[member]
		switch random.IntN(10) {
		case 0, 1:
			var prefixes [][]byte
			for range random.IntN(3) {
				prefixes = append(prefixes, text(4))
			}
			// What has changed before is told first, so that the model needn't know who was there when.
			p.told(t, func(m int) int { return m }, func(int) bool { return false })
			clear(changed)
			enableAsAsked(&p, member, c, random.IntN(2) == 0, prefixes)
		case 2:
			p.told(t, func(m int) int { return m }, func(int) bool { return false })
			clear(changed)
			p.Disable(member, c)
			require.Empty(t, c.Prefixes())
		case 3:
			want := modelOfTold(clients, changed)
			clear(changed)
			require.Equal(t, want, p.told(t, func(m int) int { return m }, func(m int) bool { return clients[m].NoLoop }))
			require.False(t, p.Pending())
		default:
			key := text(8)
			by := random.IntN(9)
			p.Touch(key, by)
			changed[string(key)] = by
		}
		names := map[string]bool{}
		for _, c := range clients {
			for _, prefix := range c.Prefixes() {
				names[prefix] = true
			}
		}
		require.Equal(t, len(names), p.Len())
	}
}

// modelOfTold is what each is told by what has changed, prefix by prefix.
func modelOfTold(clients map[int]*Client, changed map[string]int) told {
	names := map[string]bool{}
	for _, c := range clients {
		for _, prefix := range c.Prefixes() {
			names[prefix] = true
		}
	}
	all := told{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		to, any := map[int][]string{}, false
		for _, key := range slices.Sorted(maps.Keys(changed)) {
			if !strings.HasPrefix(key, name) {
				continue
			}
			any = true
			for member, c := range clients {
				if slices.Contains(c.Prefixes(), name) && !(c.NoLoop && changed[key] == member) {
					to[member] = append(to[member], key)
				}
			}
		}
		if any {
			all[fmt.Sprint(len(all)+1)] = to
		}
	}
	return all
}
