package peer

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// Observer follows a server as a replica does: it is sent what the server propagates, command by command, in its one order. It is not safe
// for concurrent use. What it hasn't read lies in the server's buffers, as far as the limits of replicas go.
type Observer struct {
	// Snapshot is the RDB file that the server sent first.
	Snapshot []byte

	name            string
	stream, control *wire.Conn
	marks           int
}

// observerMark is the name of a command that no server knows and that is passed on all the same.
const observerMark = "OBSERVER-MARK"

// Observe begins to follow a server, which takes redis-server a fifth of a second. It needs two connections, one of them for DEBUG. The
// server must not ask for a password.
func Observe(t testing.TB, s *Server) *Observer {
	t.Helper()
	o := &Observer{name: s.Name, stream: s.Dial(t), control: s.Dial(t)}
	// With a file on the disk the length is told at the beginning, and nothing is waited for.
	reply, err := o.control.Do("CONFIG", "SET", "repl-diskless-sync", "no")
	require.NoError(t, err)
	require.False(t, reply.IsError(), "%s: %s", s.Name, reply.String())
	require.NoError(t, o.stream.Send(wire.Frame("SYNC")))
	o.Snapshot, err = o.stream.ReceiveFile()
	require.NoError(t, err, "%s: SYNC", s.Name)
	return o
}

// Next is the next command that was propagated, SELECT, MULTI and EXEC among them. What the protocol of replication sends of itself is left
// out.
func (o *Observer) Next() ([]string, error) {
	for {
		reply, err := o.stream.Receive()
		if err != nil {
			return nil, fmt.Errorf("the stream of %s: %w", o.name, err)
		}
		if reply.Kind != '*' || len(reply.Items) == 0 {
			return nil, fmt.Errorf("the stream of %s has what is no command: %s", o.name, reply.String())
		}
		words := make([]string, len(reply.Items))
		for i, item := range reply.Items {
			if item.Kind != '$' || item.Null {
				return nil, fmt.Errorf("the stream of %s has a word that is no bulk: %s", o.name, reply.String())
			}
			words[i] = item.Text
		}
		if !strings.EqualFold(words[0], "PING") && !strings.EqualFold(words[0], "REPLCONF") {
			return words, nil
		}
	}
}

// All is what was propagated since the last call, up to now.
func (o *Observer) All() ([][]string, error) {
	o.marks++
	mark := strconv.Itoa(o.marks)
	reply, err := o.control.Do("DEBUG", "REPLICATE", observerMark, mark)
	if err != nil {
		return nil, fmt.Errorf("marking the stream of %s: %w", o.name, err)
	}
	if reply.IsError() {
		return nil, fmt.Errorf("marking the stream of %s: %s", o.name, reply.Text)
	}
	var list [][]string
	for {
		words, err := o.Next()
		if err != nil {
			return list, err
		}
		if words[0] == observerMark && len(words) == 2 && words[1] == mark {
			return list, nil
		}
		list = append(list, words)
	}
}
