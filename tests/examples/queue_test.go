package examples

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

const (
	jobsKey = "jobs" // pushed at the left, taken at the right
	doneKey = "done"
	// heldPrefix begins the names of the lists of what workers hold, each named after the worker's connection.
	heldPrefix = "processing:"

	workers   = 100
	producers = 4
	// most is how many jobs may lie about before producers wait until few are left.
	most, few = 1000, 50
	maxPush   = 10 // jobs of one LPUSH
)

// How a worker dies.
const (
	deadBeforeWork = 1 + iota // by its own hand, with a job that it hasn't begun
	deadBeforeDone            // by its own hand, with a job that it did and didn't acknowledge
	killed                    // by CLIENT KILL, wherever it is
	closed                    // by an end of its connection, wherever it is
	reset                     // by a reset of its connection, wherever it is
	waysToDie      = reset
)

// jobQueue is the program and what it knows of its jobs, which are numbers.
type jobQueue struct {
	*example
	performed []atomic.Int32 // how often each job was done
	pushed    atomic.Int64   // how many were, from number 0 on
	next      atomic.Int64   // the number that is pushed next
	acked     atomic.Int64   // that workers know of
	returned  atomic.Int64   // that the reaper brought back
	over      atomic.Bool

	// census is held for writing by who counts all jobs, and for reading by who pushes some or begins to have a list.
	census  sync.RWMutex
	mu      sync.Mutex // guards lists and staff
	lists   []string   // of all workers there were
	staff   [workers]*worker
	strikes chan struct{} // a kill is due
	home    chan struct{} // closed when all is over
}

// worker is one life of a worker: a connection and a list.
type worker struct {
	list string
	id   int64 // of the client, at the server
	conn net.Conn
	fate atomic.Int32 // how it dies by its own hand, 0 while it lives
}

// A queue of jobs whose workers die: each job lies in the queue, in the list of a worker that holds it, or among those done, always in exactly
// one of them; and in the end all are done, some of them twice, since a worker may die between doing a job and saying so.
func TestQueue(t *testing.T) {
	x := begin(t)
	wanted, kills := peer.Count(2_000, 1_000_000), peer.Count(100, 2_000)
	q := &jobQueue{example: x, performed: make([]atomic.Int32, wanted), strikes: make(chan struct{}, kills), home: make(chan struct{})}
	pushUntil := time.Now().Add(time.Duration(peer.Count(10, 75)) * time.Second)
	began := time.Now()
	var ended time.Duration
	waiting := 0
	everyone := []func() error{
		func() error { return q.reap() },
		func() (err error) {
			waiting, err = q.kill(kills)
			return err
		},
		func() error {
			err := q.produce(pushUntil)
			if err == nil {
				if err = x.until(2*time.Millisecond, q.allDone); err != nil {
					err = fmt.Errorf("of %d jobs some are never done: %w", q.pushed.Load(), err)
				}
			}
			ended = time.Since(began)
			q.finish()
			return err
		},
	}
	for slot := range workers {
		everyone = append(everyone, func() error { return q.employ(slot, max(1, wanted/kills)) })
	}
	peer.Concurrently(t, len(everyone), func(i int) error {
		err := everyone[i]()
		if err != nil {
			q.finish() // so that the others end
		}
		return err
	})
	twice := q.checkAll()
	require.NotZero(t, waiting, "nobody was killed while waiting: the test proves nothing")
	where := fmt.Sprintf("queue of %d jobs, %d workers that are killed", wanted, workers)
	pushed := q.pushed.Load() // fewer where time was short
	peer.Figure(t, where+": jobs done, jobs a second", "%d, %.0f", pushed, float64(pushed)/ended.Seconds())
	peer.Figure(t, where+": deaths, of them in BLMOVE; jobs brought back, jobs done twice", "%d, %d; %d, %d",
		len(q.lists)-workers, waiting, q.returned.Load(), twice)
}

// produce pushes all jobs, or as many as there is time for. Now and then a producer waits until the queue is empty, so that workers wait, too.
func (q *jobQueue) produce(until time.Time) error {
	failures := make(chan error, producers)
	for i := range producers {
		go func() { failures <- q.push(q.random(i), until) }() // waited for below
	}
	var all error
	for range producers {
		all = errors.Join(all, <-failures)
	}
	return all
}

