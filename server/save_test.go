package server

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
	"github.com/cinnabar-db/cinnabar/persistence/snapshot"
	"github.com/cinnabar-db/cinnabar/persistence/vfs"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// infoField is a field of INFO.
func infoField(t *testing.T, c *wire.Conn, field string) string {
	t.Helper()
	_, fields := info(t, c)
	require.Contains(t, fields, field)
	return fields[field]
}

// awaitInfo waits until a field of INFO has a value.
func awaitInfo(t *testing.T, c *wire.Conn, field, value string) {
	t.Helper()
	require.Eventually(t, func() bool { return infoField(t, c, field) == value }, patience, time.Millisecond, field)
}

// fill writes a key of each kind, one with a deadline, one in another database.
func fill(t *testing.T, c *wire.Conn) {
	t.Helper()
	for _, command := range []string{"SET text some", "SET number 12", "RPUSH list a b c", "SADD set a b", "SADD numbers 1 2 3", "ZADD zset 1 a 2.5 b",
		"HSET hash a 1 b 2", "SET soon v EX 1000", "SELECT 3", "SET text other", "SELECT 0"} {
		require.NotEqual(t, byte('-'), do(t, c, strings.Fields(command)...)[0], command)
	}
	require.Equal(t, "+OK\r\n", do(t, c, "SET", "long", strings.Repeat("x", 100_000)))
}

// TestSaveAndStart keeps the keys by every command that writes them.
func TestSaveAndStart(t *testing.T) {
	for _, tt := range []struct {
		name string
		save func(t *testing.T, s *testServer, c *wire.Conn)
	}{
		{"SAVE", func(t *testing.T, s *testServer, c *wire.Conn) { require.Equal(t, "+OK\r\n", do(t, c, "SAVE")) }},
		{"BGSAVE", func(t *testing.T, s *testServer, c *wire.Conn) {
			require.Equal(t, "+Background saving started\r\n", do(t, c, "BGSAVE"))
			awaitInfo(t, c, "rdb_bgsave_in_progress", "0")
			require.Contains(t, s.log.String(), "Background saving terminated with success")
		}},
		{"BGSAVE in a transaction", func(t *testing.T, s *testServer, c *wire.Conn) {
			do(t, c, "MULTI")
			do(t, c, "BGSAVE")
			require.Equal(t, "*1\r\n+Background saving scheduled\r\n", do(t, c, "EXEC"))
			awaitInfo(t, c, "rdb_changes_since_last_save", "0")
		}},
		{"a rule", func(t *testing.T, s *testServer, c *wire.Conn) {
			do(t, c, "CONFIG", "SET", "save", "1 5")
			awaitInfo(t, c, "rdb_changes_since_last_save", "0")
			require.Contains(t, s.log.String(), "5 changes in 1 seconds. Saving...")
		}},
		{"SHUTDOWN SAVE", func(t *testing.T, s *testServer, c *wire.Conn) {
			require.NoError(t, c.Send(wire.Frame("SHUTDOWN", "SAVE")))
			require.Equal(t, 0, s.Wait())
		}},
		{"SIGTERM with rules", func(t *testing.T, s *testServer, c *wire.Conn) {
			do(t, c, "CONFIG", "SET", "save", "900 1")
			s.Shutdown("SIGTERM")
			require.Equal(t, 0, s.Wait())
		}},
		{"DEBUG RELOAD", func(t *testing.T, s *testServer, c *wire.Conn) {
			require.Equal(t, "+OK\r\n", do(t, c, "DEBUG", "RELOAD"))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := startServer(t, nil, "--dir", dir, "--enable-debug-command", "yes")
			c := s.dial(t)
			fill(t, c)
			require.NotEqual(t, "0", infoField(t, c, "rdb_changes_since_last_save"))
			digest := do(t, c, "DEBUG", "DIGEST")
			tt.save(t, s, c)
			again := startServer(t, nil, "--dir", dir, "--enable-debug-command", "yes")
			require.True(t, again.AwaitData(), again.log.String())
			other := again.dial(t)
			require.Equal(t, digest, do(t, other, "DEBUG", "DIGEST"))
			require.Equal(t, "10", infoField(t, other, "rdb_last_load_keys_loaded"))
			names, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Len(t, names, 1, "nothing is left behind")
		})
	}
}

