package memcache

import (
	"testing"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// startOurs starts the binary under test with a port for memcached's protocol.
func startOurs(t testing.TB, directives ...string) (s *peer.Server, addr string) {
	t.Helper()
	port := Port(t)
	s = peer.StartOurs(t, append([]string{"--memcached-port", port}, directives...)...)
	return s, "127.0.0.1:" + port
}

func TestScripts(t *testing.T) {
	theirs := func(t testing.TB) Peer { return Address(Start(t)) }
	for _, loops := range []string{"1", "4"} {
		t.Run(loops, func(t *testing.T) {
			Scripts(t, "testdata", func(t testing.TB) Peer {
				_, addr := startOurs(t, "--io-threads", loops)
				return Address(addr)
			}, theirs)
		})
	}
}

func TestPackets(t *testing.T) {
	_, addr := startOurs(t)
	Packets(t, Address(addr), Address(Start(t)))
}
