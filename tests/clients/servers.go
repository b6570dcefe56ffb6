package clients

import (
	"os"
	"slices"
	"testing"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// clientsVariable is what make test-clients sets.
const clientsVariable = "CINNABAR_CLIENTS"

// AtLength tells whether make test-clients asks: programs do more, and run on redis-server and on one event loop, too.
func AtLength() bool { return os.Getenv(clientsVariable) == "1" }

// Times is by how much a program multiplies its work.
func Times() int {
	if AtLength() {
		return peer.Count(4, 20)
	}
	return 1
}

// OnServers runs a test of programs on a server with several event loops; at length on one with a single loop, and on redis-server,
// which shows that the programs expect what Redis does.
func OnServers(t *testing.T, run func(t *testing.T, s *peer.Server), directives ...string) {
	t.Helper()
	if AtLength() {
		t.Run("one loop", func(t *testing.T) {
			t.Parallel()
			run(t, peer.StartOurs(t, slices.Concat(directives, []string{"--io-threads", "1"})...))
		})
	}
	OnPair(t, run, directives...)
}

// OnPair is OnServers without the single loop, for programs that take long.
func OnPair(t *testing.T, run func(t *testing.T, s *peer.Server), directives ...string) {
	t.Helper()
	if AtLength() {
		t.Run("redis", func(t *testing.T) {
			t.Parallel()
			run(t, peer.StartRedis(t, directives...))
		})
	}
	t.Run("four loops", func(t *testing.T) {
		t.Parallel()
		run(t, peer.StartOurs(t, slices.Concat(directives, []string{"--io-threads", "4"})...))
	})
}