// TestFailedSaveRefusesWrites has a background save fail: writes and PING are refused, reads are not, until one succeeds.
func TestFailedSaveRefusesWrites(t *testing.T) {
	t.Parallel()
	failing := vfs.NewFailing(vfs.OS{})
	s := startServer(t, func(s *Server) { s.saves.files = failing }, "--save", "900 1")
	c := s.dial(t)
	require.Equal(t, "+OK\r\n", do(t, c, "SET", "k", "v"))
	refused := "-" + errNotSaved + "\r\n"
	for _, op := range []vfs.Op{vfs.Creates, vfs.Writes, vfs.Syncs, vfs.Closes, vfs.Renames, vfs.DirSyncs} {
		failing.Set(vfs.Rule{Op: op, Err: syscall.ENOSPC})
		require.Equal(t, "+Background saving started\r\n", do(t, c, "BGSAVE"))
		awaitInfo(t, c, "rdb_bgsave_in_progress", "0")
		require.Equal(t, "err", infoField(t, c, "rdb_last_bgsave_status"), op)
		require.Contains(t, s.log.String(), "No space left on device", "the log has the reason")
		require.Equal(t, refused, do(t, c, "SET", "k", "w"), op)
		require.Equal(t, refused, do(t, c, "PING"))
		require.Equal(t, "$1\r\nv\r\n", do(t, c, "GET", "k"))
		require.Equal(t, "+OK\r\n", do(t, c, "MULTI"))
		require.Equal(t, refused, do(t, c, "DEL", "k"))
		require.Equal(t, "-EXECABORT Transaction discarded because of previous errors.\r\n", do(t, c, "EXEC"))
		require.Equal(t, "-ERR\r\n", do(t, c, "SAVE"))
		require.Equal(t, refused, do(t, c, "SET", "k", "w"))
		do(t, c, "CONFIG", "SET", "stop-writes-on-bgsave-error", "no")
		require.Equal(t, "+OK\r\n", do(t, c, "SET", "k", "v"))
		do(t, c, "CONFIG", "SET", "stop-writes-on-bgsave-error", "yes")
		failing.Set()
		require.Equal(t, "+OK\r\n", do(t, c, "SAVE"))
		require.Equal(t, "ok", infoField(t, c, "rdb_last_bgsave_status"))
		require.Equal(t, "+OK\r\n", do(t, c, "SET", "k", "v"))
		require.Equal(t, "+PONG\r\n", do(t, c, "PING"))
	}
}

// TestEndWithoutSnapshot has the last snapshot fail: the server goes on, unless it is forced or nobody wants one.
func TestEndWithoutSnapshot(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"NOSAVE", "FORCE"} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			failing := vfs.NewFailing(vfs.OS{}, vfs.Rule{Op: vfs.Renames, Err: syscall.EIO})
			given := make(chan struct{}, 2)
			s := startServer(t, func(s *Server) {
				s.saves.files = failing
				s.OnEndGivenUp(func() { given <- struct{}{} })
			}, "--save", "900 1")
			c := s.dial(t)
			require.Equal(t, "-ERR Errors trying to SHUTDOWN. Check logs.\r\n", do(t, c, "SHUTDOWN"))
			<-given
			s.Shutdown("SIGTERM")
			<-given
			require.Equal(t, "+PONG\r\n", do(t, c, "PING"))
			require.NoError(t, c.Send(wire.Frame("SHUTDOWN", word)))
			require.Equal(t, 0, s.Wait())
		})
	}
}

// TestFlushAllAndSnapshots breaks off the save under way and leaves a file of no keys, whatever the save had got to.
func TestFlushAllAndSnapshots(t *testing.T) {
	for _, executing := range []bool{false, true} {
		t.Run(fmt.Sprint(executing), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := startServer(t, nil, "--dir", dir, "--save", "900 1", "--rdb-key-save-delay", "2000000")
			c := s.dial(t)
			for range 3 {
				fill(t, c)
				require.Equal(t, "+Background saving started\r\n", do(t, c, "BGSAVE"))
				require.Equal(t, "1", infoField(t, c, "rdb_bgsave_in_progress"))
				if executing {
					do(t, c, "MULTI")
					do(t, c, "FLUSHALL")
					require.Equal(t, "*1\r\n+OK\r\n", do(t, c, "EXEC"))
				} else {
					require.Equal(t, "+OK\r\n", do(t, c, "FLUSHALL"))
				}
				require.Equal(t, "0", infoField(t, c, "rdb_bgsave_in_progress"))
				file, err := os.Open(filepath.Join(dir, "dump.rdb"))
				require.NoError(t, err)
				require.Equal(t, snapshot.Loaded{}, loadFile(t, file, datatypes.NewStore(16)))
			}
			require.NotContains(t, s.log.String(), "terminated with success")
			awaitLog(t, s, "Background saving broken off", 3)
			names, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Len(t, names, 1, "nothing is left behind")
		})
	}
}

