package blackbox

import (
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// Every script of tests/clients runs to its end and says what it did; what is wrong ends it with an exception.
func TestProgramsRedisPy(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3" // the one that Debian's python3-redis belongs to
	peer.Need(t, python)
	if _, code := peer.Run(t, "", python, "-c", "import redis"); code != 0 {
		peer.Absent(t, "python3-redis is not installed")
	}
	root, err := peer.Root()
	require.NoError(t, err)
	scripts, err := filepath.Glob(filepath.Join(root, "tests", "clients", "*.py"))
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	for _, script := range scripts {
		t.Run(filepath.Base(script), func(t *testing.T) {
			t.Parallel()
			onServers(t, func(t *testing.T, s *peer.Server) {
				out, code := peer.Run(t, "", python, script, strconv.Itoa(s.Port), strconv.Itoa(times()))
				require.Zero(t, code, out)
				require.NotEmpty(t, out)
				t.Logf("%s", out)
			})
		})
	}
}
