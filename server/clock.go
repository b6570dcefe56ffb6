package server

import (
	"sync/atomic"
	"time"
)

// clock is the server's time. mono is cheap enough to be read for every command; the wall clock is read once a round of a loop and
// carried on by mono in between, so that all loops agree to within the age of the last refresh and a jump of the wall clock is followed.
type clock struct {
	start time.Time
	// offset is the wall clock less mono at the last refresh, in nanoseconds.
	offset atomic.Int64
}

func newClock() *clock {
	k := &clock{start: time.Now()}
	k.refresh()
	return k
}

// mono is the time since the server's start; it never goes back.
func (k *clock) mono() time.Duration { return time.Since(k.start) }

// refresh reads the wall clock.
func (k *clock) refresh() {
	now := time.Now()
	k.offset.Store(now.UnixNano() - int64(now.Sub(k.start)))
}

// wallMs is the Unix time in milliseconds at a reading of mono.
func (k *clock) wallMs(mono time.Duration) int64 {
	return (k.offset.Load() + int64(mono)) / int64(time.Millisecond)
}

// nowMs is the Unix time in milliseconds.
func (k *clock) nowMs() int64 { return k.wallMs(k.mono()) }

// nowUs is the Unix time in microseconds.
func (k *clock) nowUs() int64 { return (k.offset.Load() + int64(k.mono())) / int64(time.Microsecond) }
