package transport

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// descriptorsEnv has the test binary run as the process of TestNoDescriptors that has none left.
const descriptorsEnv = "TRANSPORT_TEST_NO_DESCRIPTORS"

// TestNoDescriptors has another process run out of descriptors: its listener reports that once, doesn't spin, and accepts the
// waiting connection as soon as there are some.
func TestNoDescriptors(t *testing.T) {
	if kind := os.Getenv(descriptorsEnv); kind != "" {
		starve(t, ListenConfig{Portable: kind == "portable"})
		return
	}
	for _, kind := range []string{"system", "portable"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			child := exec.Command(os.Args[0], "-test.run=^TestNoDescriptors$")
			child.Env = append(os.Environ(), descriptorsEnv+"="+kind)
			child.Stderr = os.Stderr
			stdin, err := child.StdinPipe()
			require.NoError(t, err)
			stdout, err := child.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, child.Start())
			guard := time.AfterFunc(patience, func() { child.Process.Kill() })
			defer func() {
				guard.Stop()
				child.Process.Kill()
				child.Wait()
			}()

			lines := bufio.NewScanner(stdout)
			var addr, cpu string
			require.True(t, lines.Scan())
			_, err = fmt.Sscan(lines.Text(), &addr)
			require.NoError(t, err)
			nc, err := net.Dial("tcp", addr)
			require.NoError(t, err)
			defer nc.Close()
			require.True(t, lines.Scan())
			require.Contains(t, lines.Text(), "Accepting client connection: accept")
			require.Contains(t, lines.Text(), ": Too many open files")
			_, err = stdin.Write([]byte("go on\n"))
			require.NoError(t, err)
			require.True(t, lines.Scan())
			_, err = fmt.Sscanf(lines.Text(), "accepted after %s", &cpu)
			require.NoError(t, err)
			spent, err := time.ParseDuration(cpu)
			require.NoError(t, err)
			require.Less(t, spent, 100*time.Millisecond, "processor time while there were no descriptors")
		})
	}
}

// starve listens, takes every descriptor, frees them when told to, and wants one connection.
func starve(t *testing.T, cfg ListenConfig) {
	cfg.Report = func(err error) { fmt.Println(err) }
	l, err := ListenTCP("127.0.0.1", 0, cfg)
	require.NoError(t, err)
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 64, Max: 64}))
	var taken []int
	for {
		fd, err := unix.Dup(0)
		if err != nil {
			break
		}
		taken = append(taken, fd)
	}
	accepted := make(chan Conn, 1)
	before := processorTime()
	fmt.Println(l.Addr())
	go l.Serve(func(c Conn) { accepted <- c })
	bufio.NewReader(os.Stdin).ReadString('\n')
	// Long enough for several pauses.
	select {
	case <-accepted:
		t.Error("accepted without a descriptor")
	case <-time.After(300 * time.Millisecond):
	}
	spent := processorTime() - before
	for _, fd := range taken {
		unix.Close(fd)
	}
	<-accepted
	fmt.Println("accepted after", spent)
}

func processorTime() time.Duration {
	var usage unix.Rusage
	unix.Getrusage(unix.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
