package snapshot

import "sync"

// queue holds keys that wait to be built, in their order, and knows at which parts somebody is. Its methods may be called by anyone.
type queue struct {
	mu      sync.Mutex // guards what follows
	changed sync.Cond
	waiting []*pending
	bytes   int
	busy    []bool // by part
	closed  bool
	failed  error
	spare   []pending // that were built, for new ones
}

func (q *queue) init(parts int) {
	q.changed.L = &q.mu
	q.busy = make([]bool, parts)
}

// push adds keys, and gives what others are to be gathered in.
func (q *queue) push(p *pending) (empty pending) {
	mine := *p
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, &mine)
	q.bytes += len(mine.bytes)
	q.changed.Signal()
	if last := len(q.spare) - 1; last >= 0 {
		empty, q.spare = q.spare[last], q.spare[:last]
	}
	return empty
}

// full tells whether who adds keys should rather build some.
func (q *queue) full() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes >= queueFull
}

// take takes the first keys of a part at which nobody is, and is at it until done. Without any it is nil: at once, or, if it is to wait, when
// the queue is closed. After a failure nothing more is built.
func (q *queue) take(wait bool) *pending {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		if q.failed != nil {
			q.waiting, q.bytes = nil, 0
		}
		for i, p := range q.waiting {
			if !q.busy[p.part] {
				q.busy[p.part] = true
				copy(q.waiting[i:], q.waiting[i+1:])
				q.waiting[len(q.waiting)-1] = nil
				q.waiting = q.waiting[:len(q.waiting)-1]
				q.bytes -= len(p.bytes)
				return p
			}
		}
		if !wait || q.closed && len(q.waiting) == 0 {
			return nil
		}
		q.changed.Wait()
	}
}

// done says that keys that take has given were built, or why not.
func (q *queue) done(p *pending, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.busy[p.part] = false
	if q.failed == nil {
		q.failed = err
	}
	if p.clear(); p.bytes != nil {
		q.spare = append(q.spare, *p)
	}
	q.changed.Broadcast()
}

// hold waits until no keys of a part wait and nobody is at it, and is at it until release, unless something has failed. It is called by
// who adds keys.
func (q *queue) hold(part int) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.failed == nil && (q.busy[part] || q.has(part)) {
		q.changed.Wait()
	}
	if q.failed == nil {
		q.busy[part] = true
	}
	return q.failed
}

func (q *queue) has(part int) bool {
	for _, p := range q.waiting {
		if p.part == part {
			return true
		}
	}
	return false
}

func (q *queue) release(part int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.busy[part] = false
	q.changed.Broadcast()
}

// close says that nothing more is added.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.changed.Broadcast()
}

// err is the first failure.
func (q *queue) err() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.failed
}
