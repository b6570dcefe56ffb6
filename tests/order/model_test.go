package order

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"
)

// asked is a request of a history written by hand: "MULTI; SET s0 x; EXEC" is a transaction.
type asked struct {
	client         int
	called, answer int64
	words          string
	reply          string
}

func history(all ...asked) (h History) {
	var numbers [maxClients]int
	for _, a := range all {
		r := &request{client: a.client, number: numbers[a.client]}
		numbers[a.client]++
		commands := strings.Split(a.words, "; ")
		r.words = strings.Fields(commands[len(commands)-1])
		if len(commands) > 1 {
			for _, command := range commands[1 : len(commands)-1] {
				r.queued = append(r.queued, strings.Fields(command))
			}
		}
		h = append(h, porcupine.Operation{ClientId: a.client, Input: r, Call: a.called, Output: a.reply, Return: a.answer})
	}
	return h
}

// TestHistoriesByHand looks at the model's judgement where anybody can tell: what is right is accepted, and rejected once it is changed a little.
func TestHistoriesByHand(t *testing.T) {
	ran, aborted := array(replyOK), replyNullArray
	for name, c := range map[string]struct {
		legal bool
		h     History
	}{
		"counted twice": {true, history(asked{0, 1, 9, "INCRBY n0 1", integer(2)}, asked{1, 2, 8, "INCRBY n0 1", integer(1)})},
		"a lost update": {false, history(asked{0, 1, 9, "INCRBY n0 1", integer(1)}, asked{1, 2, 8, "INCRBY n0 1", integer(1)})},
		"a read meanwhile": {true, history(asked{0, 1, 2, "SET s0 A001", replyOK}, asked{0, 3, 7, "SET s0 A002", replyOK},
			asked{1, 4, 8, "GET s0", bulk("A001")})},
		"a stale read": {false, history(asked{0, 1, 2, "SET s0 A001", replyOK}, asked{0, 3, 4, "SET s0 A002", replyOK},
			asked{1, 5, 6, "GET s0", bulk("A001")})},
		"a read that goes back": {false, history(asked{0, 1, 9, "SET s0 A001", replyOK}, asked{1, 2, 3, "GET s0", bulk("A001")},
			asked{1, 4, 5, "GET s0", replyNull})},
		"half an MSET": {false, history(asked{0, 1, 9, "MSET s0 A001 s1 A002", replyOK}, asked{1, 2, 8, "MGET s0 s1", array(bulk("A001"), replyNull)})},
		"half an EXEC": {false, history(asked{0, 1, 9, "MULTI; SET s0 A001; SET s1 A002; EXEC", array(replyOK, replyOK)},
			asked{1, 2, 3, "GET s1", replyNull}, asked{1, 4, 5, "GET s0", bulk("A001")}, asked{1, 6, 7, "GET s1", replyNull})},
		"between two commands": {false, history(asked{0, 1, 9, "MULTI; INCRBY n0 1; INCRBY n0 1; EXEC", array(integer(1), integer(3))},
			asked{1, 2, 8, "INCRBY n0 1", integer(2)})},
		"both names of a key": {false, history(asked{0, 1, 2, "SET s0 A001", replyOK}, asked{0, 3, 9, "RENAME s0 s1", replyOK},
			asked{1, 4, 8, "EXISTS s0 s1", integer(2)})},
		"neither name of a key": {false, history(asked{0, 1, 2, "SET s0 A001", replyOK}, asked{0, 3, 9, "RENAME s0 s1", replyOK},
			asked{1, 4, 8, "KEYS *", array()})},
		"watched and changed": {true, history(asked{0, 1, 2, "WATCH s0", replyOK}, asked{1, 3, 4, "SET s0 A001", replyOK},
			asked{0, 5, 6, "MULTI; SET s1 B001; EXEC", aborted})},
		"EXEC in spite of a change": {false, history(asked{0, 1, 2, "WATCH s0", replyOK}, asked{1, 3, 4, "SET s0 A001", replyOK},
			asked{0, 5, 6, "MULTI; SET s1 B001; EXEC", ran})},
		"no EXEC without a change": {false, history(asked{0, 1, 2, "WATCH s0", replyOK}, asked{1, 3, 4, "SET s1 A001", replyOK},
			asked{0, 5, 6, "MULTI; SET s1 B001; EXEC", aborted})},
		"nor for a change that was none": {false, history(asked{0, 1, 2, "WATCH s0", replyOK}, asked{1, 3, 4, "DEL s0", integer(0)},
			asked{0, 5, 6, "MULTI; SET s1 B001; EXEC", aborted})},
		"watched and perhaps changed": {true, history(asked{0, 1, 4, "WATCH s0", replyOK}, asked{1, 3, 6, "SET s0 A001", replyOK},
			asked{0, 5, 8, "MULTI; SET s1 B001; EXEC", aborted}, asked{2, 1, 4, "WATCH s0", replyOK}, asked{2, 5, 8, "MULTI; SET s1 C001; EXEC", ran})},
		"popped twice": {false, history(asked{0, 1, 2, "LPUSH l0 A001", integer(1)}, asked{1, 3, 9, "RPOP l0", bulk("A001")},
			asked{2, 3, 9, "LMOVE l0 l1 RIGHT LEFT", bulk("A001")})},
		"waited for in vain": {false, history(asked{0, 1, 2, "LPUSH l0 A001", integer(1)}, asked{1, 3, 9, "BLPOP l0 l1 0.001", replyNullArray})},
		"waited for": {true, history(asked{1, 1, 9, "BLPOP l0 l1 0.001", array(bulk("l1"), bulk("A001"))}, asked{0, 2, 3, "LPUSH l1 A001", integer(1)},
			asked{0, 4, 5, "LLEN l1", integer(0)})},
		"waited for and still there": {false, history(asked{1, 1, 3, "BLPOP l0 l1 0.001", array(bulk("l1"), bulk("A001"))},
			asked{0, 2, 4, "LPUSH l1 A001", integer(1)}, asked{0, 5, 6, "LLEN l1", integer(1)})},
		"stored from what was": {false, history(asked{0, 1, 2, "SADD a0 a", integer(1)}, asked{1, 3, 9, "SUNIONSTORE a1 a0", integer(1)},
			asked{0, 4, 5, "SADD a0 b", integer(1)}, asked{0, 6, 7, "SMEMBERS a1", array()})},
		"sent together": {false, history(asked{0, 1, 2, "SET s0 A001", replyOK}, asked{0, 1, 3, "GET s0", replyNull})},
	} {
		t.Run(name, func(t *testing.T) {
			want := porcupine.Illegal
			if c.legal {
				want = porcupine.Ok
			}
			require.Equal(t, want, c.h.Check(), "%s", c.h.Explain())
			require.Equal(t, want, porcupine.CheckOperationsTimeout(plain, c.h, patience))
		})
	}
}