// TestSaveDelayIsGivenUp lets a save that dawdles for a test go on at once.
func TestSaveDelayIsGivenUp(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil, "--rdb-key-save-delay", "60000000")
	c := s.dial(t)
	fill(t, c)
	require.Equal(t, "+Background saving started\r\n", do(t, c, "BGSAVE"))
	require.Equal(t, "1", infoField(t, c, "rdb_bgsave_in_progress"))
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "rdb-key-save-delay", "0"))
	awaitInfo(t, c, "rdb_bgsave_in_progress", "0")
	require.Equal(t, "ok", infoField(t, c, "rdb_last_bgsave_status"))
}

// awaitLog waits until a text has come so many times.
func awaitLog(t *testing.T, s *testServer, text string, times int) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Count(s.log.String(), text) >= times }, patience, time.Millisecond, text)
}

func loadFile(t *testing.T, from io.ReadCloser, into *datatypes.Store) snapshot.Loaded {
	t.Helper()
	defer from.Close()
	reader, err := rdb.NewReader(from, rdb.ReadOptions{})
	require.NoError(t, err)
	loaded, err := snapshot.Load(into, reader, snapshot.LoadOptions{})
	require.NoError(t, err)
	return loaded
}

// TestLoadingAnswers serves who asks while the keys are read: most commands get LOADING, INFO says how far it is, and an end in between leaves
// the file as it was.
func TestLoadingAnswers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, nil, "--dir", dir)
	c := s.dial(t)
	fill(t, c)
	require.Equal(t, "+OK\r\n", do(t, c, "SAVE"))
	before, err := os.ReadFile(filepath.Join(dir, "dump.rdb"))
	require.NoError(t, err)

	slow := startServer(t, nil, "--dir", dir, "--key-load-delay", "1000000", "--loading-process-events-interval-bytes", "1024", "--save", "900 1",
		"--enable-protected-configs", "yes")
	c = slow.dial(t)
	require.Equal(t, "-LOADING Redis is loading the dataset in memory\r\n", do(t, c, "GET", "text"))
	require.Equal(t, "-LOADING Redis is loading the dataset in memory\r\n", do(t, c, "PING"))
	require.Equal(t, "-LOADING Redis is loading the dataset in memory\r\n", do(t, c, "SET", "a", "b"))
	require.Equal(t, "-LOADING Redis is loading the dataset in memory\r\n", do(t, c, "SAVE"))
	require.Equal(t, "1", infoField(t, c, "loading"))
	require.Equal(t, strconv.Itoa(len(before)), infoField(t, c, "loading_total_bytes"))
	require.Contains(t, do(t, c, "CONFIG", "SET", "key-load-delay", "7"), "+OK")
	for _, pair := range [][2]string{{"dir", t.TempDir()}, {"appendonly", "yes"}} {
		require.Equal(t, "-LOADING Redis is loading the dataset in memory\r\n", do(t, c, "CONFIG", "SET", "loglevel", "debug", pair[0], pair[1]))
	}
	require.Equal(t, "*2\r\n$8\r\nloglevel\r\n$6\r\nnotice\r\n", do(t, c, "CONFIG", "GET", "loglevel"))
	require.NoError(t, c.Send(wire.Frame("SHUTDOWN")))
	require.Equal(t, 0, slow.Wait())
	after, err := os.ReadFile(filepath.Join(dir, "dump.rdb"))
	require.NoError(t, err)
	require.Equal(t, before, after)
}

// TestBrokenFileStopsTheStart doesn't serve with some of the keys.
func TestBrokenFileStopsTheStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, nil, "--dir", dir)
	c := s.dial(t)
	fill(t, c)
	require.Equal(t, "+OK\r\n", do(t, c, "SAVE"))
	path := filepath.Join(dir, "dump.rdb")
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, broken := range map[string][]byte{
		"short": whole[:len(whole)-20], "changed": append(bytes.Clone(whole[:200]), append([]byte{whole[200] ^ 1}, whole[201:]...)...),
		"other": []byte("no snapshot"), "empty": nil,
	} {
		require.NoError(t, os.WriteFile(path, broken, 0o600))
		s := startServer(t, nil, "--dir", dir, "--save", "900 1")
		require.False(t, s.AwaitData(), name)
		require.Equal(t, 1, s.Wait())
		require.Contains(t, s.log.String(), "Terminating server after rdb file reading failure.")
		left, err := os.ReadFile(path)
		require.NoError(t, err)
		require.True(t, bytes.Equal(broken, left), "the file is left to whoever can mend it")
	}
	denied := vfs.NewFailing(vfs.OS{}, vfs.Rule{Op: vfs.Opens, Err: syscall.EACCES})
	s = startServer(t, func(s *Server) { s.saves.files = denied }, "--dir", dir)
	require.False(t, s.AwaitData())
	require.Contains(t, s.log.String(), "Fatal error loading the DB: Permission denied. Exiting.")
}

