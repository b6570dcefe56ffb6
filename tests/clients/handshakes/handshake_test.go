// Package handshakes replays, as bytes, what clients send when they connect, and looks for what they must get back: shared facts of clients
// that can't be installed here, and of those that can. It holds tests alone.
package handshakes

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

func TestMain(m *testing.M) { peer.Main(m) }

// want is what a client must get back.
type want func(t *testing.T, reply wire.Reply)

func ok(t *testing.T, reply wire.Reply) { require.Equal(t, "+OK\r\n", string(reply.Raw)) }

// may is for what the client tells the server without heeding the answer.
func may(*testing.T, wire.Reply) {}

func helloMap(t *testing.T, reply wire.Reply) {
	require.Equal(t, byte('%'), reply.Kind, reply.String())
	var names []string
	values := map[string]wire.Reply{}
	for i := 0; i+1 < len(reply.Items); i += 2 {
		names = append(names, reply.Items[i].Text)
		values[reply.Items[i].Text] = reply.Items[i+1]
	}
	require.Equal(t, []string{"server", "version", "proto", "id", "mode", "role", "modules"}, names)
	require.Equal(t, ":3\r\n", string(values["proto"].Raw))
	require.Equal(t, byte(':'), values["id"].Kind)
	require.Equal(t, "standalone", values["mode"].Text)
	require.Equal(t, "master", values["role"].Text)
	require.Equal(t, "*0\r\n", string(values["modules"].Raw))
}

func failure(prefix string) want {
	return func(t *testing.T, reply wire.Reply) {
		require.True(t, reply.IsError(), reply.String())
		require.True(t, strings.HasPrefix(reply.Text, prefix), "%s doesn't begin with %s", reply.String(), prefix)
	}
}

func status(text string) want {
	return func(t *testing.T, reply wire.Reply) { require.Equal(t, "+"+text+"\r\n", string(reply.Raw)) }
}

// text is a bulk string.
func text(wanted string) want {
	return func(t *testing.T, reply wire.Reply) {
		require.Equal(t, byte('$'), reply.Kind, reply.String())
		require.Equal(t, wanted, reply.Text)
	}
}

// push and array are what a subscription says, in RESP3 and in RESP2.
func push(first string) want { return beginning('>', first) }

func array(first string) want { return beginning('*', first) }

func beginning(kind byte, first string) want {
	return func(t *testing.T, reply wire.Reply) {
		require.Equal(t, kind, reply.Kind, reply.String())
		require.NotEmpty(t, reply.Items)
		require.Equal(t, first, reply.Items[0].Text)
	}
}

// holds looks for a line of INFO.
func holds(lines ...string) want {
	return func(t *testing.T, reply wire.Reply) {
		all := strings.Split(reply.Text, "\r\n")
		for _, line := range lines {
			require.True(t, slices.Contains(all, line), "INFO has no line %q", line)
		}
	}
}

type said struct {
	line string
	want want
}