func (q *jobQueue) push(random *rand.Rand, until time.Time) error {
	client := q.connect()
	defer client.Close()
	for time.Now().Before(until) && !q.over.Load() {
		count := 1 + random.Int64N(maxPush)
		q.census.RLock()
		from := q.next.Add(count) - count
		count = min(count, int64(len(q.performed))-from)
		if count <= 0 {
			q.census.RUnlock()
			return nil
		}
		batch := make([]any, count)
		for i := range batch {
			batch[i] = from + int64(i)
		}
		length, err := client.LPush(q.ctx, jobsKey, batch...).Result()
		q.pushed.Add(count)
		q.census.RUnlock()
		if err != nil {
			return err
		}
		idle := random.IntN(200) == 0
		if length < most && !idle {
			continue
		}
		if err := q.until(time.Millisecond, func() (bool, error) {
			length, err := client.LLen(q.ctx, jobsKey).Result()
			return length == 0 || !idle && length < few || q.over.Load(), err
		}); err != nil {
			return err
		}
	}
	return nil
}

// allDone tells whether as many jobs are done as were pushed.
func (q *jobQueue) allDone() (bool, error) {
	length, err := q.client.LLen(q.ctx, doneKey).Result()
	return length >= q.pushed.Load() || q.over.Load(), err
}

// finish sends everybody home.
func (q *jobQueue) finish() {
	if q.over.Swap(true) {
		return
	}
	close(q.home)
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, w := range q.staff {
		if w != nil {
			w.conn.Close()
		}
	}
}

// employ has one worker after the other work until all is done; a strike is due after each so many jobs.
func (q *jobQueue) employ(slot, strikeEvery int) error {
	for life := 0; !q.over.Load(); life++ {
		if err := q.live(slot, life, strikeEvery); err != nil {
			return fmt.Errorf("worker %d, life %d: %w", slot, life, err)
		}
	}
	return nil
}

// live is a worker's life. It ends with the connection: nothing is tried again, since a worker whose connection broke can't know what it holds.
func (q *jobQueue) live(slot, life, strikeEvery int) error {
	w := &worker{list: fmt.Sprintf("%s%d:%d", heldPrefix, slot, life)}
	client := redis.NewClient(&redis.Options{
		Addr: q.server.Addr(), ClientName: w.list, MaxRetries: -1, PoolSize: 1,
		Dialer: func(ctx context.Context, network, address string) (net.Conn, error) {
			var dialer net.Dialer
			conn, err := dialer.DialContext(ctx, network, address)
			w.conn = conn
			return conn, err
		},
	})
	defer client.Close()
	one := client.Conn()
	defer one.Close()
	var err error
	if w.id, err = one.ClientID(q.ctx).Result(); err != nil {
		return err
	}
	q.enlist(slot, w)
	for !q.over.Load() {
		job, err := one.BLMove(q.ctx, jobsKey, w.list, "RIGHT", "LEFT", 5*time.Second).Result()
		if errors.Is(err, redis.Nil) {
			continue
		}
		if err == nil {
			err = q.work(one, w, job, strikeEvery)
		}
		if err != nil {
			return unlessBroken(err)
		}
	}
	return nil
}

// enlist makes a worker known, to those who kill and count, before it takes a job.
func (q *jobQueue) enlist(slot int, w *worker) {
	q.census.RLock()
	defer q.census.RUnlock()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.staff[slot] = w
	q.lists = append(q.lists, w.list)
	if q.over.Load() {
		w.conn.Close()
	}
}

// errDied is the end of a worker by its own hand.
var errDied = errors.New("died")

// unlessBroken leaves out that a connection broke: only what the server itself says is a failure, and what the test says.
func unlessBroken(err error) error {
	var said redis.Error
	var wrong *wrongError
	if errors.As(err, &said) || errors.As(err, &wrong) {
		return err
	}
	return nil
}

// wrongError is a failure of the queue, as opposed to one of a connection.
type wrongError struct{ text string }

func (e *wrongError) Error() string { return e.text }

// work does a job and acknowledges it, if the worker lives so long.
func (q *jobQueue) work(one *redis.Conn, w *worker, job string, strikeEvery int) error {
	number, err := strconv.Atoi(job)
	if err != nil || number < 0 || number >= len(q.performed) {
		return &wrongError{"there is no job " + job}
	}
	if w.fate.Load() == deadBeforeWork {
		w.conn.Close()
		return errDied
	}
	q.performed[number].Add(1)
	if w.fate.Load() == deadBeforeDone {
		w.conn.Close()
		return errDied
	}
	replies, err := one.TxPipelined(q.ctx, func(p redis.Pipeliner) error {
		p.LRem(q.ctx, w.list, 1, job)
		p.LPush(q.ctx, doneKey, job)
		return nil
	})
	if err != nil {
		return err
	}
	if removed := replies[0].(*redis.IntCmd).Val(); removed != 1 {
		return &wrongError{fmt.Sprintf("job %s is gone from the list of a worker that lives", job)}
	}
	if q.acked.Add(1)%int64(strikeEvery) == 0 {
		select {
		case q.strikes <- struct{}{}:
		default: // more are due already than there will be
		}
	}
	return nil
}

