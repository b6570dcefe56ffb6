package server

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestACLLogGroups counts a denial that comes again within a minute, and starts a new line after it or for another user.
func TestACLLogGroups(t *testing.T) {
	log := aclLog{max: 128}
	log.add(aclEntry{object: "AUTH", user: "a", lastMs: 1000})
	log.add(aclEntry{object: "AUTH", user: "b", lastMs: 2000})
	log.add(aclEntry{object: "AUTH", user: "a", lastMs: 61_000})
	got := log.newest(10)
	require.Len(t, got, 2)
	require.Equal(t, aclEntry{count: 2, object: "AUTH", user: "a", lastMs: 61_000}, got[0])
	log.add(aclEntry{object: "AUTH", user: "a", lastMs: 121_001})
	require.EqualValues(t, 1, log.newest(1)[0].count)
	log.reset()
	require.Empty(t, log.newest(10))
}

// TestACLLogBound keeps no more than acllog-max-len entries, the newest.
func TestACLLogBound(t *testing.T) {
	log := aclLog{max: 3}
	for i := range 20 {
		log.add(aclEntry{object: "AUTH", user: fmt.Sprint(i)})
	}
	got := log.newest(100)
	require.Len(t, got, 3)
	require.Equal(t, "19", got[0].user)
	log.setMax(0)
	log.add(aclEntry{object: "AUTH", user: "x"})
	require.Empty(t, log.newest(100))
}
