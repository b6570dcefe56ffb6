package peer

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// Watcher has sent a server MONITOR. It is not safe for concurrent use.
type Watcher struct {
	name           string
	lines, control *wire.Conn
	marks          int
	last           float64
}

// watcherMark is what a Watcher sends to tell itself how far it is.
const watcherMark = "watcher-mark"

// watchedLine is a line of MONITOR: time, database, address, words.
var watchedLine = regexp.MustCompile(`^([0-9]{10}\.[0-9]{6}) \[([0-9]+) ([^\]]*)\] (".*")$`)

// Watch has a new connection to a server send MONITOR.
func Watch(t testing.TB, s *Server) *Watcher {
	t.Helper()
	w := &Watcher{name: s.Name, lines: s.Dial(t), control: s.Dial(t)}
	reply, err := w.lines.Do("MONITOR")
	require.NoError(t, err)
	require.Equal(t, "+OK\r\n", string(reply.Raw), s.Name)
	return w
}

// All is what was shown since the last call, up to now: of each line the database, the address, and the words as one text. Times that run
// backwards, and those that aren't now, are errors.
func (w *Watcher) All() ([][]string, error) {
	w.marks++
	mark := strconv.Itoa(w.marks)
	if _, err := w.control.Do("ECHO", watcherMark+mark); err != nil {
		return nil, fmt.Errorf("marking what %s shows: %w", w.name, err)
	}
	var list [][]string
	for {
		reply, err := w.lines.Receive()
		if err != nil {
			return list, fmt.Errorf("what %s shows: %w", w.name, err)
		}
		parts := watchedLine.FindStringSubmatch(reply.Text)
		if parts == nil || reply.Kind != '+' {
			return list, fmt.Errorf("%s shows what is no line: %s", w.name, reply.String())
		}
		at, err := strconv.ParseFloat(parts[1], 64)
		if now := float64(time.Now().UnixMicro()) / 1e6; err != nil || at < w.last || at > now+1 || at < now-60 {
			return list, fmt.Errorf("%s shows a wrong time at %.6f, the last was %.6f: %s", w.name, now, w.last, reply.Text)
		}
		w.last = at
		if parts[4] == `"ECHO" "`+watcherMark+mark+`"` {
			return list, nil
		}
		list = append(list, parts[2:])
	}
}
