package server

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestLatencyLogKeepsTheWorstOfEachSecond adds spikes of 300 seconds, of which the last 160 stay.
func TestLatencyLogKeepsTheWorstOfEachSecond(t *testing.T) {
	var log latencyLog
	worst := map[int64]time.Duration{}
	high := time.Duration(0)
	for s := range int64(300) {
		for range 1 + s%3 {
			took := time.Duration(1 + rand.Int64N(int64(time.Second)))
			worst[s] = max(worst[s], took)
			high = max(high, took)
			log.add("command", 1000+s, took)
		}
	}
	e, found := log.history("command")
	require.True(t, found)
	require.Equal(t, high, e.max)
	require.Len(t, e.samples, latencySamples)
	for i, sample := range e.samples {
		s := int64(300 - latencySamples + i)
		require.Equal(t, latencySample{1000 + s, worst[s]}, sample)
	}
	_, found = log.history("COMMAND")
	require.False(t, found, "names of events are looked up as they are")
}

func TestLatencyLogReset(t *testing.T) {
	var log latencyLog
	require.Zero(t, log.reset(nil))
	for _, event := range []string{"command", "fast-command", "expire-cycle"} {
		log.add(event, 1, time.Second)
	}
	require.Equal(t, 1, log.reset([]string{"COMMAND", "nosuch", "command"}))
	require.Len(t, log.all(), 2)
	require.Equal(t, 2, log.reset(nil))
	require.Empty(t, log.all())
}

// TestLatencyGraph holds the picture to what redis-server 7.0.15 draws of the same samples.
func TestLatencyGraph(t *testing.T) {
	e := latencyEvent{name: "command", max: 200 * time.Millisecond}
	for i, ms := range []int64{10, 20, 30, 50, 70, 100, 130} {
		e.samples = append(e.samples, latencySample{unixS: 100_000 - []int64{200_000, 80_000, 7200, 600, 61, 30, 0}[i], took: time.Duration(ms) * time.Millisecond})
	}
	want := "command - high 130 ms, low 10 ms (all time high 200 ms)\n" + strings.Repeat("-", 80) + "\n" +
		"     _#\n" +
		"    _||\n" +
		"   o|||\n" +
		"_o#||||\n" +
		"       \n" +
		"2221130\n" +
		"d2h0m0s\n" +
		" h m s \n"
	require.Equal(t, want, e.graph(100_000))

	level := latencyEvent{name: "x", samples: []latencySample{{unixS: 5, took: time.Second}}, max: time.Second}
	require.Equal(t, "x - high 1000 ms, low 1000 ms (all time high 1000 ms)\n"+strings.Repeat("-", 80)+"\n \n \n \n_\n \n0\ns\n", level.graph(5))

	for len(level.samples) < latencySamples {
		level.samples = append(level.samples, level.samples[0])
	}
	blocks := strings.Split(level.graph(5), "\n\n")
	require.Len(t, blocks, 2, "80 columns a block")
}

func TestLatencyFigures(t *testing.T) {
	e := latencyEvent{samples: []latencySample{{10, 10 * time.Millisecond}, {12, 20 * time.Millisecond}, {19, 60 * time.Millisecond}}}
	require.Equal(t, latencyFigures{mean: 30, deviation: 20, periodS: 10}, e.figures(20))
	require.Equal(t, int64(1), e.figures(10).periodS)
}

func TestLatencyReport(t *testing.T) {
	spike := []latencyEvent{{name: "command", samples: []latencySample{{1, time.Second}}, max: time.Second}}
	require.Equal(t, doctorDisabled, latencyReport(nil, 2, 10_000, 0))
	require.Equal(t, doctorNothing, latencyReport(nil, 2, 10_000, 100))
	require.Contains(t, latencyReport(spike, 2, 10_000, 0), "1. command: 1 latency spikes (average 1000ms, mean deviation 0ms, period 1.00 "+
		"sec). Worst all time event 1000ms.\n")
	require.Contains(t, latencyReport(spike, 2, -1, 5), "'CONFIG SET slowlog-log-slower-than 5000'")
	require.Contains(t, latencyReport(spike, 2, 10_000, 5), "slower than your configured latency monitor threshold")
	require.NotContains(t, latencyReport(spike, 2, 1000, 5), "CONFIG SET")
}

// TestLatencyTracking turns the histograms off and on.
func TestLatencyTracking(t *testing.T) {
	c := startServer(t, nil, "--latency-tracking", "no").dial(t)
	require.Equal(t, "+PONG\r\n", do(t, c, "PING"))
	require.Equal(t, "*0\r\n", do(t, c, "LATENCY", "HISTOGRAM", "ping"))
	require.Equal(t, "+OK\r\n", do(t, c, "CONFIG", "SET", "latency-tracking", "yes"))
	require.Equal(t, "+PONG\r\n", do(t, c, "PING"))
	require.Contains(t, do(t, c, "LATENCY", "HISTOGRAM", "ping", "nosuch"), "*2\r\n$4\r\nping\r\n*4\r\n$5\r\ncalls\r\n:1\r\n$14\r\nhistogram_usec\r\n*2\r\n:")
	require.Contains(t, do(t, c, "LATENCY", "HISTOGRAM", "config"), "config|set")
}

// TestLatencySpikes provokes one, and finds it in LATEST and HISTORY.
func TestLatencySpikes(t *testing.T) {
	c := startServer(t, nil, "--latency-monitor-threshold", "5", "--enable-debug-command", "yes").dial(t)
	require.Equal(t, "+OK\r\n", do(t, c, "DEBUG", "SLEEP", "0.01"))
	latest := strings.Split(do(t, c, "LATENCY", "LATEST"), "\r\n")
	require.Equal(t, []string{"*1", "*4", "$7", "command"}, latest[:4])
	ms, err := strconv.Atoi(latest[5][1:])
	require.NoError(t, err)
	require.GreaterOrEqual(t, ms, 10)
	require.Equal(t, "*1\r\n*2\r\n"+latest[4]+"\r\n"+latest[5]+"\r\n", do(t, c, "LATENCY", "HISTORY", "command"))
	require.Equal(t, ":1\r\n", do(t, c, "LATENCY", "RESET"))
	require.Equal(t, "*0\r\n", do(t, c, "LATENCY", "HISTORY", "command"))
}
