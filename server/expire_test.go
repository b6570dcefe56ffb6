package server

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Keys of the last of many databases are deleted without being asked for, as those of the first.
func TestEveryDatabaseExpires(t *testing.T) {
	const databases = 5000
	c := startServer(t, nil, "--databases", fmt.Sprint(databases)).dial(t)
	for _, index := range []int{0, 16, databases / 2, databases - 1} {
		require.Equal(t, "+OK\r\n", do(t, c, "SELECT", fmt.Sprint(index)))
		require.Equal(t, "+OK\r\n", do(t, c, "SET", "k", "v", "PX", "20"))
		require.Eventually(t, func() bool { return do(t, c, "DBSIZE") == ":0\r\n" }, 10*time.Second, time.Millisecond, "database %d", index)
	}
}
