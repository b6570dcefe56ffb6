package server

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRosterTurns has clients come and go while they are looked at by turns: whoever stays through a lap is looked at in it, whoever has gone never
// is.
func TestRosterTurns(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var r roster
	var present []*client
	add := func() {
		c := &client{}
		r.add(c)
		present = append(present, c)
	}
	gone := map[*client]bool{}
	remove := func(i int) {
		gone[present[i]] = true
		r.remove(present[i])
		r.remove(present[i]) // twice does nothing
		present[i] = present[len(present)-1]
		present = present[:len(present)-1]
	}
	for _, size := range []int{1, 3, leastTurn, leastTurn + 1, 10 * leastTurn, 5000} {
		for len(present) < size {
			add()
		}
		stays := map[*client]bool{}
		for _, c := range present[:size/2] {
			stays[c] = true
		}
		seen := map[*client]bool{}
		// A lap begins anywhere, so that two hold a whole one. Those who come make it longer, so that they are no more than those who go.
		for range 2 * lapTurns {
			for range r.turn() {
				c := r.following()
				require.Same(t, c, r.list[c.marks.place])
				require.False(t, gone[c])
				seen[c] = true
				if i := size/2 + random.IntN(size); i < len(present) && size > 1 {
					if !stays[present[i]] {
						remove(i)
						add()
					}
				}
			}
		}
		for c := range stays {
			require.True(t, seen[c], "of %d", size)
		}
	}
	for len(present) > 0 {
		remove(random.IntN(len(present)))
	}
	require.Empty(t, r.list)
	require.LessOrEqual(t, cap(r.list), 4*leastTurn, "what a crowd took is given back")
	require.Zero(t, r.turn())
}

// TestTimeoutOfACrowd has more clients than are looked at in a turn be idle: all are closed, but for the one that isn't.
func TestTimeoutOfACrowd(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	active := s.dial(t)
	const idle = 2 * lapTurns * leastTurn / 3
	for range idle {
		s.dial(t)
	}
	everybody := func() bool { return s.clients.count.Load() == idle+1 }
	require.Eventually(t, everybody, 20*time.Second, time.Millisecond, "a connection is there before it is accepted")
	require.Equal(t, "+OK\r\n", do(t, active, "CONFIG", "SET", "timeout", "1"))
	require.Eventually(t, func() bool {
		return do(t, active, "PING") == "+PONG\r\n" && s.clients.count.Load() == 1
	}, 20*time.Second, 10*time.Millisecond)
}

// TestRosterWhereAllLeave has everybody removed at their turn: a lap is enough.
func TestRosterWhereAllLeave(t *testing.T) {
	var r roster
	for range 1000 {
		r.add(&client{})
	}
	for range 1000 {
		r.remove(r.following())
	}
	require.Empty(t, r.list)
}