// TestSnapshotIsAMoment moves money between accounts from many clients while one save follows the other: in each the sum is right.
func TestSnapshotIsAMoment(t *testing.T) {
	t.Parallel()
	accounts, clients, saves := 20_000, 16, 5
	if os.Getenv("CINNABAR_LONG") != "" {
		accounts, saves = 1_000_000, 20
	}
	dir := t.TempDir()
	s := startServer(t, nil, "--dir", dir, "--io-threads", "2", "--rdbcompression", "no")
	c := s.dial(t)
	for from := 0; from < accounts; from += 1000 {
		words := []string{"MSET"}
		for i := range 1000 {
			words = append(words, fmt.Sprintf("account:%d", from+i), "100")
		}
		require.Equal(t, "+OK\r\n", do(t, c, words...))
	}
	done := make(chan struct{})
	var moving sync.WaitGroup
	for i := range clients {
		conn := s.dial(t)
		moving.Go(func() {
			for n := i; ; n += 7919 {
				select {
				case <-done:
					return
				default:
				}
				from, to := fmt.Sprintf("account:%d", n%accounts), fmt.Sprintf("account:%d", (n*31+i)%accounts)
				frames := append(wire.Frame("MULTI"), wire.Frame("DECRBY", from, "3")...)
				frames = append(append(frames, wire.Frame("INCRBY", to, "3")...), wire.Frame("EXEC")...)
				if conn.Send(frames) != nil {
					return
				}
				for range 4 {
					if _, err := conn.Receive(); err != nil {
						return
					}
				}
			}
		})
	}
	for range saves {
		require.Equal(t, "+OK\r\n", do(t, c, "SAVE"))
		file, err := os.Open(filepath.Join(dir, "dump.rdb"))
		require.NoError(t, err)
		store := datatypes.NewStore(16)
		loadFile(t, file, store)
		sum, count := int64(0), 0
		store.DB(0).Range(func(_ []byte, e datatypes.Entry) bool {
			n, ok := e.Int()
			require.True(t, ok)
			sum, count = sum+n, count+1
			return true
		})
		require.Equal(t, accounts, count)
		require.Equal(t, int64(accounts)*100, sum)
	}
	close(done)
	moving.Wait()
}

// TestSyncSendsKeysThenEffects follows a server that others write to: its snapshot and what came behind it are what the server holds.
func TestSyncSendsKeysThenEffects(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, nil, "--dir", dir, "--enable-debug-command", "yes")
	writer, follower := s.dial(t), s.dial(t)
	fill(t, writer)
	require.Equal(t, "+OK\r\n", do(t, writer, "DEBUG", "POPULATE", "20000", "many", "100"))
	require.NoError(t, follower.Send(wire.Frame("SYNC")))
	for i := range 500 {
		do(t, writer, "RPUSH", "list", strconv.Itoa(i))
		do(t, writer, "DEL", "many:"+strconv.Itoa(i))
	}
	do(t, writer, "SET", "last", "one")
	file, err := follower.ReceiveFile()
	require.NoError(t, err)

	other := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(other, "dump.rdb"), file, 0o600))
	copied := startServer(t, nil, "--dir", other, "--enable-debug-command", "yes")
	require.True(t, copied.AwaitData(), copied.log.String())
	target := copied.dial(t)
	for last := false; !last; {
		reply, err := follower.Receive()
		require.NoError(t, err)
		require.NoError(t, target.Send(reply.Raw))
		receive(t, target)
		last = strings.Contains(string(reply.Raw), "last")
	}
	require.Equal(t, do(t, writer, "DEBUG", "DIGEST"), do(t, target, "DEBUG", "DIGEST"))
	names, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, names, "nothing is left behind")
}

// TestGoneDuringSync ends the copying of who has gone.
func TestGoneDuringSync(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, nil, "--dir", dir, "--enable-debug-command", "yes")
	c, follower := s.dial(t), s.dial(t)
	require.Equal(t, "+OK\r\n", do(t, c, "DEBUG", "POPULATE", "50000", "many", "1000"))
	require.NoError(t, follower.Send(wire.Frame("SYNC")))
	follower.Close()
	require.Eventually(t, func() bool {
		names, err := os.ReadDir(dir)
		return err == nil && len(names) == 0
	}, patience, time.Millisecond)
	require.Equal(t, "+PONG\r\n", do(t, c, "PING"))
}

// A save that is broken off when its file has got its name already: the changes in it are counted by the save that broke it off, and only once.
func TestChangesAreSavedOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil, "--dir", t.TempDir(), "--save", "")
	c := s.dial(t)
	fill(t, c)
	s.gates.waitSection()
	defer s.gates.leaveSection()
	require.Positive(t, s.sequence.changes)
	first := s.newSave(true)
	s.saves.begin(first)
	require.NoError(t, first.write())
	require.NoError(t, s.saveNow())
	s.saved(first, nil)
	require.Zero(t, s.sequence.changes)
}
