package blackbox

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// until asks again and again until it is so.
func until(t *testing.T, so func() bool, what string) {
	t.Helper()
	require.Eventually(t, so, 30*time.Second, 2*time.Millisecond, what)
}
