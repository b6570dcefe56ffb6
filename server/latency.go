package server

import (
	"sync"
	"time"
)

// latencyLog is what LATENCY shows: for each event the samples above latency-monitor-threshold of the last 160 seconds that had one.
type latencyLog struct {
	mu     sync.Mutex
	events map[string]*latencyEvent
}

// latencySamples is the length of an event's history, as in Redis.
const latencySamples = 160

// latencyEvent is a ring of samples.
type latencyEvent struct {
	samples [latencySamples]latencySample
	next    int
	max     time.Duration
}

// latencySample is the worst of one second.
type latencySample struct {
	unixS int64
	took  time.Duration
}

// add notes that an event took that long; two samples of one second are one, the worse.
func (l *latencyLog) add(event string, unixS int64, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.events == nil {
		l.events = map[string]*latencyEvent{}
	}
	e := l.events[event]
	if e == nil {
		e = &latencyEvent{}
		l.events[event] = e
	}
	e.max = max(e.max, took)
	last := &e.samples[(e.next+latencySamples-1)%latencySamples]
	if last.unixS == unixS {
		last.took = max(last.took, took)
		return
	}
	e.samples[e.next] = latencySample{unixS, took}
	e.next = (e.next + 1) % latencySamples
}
