package server

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMemoryIsGivenBack replies with a large value and waits for what that took to go back to the system once nothing is asked any more.
func TestMemoryIsGivenBack(t *testing.T) {
	s := startServer(t, nil)
	c := s.dial(t)
	require.Equal(t, "+OK\r\n", do(t, c, "SET", "k", strings.Repeat("x", 64<<20)))
	require.Len(t, do(t, c, "GET", "k"), 64<<20+len("$67108864\r\n\r\n"))
	require.Equal(t, ":1\r\n", do(t, c, "DEL", "k"))
	held := readHeap().total
	require.Eventually(t, func() bool { return readHeap().total < held-(64<<20) }, 20*time.Second, 10*time.Millisecond)
}