// kill kills so many workers, each when it is due, and counts all jobs now and then. It tells how many waited for a job when they were killed.
func (q *jobQueue) kill(kills int) (waiting int, err error) {
	random := q.random(producers)
	for i := range kills {
		select {
		case <-q.strikes:
		case <-q.home:
			return waiting, nil
		}
		w := q.anyone(random)
		at, err := q.client.Do(q.ctx, "CLIENT", "LIST", "ID", w.id).Text()
		if err != nil {
			return waiting, err
		}
		way := int32(1 + random.IntN(waysToDie))
		if way > deadBeforeDone && strings.Contains(at, " flags=b ") {
			waiting++
		}
		switch way {
		case killed:
			err = q.client.ClientKillByFilter(q.ctx, "ID", strconv.FormatInt(w.id, 10)).Err()
		case reset:
			w.conn.(*net.TCPConn).SetLinger(0)
			w.conn.Close()
		case closed:
			w.conn.Close()
		default:
			w.fate.Store(way)
		}
		if err == nil && i%(kills/20) == 0 {
			err = q.count()
		}
		if err != nil {
			return waiting, err
		}
	}
	return waiting, nil
}

// anyone is one of the workers. There is one: a kill is due only when jobs were done.
func (q *jobQueue) anyone(random *rand.Rand) *worker {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		if w := q.staff[random.IntN(workers)]; w != nil {
			return w
		}
	}
}

// count counts all jobs wherever they are, at one moment.
func (q *jobQueue) count() error {
	q.census.Lock()
	defer q.census.Unlock()
	q.mu.Lock()
	lists := append([]string{jobsKey, doneKey}, q.lists...)
	q.mu.Unlock()
	replies, err := q.client.TxPipelined(q.ctx, func(p redis.Pipeliner) error {
		for _, list := range lists {
			p.LLen(q.ctx, list)
		}
		return nil
	})
	if err != nil {
		return err
	}
	sum := int64(0)
	for _, reply := range replies {
		sum += reply.(*redis.IntCmd).Val()
	}
	if pushed := q.pushed.Load(); sum != pushed {
		return fmt.Errorf("%d jobs were pushed and %d are there", pushed, sum)
	}
	return nil
}

// reap brings back what the dead hold, again and again: a worker may die, and be handed a job while the server doesn't know yet.
func (q *jobQueue) reap() error {
	for !q.over.Load() {
		// First the lists, then who lives: whoever has a list and isn't there will never be there again.
		var lists []string
		iterator := q.client.Scan(q.ctx, 0, heldPrefix+"*", 1000).Iterator()
		for iterator.Next(q.ctx) {
			lists = append(lists, iterator.Val())
		}
		if err := iterator.Err(); err != nil {
			return err
		}
		living, err := q.client.ClientList(q.ctx).Result()
		if err != nil {
			return err
		}
		for _, list := range lists {
			for !strings.Contains(living, " name="+list+" ") {
				err := q.client.LMove(q.ctx, list, jobsKey, "RIGHT", "RIGHT").Err()
				if errors.Is(err, redis.Nil) {
					break
				}
				if err != nil {
					return err
				}
				q.returned.Add(1)
			}
		}
		select {
		case <-q.home:
		case <-time.After(10 * time.Millisecond): // how long what is dead may lie
		}
	}
	return nil
}

// checkAll wants each job done and nothing left, and tells how many were done more often than once.
func (q *jobQueue) checkAll() (twice int) {
	require.NoError(q, q.count())
	require.EqualValues(q, 1, q.client.DBSize(q.ctx).Val(), "nothing is left but what is done: %v", q.client.Keys(q.ctx, "*").Val())
	pushed := q.pushed.Load()
	seen := make([]bool, pushed)
	const page = 10_000
	for from := int64(0); from < pushed; from += page {
		for _, job := range q.client.LRange(q.ctx, doneKey, from, from+page-1).Val() {
			number, err := strconv.Atoi(job)
			require.NoError(q, err)
			require.False(q, seen[number], "job %d is done twice, says the server", number)
			seen[number] = true
		}
	}
	for number, done := range seen {
		times := int(q.performed[number].Load())
		require.True(q, done && times > 0, "job %d was lost; it was done %d times", number, times)
		twice += min(1, times-1)
	}
	require.LessOrEqual(q, twice, len(q.lists)-workers, "only a death makes a job be done twice")
	return twice
}
