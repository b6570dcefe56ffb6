package peer

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ResidentKiB is the resident memory of the server, 0 where that can't be told.
func ResidentKiB(t testing.TB, s *Server) int { return statusKiB(t, s, "VmRSS") }

// PeakKiB is the most resident memory the server ever had, 0 where that can't be told.
func PeakKiB(t testing.TB, s *Server) int { return statusKiB(t, s, "VmHWM") }

func statusKiB(t testing.TB, s *Server, field string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.Pid()))
	if err != nil {
		return 0 // not Linux
	}
	match := regexp.MustCompile(field + `:\s+(\d+) kB`).FindSubmatch(status)
	require.NotNil(t, match)
	kib, err := strconv.Atoi(string(match[1]))
	require.NoError(t, err)
	return kib
}

// SettledKiB is the resident memory once it no longer falls: memory goes back half a second after the last command.
func SettledKiB(t testing.TB, s *Server) int {
	t.Helper()
	least, since := ResidentKiB(t, s), time.Now()
	for time.Since(since) < 1500*time.Millisecond {
		if now := ResidentKiB(t, s); now < least-256 {
			least, since = now, time.Now()
		}
		time.Sleep(10 * time.Millisecond) // between two looks at a figure that only the system can tell
	}
	return least
}
