package server

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// TestGovernedUnderLoad lists, pauses, kills and stops clients of four loops while they work: nobody waits for ever, nobody is left over,
// and the race detector finds nothing.
func TestGovernedUnderLoad(t *testing.T) {
	s := startServer(t, nil, "--io-threads", "4", "--enable-debug-command", "yes")
	addr := s.Addrs()[0].String()
	const workers, rounds = 8, 60
	stop := make(chan struct{})
	var working sync.WaitGroup
	for i := range workers {
		working.Add(1)
		go func() {
			defer working.Done()
			work(t, addr, fmt.Sprint("key", i), stop)
		}()
	}
	governor := s.dial(t)
	require.Equal(t, "+OK\r\n", do(t, governor, "CLIENT", "SETNAME", "governor"))
	for i := range rounds {
		for _, words := range [][]string{
			{"CLIENT", "LIST"}, {"CLIENT", "PAUSE", "100000", "WRITE"}, {"CLIENT", "LIST", "TYPE", "normal"}, {"CLIENT", "UNPAUSE"},
			{"DEBUG", "SLEEP", "0.0005"}, {"CONFIG", "RESETSTAT"}, {"CONFIG", "SET", "timeout", fmt.Sprint(1000 + i)}, {"CONFIG", "REWRITE"},
			{"CLIENT", "INFO"}, {"CLIENT", "KILL", "ID", fmt.Sprint(i)},
		} {
			do(t, governor, words...)
		}
		if i%10 == 9 {
			do(t, governor, "CLIENT", "KILL", "TYPE", "normal")
		}
	}
	close(stop)
	working.Wait()
	require.Equal(t, "+OK\r\n", do(t, governor, "SET", "after", "all"))
}

// work sends commands until it is told to stop, and connects again whenever it is killed.
func work(t *testing.T, addr, key string, stop chan struct{}) {
	var c *wire.Conn
	for {
		select {
		case <-stop:
			if c != nil {
				c.Close()
			}
			return
		default:
		}
		if c == nil {
			var err error
			if c, err = wire.Dial(addr); err != nil {
				t.Error(err)
				return
			}
		}
		for _, words := range [][]string{
			{"SET", key, "v"}, {"HELLO", "3", "SETNAME", key}, {"GET", key}, {"CLIENT", "INFO"}, {"RESET"}, {"DEL", key},
		} {
			if _, err := c.Do(words...); err != nil {
				c.Close()
				c = nil
				break
			}
		}
	}
}
