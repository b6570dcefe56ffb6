package blackbox

import (
	"bufio"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// slowTarget is where a MIGRATE goes that the test itself answers.
type slowTarget struct {
	t        *testing.T
	listener net.Listener
	conn     net.Conn
	in       *bufio.Reader
}

func newSlowTarget(t *testing.T) *slowTarget {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	return &slowTarget{t: t, listener: listener}
}

func (s *slowTarget) port() string { return strconv.Itoa(s.listener.Addr().(*net.TCPAddr).Port) }

// accept takes the next connection.
func (s *slowTarget) accept() {
	conn, err := s.listener.Accept()
	require.NoError(s.t, err)
	s.t.Cleanup(func() { conn.Close() })
	s.conn, s.in = conn, bufio.NewReader(conn)
}

// next is the next command that came, with ? in place of a payload.
func (s *slowTarget) next() string {
	require.NoError(s.t, s.conn.SetReadDeadline(time.Now().Add(wire.DefaultTimeout)))
	frame, err := wire.ReadReply(s.in)
	require.NoError(s.t, err)
	var words []string
	for i := range frame.Items {
		words = append(words, frame.Items[i].Text)
	}
	if words[0] == "RESTORE" {
		value, _, _ := strings.Cut(words[3][2:], "\n\x00") // a short string's
		words[3] = value
	}
	return strings.Join(words, " ")
}

func (s *slowTarget) answer(lines string) {
	_, err := s.conn.Write([]byte(strings.ReplaceAll(lines, ";", "\r\n")))
	require.NoError(s.t, err)
}

// migrating is a server with a key that a client has begun to migrate.
func migrating(t *testing.T, s *peer.Server, words ...string) *wire.Conn {
	conn := s.Dial(t)
	require.NoError(t, conn.Send(wire.Frame(append([]string{"MIGRATE"}, words...)...)))
	return conn
}

func answered(t *testing.T, conn *wire.Conn) string {
	t.Helper()
	reply, err := conn.Receive()
	require.NoError(t, err)
	return strings.TrimSpace(string(reply.Raw))
}

// While a target takes its time everybody else goes on; what they do to the keys is seen to.
func TestMigrateHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	s := peer.StartOurs(t, "--notify-keyspace-events", "Kg")
	target, other := newSlowTarget(t), s.Dial(t)
	stream := peer.Observe(t, s)
	do(t, other, "MSET", "same", "1", "changed", "1", "deleted", "1", "again", "1", "expiring", "1")
	conn := migrating(t, s, "127.0.0.1", target.port(), "", "0", "60000", "KEYS", "same", "changed", "deleted", "again", "expiring")
	target.accept()
	require.Equal(t, "SELECT 0", target.next())
	for _, key := range []string{"same", "changed", "deleted", "again", "expiring"} {
		require.Contains(t, target.next(), "RESTORE "+key+" 0 ")
	}
	replies(t, other, "$1\r\n1\r\n", "GET", "same")
	do(t, other, "SET", "changed", "second")
	do(t, other, "DEL", "deleted")
	do(t, other, "DEL", "again")
	do(t, other, "SET", "again", "anew!!")
	do(t, other, "PEXPIREAT", "expiring", "99999999999999")
	target.answer("+OK;+OK;+OK;+OK;+OK;+OK;")
	require.Equal(t, "RESTORE changed 0 second REPLACE", target.next())
	require.Equal(t, "DEL deleted", target.next())
	require.Equal(t, "RESTORE again 0 anew!! REPLACE", target.next())
	require.Regexp(t, "^RESTORE expiring [1-9][0-9]{13} .* REPLACE$", target.next())
	replies(t, other, ":0\r\n", "EXISTS", "same")
	replies(t, other, ":1\r\n", "EXISTS", "again")
	do(t, other, "SET", "deleted", "is back")
	target.answer("+OK;:1;+OK;+OK;")
	require.Equal(t, "RESTORE deleted 0 is back REPLACE", target.next())
	target.answer("+OK;")
	require.Equal(t, "+OK", answered(t, conn))
	replies(t, other, ":0\r\n", "DBSIZE")
	list, err := stream.All()
	require.NoError(t, err)
	var told []string
	for _, words := range list[len(list)-3:] {
		told = append(told, strings.Join(words, " "))
	}
	require.Equal(t, []string{"SET deleted is back", "DEL changed again expiring", "DEL deleted"}, told)
}