// The sequences are those of the clients' sources, with and without a password.
var handshakes = map[string][]said{
	"redis-py 8": {
		{"HELLO 3", helloMap},
		{"CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type internal-ip", failure("ERR unknown subcommand")},
		{"CLIENT SETNAME app", ok}, {"CLIENT SETINFO LIB-NAME redis-py", may}, {"CLIENT SETINFO LIB-VER 8.1.0", may}, {"SELECT 1", ok},
	},
	"redis-py 5": {{"CLIENT SETNAME app", ok}, {"CLIENT SETINFO LIB-NAME redis-py", may}, {"CLIENT SETINFO LIB-VER 5.0.1", may}, {"SELECT 1", ok}},
	"ioredis 6": {
		{"HELLO 3", helloMap}, {"SELECT 2", ok}, {"CLIENT SETNAME app", ok}, {"READONLY", failure("ERR This instance has cluster support disabled")},
		{"CLIENT SETINFO LIB-NAME ioredis", may}, {"CLIENT SETINFO LIB-VER 6.0.0", may}, {"INFO", holds("loading:0", "role:master")},
	},
	"ioredis 5": {
		{"SELECT 2", ok}, {"CLIENT SETNAME app", ok}, {"CLIENT SETINFO LIB-NAME ioredis", may}, {"CLIENT SETINFO LIB-VER 5.4.0", may},
		{"INFO", holds("loading:0")},
	},
	"go-redis 9": {
		{"HELLO 3 SETNAME app", helloMap}, {"SELECT 3", ok}, {"CLIENT SETINFO LIB-NAME go-redis(,go1.26)", may},
		{"CLIENT SETINFO LIB-VER 9.23.0", may}, {"CLIENT MAINT_NOTIFICATIONS ON", failure("ERR unknown subcommand")},
	},
	"Lettuce":                {{"HELLO 3 SETNAME app", helloMap}, {"SELECT 4", ok}, {"CLIENT SETINFO lib-name Lettuce", may}, {"CLIENT SETINFO lib-ver 6.4.0", may}},
	"Lettuce falls back":     {{"HELLO 9", failure("NOPROTO")}, {"PING", status("PONG")}, {"SELECT 4", ok}},
	"Jedis":                  {{"HELLO 3", helloMap}, {"SELECT 5", ok}, {"CLIENT SETNAME app", ok}, {"CLIENT SETINFO LIB-NAME jedis", ok}, {"CLIENT SETINFO LIB-VER 6.0.0", ok}},
	"Jedis, without HELLO":   {{"SELECT 5", ok}, {"CLIENT SETNAME app", ok}, {"CLIENT SETINFO LIB-NAME jedis(5.2.0)", ok}, {"PING", status("PONG")}},
	"redis-py 8, subscribed": {{"HELLO 3", helloMap}, {"SUBSCRIBE news", push("subscribe")}, {"PING redis-py-health-check", text("redis-py-health-check")}},
	"redis-py 5, subscribed": {{"SUBSCRIBE news", array("subscribe")}, {"PING redis-py-health-check", array("pong")}, {"UNSUBSCRIBE", array("unsubscribe")}},
	"RQ, Sidekiq and BullMQ": {{"INFO", holds("redis_mode:standalone", "maxmemory_policy:noeviction")}},
	"Sentinel":               {{"CLIENT SETNAME sentinel-00000000-cmd", ok}, {"PING", status("PONG")}, {"INFO", holds("role:master", "connected_slaves:0")}},
}

var handshakesWithPassword = map[string][]said{
	"redis-py 8": {{"HELLO 3 AUTH default secret", helloMap}, {"CLIENT SETNAME app", ok}, {"SELECT 1", ok}},
	"redis-py 5": {{"AUTH default secret", ok}, {"SELECT 1", ok}},
	"go-redis 9": {{"HELLO 3 AUTH default secret SETNAME app", helloMap}, {"SELECT 3", ok}},
	"ioredis 5":  {{"AUTH secret", ok}, {"SELECT 1", ok}, {"INFO", holds("loading:0")}},
	"forgotten":  {{"HELLO 3", failure("NOAUTH")}, {"PING", failure("NOAUTH")}, {"CLIENT SETNAME app", failure("NOAUTH")}},
	"wrong":      {{"HELLO 3 AUTH default wrong", failure("WRONGPASS")}, {"AUTH wrong", failure("WRONGPASS")}, {"GET k", failure("NOAUTH")}},
}

func TestHandshakes(t *testing.T) {
	t.Parallel()
	shake(t, peer.StartOurs(t), handshakes)
}

func TestHandshakesWithPassword(t *testing.T) {
	t.Parallel()
	shake(t, peer.StartOurs(t, "--requirepass", "secret"), handshakesWithPassword)
}

// shake runs each handshake word by word, and again in one piece.
func shake(t *testing.T, s *peer.Server, all map[string][]said) {
	for name, lines := range all {
		t.Run(name, func(t *testing.T) {
			conn := s.Dial(t)
			for _, line := range lines {
				reply, err := conn.Do(strings.Fields(line.line)...)
				require.NoError(t, err, line.line)
				line.want(t, reply)
			}
		})
		t.Run(name+" in one piece", func(t *testing.T) {
			conn := s.Dial(t)
			var frames []byte
			for _, line := range lines {
				frames = append(frames, wire.Frame(strings.Fields(line.line)...)...)
			}
			require.NoError(t, conn.Send(frames))
			for _, line := range lines {
				reply, err := conn.Receive()
				require.NoError(t, err, line.line)
				line.want(t, reply)
			}
		})
	}
}

// Programs branch on the version: RQ from 6.2, Sidekiq from 7.0, BullMQ from 7.0.8.
func TestVersionPrograms(t *testing.T) {
	t.Parallel()
	if peer.TestsRedis() {
		t.Skip("the binary under test is redis-server")
	}
	reply, err := peer.StartOurs(t).Dial(t).Do("INFO", "server")
	require.NoError(t, err)
	holds("redis_version:7.2.4", "server_name:cinnabar", "redis_mode:standalone")(t, reply)
	require.Contains(t, reply.Text, "\r\ncinnabar_version:")
}
