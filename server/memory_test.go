package server

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMemoryDiagnosis(t *testing.T) {
	heap := heapState{live: 100 << 20, total: 150 << 20}
	for _, test := range []struct {
		report  memoryReport
		clients int64
		want    []string
	}{
		{memoryReport{used: smallStoreBytes - 1, peak: 1 << 40}, 1, []string{doctorEmpty}},
		{memoryReport{used: 80 << 20, peak: 100 << 20, heap: heap, clients: clientsMemory{normal: 10 << 20}}, 100, []string{doctorHealthy}},
		{memoryReport{used: 80 << 20, peak: 160 << 20, heap: heap}, 0, []string{doctorIssues, doctorPeak, doctorFarewell}},
		{memoryReport{used: 80 << 20, peak: 80 << 20, heap: heapState{live: 100 << 20, total: 250 << 20}, clients: clientsMemory{normal: 10 << 20}}, 1,
			[]string{doctorIssues, doctorFreeHeap, doctorClients, doctorFarewell}},
	} {
		require.Equal(t, strings.Join(test.want, ""), test.report.diagnosis(test.clients))
	}
}

// TestMemoryUsageIsExact adds up MEMORY USAGE over the keys: what they are said to take is used_memory, but for the page and the directory
// that they lie in.
func TestMemoryUsageIsExact(t *testing.T) {
	c := startServer(t, nil).dial(t)
	require.Equal(t, "+OK\r\n", do(t, c, "SET", "first", strings.Repeat("x", 1000)))
	_, fields := info(t, c, "memory")
	sum := number(t, fields, "used_memory")
	for _, words := range [][]string{{"a", ""}, {"longer:key", strings.Repeat("x", 1000)}, {"n", "12345"}} {
		require.Equal(t, "+OK\r\n", do(t, c, "SET", words[0], words[1]))
		sum += integer(t, do(t, c, "MEMORY", "USAGE", words[0], "SAMPLES", "0"))
	}
	_, fields = info(t, c, "memory", "stats")
	require.Equal(t, sum, number(t, fields, "used_memory"))
	require.Equal(t, sum, number(t, fields, "used_memory_overhead")+number(t, fields, "used_memory_dataset"))
	require.Zero(t, number(t, fields, "keyspace_hits")+number(t, fields, "keyspace_misses"), "not a use of the key")
	require.Equal(t, "$-1\r\n", do(t, c, "MEMORY", "USAGE", "nosuch"))
	require.Equal(t, "-ERR syntax error\r\n", do(t, c, "MEMORY", "USAGE", "a", "SAMPLES", "-1"))
	require.Equal(t, "-ERR syntax error\r\n", do(t, c, "MEMORY", "USAGE", "a", "SAMPLES"))
	require.Equal(t, "-ERR value is not an integer or out of range\r\n", do(t, c, "MEMORY", "USAGE", "a", "SAMPLES", "x"))

	require.Contains(t, do(t, c, "MEMORY", "MALLOC-STATS"), "/memory/classes/total:bytes ")
}

// TestMemoryPurgeLeavesOthersAlone asks for several at once; the server stops cleanly while one may be under way.
func TestMemoryPurgeLeavesOthersAlone(t *testing.T) {
	s := startServer(t, nil)
	c := s.dial(t)
	for range 3 {
		require.Equal(t, "+OK\r\n", do(t, c, "MEMORY", "PURGE"))
	}
	require.Eventually(t, func() bool { return !s.purging.Load() }, 20*time.Second, time.Millisecond)
}

func TestLolwut(t *testing.T) {
	c := startServer(t, nil).dial(t)
	picture := do(t, c, "LOLWUT", "VERSION", "9", "20", "10", "what")
	require.Regexp(t, `Cinnabar ver\. \d+\.\d+\.\d+\n\r\n$`, picture)
	lines := strings.Split(picture, "\n")
	for _, line := range lines[1:11] {
		require.LessOrEqual(t, len(line), 20)
	}
	require.NotEqual(t, picture, do(t, c, "LOLWUT", "20", "10"), "never twice the same")
	const notInteger = "-ERR value is not an integer or out of range\r\n"
	for words, refused := range map[string]bool{"VERSION x": true, "VERSION": false, "x": false, "VERSION 5 x": true, "VERSION 5 1 1 x": true,
		"VERSION 6 1 x": true, "VERSION 6 1 1 x": false, "-5 9223372036854775807": false, "999999 999999": false} {
		reply := do(t, c, append([]string{"LOLWUT"}, strings.Fields(words)...)...)
		require.Equal(t, refused, reply == notInteger, "LOLWUT %s: %.60q", words, reply)
		require.Less(t, len(reply), 300_000)
	}
}