// A key that is changed all the time is sent in the section in the end, where it can't be.
func TestMigrateOfWhatChangesAllTheTime(t *testing.T) {
	t.Parallel()
	s := peer.StartOurs(t)
	target, other := newSlowTarget(t), s.Dial(t)
	do(t, other, "SET", "k", "value 0")
	conn := migrating(t, s, "127.0.0.1", target.port(), "k", "0", "60000")
	target.accept()
	require.Equal(t, "SELECT 0", target.next())
	require.Equal(t, "RESTORE k 0 value 0", target.next())
	do(t, other, "SET", "k", "value 1")
	target.answer("+OK;+OK;")
	for round := 1; round < 3; round++ {
		require.Equal(t, fmt.Sprintf("RESTORE k 0 value %d REPLACE", round), target.next())
		do(t, other, "SET", "k", fmt.Sprintf("value %d", round+1))
		target.answer("+OK;")
	}
	require.Equal(t, "RESTORE k 0 value 3 REPLACE", target.next())
	require.NoError(t, other.Send(wire.Frame("GET", "k")))
	silent, err := other.Silent(50 * time.Millisecond)
	require.NoError(t, err)
	require.True(t, silent, "everybody waits")
	target.answer("+OK;")
	require.Equal(t, "+OK", answered(t, conn))
	require.Equal(t, "$-1", answered(t, other))
}

// All keys go while they are sent: there was none.
func TestMigrateOfWhatIsDeleted(t *testing.T) {
	t.Parallel()
	s := peer.StartOurs(t)
	target, other := newSlowTarget(t), s.Dial(t)
	do(t, other, "SET", "k", "v")
	conn := migrating(t, s, "127.0.0.1", target.port(), "k", "0", "60000")
	target.accept()
	require.Equal(t, "SELECT 0", target.next())
	require.Equal(t, "RESTORE k 0 v", target.next())
	do(t, other, "FLUSHALL")
	target.answer("+OK;+OK;")
	require.Equal(t, "DEL k", target.next())
	target.answer(":1;")
	require.Equal(t, "+NOKEY", answered(t, conn))
}

// What a target does that is slow, refuses, breaks off or goes away between two migrations.
func TestMigrateToTargetsThatFail(t *testing.T) {
	t.Parallel()
	s := peer.StartOurs(t)
	target, other := newSlowTarget(t), s.Dial(t)
	port := target.port()
	do(t, other, "MSET", "a", "1", "b", "2", "c", "3")

	conn := migrating(t, s, "127.0.0.1", port, "a", "0", "100")
	target.accept() // and says nothing
	require.Equal(t, "-IOERR error or timeout reading to target instance", answered(t, conn))

	conn = migrating(t, s, "127.0.0.1", port, "a", "0", "60000")
	for range 2 { // it is tried twice
		target.accept()
		target.conn.Close()
	}
	require.Regexp(t, "^-IOERR error or timeout (reading|writing) to target instance$", answered(t, conn))

	conn = migrating(t, s, "127.0.0.1", port, "", "0", "60000", "KEYS", "a", "b", "c")
	target.accept()
	require.Equal(t, "SELECT 0", target.next())
	for range 3 {
		target.next()
	}
	target.answer("+OK;+OK;") // of SELECT and the first key
	target.conn.Close()
	require.Equal(t, "-IOERR error or timeout reading to target instance", answered(t, conn))
	replies(t, other, ":2\r\n", "EXISTS", "a", "b", "c")

	conn = migrating(t, s, "127.0.0.1", port, "", "0", "60000", "KEYS", "b", "c")
	target.accept()
	target.answer("+OK;-ERR no;+OK;")
	require.Equal(t, "-ERR Target instance replied with error: ERR no", answered(t, conn))
	replies(t, other, ":1\r\n", "EXISTS", "b", "c")

	// The connection was kept; after an error the database is selected again, and no more behind that.
	for range 3 {
		target.next()
	}
	conn = migrating(t, s, "127.0.0.1", port, "b", "0", "60000", "COPY")
	require.Equal(t, "SELECT 0", target.next())
	require.Contains(t, target.next(), "RESTORE b 0 ")
	target.answer("+OK;+OK;")
	require.Equal(t, "+OK", answered(t, conn))
	require.Equal(t, 1, figure(t, other, "migrate_cached_sockets"))
	conn = migrating(t, s, "127.0.0.1", port, "b", "0", "60000", "COPY", "REPLACE")
	require.Contains(t, target.next(), "RESTORE b 0 ")
	target.answer("+OK;")
	require.Equal(t, "+OK", answered(t, conn))
	target.conn.Close() // while it lies idle
	conn = migrating(t, s, "127.0.0.1", port, "b", "0", "60000")
	target.accept()
	require.Equal(t, "SELECT 0", target.next())
	require.Contains(t, target.next(), "RESTORE b 0 ")
	target.answer("+OK;+OK;")
	require.Equal(t, "+OK", answered(t, conn))
	replies(t, other, ":0\r\n", "EXISTS", "b")
	becomes(t, other, ":0\r\n", "EXISTS", "b")
	require.Eventually(t, func() bool { return figure(t, other, "migrate_cached_sockets") == 0 }, 15*time.Second, 50*time.Millisecond)
}

