package peer

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// Listener is subscribed to a server's keyspace events, those that notify-keyspace-events lets through. It is not safe for concurrent use.
type Listener struct {
	name              string
	messages, control *wire.Conn
	marks             int
}

// listenerMark is the channel on which a Listener tells itself how far it is.
const listenerMark = "listener-mark"

// Listen subscribes to a server's keyspace events.
func Listen(t testing.TB, s *Server) *Listener {
	t.Helper()
	l := &Listener{name: s.Name, messages: s.Dial(t), control: s.Dial(t)}
	for _, words := range [][]string{{"SUBSCRIBE", listenerMark}, {"PSUBSCRIBE", "__key*__:*"}} {
		reply, err := l.messages.Do(words...)
		require.NoError(t, err)
		require.False(t, reply.IsError(), "%s: %s", s.Name, reply.String())
	}
	return l
}

// All is the events since the last call, up to now, as channel and message. It publishes a message of its own, which is propagated.
func (l *Listener) All() ([][]string, error) {
	l.marks++
	mark := strconv.Itoa(l.marks)
	if _, err := l.control.Do("PUBLISH", listenerMark, mark); err != nil {
		return nil, fmt.Errorf("marking the events of %s: %w", l.name, err)
	}
	var list [][]string
	for {
		reply, err := l.messages.Receive()
		switch {
		case err != nil:
			return list, fmt.Errorf("the events of %s: %w", l.name, err)
		case len(reply.Items) == 4 && reply.Items[0].Text == "pmessage":
			list = append(list, []string{reply.Items[2].Text, reply.Items[3].Text})
		case len(reply.Items) != 3 || reply.Items[0].Text != "message" || reply.Items[1].Text != listenerMark:
			return list, fmt.Errorf("the events of %s have what is none: %s", l.name, reply.String())
		case reply.Items[2].Text == mark:
			return list, nil
		}
	}
}
