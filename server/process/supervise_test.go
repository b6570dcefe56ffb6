//go:build unix

package process

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/server/oplog"
)

// systemd listens where a server would find it; a name beginning with @ is an abstract one.
func systemd(t *testing.T, name string) *net.UnixConn {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func datagram(t *testing.T, conn *net.UnixConn) string {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	b := make([]byte, 4096)
	n, err := conn.Read(b)
	require.NoError(t, err)
	return string(b[:n])
}

func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sv") // a socket's path must be short
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestSystemd(t *testing.T) {
	names := []string{filepath.Join(shortDir(t), "notify")}
	if runtime.GOOS == "linux" {
		names = append(names, "@"+filepath.Join(shortDir(t), "abstract"))
	}
	for _, mode := range []string{SupervisedSystemd, SupervisedAuto} {
		for _, name := range names {
			t.Run(mode+" "+name[:1], func(t *testing.T) {
				conn := systemd(t, name)
				defer os.Remove(name)
				t.Setenv("UPSTART_JOB", "")
				t.Setenv("NOTIFY_SOCKET", name)
				var out bytes.Buffer
				s := NewSupervisor(mode, oplog.New(&out, oplog.LevelNotice))
				require.True(t, s.Handshake())
				require.True(t, s.Active())
				require.Equal(t, "STATUS=Cinnabar is loading...\n", datagram(t, conn))
				s.Ready()
				require.Equal(t, "STATUS=Ready to accept connections\n", datagram(t, conn))
				require.Equal(t, "READY=1\n", datagram(t, conn))
				s.Stopping()
				s.Stopping()
				require.Equal(t, "STOPPING=1\n", datagram(t, conn))
				s.Status("Saving the final RDB snapshot")
				require.Equal(t, "STATUS=Saving the final RDB snapshot\n", datagram(t, conn))
				require.Equal(t, []string{"* Supervised by systemd. Please make sure you set appropriate values for TimeoutStartSec and TimeoutStopSec in your service unit."}, messages(&out))
			})
		}
	}
}

func TestNoSupervisor(t *testing.T) {
	const noSocket = "# systemd supervision error: NOTIFY_SOCKET not found!"
	tests := []struct {
		name, mode, socket string
		want               []string // of the handshake, then of Ready
	}{
		{"no", SupervisedNo, "/ignored", nil},
		{"auto finds nobody", SupervisedAuto, "", nil},
		{"systemd without a socket", SupervisedSystemd, "", []string{noSocket, noSocket, noSocket}},
		{"upstart without a job", SupervisedUpstart, "", []string{"# upstart supervision requested, but UPSTART_JOB not found!"}},
		{"a relative socket", SupervisedSystemd, "x", []string{"# systemd supervision error: sd_notify: -22", "# systemd supervision error: sd_notify: -22", "# systemd supervision error: sd_notify: -22"}},
		{"nobody at the socket", SupervisedAuto, "/absent/socket", []string{"# systemd supervision error: sd_notify: -2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("UPSTART_JOB", "")
			t.Setenv("NOTIFY_SOCKET", tt.socket)
			var out bytes.Buffer
			s := NewSupervisor(tt.mode, oplog.New(&out, oplog.LevelNotice))
			require.False(t, s.Handshake())
			require.False(t, s.Active())
			s.Ready()
			require.Equal(t, tt.want, messages(&out))
		})
	}
}
