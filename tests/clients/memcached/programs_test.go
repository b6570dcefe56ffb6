// Package memcached runs programs that use the server through clients of memcached's protocol, as users' programs do. Each is an example, too, and
// run as
//
//	program PORT [PORT OF THE OTHER PROTOCOL [PASSWORD]]
//
// by make test-clients (CINNABAR_CLIENTS=1), on Debian's memcached, which shows what the client's own doing is, without the other port, and on the server under test.
package memcached

import (
	"fmt"
	"net"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/clients"
	"github.com/cinnabar-db/cinnabar/tests/memcache"
	"github.com/cinnabar-db/cinnabar/tests/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

const python = "/usr/bin/python3" // the one that Debian's modules belong to

// programs are those there are, with the modules that they need.
var programs = map[string]string{
	"python_memcached": "memcache, redis", "pymemcache_calls": "pymemcache, redis", "pylibmc_calls": "pylibmc, redis",
	"django_cache": "django, pymemcache, pylibmc", "flask_sessions": "flask_session, memcache", "tornado_sessions": "tornado, memcache",
}

// need skips a program whose modules aren't installed, and all of them but in make test-clients.
func need(t *testing.T, name string) (path string) {
	if !clients.AtLength() {
		t.Skip("make test-clients runs it")
	}
	if out, code := peer.Run(t, "", python, "-c", "import "+programs[name]); code != 0 {
		peer.Absent(t, "what tests/clients/memcached/%s.py needs is not installed: %s", name, out)
	}
	path, err := filepath.Abs(name + ".py")
	require.NoError(t, err)
	return path
}

func run(t *testing.T, words ...string) {
	out, code := peer.Run(t, "", python, words...)
	require.Zero(t, code, "%v wrote:\n%s", words, out)
	t.Log(out)
}

// start starts the server under test.
func start(t *testing.T, directives ...string) (s *peer.Server, port string) {
	port = memcache.Port(t)
	return peer.StartOurs(t, append([]string{"--memcached-port", port}, directives...)...), port
}

func TestPrograms(t *testing.T) {
	for name := range programs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := need(t, name)
			t.Run("memcached", func(t *testing.T) {
				_, port, err := net.SplitHostPort(memcache.Start(t))
				require.NoError(t, err)
				run(t, path, port)
			})
			for _, loops := range []string{"1", "2"} {
				t.Run(loops, func(t *testing.T) {
					s, port := start(t, "--io-threads", loops)
					run(t, path, port, fmt.Sprint(s.Port))
				})
			}
		})
	}
}

func TestLogins(t *testing.T) {
	path := need(t, "pylibmc_calls")
	s, port := start(t, "--requirepass", "a long secret")
	run(t, path, port, fmt.Sprint(s.Port), "a long secret")
}
