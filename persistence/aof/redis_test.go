package aof

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/persistence/vfs"
	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

func TestMain(m *testing.M) { peer.Main(m) }

// do sends commands, a line each, and requires that none is refused.
func do(t *testing.T, conn *wire.Conn, lines ...string) (last wire.Reply) {
	t.Helper()
	for _, line := range lines {
		reply, err := conn.Do(strings.Fields(line)...)
		require.NoError(t, err)
		require.False(t, reply.IsError(), "%s: %s", line, &reply)
		last = reply
	}
	return last
}

// rewriteRedis has redis-server rewrite its log.
func rewriteRedis(t *testing.T, conn *wire.Conn) {
	t.Helper()
	do(t, conn, "BGREWRITEAOF")
	deadline := time.Now().Add(20 * time.Second)
	for strings.Contains(do(t, conn, "INFO persistence").Text, "aof_rewrite_in_progress:1") {
		require.True(t, time.Now().Before(deadline), "the rewrite takes too long")
		time.Sleep(5 * time.Millisecond)
	}
}

// writeAgain reads a file of records and writes it by Encoder.
func writeAgain(t *testing.T, text []byte) []byte {
	t.Helper()
	r := NewReader(bytes.NewReader(text), 0)
	e := NewEncoder()
	database, again := 0, []byte(nil)
	for {
		next, err := r.Next()
		if err == io.EOF {
			if len(again) == 0 && r.Stamp() != 0 { // the base of a server without data
				again = fmt.Appendf(nil, "%s%d\r\n", stampPrefix, r.Stamp())
			}
			return again
		}
		require.NoError(t, err)
		if strings.EqualFold(string(next.Words[0]), "select") {
			database, err = strconv.Atoi(string(next.Words[1]))
			require.NoError(t, err)
			continue
		}
		again = e.Append(again, database, next.Words, r.Stamp())
	}
}

// TestFilesOfRedis: what redis-server 7.0.15 wrote is read, and comes out the same.
func TestFilesOfRedis(t *testing.T) {
	for _, options := range [][]string{
		{"--appendfsync", "always", "--aof-use-rdb-preamble", "no", "--aof-timestamp-enabled", "yes"},
		{"--appendfsync", "everysec", "--aof-use-rdb-preamble", "yes"},
		{"--appendfsync", "no", "--aof-use-rdb-preamble", "no", "--appendfilename", "with blank.aof", "--appenddirname", "another"},
	} {
		s := peer.StartRedis(t, append([]string{"--appendonly", "yes", "--aof-disable-auto-gc", "yes"}, options...)...)
		conn := s.Dial(t)
		for round := range 3 {
			do(t, conn, "SELECT 3", "SET a 1", "RPUSH l a b c", "SELECT 0", fmt.Sprintf("SET round %d", round), "PEXPIRE round 1000000",
				"MULTI", "INCR n", "SELECT 9", "INCR n", "SADD s x y", "EXEC", "SPOP s", "MULTI", "INCR n", "EXEC")
			if round < 2 {
				rewriteRedis(t, conn)
			}
		}
		place := Place{Dir: s.Dir, DirName: "appendonlydir", Name: "appendonly.aof"}
		if len(options) > 4 && options[4] == "--appendfilename" {
			place.DirName, place.Name = "another", "with blank.aof"
		}
		f, err := Open(vfs.OS{}, place)
		require.NoError(t, err)
		text, err := os.ReadFile(f.path(f.manifestName()))
		require.NoError(t, err)
		require.Equal(t, string(text), string(f.manifest.Append(nil)))
		parts, err := f.Files()
		require.NoError(t, err)
		require.Len(t, parts, 2)
		history := f.manifest.HistoryFiles()
		require.Len(t, history, 4)
		for _, info := range append(f.manifest.Files(), history...) {
			text, err := os.ReadFile(f.path(info.Name))
			require.NoError(t, err)
			rdb, err := NewReader(bytes.NewReader(text), 0).HasPreamble()
			require.NoError(t, err)
			require.Equal(t, strings.HasSuffix(info.Name, ".rdb"), rdb)
			if !rdb {
				require.Equal(t, string(text), string(writeAgain(t, text)), info.Name)
			}
		}
		conn.Close()
	}
}

// writeLog writes a log of ours with all that there can be in one, and a rewrite in the middle.
func writeLog(t *testing.T, place Place) {
	t.Helper()
	f, err := Open(vfs.OS{}, place)
	require.NoError(t, err)
	started, err := f.Start(false, 7, func(io.Writer) error { return nil })
	require.NoError(t, err)
	require.True(t, started.Created)
	now := moment
	w := NewWriter(started.File, started.Size, now, Options{Policy: SyncEverySec})
	add := func(database int, line string) {
		now = now.Add(time.Second / 2)
		w.Append(database, words(strings.Fields(line)...), now.Unix())
		w.Flush(now, false)
		_, err := w.SyncIfDue(now)
		require.NoError(t, err)
	}
	add(3, "SET before 1")
	rewriting, err := f.BeginRewrite()
	require.NoError(t, err)
	add(3, "SET between 1")
	at := w.Switch(rewriting.File)
	add(3, "SET after 1")
	base, err := f.CreateBase(7)
	require.NoError(t, err)
	e := NewEncoder()
	_, err = base.Write(e.Append(e.Append(nil, 3, words("SET", "before", "1"), now.Unix()), 3, words("SET", "between", "1"), now.Unix()))
	require.NoError(t, err)
	_, err = f.FinishRewrite(rewriting, base, false)
	require.NoError(t, err)
	w.Covered(at)
	require.NoError(t, f.DeleteHistory(func(string) {}))
	stamp := now.Unix()
	for _, command := range []string{"MULTI", "SET binary \x00\xff", "INCR after", "EXEC"} {
		w.Append(3, words(strings.Fields(command)...), stamp)
	}
	add(0, "SET other 1")
	require.NoError(t, w.Close())
}

