package server

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// The picture of LATENCY GRAPH: columns and rows of one block, and what the top of a column is drawn with, by thirds of a row.
const (
	graphColumns = 80
	graphRows    = 4
	graphTops    = "_o#"
)

// graph draws the samples of an event, a column each, with their ages beneath, as LATENCY GRAPH of Redis 7.0.15 does: a column is as many
// thirds of a row high as its sample stands above the lowest one.
func (e *latencyEvent) graph(nowS int64) string {
	low, high := e.samples[0].took.Milliseconds(), e.samples[0].took.Milliseconds()
	for _, sample := range e.samples {
		low, high = min(low, sample.took.Milliseconds()), max(high, sample.took.Milliseconds())
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s - high %d ms, low %d ms (all time high %d ms)\n%s\n", e.name, high, low, e.max.Milliseconds(),
		strings.Repeat("-", graphColumns))
	first := true
	for block := range slices.Chunk(e.samples, graphColumns) {
		if !first {
			text.WriteByte('\n')
		}
		first = false
		writeColumns(&text, block, low, high)
		writeAges(&text, block, nowS)
	}
	return text.String()
}

func writeColumns(text *strings.Builder, samples []latencySample, low, high int64) {
	const steps = graphRows * len(graphTops)
	span := max(high-low, 1)
	line := make([]byte, len(samples))
	for row := graphRows - 1; row >= 0; row-- {
		for i, sample := range samples {
			step := int(min((sample.took.Milliseconds()-low)*int64(steps)/span, int64(steps-1)))
			switch top := step - row*len(graphTops); {
			case top < 0:
				line[i] = ' '
			case top < len(graphTops):
				line[i] = graphTops[top]
			default:
				line[i] = '|'
			}
		}
		text.Write(line)
		text.WriteByte('\n')
	}
}

// writeAges writes an empty row and, downwards, how long ago each sample was.
func writeAges(text *strings.Builder, samples []latencySample, nowS int64) {
	line := bytes.Repeat([]byte{' '}, len(samples))
	for row := 0; ; row++ {
		text.Write(line)
		text.WriteByte('\n')
		more := false
		for i, sample := range samples {
			line[i] = ' '
			if label := age(nowS - sample.unixS); row < len(label) {
				line[i], more = label[row], true
			}
		}
		if !more {
			return
		}
	}
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
