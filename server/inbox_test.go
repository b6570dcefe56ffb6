package server

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// A publisher runs no further than what a loop may owe that doesn't send, and goes on when it does; others aren't kept.
func TestPublisherWaitsForALoopThatOwesMuch(t *testing.T) {
	s := startServer(t, nil, "--io-threads", "2", "--client-output-buffer-limit", "pubsub", "0", "0", "0")
	const size, most, beyond = 1 << 20, inboxMost >> 20, 16
	subscriber := s.dial(t)
	do(t, subscriber, "SUBSCRIBE", "news")
	home := s.clients.get(1).loop
	publisher, other := s.dial(t), s.dial(t)
	for _, conn := range []**wire.Conn{&publisher, &other} { // on the loop that isn't to be stopped
		for do(t, *conn, "PING"); s.loopOf(*conn) == home; do(t, *conn, "PING") {
			*conn = s.dial(t)
		}
	}
	stopped, going := make(chan struct{}), make(chan struct{})
	goOn := sync.OnceFunc(func() { close(going) })
	t.Cleanup(goOn)
	home.post(func() {
		close(stopped)
		<-going
	})
	<-stopped
	go publisher.Send(bytes.Repeat(wire.Frame("PUBLISH", "news", string(make([]byte, size))), most+beyond)) // ends with the connection
	for range most {
		require.Equal(t, ":1\r\n", receive(t, publisher))
	}
	silent, err := publisher.Silent(50 * time.Millisecond)
	require.NoError(t, err)
	require.True(t, silent, "one more was published")
	require.Equal(t, "+PONG\r\n", do(t, other, "PING"))
	goOn()
	for range most + beyond {
		message, err := subscriber.Receive()
		require.NoError(t, err)
		require.Len(t, message.Items[2].Text, size)
	}
	for range beyond {
		require.Equal(t, ":1\r\n", receive(t, publisher))
	}
	require.Eventually(t, func() bool { return home.inbox.owed.Load() == 0 }, 10*time.Second, time.Millisecond)
}

// loopOf is the loop that serves a connection.
func (s *testServer) loopOf(conn *wire.Conn) *loop {
	for _, c := range s.clients.all() {
		if c.conn.RemoteAddr() == conn.LocalAddr().String() {
			return c.loop
		}
	}
	return nil
}
