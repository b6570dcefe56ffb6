package server

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

// counter has one writer, a loop, and any readers: the writer pays no locked instruction for reading its own value.
type counter struct{ n atomic.Int64 }

func (k *counter) add(n int64) { k.n.Store(k.n.Load() + n) }

func (k *counter) load() int64 { return k.n.Load() }

// loopStats are what one loop counts. The commands' figures are written under gate or section and read, and reset, in the section; the
// counters may be read at any time.
type loopStats struct {
	reads, writes           counter
	inputBytes, outputBytes counter
	buffers                 bufferPeaks
	// commands is by Command.ID.
	commands     []commandStats
	processed    counter
	hits, misses counter
	// fresh is what has come to these three in the hold that goes on: publish adds it to them, as to do so for each command would cost more
	// than counting it.
	fresh struct{ processed, hits, misses int64 }
}

// commandStats are what INFO commandstats and latencystats show of one command.
type commandStats struct {
	calls, rejected, failed int64
	took                    time.Duration
	latency                 *histogram
}

// add sums up what several loops counted.
func (cs *commandStats) add(other *commandStats) {
	cs.calls += other.calls
	cs.rejected += other.rejected
	cs.failed += other.failed
	cs.took += other.took
}

// latencyOf is how long a command took on all loops. In the section.
func (s *Server) latencyOf(command *commands.Command) *histogram {
	sum := new(histogram)
	for _, l := range s.loops {
		sum.merge(l.stats.commands[command.ID].latency)
	}
	return sum
}

func (st *loopStats) init(commandCount int) { st.commands = make([]commandStats, commandCount) }

// ran counts a command that was run; trackLatency is latency-tracking.
func (st *loopStats) ran(command *commands.Command, took time.Duration, outcome *commands.Outcome, trackLatency bool) {
	cs := &st.commands[command.ID]
	cs.calls++
	cs.took += took
	if outcome.Failed {
		cs.failed++
	}
	if trackLatency {
		if cs.latency == nil {
			cs.latency = new(histogram)
		}
		cs.latency.record(took)
	}
	st.fresh.processed++
	st.fresh.hits += int64(outcome.Hits)
	st.fresh.misses += int64(outcome.Misses)
}

// publish has everybody see what was counted under gate or section; called at the end of each hold of a loop, and in the section.
func (st *loopStats) publish() {
	if st.fresh.processed == 0 {
		return
	}
	st.processed.add(st.fresh.processed)
	if st.fresh.hits+st.fresh.misses > 0 {
		st.hits.add(st.fresh.hits)
		st.misses.add(st.fresh.misses)
	}
	st.fresh.processed, st.fresh.hits, st.fresh.misses = 0, 0, 0
}

// rejected counts a command that dispatch refused; nil is an unknown one.
func (st *loopStats) rejected(command *commands.Command) {
	if command != nil {
		st.commands[command.ID].rejected++
	}
}

// serverStats are what isn't counted by a loop.
type serverStats struct {
	accepted, refused atomic.Int64
	expiredKeys       atomic.Int64
	expiredFields     atomic.Int64
	evictedKeys       atomic.Int64
	expiry            expiryStats
	queryBufferClosed atomic.Int64
	replyLimitClosed  atomic.Int64
	evictedClients    atomic.Int64
	panics            atomic.Int64
	peakMemory        atomic.Int64
}

// expiryStats are about the deletion of expired keys that nobody reads; the expirer writes them.
type expiryStats struct {
	// held is how long the section was kept for it, in nanoseconds.
	held atomic.Int64
}

// errorStats counts error replies by their code, as INFO errorstats shows them.
type errorStats struct {
	mu     sync.Mutex
	byCode map[string]int64
	total  int64
}

// errorCodesMax bounds the number of codes kept, as a script may invent them.
const errorCodesMax = 128

// errorCode is the word that an error begins with; as in Redis it is ERR where the first 31 bytes hold no blank.
func errorCode(text string) string {
	code, _, found := strings.Cut(text[:min(len(text), 31)], " ")
	if !found {
		return "ERR"
	}
	return code
}

func (e *errorStats) count(text string) {
	code := errorCode(text)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.total++
	if e.byCode == nil {
		e.byCode = map[string]int64{}
	}
	if _, known := e.byCode[code]; known || len(e.byCode) < errorCodesMax {
		e.byCode[code]++
	}
}

// sum counts all error replies.
func (e *errorStats) sum() int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.total
}

// copy is the count of each code.
func (e *errorStats) copy() map[string]int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return maps.Clone(e.byCode)
}

// reset forgets everything, for CONFIG RESETSTAT.
func (e *errorStats) reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.byCode, e.total = nil, 0
}

// resetStats sets what INFO counts to zero, for CONFIG RESETSTAT: all but the peak of memory and the logs of slow commands and latency. In
// the section; what a loop counts outside of it the loop resets itself, at the beginning of its next round.
func (s *Server) resetStats() {
	for _, l := range s.loops {
		clear(l.stats.commands)
		l.stats.publish()
		l.stats.processed.n.Store(0)
		l.stats.hits.n.Store(0)
		l.stats.misses.n.Store(0)
		l.post(func() {
			for _, k := range []*counter{&l.stats.reads, &l.stats.writes, &l.stats.inputBytes, &l.stats.outputBytes} {
				k.n.Store(0)
			}
		})
	}
	st := &s.stats
	for _, n := range []*atomic.Int64{&st.accepted, &st.refused, &st.expiredKeys, &st.expiredFields, &st.evictedKeys, &st.expiry.held,
		&st.queryBufferClosed, &st.replyLimitClosed, &st.evictedClients, &st.panics, &s.eviction.overFor, &s.eviction.overSince} {
		n.Store(0)
	}
	s.errors.reset()
	s.rates.reset()
	s.appendLog.resetStats()
}
