package server

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/persistence/aof"
	"github.com/cinnabar-db/cinnabar/persistence/vfs"
)

// text makes records of lines; one that begins with # stays as it is.
func text(lines ...string) string {
	var buf []byte
	for _, line := range lines {
		if line[0] == '#' {
			buf = append(buf, line+"\r\n"...)
			continue
		}
		var words [][]byte
		for _, word := range strings.Fields(line) {
			words = append(words, []byte(word))
		}
		buf = aof.AppendRecord(buf, words)
	}
	return string(buf)
}

func put(t testing.TB, system vfs.FS, path, content string) {
	t.Helper()
	require.NoError(t, system.Mkdir(logDir))
	file, err := system.Create(path)
	require.NoError(t, err)
	_, err = file.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, file.Sync())
	require.NoError(t, file.Close())
}

// written makes a log of one increment.
func written(t testing.TB, content string) *vfs.Memory {
	t.Helper()
	system := vfs.NewMemory()
	put(t, system, filepath.Join(logDir, "appendonly.aof.1.incr.aof"), content)
	put(t, system, filepath.Join(logDir, "appendonly.aof.manifest"), "file appendonly.aof.1.incr.aof seq 1 type i\n")
	return system
}

func TestLoadedCommands(t *testing.T) {
	t.Parallel()
	s := startLogged(t, written(t, text("#TS:1600000000", "SELECT 0", "SET a 1", "multi", "INCR a", "#TS:1600000001", "INCR a", "exec", "GET a", "PUBLISH c m",
		"CONFIG SET maxmemory 1", "SELECT 3", "SET b 2", "RPUSH l a b", "EXPIREAT l 1000", "RPUSH l c", "SET ttl v EX 1000", "INCR l", "SELECT 0",
		"SET past v PXAT 1", "APPEND past w", "SET k v", "EXPIRE k 1000", "SPOP nosuch", "BLPOP nolist 0")), "--databases", "4")
	c := s.dial(t)
	require.Equal(t, "$1\r\n3\r\n", do(t, c, "GET", "a"))
	require.Equal(t, "$-1\r\n", do(t, c, "GET", "past"))
	require.InDelta(t, 1000, integer(t, do(t, c, "TTL", "k")), 5)
	require.Equal(t, "$1\r\n0\r\n", do(t, c, "CONFIG", "GET", "maxmemory")[len("*2\r\n$9\r\nmaxmemory\r\n"):])
	require.LessOrEqual(t, integer(t, do(t, c, "OBJECT", "IDLETIME", "a")), int64(5))
	do(t, c, "SELECT", "3")
	require.Equal(t, "$1\r\n2\r\n", do(t, c, "GET", "b"))
	require.Equal(t, ":0\r\n", do(t, c, "LLEN", "l"))
	require.InDelta(t, 1000, integer(t, do(t, c, "TTL", "ttl")), 5)
	require.Contains(t, s.log.String(), "== CRITICAL == This server is sending an error to its AOF-loading-client: 'WRONGTYPE")
	_, fields := info(t, c, "persistence")
	require.Equal(t, "0", fields["rdb_changes_since_last_save"])
}

// A transaction that is longer than what is read at once, between commands that are too, is run as it stands in the log.
func TestLoadedLongTransaction(t *testing.T) {
	t.Parallel()
	const keys = 12_000
	filler := strings.Repeat("x", 100)
	var lines []string
	for n := range 3 * keys {
		switch n {
		case keys:
			lines = append(lines, "MULTI")
		case 2 * keys:
			lines = append(lines, "EXEC")
		}
		lines = append(lines, fmt.Sprintf("SET k%d %d%s", n, n, filler))
	}
	lines = append(lines, "SET long "+strings.Repeat("y", 3*chunkBytes), "SET last 1")
	s := startLogged(t, written(t, text(lines...)))
	c := s.dial(t)
	require.Equal(t, fmt.Sprintf(":%d\r\n", 3*keys+2), do(t, c, "DBSIZE"))
	const atOnce = 1000
	for from := 0; from < 3*keys; from += atOnce {
		words, values := []string{"MGET"}, fmt.Sprintf("*%d\r\n", atOnce)
		for n := from; n < from+atOnce; n++ {
			value := fmt.Sprintf("%d%s", n, filler)
			words, values = append(words, fmt.Sprintf("k%d", n)), values+fmt.Sprintf("$%d\r\n%s\r\n", len(value), value)
		}
		require.Equal(t, values, do(t, c, words...))
	}
	require.Equal(t, fmt.Sprintf(":%d\r\n", 3*chunkBytes), do(t, c, "STRLEN", "long"))
}

