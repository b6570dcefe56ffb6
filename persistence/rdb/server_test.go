package rdb

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// newerVariable names a redis-server of version 7.4, which no test installs. It is asked what the installed one can't know: version 12.
const newerVariable = "CINNABAR_REDIS_NEWER"

// written is a file that is like another, as the Encoder writes it.
func (f *file) written(t *testing.T, options Options) []byte {
	var p bytes.Buffer
	out, err := NewOutput(&p, options)
	require.NoError(t, err)
	require.NoError(t, out.Aux("redis-ver", "7.0.15"))
	require.NoError(t, out.AuxInt("redis-bits", 64))
	e, database := out.NewEncoder(), -1
	for i := range f.entries {
		entry := &f.entries[i]
		if entry.database != database {
			database = entry.database
			require.NoError(t, e.Flush())
			require.NoError(t, out.Select(database))
			require.NoError(t, out.Resize(1000, 10))
		}
		e.Aux("cinnabar-unknown", []byte("to redis-server"))
		require.NoError(t, entry.model.write(e, &entry.Entry, encodingOf(entry.t)))
	}
	require.NoError(t, e.Flush())
	require.NoError(t, out.End())
	return p.Bytes()
}

func do(t *testing.T, c *wire.Conn, words ...string) string {
	t.Helper()
	reply, err := c.Do(words...)
	require.NoError(t, err)
	require.False(t, reply.IsError(), "%q: %s", words, reply.String())
	return reply.String()
}

// loaded makes a server load a file, and tells what it has then: a digest of everything, and every key's encoding.
func loaded(t *testing.T, c *wire.Conn, dir string, f *file, p []byte, newer bool) map[string]string {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "dump.rdb"), p, 0o644))
	do(t, c, "DEBUG", "RELOAD", "NOSAVE")
	state := map[string]string{"digest": do(t, c, "DEBUG", "DIGEST")}
	for _, e := range f.entries {
		do(t, c, "SELECT", strconv.Itoa(e.database))
		name := fmt.Sprintf("%d %q", e.database, e.Key)
		// A hash whose fields once expired keeps showing listpackex. It is written as what it has become.
		encoding := strings.Replace(do(t, c, "OBJECT", "ENCODING", string(e.Key)), "$10\nlistpackex", "$8\nlistpack", 1)
		if e.t.Kind() == KindList {
			encoding = "" // up to the directives: 7.4 goes by nodes, 7.0 has but one
		}
		state[name] = encoding + do(t, c, "PEXPIRETIME", string(e.Key))
		if e.t.Kind() == KindHash && f.version == NewestVersion && newer {
			state[name] += do(t, c, "HPEXPIRETIME", string(e.Key), "FIELDS", "1", e.model.parts[0].text)
		}
	}
	return state
}

// newer starts the server of newerVariable.
func newer(t *testing.T) (c *wire.Conn, dir string) {
	path := os.Getenv(newerVariable)
	if path == "" {
		t.Skipf("%s names no server", newerVariable)
	}
	dir = t.TempDir()
	port := strconv.Itoa(peer.FreePort())
	server := exec.Command(path, "--port", port, "--dir", dir, "--save", "", "--enable-debug-command", "yes")
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}, 20*time.Second, 10*time.Millisecond)
	c, err := wire.Dial("127.0.0.1:" + port)
	require.NoError(t, err)
	return c, dir
}

// installed starts the redis-server of the machine.
func installed(t *testing.T) (c *wire.Conn, dir string) {
	s := peer.StartRedis(t, "--save", "", "--enable-debug-command", "yes")
	return s.Dial(t), s.Dir
}