// TestRedisReadsOurs: redis-check-aof has nothing to say against our files, and redis-server loads them.
func TestRedisReadsOurs(t *testing.T) {
	program := peer.Need(t, "redis-check-aof")
	place := Place{Dir: t.TempDir(), DirName: "the log", Name: "with blank.aof"}
	writeLog(t, place)
	manifest := filepath.Join(place.Dir, place.DirName, place.Name+".manifest")
	said, code := peer.Run(t, "", program, manifest)
	require.Zero(t, code, said)
	require.Contains(t, said, "All AOF files and manifest are valid")

	s := peer.StartRedis(t, "--dir", place.Dir, "--appendonly", "yes", "--appenddirname", place.DirName, "--appendfilename", place.Name)
	conn := s.Dial(t)
	require.Equal(t, "1", do(t, conn, "GET other").Text)
	require.Equal(t, "2", do(t, conn, "SELECT 3", "GET after").Text)
	require.Equal(t, "4", do(t, conn, "DBSIZE").Text)
	require.Equal(t, "\x00\xff", do(t, conn, "GET binary").Text)

	do(t, conn, "SET from-redis 1")
	rewriteRedis(t, conn)
	f, err := Open(vfs.OS{}, place)
	require.NoError(t, err)
	require.Equal(t, []Info{{"with blank.aof.3.base.rdb", 3, Base}, {"with blank.aof.3.incr.aof", 3, Increment}}, f.manifest.Files(), "it goes on counting")
	conn.Close()
}

// TestTakeOverAsRedis: both make the same of an old single log.
func TestTakeOverAsRedis(t *testing.T) {
	ours, theirs := t.TempDir(), t.TempDir()
	for _, dir := range []string{ours, theirs} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "appendonly.aof"), []byte(record("SET", "a", "b")), 0o644))
	}
	f, err := Open(vfs.OS{}, Place{Dir: ours, DirName: "appendonlydir", Name: "appendonly.aof"})
	require.NoError(t, err)
	took, err := f.TakeOver()
	require.NoError(t, err)
	require.True(t, took)
	started, err := f.Start(true, 1, func(io.Writer) error { return errors.New("there is a base") })
	require.NoError(t, err)
	require.NoError(t, started.File.Close())

	s := peer.StartRedis(t, "--dir", theirs, "--appendonly", "yes")
	conn := s.Dial(t)
	require.Equal(t, "b", do(t, conn, "GET a").Text)
	conn.Close()
	log, err := os.ReadFile(filepath.Join(s.Dir, "log"))
	require.NoError(t, err)
	require.Contains(t, string(log), f.TakenOverLine())
	require.Equal(t, tree(t, theirs), tree(t, ours))
}

// tree is all files of a folder with their content.
func tree(t *testing.T, dir string) map[string]string {
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[name] = string(text)
		return err
	}))
	return files
}

// TestTornAsRedis: of files with a bad end both think the same, down to the words in the log.
func TestTornAsRedis(t *testing.T) {
	program := peer.Need(t, "redis-server")
	good := record("SET", "a", "b")
	for name, text := range map[string]string{
		"a record cut":        good + good[:20],
		"cut in a header":     good + "*3\r\n$3",
		"an open transaction": good + record("MULTI") + record("SET", "a", "c"),
		"after an annotation": good + "#TS:17\r\n" + "*3\r\n",
		"in the middle":       good + "!!!" + good,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.Mkdir(filepath.Join(dir, "appendonlydir"), 0o755))
			manifest, file := filepath.Join(dir, "appendonlydir", "appendonly.aof.manifest"), filepath.Join(dir, "appendonlydir", "f")
			require.NoError(t, os.WriteFile(manifest, []byte("file f seq 1 type i\n"), 0o644))
			require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
			f, err := Open(vfs.OS{}, Place{Dir: dir, DirName: "appendonlydir", Name: "appendonly.aof"})
			require.NoError(t, err)
			parts, err := f.Files()
			require.NoError(t, err)
			_, whole, bad := readAll(text)

			refused, code := runToEnd(t, program, dir, "--aof-load-truncated", "no")
			require.NotZero(t, code)
			require.Contains(t, refused, RefusalLine(bad, "f"))
			var torn *TornError
			if !errors.As(bad, &torn) {
				require.ErrorAs(t, bad, new(*FormatError))
				return
			}
			s := peer.StartRedis(t, "--dir", dir, "--appendonly", "yes")
			log, err := os.ReadFile(filepath.Join(s.Dir, "log"))
			require.NoError(t, err)
			before, after := TruncationLines(torn, "f")
			for _, line := range append(before, after) {
				require.Contains(t, string(log), line)
			}
			left, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, text[:whole], string(left))

			require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
			aside, cut, err := f.CutTail(parts[0], torn.Offset)
			require.NoError(t, err)
			require.EqualValues(t, int64(len(text))-whole, cut)
			left, err = os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, text[:whole], string(left))
			kept, err := os.ReadFile(aside)
			require.NoError(t, err)
			require.Equal(t, text[whole:], string(kept))
		})
	}
}

// runToEnd runs a redis-server that is to refuse its files.
func runToEnd(t *testing.T, program, dir string, words ...string) (said string, code int) {
	t.Helper()
	words = append([]string{"--port", strconv.Itoa(peer.FreePort()), "--dir", dir, "--appendonly", "yes"}, words...)
	cmd := exec.Command(program, words...)
	timer := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	out, _ := cmd.CombinedOutput()
	return string(out), cmd.ProcessState.ExitCode()
}
