//go:build !linux || portable_transport

package transport

import "time"

// kernel is the side of a Poller that sleeps, where all connections are portable ones: a channel and a timer.
type kernel struct {
	wake  chan struct{}
	timer *time.Timer
}

func (k *kernel) open() error {
	k.wake = make(chan struct{}, 1)
	k.timer = time.NewTimer(time.Hour)
	k.timer.Stop()
	return nil
}

func (k *kernel) look(ready []Ready) ([]Ready, error) {
	return ready, nil
}

func (k *kernel) sleep(timeout time.Duration, ready []Ready) ([]Ready, error) {
	if timeout < 0 {
		<-k.wake
		return ready, nil
	}
	k.timer.Reset(timeout)
	select {
	case <-k.wake:
		k.timer.Stop()
	case <-k.timer.C:
	}
	return ready, nil
}

func (k *kernel) notify() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

func (k *kernel) close() {}
