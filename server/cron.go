package server

import (
	"sync/atomic"
	"time"
)

// upkeepInterval is the time between two rounds of upkeep.
const upkeepInterval = 100 * time.Millisecond

// upkeep runs what nobody asked for: the rates that INFO shows, and what the collector is told.
func (s *Server) upkeep() {
	ticker := time.NewTicker(upkeepInterval)
	defer ticker.Stop()
	heap := headroom{server: s}
	for {
		if !s.isLoading() {
			heap.look()
		}
		if !s.rates.paused.Load() {
			s.upkeepDisk()
		}
		s.wakeEvictor()
		select {
		case <-s.quit:
			return
		case <-ticker.C:
		}
		s.clock.refresh()
		if !s.rates.paused.Load() {
			s.rates.sample(s.clock.mono(), s.totals())
		}
	}
}

// upkeepDisk begins what is to be written to disk.
func (s *Server) upkeepDisk() {
	s.gates.waitSection()
	defer s.gates.leaveSection()
	s.appendLog.upkeep()
	s.upkeepSaves()
}

// totals are the sums of the loops' counters.
type totals struct {
	processed, inputBytes, outputBytes int64
	reads, writes, hits, misses        int64
}

func (s *Server) totals() (t totals) {
	for _, l := range s.loops {
		t.processed += l.stats.processed.load()
		t.inputBytes += l.stats.inputBytes.load()
		t.outputBytes += l.stats.outputBytes.load()
		t.reads += l.stats.reads.load()
		t.writes += l.stats.writes.load()
		t.hits += l.stats.hits.load()
		t.misses += l.stats.misses.load()
	}
	return t
}

// rates keeps the last samples of the totals' growth, as INFO's instantaneous figures are means of 16.
type rates struct {
	last     totals
	lastTime time.Duration
	index    int
	samples  [rateSamples]totals
	mean     [3]atomic.Int64
	// forget asks for a new beginning, paused for no further samples.
	forget, paused atomic.Bool
}

const rateSamples = 16

// sample is called by upkeep alone.
func (r *rates) sample(now time.Duration, t totals) {
	if r.forget.Swap(false) {
		r.index, r.samples = 0, [rateSamples]totals{}
		r.last, r.lastTime = t, now
	}
	elapsed := int64(max(now-r.lastTime, time.Millisecond))
	perSecond := func(now, last int64) int64 { return max(now-last, 0) * int64(time.Second) / elapsed }
	r.samples[r.index%rateSamples] = totals{
		processed:   perSecond(t.processed, r.last.processed),
		inputBytes:  perSecond(t.inputBytes, r.last.inputBytes),
		outputBytes: perSecond(t.outputBytes, r.last.outputBytes),
	}
	r.index++
	r.last, r.lastTime = t, now
	var sum totals
	for _, s := range r.samples {
		sum.processed += s.processed
		sum.inputBytes += s.inputBytes
		sum.outputBytes += s.outputBytes
	}
	r.mean[0].Store(sum.processed / rateSamples)
	r.mean[1].Store(sum.inputBytes / rateSamples)
	r.mean[2].Store(sum.outputBytes / rateSamples)
}

// reset begins anew, for CONFIG RESETSTAT.
func (r *rates) reset() {
	r.forget.Store(true)
	for i := range r.mean {
		r.mean[i].Store(0)
	}
}

// perSecond are the commands, and the bytes read and written, per second of the last moments.
func (r *rates) perSecond() (commands, input, output int64) {
	return r.mean[0].Load(), r.mean[1].Load(), r.mean[2].Load()
}

// notePeak keeps the largest memory seen. In the section.
func (s *Server) notePeak() {
	if used := s.usedMemory(); used > s.stats.peakMemory.Load() {
		s.stats.peakMemory.Store(used)
	}
}
