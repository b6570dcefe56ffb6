package snapshot

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

func do(t *testing.T, c *wire.Conn, words ...string) string {
	t.Helper()
	reply, err := c.Do(words...)
	require.NoError(t, err)
	require.False(t, reply.IsError(), "%.200q: %s", words, reply.String())
	return reply.String()
}

// reloaded makes redis-server load a file, and tells what it has then: a digest of everything, and each key's encoding.
func reloaded(t *testing.T, c *wire.Conn, dir string, p []byte, s *datatypes.Store) map[string]string {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "dump.rdb"), p, 0o644))
	do(t, c, "DEBUG", "RELOAD", "NOSAVE")
	seen := map[string]string{"digest": do(t, c, "DEBUG", "DIGEST")}
	for i := range s.Databases() {
		do(t, c, "SELECT", strconv.Itoa(i))
		s.DB(i).Range(func(key []byte, _ datatypes.Entry) bool {
			seen[fmt.Sprintf("%d %q", i, key)] = do(t, c, "OBJECT", "ENCODING", string(key)) + do(t, c, "PEXPIRETIME", string(key))
			return true
		})
	}
	return seen
}

// What is written of what a golden file has is, to redis-server, the golden file.
func TestRedisLoadsWhatIsWritten(t *testing.T) {
	server := peer.StartRedis(t, "--save", "", "--enable-debug-command", "yes")
	c := server.Dial(t)
	for name, p := range goldenFiles(t) {
		if bytes.HasPrefix(p, []byte("REDIS0012")) {
			continue
		}
		s := loaded(t, p, LoadOptions{})
		want := reloaded(t, c, server.Dir, p, s)
		for _, workers := range []int{1, 4} {
			again, _ := written(t, s, WriteOptions{Options: rdb.Options{Version: 10, Compress: workers == 1, Checksum: true}, Workers: workers,
				Facts: Facts{RedisVersion: "7.0.15", CreatedS: 1, UsedMemory: 1, Libraries: [][]byte{[]byte("#!lua name=l\nredis.register_function('f', function() return 1 end)")}}})
			require.Equal(t, want, reloaded(t, c, server.Dir, again, s), name)
			output, code := peer.Run(t, "", peer.Need(t, "redis-check-rdb"), filepath.Join(server.Dir, "dump.rdb"))
			require.Zero(t, code, output)
		}
	}
}

// Random values, restored by redis-server from payloads that Dump makes, are dumped by it, read back and the same.
func TestPayloadsThereAndBack(t *testing.T) {
	c := peer.StartRedis(t, "--save", "", "--enable-debug-command", "yes").Dial(t)
	s := settled(t, filled(rand.New(rand.NewPCG(3, 4)), 150))
	into := newStore()
	b := NewBuilder(into.DB(0).Building())
	for i := range s.Databases() {
		s.DB(i).Range(func(key []byte, e datatypes.Entry) bool {
			if beside(&e, 10) {
				return true // no payload that redis-server 7.0 reads
			}
			p, err := Dump(&e, rdb.Options{Version: 10, Compress: len(key)%2 == 0})
			require.NoError(t, err)
			do(t, c, "RESTORE", "key", "0", string(p), "REPLACE")
			require.Contains(t, do(t, c, "OBJECT", "ENCODING", "key"), e.Encoding())
			reply, err := c.Do("DUMP", "key")
			require.NoError(t, err)
			_, rest, _ := bytes.Cut(reply.Raw, []byte("\r\n"))
			require.NoError(t, b.Restore(rest[:len(rest)-2], false))
			var found datatypes.Entry
			b.Put(into.Edit(0), &found, []byte("key"), e.DeadlineMs())
			require.Equal(t, described(&e), described(&found))
			return true
		})
	}
}

// A file of random values, which redis-server loads and saves, is the same again.
func TestRandomFilesThereAndBack(t *testing.T) {
	server := peer.StartRedis(t, "--save", "", "--enable-debug-command", "yes")
	c := server.Dial(t)
	for seed := range uint64(2) {
		s := filled(rand.New(rand.NewPCG(seed, 5)), 800)
		p, w := written(t, s, WriteOptions{Options: rdb.Options{Version: 10, Compress: seed%2 == 0, Checksum: true}})
		require.NoError(t, os.WriteFile(filepath.Join(server.Dir, "dump.rdb"), p, 0o644))
		do(t, c, "CONFIG", "SET", "rdbcompression", []string{"yes", "no"}[seed%2])
		do(t, c, "DEBUG", "RELOAD", "NOSAVE")
		do(t, c, "SAVE")
		again, err := os.ReadFile(filepath.Join(server.Dir, "dump.rdb"))
		require.NoError(t, err)
		// Neither keeps what has expired, nor does redis-server keep deadlines of fields.
		withoutFacts := newStore()
		r, err := load(withoutFacts, p, LoadOptions{NowMs: 1_800_000_000_000})
		require.NoError(t, err)
		require.Equal(t, w.Keys, r.Keys+r.Expired)
		strip(t, withoutFacts)
		require.Equal(t, state(t, withoutFacts), state(t, loaded(t, again, LoadOptions{})), "seed %d", seed)
	}
}

// strip takes away deadlines of fields.
func strip(t *testing.T, s *datatypes.Store) {
	for i := range s.Databases() {
		var timed [][]byte
		s.DB(i).Range(func(key []byte, e datatypes.Entry) bool {
			if beside(&e, 10) {
				timed = append(timed, bytes.Clone(key))
			}
			return true
		})
		for _, key := range timed {
			var e datatypes.Entry
			s.DB(i).Find(&e, key, 0)
			out, err := rdb.NewEncoder(rdb.Options{Version: 10})
			require.NoError(t, err)
			require.NoError(t, Encode(out, nil, &e)) // they have no place in this version
			b := NewBuilder(s.DB(i).Building())
			require.NoError(t, b.Restore(rdb.AppendDump(out.Take(), 10), false))
			b.Put(s.Edit(i), &e, key, e.DeadlineMs())
		}
	}
}