// TestLogsThatDoNotLoad refuses to start, and says why last.
func TestLogsThatDoNotLoad(t *testing.T) {
	t.Parallel()
	good := text("SET a 1")
	const repair = "make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>"
	tests := []struct {
		name, content, line string
		args                []string
	}{
		{"unknown", good + text("nosuch%s x"), "Unknown command 'nosuch%s' reading the append only file appendonly.aof.1.incr.aof", nil},
		{"arity", good + text("SET a"), "wrong number of arguments for 'set' command reading the append only file appendonly.aof.1.incr.aof", nil},
		{"database", text("SELECT 16"), "DB index is out of range", nil},
		{"middle", good + "!!!" + good, "Bad file format reading the append only file appendonly.aof.1.incr.aof: " + repair, nil},
		{"cut", good + good[:len(good)-1], "Unexpected end of file reading the append only file appendonly.aof.1.incr.aof.", []string{"--aof-load-truncated", "no"}},
		{"transaction", good + text("MULTI", "SET a 2"), "Unexpected end of file", []string{"--aof-load-truncated", "no"}},
		{"rdb", "REDIS0010nonsense", "Error reading the RDB base file appendonly.aof.1.incr.aof, AOF loading aborted", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			system := written(t, test.content)
			s := startMortal(t, system, test.args...)
			s.Wait()
			require.True(t, s.died.Load())
			lines := strings.Split(strings.TrimSpace(s.log.String()), "\n")
			require.Contains(t, lines[len(lines)-1], test.line)
			left, err := vfs.ReadFile(system, filepath.Join(logDir, "appendonly.aof.1.incr.aof"))
			require.NoError(t, err)
			require.Equal(t, test.content, string(left), "nothing is cut")
		})
	}
	t.Run("manifest", func(t *testing.T) {
		t.Parallel()
		system := written(t, good)
		put(t, system, filepath.Join(logDir, "appendonly.aof.manifest"), "file x seq y type z\n")
		s := startMortal(t, system)
		s.Wait()
		require.True(t, s.died.Load())
		require.Contains(t, s.log.String(), "*** FATAL AOF MANIFEST FILE ERROR ***")
	})
	t.Run("missing", func(t *testing.T) {
		t.Parallel()
		system := written(t, good)
		require.NoError(t, system.Remove(filepath.Join(logDir, "appendonly.aof.1.incr.aof")))
		s := startMortal(t, system)
		s.Wait()
		require.True(t, s.died.Load())
		require.Contains(t, s.log.String(), "Unable to obtain the AOF file appendonly.aof.1.incr.aof length. stat: No such file or directory")
	})
}

