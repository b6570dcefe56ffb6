package server

import (
	"bytes"
	"fmt"
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

// reset forgets the events of these names, all without names, and counts them.
func (l *latencyLog) reset(names []string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := len(l.events)
	if len(names) == 0 {
		l.events = nil
	}
	for _, name := range names {
		delete(l.events, name)
	}
	return before - len(l.events)
}

func (e *latencyEvent) clone() latencyEvent {
	return latencyEvent{e.name, slices.Clone(e.samples), e.max}
}

// mean is that of the samples, of which there is at least one.
func (e *latencyEvent) mean() time.Duration {
	var sum time.Duration
	for _, sample := range e.samples {
		sum += sample.took
	}
	return sum / time.Duration(len(e.samples))
}

// The picture of LATENCY GRAPH: so many columns, rows, and fills of a row.
const (
	graphColumns = 80
	graphRows    = 4
	graphFills   = "_o#"
)

// graph draws the last samples as columns with their age beneath.
func (e *latencyEvent) graph(nowS int64) string {
	samples := e.samples[max(0, len(e.samples)-graphColumns):]
	low, high := samples[0].took, samples[0].took
	for _, sample := range samples {
		low, high = min(low, sample.took), max(high, sample.took)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s - high %d ms, low %d ms (all time high %d ms)\n%s\n", e.name, high.Milliseconds(), low.Milliseconds(),
		e.max.Milliseconds(), strings.Repeat("-", graphColumns))
	steps := graphRows * len(graphFills)
	for row := graphRows - 1; row >= 0; row-- {
		line := make([]byte, len(samples))
		for i, sample := range samples {
			level := steps - 1
			if high > low {
				level = int(int64(steps-1) * int64(sample.took-low) / int64(high-low))
			}
			line[i] = ' '
			if fill := level - row*len(graphFills); fill >= 0 {
				line[i] = graphFills[min(fill, len(graphFills)-1)]
			}
		}
		text.Write(bytes.TrimRight(line, " "))
		text.WriteByte('\n')
	}
	text.WriteByte('\n')
	ages := make([]string, len(samples))
	longest := 0
	for i, sample := range samples {
		ages[i] = age(nowS - sample.unixS)
		longest = max(longest, len(ages[i]))
	}
	for row := range longest {
		line := make([]byte, len(ages))
		for i, label := range ages {
			line[i] = ' '
			if row < len(label) {
				line[i] = label[row]
			}
		}
		text.Write(bytes.TrimRight(line, " "))
		text.WriteByte('\n')
	}
	return text.String()
}

// age is a span in its largest whole unit.
func age(seconds int64) string {
	switch {
	case seconds < 60:
		return fmt.Sprintf("%ds", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%dm", seconds/60)
	case seconds < 24*3600:
		return fmt.Sprintf("%dh", seconds/3600)
	}
	return fmt.Sprintf("%dd", seconds/(24*3600))
}