// More migrations than there are places wait for one, and keep no long read from its own; the server's end waits for none of them.
func TestManyMigrations(t *testing.T) {
	t.Parallel()
	s := peer.StartOurs(t, "--enable-debug-command", "yes")
	target, other := newSlowTarget(t), s.Dial(t)
	go func() { // takes everybody, and says nothing
		for {
			conn, err := target.listener.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
		}
	}()
	do(t, other, "SET", "k", "v")
	var waiting []*wire.Conn
	for range 40 {
		waiting = append(waiting, migrating(t, s, "127.0.0.1", target.port(), "k", "0", "60000"))
	}
	do(t, other, "DEBUG", "IN-PLACE", "-1")
	replies(t, other, "*1\r\n$1\r\nk\r\n", "KEYS", "*")
	for _, conn := range waiting[:20] {
		require.NoError(t, conn.Close())
	}
	replies(t, other, "*1\r\n$1\r\nk\r\n", "KEYS", "*")
	require.NoError(t, other.Send(wire.Frame("SHUTDOWN", "NOSAVE")))
	began := time.Now()
	require.Equal(t, 0, s.WaitEnd(t))
	require.Less(t, time.Since(began), 5*time.Second)
}

// Keys move from server to server and back while others use them: none is lost, none comes twice.
func TestMigrateUnderLoad(t *testing.T) {
	t.Parallel()
	servers := []*peer.Server{peer.StartOurs(t), peer.StartOurs(t)}
	const keys = 20
	first := servers[0].Dial(t)
	for i := range keys {
		do(t, first, "SET", fmt.Sprint("counter:", i), "0")
	}
	rounds := peer.Count(60, 1000)
	var done sync.WaitGroup
	stop := make(chan struct{})
	for w := range 4 {
		conn := servers[0].Dial(t)
		done.Go(func() {
			for i := w; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				// Only a key that is here is set: what has gone must not come back as another one.
				reply, err := conn.Do("SET", fmt.Sprint("counter:", i%keys), strings.Repeat("x", i%50), "XX", "GET")
				if err != nil || reply.IsError() {
					t.Error(err, reply.Text)
					return
				}
			}
		})
	}
	var words [2][]string
	for from := range words {
		words[from] = []string{"MIGRATE", "127.0.0.1", strconv.Itoa(servers[1-from].Port), "", "0", "10000", "KEYS"}
		for i := range keys {
			words[from] = append(words[from], fmt.Sprint("counter:", i))
		}
	}
	conns := [2]*wire.Conn{first, servers[1].Dial(t)}
	for range rounds {
		for from := range words {
			replies(t, conns[from], "+OK\r\n", words[from]...)
			replies(t, conns[from], ":0\r\n", "DBSIZE")
			replies(t, conns[1-from], fmt.Sprintf(":%d\r\n", keys), "DBSIZE")
		}
	}
	close(stop)
	done.Wait()
}
