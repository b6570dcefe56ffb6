package memcache

import (
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// startTimeout bounds how long memcached takes to listen.
const startTimeout = 20 * time.Second

// Port is a port that nobody listens on, out of those that no outgoing connection gets, and until the test ends nobody else gets it here: many
// tests start servers at once, and a server that finds its port taken would be mistaken for the other one. What tells the tests of other processes
// so is a socket's name of Linux, which has no file to be left behind.
func Port(t testing.TB) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(15000 + rand.IntN(15000))
		claim, err := net.Listen("unix", "@cinnabar-test-port-"+port)
		if err != nil {
			continue
		}
		if listener, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			listener.Close()
			t.Cleanup(func() { claim.Close() })
			return port
		}
		claim.Close()
	}
	require.FailNow(t, "no free port")
	return ""
}

// Start starts Debian's memcached with further options; it ends with the test.
func Start(t testing.TB, options ...string) (addr string) {
	t.Helper()
	path := peer.Need(t, "memcached")
	port := Port(t)
	addr = "127.0.0.1:" + port
	words := []string{"-l", "127.0.0.1", "-p", port, "-U", "0", "-t", "1"}
	if os.Geteuid() == 0 {
		words = append(words, "-u", "root")
	}
	cmd := exec.Command(path, append(words, options...)...)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}, startTimeout, 5*time.Millisecond)
	return addr
}
