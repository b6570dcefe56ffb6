// Package commandstest holds tests of a command table that several packages make: the comparison of its facts with the real Redis, and the
// freshness of docs/commands.md. Begin reading at CompareWithOracle.
package commandstest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// RequirePeers is the environment variable under which the absence of redis-server is a failure; without it the test is skipped.
const RequirePeers = "CINNABAR_REQUIRE_PEERS"

// replyTimeout is how long the oracle may take to start or to answer.
const replyTimeout = 20 * time.Second

// Oracle is a connection to a redis-server of its own.
type Oracle struct {
	conn    net.Conn
	pending []byte
	asked   int
}

// StartOracle starts redis-server without persistence on a unix socket and connects to it. It ends with the test.
func StartOracle(t testing.TB) *Oracle {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv(RequirePeers) == "1" {
			t.Fatal("redis-server is not installed")
		}
		t.Skip("redis-server is not installed")
	}
	// A socket's path has room for about 100 bytes, which the test's own directory may exceed.
	dir, err := os.MkdirTemp("", "oracle")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "redis.sock")
	server := exec.Command(path, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", dir)
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	deadline := time.Now().Add(replyTimeout)
	for {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			t.Cleanup(func() { conn.Close() })
			return &Oracle{conn: conn}
		}
		require.True(t, time.Now().Before(deadline), "redis-server does not start: %v", err)
		time.Sleep(10 * time.Millisecond)
	}
}

// Do sends one command and returns the bytes of its reply.
func (o *Oracle) Do(t testing.TB, words ...string) []byte {
	o.asked++
	// The end of a reply is where the answer to a mark sent behind it begins.
	mark := fmt.Sprintf("-- %d --", o.asked)
	_, err := o.conn.Write(append(request(words...), request("ECHO", mark)...))
	require.NoError(t, err)
	require.NoError(t, o.conn.SetReadDeadline(time.Now().Add(replyTimeout)))
	end := fmt.Appendf(nil, "$%d\r\n%s\r\n", len(mark), mark)
	buf := make([]byte, 64<<10)
	for !bytes.HasSuffix(o.pending, end) {
		n, err := o.conn.Read(buf)
		require.NoError(t, err, "after %q", words)
		o.pending = append(o.pending, buf[:n]...)
	}
	reply := bytes.Clone(bytes.TrimSuffix(o.pending, end))
	o.pending = o.pending[:0]
	return reply
}

func request(words ...string) []byte {
	frame := fmt.Appendf(nil, "*%d\r\n", len(words))
	for _, word := range words {
		frame = fmt.Appendf(frame, "$%d\r\n%s\r\n", len(word), word)
	}
	return frame
}

// Encode returns what write writes, in protocol 2 or 3.
func Encode(proto int, write func(w *resp.Writer)) []byte {
	var w resp.Writer
	w.SetProto(proto)
	write(&w)
	var all []byte
	for _, segment := range w.Segments(nil, 1<<20) {
		all = append(all, segment...)
	}
	return all
}

// CompareWithOracle compares all that COMMAND INFO and COMMAND DOCS tell of the table's commands, summaries excepted, with what a real
// Redis tells of them, byte for byte in RESP2 and RESP3. Commands and subcommands that Redis doesn't have must be among extra, by full
// name.
func CompareWithOracle(t *testing.T, table *commands.Table, extra ...string) {
	oracle := StartOracle(t)
	ours := make(map[string]bool)
	for _, name := range extra {
		ours[name] = true
	}
	for _, proto := range []int{2, 3} {
		oracle.Do(t, "HELLO", fmt.Sprint(proto))
		for _, cmd := range table.Commands() {
			name := cmd.FullName()
			docs := oracle.Do(t, "COMMAND", "DOCS", name)
			if known := len(docs) > len("*0\r\n"); ours[name] || !known {
				require.True(t, ours[name], "%s: Redis has no such command", name)
				continue
			}
			info := oracle.Do(t, "COMMAND", "INFO", name)
			compareInfo(t, proto, cmd, info)
			compareDocs(t, proto, cmd, docs)
		}
	}
}

// compareInfo compares one command's info; a container's without its subcommands, since it may lack some.
func compareInfo(t *testing.T, proto int, cmd *commands.Command, want []byte) {
	alone := *cmd
	alone.Subs = nil
	got := Encode(proto, func(w *resp.Writer) { alone.ReplyInfo(w) })
	want = bytes.TrimPrefix(want, []byte("*1\r\n"))
	if cmd.IsContainer() {
		got = got[:len(got)-len("*0\r\n")]
		want = want[:min(len(want), len(got))]
	}
	require.Equal(t, lines(want), lines(got), "COMMAND INFO %s in RESP%d", cmd.FullName(), proto)
}

var summary = regexp.MustCompile(`\$7\r\nsummary\r\n\$[0-9]+\r\n[^\r]*\r\n`)

// compareDocs compares one command's documentation up to its subcommands, without summaries.
func compareDocs(t *testing.T, proto int, cmd *commands.Command, want []byte) {
	got := Encode(proto, func(w *resp.Writer) {
		w.Map(1)
		w.BulkString(cmd.FullName())
		cmd.ReplyDocs(w)
	})
	require.Equal(t, withoutSummaries(want), withoutSummaries(got), "COMMAND DOCS %s in RESP%d", cmd.FullName(), proto)
}

func withoutSummaries(reply []byte) []string {
	reply, _, _ = bytes.Cut(reply, []byte("$11\r\nsubcommands\r\n"))
	return lines(summary.ReplaceAll(reply, nil))
}

// lines cuts a reply so that a difference is readable.
func lines(reply []byte) []string {
	var list []string
	for _, line := range bytes.Split(reply, []byte("\r\n")) {
		list = append(list, string(line))
	}
	return list
}