// plain is the model without what spares the search.
var plain = porcupine.Model{
	Init: func() any { return &world{} },
	Step: func(state, input, output any) (bool, any) {
		w := *state.(*world)
		return w.step(input.(*request), output.(string)), &w
	},
	Equal: func(a, b any) bool { return *a.(*world) == *b.(*world) },
}

// answer is what a server that follows the model answers.
func (w *world) answer(r *request) string {
	switch r.words[0] {
	case "WATCH", "UNWATCH", "DISCARD":
		return replyOK
	case "EXEC":
		if r.broken() {
			return replyAborted
		}
		if w.dirty&(1<<r.client) != 0 {
			return replyNullArray
		}
		replies, after := make([]string, len(r.queued)), *w
		for i, words := range r.queued {
			replies[i] = after.run(words)
		}
		return array(replies...)
	}
	after := *w
	reply := after.run(r.words)
	if r.words[0] == "BLMOVE" && reply == replyNull {
		return replyNullArray
	}
	return reply
}

// invent makes a history as clients of a server that follows the model would see it.
func invent(t *testing.T, random *rand.Rand, clients, each int) (h History) {
	type client struct {
		plan                          []sending
		called                        int64
		ran, answered, calledRequests int
		mine                          []int // places in h
	}
	all := make([]client, clients)
	focus, bits := focuses[random.IntN(len(focuses))], random.IntN(100) < bitsPercent
	for i := range all {
		g := &generator{random: random, client: i, focus: focus, bits: bits}
		all[i].plan = g.plan(each)
	}
	var w world
	var now int64
	for left := clients; left > 0; {
		now++
		c := &all[random.IntN(clients)]
		switch pending := c.calledRequests - c.ran; {
		case pending > 0 && random.IntN(2) == 0:
			op := &h[c.mine[c.ran]]
			c.ran++
			op.Output = w.answer(op.Input.(*request))
			require.True(t, w.step(op.Input.(*request), op.Output.(string)))
		case c.ran > c.answered:
			h[c.mine[c.answered]].Return = now
			if c.answered++; c.answered == c.calledRequests && len(c.plan) == 0 {
				left--
			}
		case pending == 0 && len(c.plan) > 0:
			for _, r := range c.plan[0] {
				c.mine = append(c.mine, len(h))
				h = append(h, porcupine.Operation{ClientId: r.client, Input: r, Call: now})
			}
			c.calledRequests += len(c.plan[0])
			c.plan = c.plan[1:]
		}
	}
	return h
}

// TestSearchLosesNothing compares the search that spares itself orders with one that tries them all, on small histories: invented ones, which
// are legal, and the same with one reply exchanged for another.
func TestSearchLosesNothing(t *testing.T) {
	chosen := seed(t)
	random := rand.New(rand.NewPCG(chosen, 2))
	verdicts := map[Verdict]int{}
	for round := range 400 {
		h := invent(t, random, 2+random.IntN(3), 2+random.IntN(5))
		require.Equal(t, porcupine.Ok, h.Check(), "history %d: %s", round, h.Explain())
		at, other := random.IntN(len(h)), random.IntN(len(h))
		h[at].Output = h[other].Output
		verdict := h.Check()
		require.Equal(t, porcupine.CheckOperationsTimeout(plain, h, patience), verdict, "history %d, request %d changed: %s", round, at, h.Explain())
		verdicts[verdict]++
	}
	t.Logf("with a reply changed: %v", verdicts)
	require.Greater(t, verdicts[porcupine.Illegal], 50)
	require.Greater(t, verdicts[porcupine.Ok], 50)
}
