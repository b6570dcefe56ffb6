// Package django replays, as bytes, what Django's own Redis cache sends (django.core.cache.backends.redis of Django 4 and 5, on redis-py 5),
// which Debian's Django does not have yet: its cache calls, and its sessions in the cache. It holds tests alone.
package django

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/clients"
	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

func TestMain(m *testing.M) { peer.Main(m) }

// Values as pickle writes them in its protocol 5, which Django takes; whole numbers go as they are.
const (
	text = "\x80\x05\x95\x08\x00\x00\x00\x00\x00\x00\x00\x8c\x04text\x94."
	none = "\x80\x05N."
	user = "\x80\x05\x95(\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x04name\x94\x8c\x03ada\x94\x8c\x05langs\x94]\x94(\x8c\x02en\x94\x8c\x02fr\x94eu."
	// login is a session with a user in it.
	login = "\x80\x05\x95Z\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\r_auth_user_id\x94\x8c\x011\x94\x8c\x12_auth_user_backend\x94" +
		"\x8c)django.contrib.auth.backends.ModelBackend\x94u."
)

const session = ":1:django.contrib.sessions.cacheq5r1g0u2c6nq1s5h6a7s2kd8x0b3v9m4"

// exchange is what one call of the cache sends, in one write, and the bytes that it gets back.
type exchange struct {
	call string
	sent [][]string
	want string
}

func one(words ...string) [][]string { return [][]string{words} }

func bulk(value string) string {
	framed := string(wire.Frame(value))
	return strings.TrimPrefix(framed, "*1\r\n")
}

const (
	ok   = "+OK\r\n"
	yes  = ":1\r\n"
	no   = ":0\r\n"
	null = "$-1\r\n"
)

// calls are in the order in which they are made: what one leaves the next finds.
var calls = []exchange{
	{"clear()", one("FLUSHDB"), ok},
	{"get('k')", one("GET", ":1:k"), null},
	{"set('k', 'text')", one("SET", ":1:k", text, "EX", "300"), ok},
	{"get('k')", one("GET", ":1:k"), bulk(text)},
	{"set('k', {...}, None)", one("SET", ":1:k", user), ok},
	{"get('k')", one("GET", ":1:k"), bulk(user)},
	{"set('zero', None)", one("SET", ":1:zero", none, "EX", "300"), ok},
	{"set('zero', 1, 0)", one("DEL", ":1:zero"), yes},
	{"add('k', 5)", one("SET", ":1:k", "5", "EX", "300", "NX"), null},
	{"add('n', 5)", one("SET", ":1:n", "5", "EX", "300", "NX"), ok},
	{"add('gone', 5, 0): set", one("SET", ":1:gone", "5", "NX"), ok},
	{"add('gone', 5, 0): delete", one("DEL", ":1:gone"), yes},
	{"incr('n', 10): exists", one("EXISTS", ":1:n"), yes},
	{"incr('n', 10)", one("INCRBY", ":1:n", "10"), ":15\r\n"},
	{"decr('n', 20): exists", one("EXISTS", ":1:n"), yes},
	{"decr('n', 20)", one("INCRBY", ":1:n", "-20"), ":-5\r\n"},
	{"incr('nosuch')", one("EXISTS", ":1:nosuch"), no},
	{"incr('k'): exists", one("EXISTS", ":1:k"), yes},
	{"incr('k')", one("INCRBY", ":1:k", "1"), "-ERR value is not an integer or out of range\r\n"},
	{"touch('n')", one("EXPIRE", ":1:n", "300"), yes},
	{"touch('nosuch')", one("EXPIRE", ":1:nosuch", "300"), no},
	{"touch('n', None)", one("PERSIST", ":1:n"), yes},
	{"touch('n', None) again", one("PERSIST", ":1:n"), no},
	{"'n' in cache", one("EXISTS", ":1:n"), yes},
	{"set_many({...}, 60)", [][]string{
		{"MULTI"}, {"MSET", ":1:a", "1", ":1:b", text, ":1:c", none}, {"EXPIRE", ":1:a", "60"}, {"EXPIRE", ":1:b", "60"}, {"EXPIRE", ":1:c", "60"}, {"EXEC"},
	}, ok + strings.Repeat("+QUEUED\r\n", 4) + "*4\r\n" + ok + yes + yes + yes},
	{"set_many({...}, None)", [][]string{{"MULTI"}, {"MSET", ":1:d", "1"}, {"EXEC"}}, ok + "+QUEUED\r\n*1\r\n" + ok},
	{"get_many([...])", one("MGET", ":1:a", ":1:b", ":1:c", ":1:nosuch", ":1:d"), "*5\r\n" + bulk("1") + bulk(text) + bulk(none) + null + bulk("1")},
	{"delete_many([...])", one("DEL", ":1:a", ":1:b", ":1:nosuch"), ":2\r\n"},
	{"delete('c')", one("DEL", ":1:c"), yes},
	{"delete('c') again", one("DEL", ":1:c"), no},
	{"get('k', version=2)", one("GET", ":2:k"), null},
	{"a session is made", one("SET", session, login, "EX", "1209600", "NX"), ok},
	{"another of the same name", one("SET", session, login, "EX", "1209600", "NX"), null},
	{"it is loaded", one("GET", session), bulk(login)},
	{"it is saved", one("SET", session, login, "EX", "1209600"), ok},
	{"is it there?", one("EXISTS", session), yes},
	{"it is flushed", one("DEL", session), yes},
	{"clear()", one("FLUSHDB"), ok},
}

// connecting is what a connection of the pool sends first. The client's name of itself may be refused, as Redis 7.0 does.
var connecting = [][]string{
	{"CLIENT", "SETINFO", "LIB-NAME", "redis-py(django_v5.0.6)"}, {"CLIENT", "SETINFO", "LIB-VER", "5.0.4"}, {"SELECT", "1"},
}

func frames(commands [][]string) (all []byte) {
	for _, words := range commands {
		all = append(all, wire.Frame(words...)...)
	}
	return all
}

func TestCache(t *testing.T) {
	t.Parallel()
	clients.OnServers(t, func(t *testing.T, s *peer.Server) {
		conn := s.Dial(t)
		require.NoError(t, conn.Send(frames(connecting)))
		for i := range connecting {
			reply, err := conn.Receive()
			require.NoError(t, err)
			if i == len(connecting)-1 {
				require.Equal(t, ok, string(reply.Raw))
			}
		}
		for _, e := range calls {
			require.NoError(t, conn.Send(frames(e.sent)))
			var got []byte
			for range e.sent {
				reply, err := conn.Receive()
				require.NoError(t, err, e.call)
				got = append(got, reply.Raw...)
			}
			require.Equal(t, e.want, string(got), e.call)
		}
	})
}
