//go:build unix

package process

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/server/oplog"
)

// TestSignals sends real signals to this process: it must not run beside other tests that do.
func TestSignals(t *testing.T) {
	tests := []struct {
		name string
		send []syscall.Signal
		want []string // a shutdown's signal, "refused" forgets, "exit" ends
		log  []string
	}{
		{"one SIGTERM", []syscall.Signal{syscall.SIGTERM}, []string{"SIGTERM"}, []string{"Received SIGTERM scheduling shutdown..."}},
		{"one SIGINT", []syscall.Signal{syscall.SIGINT}, []string{"SIGINT"}, []string{"Received SIGINT scheduling shutdown..."}},
		{"SIGTERM never insists", []syscall.Signal{syscall.SIGTERM, syscall.SIGTERM}, []string{"SIGTERM", "SIGTERM"},
			[]string{"Received SIGTERM scheduling shutdown...", "Received SIGTERM scheduling shutdown..."}},
		{"SIGINT insists", []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, []string{"SIGINT", "exit"},
			[]string{"Received SIGINT scheduling shutdown...", "You insist... exiting now."}},
		{"SIGINT insists on a SIGTERM", []syscall.Signal{syscall.SIGTERM, syscall.SIGINT}, []string{"SIGTERM", "exit"},
			[]string{"Received SIGTERM scheduling shutdown...", "You insist... exiting now."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			events := make(chan string, 8)
			s := HandleSignals(oplog.New(&out, oplog.LevelNotice),
				func(signal string) { events <- signal },
				func(code int) {
					if code == 1 {
						events <- "exit"
					}
				})
			for i, sig := range tt.send {
				require.NoError(t, syscall.Kill(os.Getpid(), sig))
				require.Equal(t, tt.want[i], next(t, events))
			}
			s.Stop()
			require.Empty(t, events)
			var got []string
			for line := range strings.Lines(out.String()) {
				m := regexp.MustCompile(`^\d+:signal-handler \(\d{10}\) (.*)\n$`).FindStringSubmatch(line)
				require.NotNil(t, m, line)
				got = append(got, m[1])
			}
			require.Equal(t, tt.log, got)
		})
	}
}

func next(t *testing.T, events <-chan string) string {
	t.Helper()
	select {
	case event := <-events:
		return event
	case <-time.After(10 * time.Second):
		require.Fail(t, "the signal did not arrive")
		return ""
	}
}

func TestRefusedShutdownAsksAnew(t *testing.T) {
	events := make(chan string, 8)
	s := HandleSignals(oplog.Discard(), func(signal string) { events <- signal }, func(int) { events <- "exit" })
	defer s.Stop()
	for range 3 {
		require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGINT))
		require.Equal(t, "SIGINT", next(t, events))
		s.Refused()
	}
}

func TestUmaskIsOnlyAskedFor(t *testing.T) {
	before := syscall.Umask(0o027)
	defer syscall.Umask(before)
	require.Equal(t, 0o027, Umask())
	require.Equal(t, 0o027, Umask())
}