// A log cut at any byte loads up to its last whole unit, and goes on from there.
func TestTornLogs(t *testing.T) {
	t.Parallel()
	whole := text("SELECT 0", "SET a 1", "MULTI", "INCR a", "INCR a", "EXEC", "INCR a")
	values := map[string]string{"": "$-1\r\n", "1": "$1\r\n1\r\n", "3": "$1\r\n3\r\n", "4": "$1\r\n4\r\n"}
	ends := []int{len(text("SELECT 0", "SET a 1")), len(text("SELECT 0", "SET a 1", "MULTI", "INCR a", "INCR a", "EXEC")), len(whole)}
	for cut := 1; cut <= len(whole); cut++ {
		for _, tail := range []string{"", strings.Repeat("\x00", 50), "garbage"} {
			if tail != "" && cut%5 != 0 {
				continue
			}
			want := ""
			for i, end := range ends {
				if cut >= end {
					want = []string{"1", "3", "4"}[i]
				}
			}
			system := written(t, whole[:cut]+tail)
			s := startMortal(t, system)
			what := fmt.Sprintf("cut at %d, then %q: %s", cut, tail, s.log)
			require.False(t, s.died.Load(), what)
			c := s.dial(t)
			require.Equal(t, values[want], do(t, c, "GET", "a"), what)
			do(t, c, "SET", "b", "behind")
			s.end()
			if cut%7 != 0 {
				continue
			}
			s = startMortal(t, system)
			require.False(t, s.died.Load(), what)
			c = s.dial(t)
			require.Equal(t, values[want], do(t, c, "GET", "a"), what)
			require.Equal(t, "$6\r\nbehind\r\n", do(t, c, "GET", "b"), what)
			s.end()
		}
	}
}

// The single log of older servers becomes the base of this one, an RDB preamble in it or not.
func TestOldLog(t *testing.T) {
	t.Parallel()
	first := vfs.NewMemory()
	s := startLogged(t, first)
	do(t, s.dial(t), "SET", "a", "1")
	do(t, s.dial(t), "BGREWRITEAOF")
	s.rewritten(t, 1)
	s.end()
	base, err := vfs.ReadFile(first, filepath.Join(logDir, "appendonly.aof.2.base.rdb"))
	require.NoError(t, err)
	for _, old := range []string{text("SELECT 0", "SET a 1", "INCR a"), string(base) + text("SELECT 0", "INCR a")} {
		system := vfs.NewMemory()
		put(t, system, "appendonly.aof", old)
		require.NoError(t, system.Remove(logDir))
		for range 2 {
			s := startLogged(t, system)
			require.Equal(t, "$1\r\n2\r\n", do(t, s.dial(t), "GET", "a"), s.log)
			s.end()
		}
		_, err := system.Stat("appendonly.aof")
		require.Error(t, err)
	}
}

// Large records, many small ones and large transactions pass from the reader to the runner.
func TestLoadingMuch(t *testing.T) {
	t.Parallel()
	system := vfs.NewMemory()
	s := startLogged(t, system, "--aof-use-rdb-preamble", "no")
	c := s.dial(t)
	for i := range 50 {
		do(t, c, "SET", fmt.Sprint("large:", i), strings.Repeat(fmt.Sprint(i), 40_000))
	}
	do(t, c, "MULTI")
	for i := range 3000 {
		do(t, c, "RPUSH", "list", fmt.Sprint("element ", i))
	}
	do(t, c, "EXEC")
	for i := range 6000 {
		do(t, c, "INCR", fmt.Sprint("small:", i%100))
	}
	want := do(t, c, "DEBUG", "DIGEST")
	s.end()
	began := time.Now()
	s = startLogged(t, system)
	require.Equal(t, want, do(t, s.dial(t), "DEBUG", "DIGEST"))
	t.Logf("loaded in %v", time.Since(began))
}

// A FLUSHALL of the log flushes the keys that are loaded, and no more: whoever loads is no client.
func TestLoadingAFlush(t *testing.T) {
	t.Parallel()
	s := startLogged(t, vfs.NewMemory(), "--dir", t.TempDir(), "--save", "3600 1")
	c := s.dial(t)
	do(t, c, "SET", "before", "v")
	require.Equal(t, "+OK\r\n", do(t, c, "FLUSHALL"))
	do(t, c, "SET", "after", "v")
	require.Equal(t, "+OK\r\n", do(t, c, "DEBUG", "LOADAOF"), s.log)
	require.Equal(t, "*1\r\n$5\r\nafter\r\n", do(t, c, "KEYS", "*"))
}
