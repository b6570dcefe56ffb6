package server

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// recorder is a sink that keeps the sequence as lines.
type recorder struct{ lines []string }

func (r *recorder) takes(operation) bool { return true }

func (r *recorder) append(op operation) {
	var line strings.Builder
	line.WriteByte(byte('0' + op.database))
	for _, word := range op.words {
		line.WriteByte(' ')
		line.Write(word)
	}
	r.lines = append(r.lines, line.String())
}

// TestSequenceOfEffects holds what is propagated to what happened: times to live as deadlines, nothing for commands that changed nothing.
func TestSequenceOfEffects(t *testing.T) {
	sink := &recorder{}
	s := startServer(t, func(s *Server) { s.sequence.sinks = append(s.sequence.sinks, sink) })
	c := s.dial(t)
	for _, line := range []string{"SET k v", "SET k w NX", "SET k w GET", "GET k", "INCR n", "INCR k", "SELECT 3", "MSET a 1 b 2", "DEL a nosuch",
		"DEL nosuch", "SET t v EX 100", "FLUSHDB", "SET gone v PX 1"} {
		do(t, c, strings.Fields(line)...)
	}
	require.Eventually(t, func() bool { return do(t, c, "EXISTS", "gone") == ":0\r\n" }, 10e9, 1e6)
	do(t, c, "SET", "gone", "again")

	s.gates.waitSection()
	got := strings.Join(sink.lines, "\n")
	s.gates.leaveSection()
	got = regexp.MustCompile(`PXAT \d{13}`).ReplaceAllString(got, "PXAT ms")
	require.Equal(t, strings.Join([]string{"0 SET k v", "0 SET k w", "0 INCR n", "3 MSET a 1 b 2", "3 DEL a nosuch", "3 SET t v PXAT ms",
		"3 FLUSHDB", "3 SET gone v PXAT ms", "3 DEL gone", "3 SET gone again"}, "\n"), got)
}

// What reads find expired is deleted soon and one by one, though nobody writes.
func TestReadsHaveExpiredKeysDeleted(t *testing.T) {
	sink := &recorder{}
	s := startServer(t, func(s *Server) { s.sequence.sinks = append(s.sequence.sinks, sink) }, "--enable-debug-command", "yes")
	c := s.dial(t)
	do(t, c, "DEBUG", "SET-ACTIVE-EXPIRE", "0")
	do(t, c, "MSET", "a", "1", "b", "2")
	do(t, c, "PEXPIRE", "a", "1")
	do(t, c, "PEXPIRE", "b", "1")
	require.Eventually(t, func() bool { return do(t, c, "SCAN", "0") == "*2\r\n$1\r\n0\r\n*0\r\n" }, 10e9, 1e6)
	require.Eventually(t, func() bool {
		s.gates.waitSection()
		defer s.gates.leaveSection()
		tail := sink.lines[max(0, len(sink.lines)-2):]
		return strings.HasPrefix(tail[0], "0 DEL ") && strings.HasPrefix(tail[1], "0 DEL ")
	}, 10e9, 1e6)
}

// Who listens is told at once of keys that a hold has deleted, though the command that took it was refused.
func TestExpiredEventBesideARefusedCommand(t *testing.T) {
	s := startServer(t, nil, "--enable-debug-command", "yes", "--notify-keyspace-events", "Ex")
	c, listener := s.dial(t), s.dial(t)
	do(t, c, "DEBUG", "SET-ACTIVE-EXPIRE", "0")
	do(t, listener, "SUBSCRIBE", "__keyevent@0__:expired")
	did := make(chan bool, 1)
	for i := range 20 {
		key := strings.Repeat("k", i+1)
		do(t, c, "SET", key, "v", "PXAT", "1")
		s.loops[0].post(func() {
			// As if a read had found it, but with nobody woken.
			s.expired.mu.Lock()
			s.expired.keys = append(s.expired.keys, expiredKey{key: []byte(key)})
			s.expired.waiting.Store(int32(len(s.expired.keys)))
			s.expired.mu.Unlock()
			did <- true
		})
		<-did
		do(t, c, "SET", "refused")
		s.gates.waitSection()
		waiting := s.loops[0].inbox.waiting.Load()
		s.gates.leaveSection()
		require.Zero(t, waiting)
		receive(t, listener)
	}
}

// A look-up that deletes an expired key leaves a command's other look-ups true.
func TestLookUpsBesideAnExpiredKey(t *testing.T) {
	s := startServer(t, nil, "--enable-debug-command", "yes")
	c := s.dial(t)
	do(t, c, "DEBUG", "SET-ACTIVE-EXPIRE", "0")
	for _, gone := range []string{"a", "zzzzzzzz", strings.Repeat("z", 200)} {
		for _, line := range []string{"FLUSHALL", "SET gone " + gone + " PXAT 1", "SET a abcdefgh", "SET b 11111111", "SET c 22222222222222222", "MULTI"} {
			do(t, c, strings.Fields(line)...)
		}
		do(t, c, "LCS", "a", "gone")
		do(t, c, "LCS", "a", "gone", "LEN")
		require.Equal(t, "*2\r\n$0\r\n\r\n:0\r\n", do(t, c, "EXEC"))
	}
}

// A write that comes when the time of a pause is over, but before anybody was woken, finds no remains of an expired key.
func TestExpiredKeyAtTheEndOfAPause(t *testing.T) {
	s := startServer(t, nil, "--enable-debug-command", "yes")
	c := s.dial(t)
	do(t, c, "DEBUG", "SET-ACTIVE-EXPIRE", "0")
	do(t, c, "SET", "k", "old", "PXAT", "1")
	s.gates.waitSection()
	s.pause.kind, s.pause.endMs = pauseWrites, s.clock.nowMs()
	s.gates.leaveSection()
	require.Equal(t, ":3\r\n", do(t, c, "SETRANGE", "k", "0", "new"))
	require.Equal(t, "$3\r\nnew\r\n", do(t, c, "GET", "k"))
}
