package server

import (
	"sync"
	"sync/atomic"
)

// backlogMost is how many bytes of records may wait for the disk before those who write are kept back, if tests want nothing else.
const backlogMost = 64 << 20

// logCrowd keeps back clients that write faster than the disk: whose command has run in the section while too much waits runs no more until
// half of that is on disk. Who only reads isn't concerned. Where the disk fails nobody is kept: writes are refused then.
type logCrowd struct {
	full   atomic.Bool
	most   int64
	mu     sync.Mutex
	wakers []func()
}

// keepForLog stalls a client until less waits for the disk.
func (l *loop) keepForLog(c *client) {
	if c.marks.stalled || c.marks.closing {
		return
	}
	log := l.server.appendLog
	l.stall(c)
	log.crowd.mu.Lock()
	log.crowd.wakers = append(log.crowd.wakers, func() { l.post(func() { l.resume(c) }) })
	log.crowd.mu.Unlock()
	log.kick()
	log.easeCrowd() // it may have become less before anybody was noted
}

// easeCrowd lets those go on who are kept back, if less waits.
func (l *appendLog) easeCrowd() {
	w := l.writer.Load()
	if w != nil && l.trouble.text.Load() == nil && w.Appended()-w.Released() > l.crowd.most/2 {
		return
	}
	l.crowd.full.Store(false)
	l.crowd.mu.Lock()
	wakers := l.crowd.wakers
	l.crowd.wakers = nil
	l.crowd.mu.Unlock()
	for _, wake := range wakers {
		wake()
	}
}
