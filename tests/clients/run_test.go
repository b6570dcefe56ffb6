package clients

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// endTimeout is how long a program that is told to end has for it.
const endTimeout = 5 * time.Second

// runProgram runs a program on a server to its end, does what it asks for, and fails the test unless it ends with 0 and said what it did.
// A bound of 0 is the usual one.
func runProgram(t *testing.T, s *peer.Server, path string, bound time.Duration) {
	t.Helper()
	if bound == 0 {
		bound = usualBound
	}
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, strconv.Itoa(s.Port), strconv.Itoa(Times()))
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	together(cmd)
	complaints, err := os.Create(filepath.Join(cmd.Dir, "stderr"))
	require.NoError(t, err)
	defer complaints.Close()
	cmd.Stderr = complaints
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	began := time.Now()
	require.NoError(t, cmd.Start())
	defer endAll(cmd)
	said, err := converse(t, s, stdin, stdout)
	if err != nil {
		endAll(cmd)
	}
	if ended := cmd.Wait(); err == nil {
		err = ended
	}
	text, _ := os.ReadFile(complaints.Name())
	require.NoError(t, ctx.Err(), "%s takes longer than %v; it wrote:\n%s\n%s", path, bound, said, text)
	require.NoError(t, err, "%s wrote:\n%s\n%s", path, said, text)
	require.NotEmpty(t, said)
	t.Logf("%.1f s: %s", time.Since(began).Seconds(), said)
}

// converse reads what a program says until it has no more to say, and does what it asks for.
func converse(t *testing.T, s *peer.Server, stdin io.Writer, stdout io.Reader) (said string, err error) {
	t.Helper()
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		switch line := lines.Text(); {
		case line == "@kill":
			s.Kill(t)
		case line == "@start":
			s.StartAgain(t)
		case strings.HasPrefix(line, "@"):
			return said, fmt.Errorf("it asks for %q, which there is not", line)
		default:
			said += line + "\n"
			continue
		}
		if _, err := io.WriteString(stdin, "done\n"); err != nil {
			return said, fmt.Errorf("it asked for something and does not read that it is done: %w", err)
		}
	}
	return said, lines.Err()
}
