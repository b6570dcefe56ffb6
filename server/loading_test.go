package server

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/persistence/rdb"
)

// startOf runs a server whose snapshot those bytes are.
func startOf(t *testing.T, snapshot []byte) *testServer {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "dump.rdb"), snapshot, 0o600))
	return startServer(t, nil, "--dir", dir)
}

// golden is a file that a redis-server wrote.
func golden(t *testing.T, name string) []byte {
	p, err := os.ReadFile(filepath.Join("../persistence/rdb/testdata", name))
	require.NoError(t, err)
	return p
}

// TestEmptyKeysAreNamed finds in the log which keys a start passed over, as in that of Redis.
func TestEmptyKeysAreNamed(t *testing.T) {
	t.Parallel()
	s := startOf(t, golden(t, "redis-corrupt_empty_keys.rdb"))
	require.True(t, s.AwaitData(), s.log)
	require.Equal(t, ":0\r\n", do(t, s.dial(t), "DBSIZE"))
	for _, key := range []string{"set", "list_quicklist", "list_quicklist_empty_ziplist", "list_ziplist", "hash", "hash_ziplist", "zset",
		"zset_ziplist", "zset_listpack"} {
		require.Contains(t, s.log.String(), " # rdbLoadObject skipping empty key: "+key+"\n")
	}
	require.Contains(t, s.log.String(), "Done loading RDB, keys loaded: 0, keys expired: 0, empty keys skipped: 9.")
}

// TestManyEmptyKeys fills no disk with their names.
func TestManyEmptyKeys(t *testing.T) {
	t.Parallel()
	p := []byte("REDIS0009")
	const keys = 3 * maxEmptyTold
	for n := range keys {
		key := strconv.Itoa(n)
		p = append(append(append(p, byte(rdb.Set), byte(len(key))), key...), 0)
	}
	s := startOf(t, p)
	require.False(t, s.AwaitData(), "a file without an end")
	s = startOf(t, append(p, 0xff, 0, 0, 0, 0, 0, 0, 0, 0))
	require.True(t, s.AwaitData(), s.log)
	require.Equal(t, maxEmptyTold, strings.Count(s.log.String(), "skipping empty key: "))
	require.Contains(t, s.log.String(), "empty keys skipped: "+strconv.Itoa(keys)+".")
}

// TestBrokenPackedIsSaidTwice has the words of Redis's in the line of the log and in what the checker says.
func TestBrokenPackedIsSaidTwice(t *testing.T) {
	t.Parallel()
	s := startOf(t, golden(t, "redis-corrupt_ziplist.rdb"))
	require.False(t, s.AwaitData())
	require.Equal(t, 1, s.Wait())
	require.Equal(t, 2, strings.Count(s.log.String(), "integrity check failed"))
	require.Equal(t, 1, strings.Count(s.log.String(), "Terminating server after rdb file reading failure."))
}
