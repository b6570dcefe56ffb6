package transport

import (
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// echo serves every connection of a fixture on the calling goroutine, until stop is closed.
func (f *fixture) echo(stop <-chan struct{}) {
	ready := make([]Ready, 0, eventsAtOnce)
	buffer := make([]byte, 64<<10)
	segments := make([][]byte, 1)
	for {
		select {
		case <-stop:
			return
		case c := <-f.accepted:
			if err := c.Attach(f.poller, c); err != nil {
				panic(err)
			}
		default:
		}
		ready, _ = f.poller.Wait(-1, ready[:0])
		for _, r := range ready {
			c := r.Token.(Conn)
			n, err := c.Read(buffer)
			if err == ErrWouldBlock {
				continue
			}
			if err != nil {
				c.Close()
				continue
			}
			segments[0] = buffer[:n]
			c.Write(segments)
		}
	}
}

const eventsAtOnce = 512

// BenchmarkPingPong is one message of 32 bytes there and back, by 1 and by 50 clients at once. The clients are blocking
// sockets of package net in the same process, so the figure is mostly theirs; what it shows is that nothing is allocated.
func BenchmarkPingPong(b *testing.B) {
	for _, portable := range []bool{false, true} {
		for _, clients := range []int{1, 50} {
			b.Run(fmt.Sprintf("portable=%t/clients=%d", portable, clients), func(b *testing.B) {
				pingPong(b, ListenConfig{Portable: portable}, clients)
			})
		}
	}
}

func pingPong(b *testing.B, cfg ListenConfig, clients int) {
	f := newFixture(b, cfg)
	conns := make([]net.Conn, clients)
	for i := range conns {
		nc, c := f.pair()
		nc.SetDeadline(time.Now().Add(time.Minute))
		if err := c.Attach(f.poller, c); err != nil {
			b.Fatal(err)
		}
		conns[i] = nc
	}
	stop := make(chan struct{})
	var loop, senders sync.WaitGroup
	loop.Go(func() { f.echo(stop) })
	b.ReportAllocs()
	b.ResetTimer()
	for i, nc := range conns {
		rounds := b.N / clients
		if i < b.N%clients {
			rounds++
		}
		senders.Go(func() {
			message := make([]byte, 32)
			for range rounds {
				if _, err := nc.Write(message); err != nil {
					panic(err)
				}
				if _, err := io.ReadFull(nc, message); err != nil {
					panic(err)
				}
			}
		})
	}
	senders.Wait()
	b.StopTimer()
	close(stop)
	f.poller.Wake()
	loop.Wait()
}
