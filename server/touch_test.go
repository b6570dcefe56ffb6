package server

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// age makes a key of database 0 one that was last used so many seconds ago.
func (s *testServer) age(t *testing.T, key string, seconds uint32) {
	s.gates.waitSection()
	defer s.gates.leaveSection()
	var e datatypes.Entry
	require.True(t, s.store.DB(0).Find(&e, []byte(key), s.clock.nowMs()))
	s.store.DB(0).Touch(&e, uint32(s.clock.nowMs()/1000)-seconds)
}

// idle is for how many seconds a key of database 0 wasn't used.
func (s *testServer) idle(t *testing.T, key string) int64 {
	s.gates.waitSection()
	defer s.gates.leaveSection()
	var e datatypes.Entry
	require.True(t, s.store.DB(0).Find(&e, []byte(key), s.clock.nowMs()))
	return s.store.DB(0).IdleS(&e, uint32(s.clock.nowMs()/1000))
}

// What reads or writes a key uses it, what only asks about it doesn't; with CLIENT NO-TOUCH nothing does, inside of transactions neither,
// but a key that wasn't there begins its life.
func TestUse(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	c := s.dial(t)
	const old = 5000
	for _, use := range []struct {
		command     []string
		transaction bool
		used        bool
	}{
		{[]string{"GET", "key"}, false, true},
		{[]string{"MGET", "other", "key"}, false, true},
		{[]string{"GET", "key"}, true, true},
		{[]string{"SET", "key", "6"}, false, true},
		{[]string{"SETNX", "key", "6"}, false, true},
		{[]string{"APPEND", "key", "7"}, true, true},
		{[]string{"INCR", "key"}, false, true},
		{[]string{"EXISTS", "key"}, false, false},
		{[]string{"TYPE", "key"}, true, false},
		{[]string{"GET", "other"}, false, false},
	} {
		for _, noTouch := range []string{"OFF", "ON"} {
			require.Equal(t, "+OK\r\n", do(t, c, "SET", "key", "5"))
			require.Equal(t, "+OK\r\n", do(t, c, "CLIENT", "NO-TOUCH", noTouch))
			s.age(t, "key", old)
			if use.transaction {
				do(t, c, "MULTI")
			}
			do(t, c, use.command...)
			if use.transaction {
				do(t, c, "EXEC")
			}
			idle := s.idle(t, "key")
			require.Equal(t, use.used && noTouch == "OFF", idle < old/2, "%v, CLIENT NO-TOUCH %s: %d s", use.command, noTouch, idle)
			require.Less(t, idle, int64(old+1000))
			do(t, c, "CLIENT", "NO-TOUCH", "OFF")
		}
	}
	do(t, c, "CLIENT", "NO-TOUCH", "ON")
	do(t, c, "SET", "new", "1")
	require.Less(t, s.idle(t, "new"), int64(1000))
}

// With a policy that evicts by use each key has a clock of its own, from the start or from when it is set; with others keys share them.
func TestUseIsExactForPolicies(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil, "--maxmemory-policy", "volatile-lru")
	c := s.dial(t)
	const old = 5000
	exact := func() bool {
		do(t, c, "SET", "a", "1")
		do(t, c, "SET", "b", "1")
		s.age(t, "a", old)
		return s.idle(t, "a") >= old && s.idle(t, "b") < old/2
	}
	require.True(t, exact())
	for _, policy := range []string{"volatile-ttl", "allkeys-lru", "noeviction", "volatile-lru"} {
		require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "maxmemory-policy", policy))
		require.Eventually(t, func() bool { return exact() == evictsByUse(policy) }, 10*time.Second, time.Millisecond, policy)
	}
}
