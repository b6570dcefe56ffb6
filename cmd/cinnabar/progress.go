package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	// barAfter is how long a loading takes before anybody is shown a bar, barEvery the time between two of them.
	barAfter = time.Second
	barEvery = 200 * time.Millisecond
	barWidth = 40
)

// showLoading draws a bar on a terminal as long as the data is being read. What it returns ends that, and waits for it.
func (b *boot) showLoading() (stop func()) {
	if !isTerminal(b.stdout) {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		drawLoading(b.stdout, b.service.Loading, done)
	}()
	return func() {
		close(done)
		<-ended
	}
}

func drawLoading(w io.Writer, loading func() (loaded, total int64), done chan struct{}) {
	wait := time.NewTimer(barAfter)
	defer wait.Stop()
	drawn := false
	for {
		select {
		case <-done:
			if drawn {
				fmt.Fprintf(w, "%s\r", strings.Repeat(" ", len(bar(0, 1))))
			}
			return
		case <-wait.C:
			if loaded, total := loading(); total > 0 {
				// The cursor goes back, so that a line of the log takes the bar's place.
				fmt.Fprintf(w, "%s\r", bar(loaded, total))
				drawn = true
			}
			wait.Reset(barEvery)
		}
	}
}

// bar is always of the same length.
func bar(loaded, total int64) string {
	loaded = min(loaded, total)
	filled := int(loaded * barWidth / total)
	return fmt.Sprintf("loading [%s%s] %3d%%", strings.Repeat("#", filled), strings.Repeat(".", barWidth-filled), loaded*100/total)
}