// What was written from what a golden file holds is, to redis-server and redis-check-rdb, the golden file: equal digests, equal encodings.
func TestServersLoadWhatIsWritten(t *testing.T) {
	for name, start := range map[string]func(*testing.T) (*wire.Conn, string){"installed": installed, "newer": newer} {
		t.Run(name, func(t *testing.T) {
			c, dir := start(t)
			for path, p := range goldenFiles(t) {
				if brokenGolden[path] != "" {
					continue
				}
				f := mustRead(t, p)
				if name == "installed" && f.version > 10 {
					loaded(t, c, dir, f, f.written(t, Options{Version: 10, Compress: true}), false) // at least it does
					continue
				}
				want := loaded(t, c, dir, f, p, name == "newer")
				for _, compress := range []bool{true, false} {
					version := 10
					if name == "newer" {
						version = max(f.version, 11+len(path)%2)
					}
					again := f.written(t, Options{Version: version, Compress: compress, Checksum: compress})
					require.Equal(t, want, loaded(t, c, dir, f, again, name == "newer"), path)
					checkFile(t, name, filepath.Join(dir, "dump.rdb"))
				}
			}
		})
	}
}

// The types of hashes that redis-server 7.4 reads and no longer writes.
func TestPrereleaseHashes(t *testing.T) {
	c, _ := newer(t)
	for _, payload := range prerelease {
		do(t, c, "RESTORE", "key", "0", string(AppendDump(append([]byte{byte(payload.t)}, payload.raw...), 12)), "REPLACE")
		var m model
		require.NoError(t, Decode(payload.t, []byte(payload.raw), &m))
		for _, p := range m.parts {
			require.Equal(t, "$"+strconv.Itoa(len(p.value))+"\n"+p.value+"\n", do(t, c, "HGET", "key", p.text))
			require.Equal(t, "*1\n:"+strconv.FormatInt(p.deadline, 10)+"\n", do(t, c, "HPEXPIRETIME", "key", "FIELDS", "1", p.text))
		}
	}
}

// checkFile asks redis-check-rdb, which is redis-server under another name.
func checkFile(t *testing.T, server, path string) {
	t.Helper()
	if server != "installed" {
		return
	}
	output, code := peer.Run(t, "", peer.Need(t, "redis-check-rdb"), path)
	require.Zero(t, code, output)
	require.Contains(t, output, "RDB looks OK")
}

// restored makes a model by the commands of a client.
func restored(t *testing.T, c *wire.Conn, key string, m *model) {
	words := map[Kind]string{KindString: "SET", KindList: "RPUSH", KindSet: "SADD", KindSortedSet: "ZADD", KindHash: "HSET"}
	for at := 0; at < len(m.parts); at += 100 {
		command := []string{words[m.kind], key}
		for _, p := range m.parts[at:min(at+100, len(m.parts))] {
			switch m.kind {
			case KindSortedSet:
				command = append(command, strconv.FormatFloat(p.score, 'g', 17, 64))
			}
			command = append(command, p.text)
			if m.kind == KindHash {
				command = append(command, p.value)
			}
		}
		do(t, c, command...)
	}
}

// Random values, made by commands and restored from payloads, are the same to redis-server, and what it dumps is read.
func TestPayloadsBothWays(t *testing.T) {
	c, _ := installed(t)
	random := rand.New(rand.NewPCG(11, 12))
	e, err := NewEncoder(Options{Version: 10, Compress: true})
	require.NoError(t, err)
	for range 150 {
		m := randomModel(random, collectionKinds[random.IntN(len(collectionKinds))], 1+random.IntN(400), 1+random.IntN(9000))
		restored(t, c, "commands", m)
		require.NoError(t, m.write(e, nil, Encoding(random.IntN(3))))
		do(t, c, "RESTORE", "payload", "0", string(AppendDump(e.Take(), 10)))
		require.Equal(t, do(t, c, "DEBUG", "DIGEST-VALUE", "commands"), do(t, c, "DEBUG", "DIGEST-VALUE", "payload"))
		for _, key := range []string{"commands", "payload"} {
			reply, err := c.Do("DUMP", key)
			require.NoError(t, err)
			typ, raw, err := OpenDump(bulk(reply.Raw), 10, false)
			require.NoError(t, err)
			var got model
			require.NoError(t, Decode(typ, raw, &got))
			m.same(t, &got, 10)
		}
		do(t, c, "DEL", "commands", "payload")
	}
}

// bulk is what a bulk string holds.
func bulk(raw []byte) []byte {
	_, rest, _ := bytes.Cut(raw, []byte("\r\n"))
	return rest[:len(rest)-2]
}
