//go:build !windows && !plan9

package oplog

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// syslogSocket stands in for the daemon, under a path short enough for a socket's name.
func syslogSocket(t *testing.T, path string) *net.UnixConn {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func record(t *testing.T, conn *net.UnixConn) string {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	b := make([]byte, 4096)
	n, err := conn.Read(b)
	require.NoError(t, err)
	return string(b[:n])
}

func socketDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "oplog")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestSyslogRecords(t *testing.T) {
	t.Parallel()
	path := filepath.Join(socketDir(t), "log")
	daemon := syslogSocket(t, path)
	var out bytes.Buffer
	o := testOptions(&out)
	o.Syslog = &Syslog{Ident: "cinnabar", Facility: "LOCAL0", Network: "unixgram", Address: path}
	l, err := Open(o)
	require.NoError(t, err)
	defer l.Close()

	const local0 = 16 << 3
	for i, severity := range []int{7, 6, 5, 4} { // LOG_DEBUG, LOG_INFO, LOG_NOTICE, LOG_WARNING
		l.Message(Level(i), "hello")
		require.Regexp(t, `^<`+strconv.Itoa(local0|severity)+`>.* cinnabar\[\d+\]: hello\n$`, record(t, daemon))
	}
	l.SetLevel(LevelWarning)
	l.Notice("dropped")
	l.Warning("kept")
	require.Contains(t, record(t, daemon), ": kept")
	require.Contains(t, out.String(), "# kept\n")
}

func TestSyslogDaemonComesLater(t *testing.T) {
	t.Parallel()
	path := filepath.Join(socketDir(t), "log")
	now := at
	var out bytes.Buffer
	o := testOptions(&out)
	o.Now = func() time.Time { return now }
	o.Syslog = &Syslog{Ident: "cinnabar", Facility: "user", Network: "unixgram", Address: path}
	l, err := Open(o)
	require.NoError(t, err)
	defer l.Close()
	l.Notice("lost to syslog")
	require.Contains(t, out.String(), "lost to syslog")

	daemon := syslogSocket(t, path)
	l.Notice("too soon")
	now = now.Add(syslogRetry)
	l.Notice("found")
	require.Contains(t, record(t, daemon), ": found")
}

func TestSyslogUnknownFacility(t *testing.T) {
	t.Parallel()
	_, err := dialSyslog(Syslog{Facility: "kern"})
	require.ErrorContains(t, err, "kern")
}
