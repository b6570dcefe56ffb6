package server

import (
	"maps"
	"slices"
	"strings"
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

// latencyEvent is the history of one event, oldest sample first.
type latencyEvent struct {
	name    string
	samples []latencySample
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
		e = &latencyEvent{name: event}
		l.events[event] = e
	}
	e.max = max(e.max, took)
	if n := len(e.samples); n > 0 && e.samples[n-1].unixS == unixS {
		e.samples[n-1].took = max(e.samples[n-1].took, took)
		return
	}
	if len(e.samples) == latencySamples {
		e.samples = append(e.samples[:0], e.samples[1:]...)
	}
	e.samples = append(e.samples, latencySample{unixS, took})
}

// history is a copy of one event, false if nothing is known of it.
func (l *latencyLog) history(event string) (latencyEvent, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.events[event]
	if !ok {
		return latencyEvent{}, false
	}
	return e.clone(), true
}

// all are copies of the events by name.
func (l *latencyLog) all() []latencyEvent {
	l.mu.Lock()
	defer l.mu.Unlock()
	events := make([]latencyEvent, 0, len(l.events))
	for _, e := range l.events {
		events = append(events, e.clone())
	}
	slices.SortFunc(events, func(a, b latencyEvent) int { return strings.Compare(a.name, b.name) })
	return events
}

// reset forgets the events of these names, in any case, or all without names, and counts them.
func (l *latencyLog) reset(names []string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := len(l.events)
	if len(names) == 0 {
		l.events = nil
	}
	maps.DeleteFunc(l.events, func(event string, _ *latencyEvent) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, event) })
	})
	return before - len(l.events)
}

func (e *latencyEvent) clone() latencyEvent {
	return latencyEvent{e.name, slices.Clone(e.samples), e.max}
}
