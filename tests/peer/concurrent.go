package peer

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Concurrently runs work n times at once, waits for all, and fails the test with the first error there is.
func Concurrently(t testing.TB, n int, work func(i int) error) {
	t.Helper()
	var wait sync.WaitGroup
	failures := make([]error, n)
	for i := range n {
		wait.Add(1)
		go func() {
			defer wait.Done()
			failures[i] = work(i)
		}()
	}
	wait.Wait()
	for _, err := range failures {
		require.NoError(t, err)
	}
}

// prober asks for one key again and again and keeps the slowest answer.
type prober struct {
	stop    chan struct{}
	done    chan error
	slowest atomic.Int64
}

func startProber(t testing.TB, s *Server, key string) *prober {
	p := &prober{stop: make(chan struct{}), done: make(chan error, 1)}
	conn := s.Dial(t)
	go func() { // ends when SlowestGet closes stop
		for {
			select {
			case <-p.stop:
				p.done <- nil
				return
			default:
			}
			began := time.Now()
			if _, err := conn.Do("GET", key); err != nil {
				p.done <- err
				return
			}
			p.slowest.Store(max(p.slowest.Load(), int64(time.Since(began))))
		}
	}()
	return p
}

// SlowestGet is the slowest GET of a client that asks for one key again and again while work runs.
func SlowestGet(t testing.TB, s *Server, key string, work func()) time.Duration {
	t.Helper()
	p := startProber(t, s, key)
	work()
	close(p.stop)
	require.NoError(t, <-p.done)
	return time.Duration(p.slowest.Load())
}
