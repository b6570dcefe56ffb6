package peer

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// RequirePeers is the environment variable under which an absent peer is a failure.
const RequirePeers = "CINNABAR_REQUIRE_PEERS"

// binaryVariable names the binary under test.
const binaryVariable = "CINNABAR_BINARY"

// buildDirectory is where Main's process keeps the binary it builds.
var buildDirectory = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "cinnabar-build") })

// Main runs a package's tests, then removes what they built. Call it from TestMain.
func Main(m *testing.M) {
	code := m.Run()
	if dir, err := buildDirectory(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

var built = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(binaryVariable); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("%s: %w", binaryVariable, err)
		}
		return filepath.Abs(path)
	}
	return plain()
})

// plain builds cmd/cinnabar as users do.
var plain = sync.OnceValues(func() (string, error) {
	dir, err := buildDirectory()
	if err != nil {
		return "", err
	}
	root, err := Root()
	if err != nil {
		return "", err
	}
	if err := noteSources(root); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "cinnabar")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	build := exec.Command("go", "build", "-o", path, "./cmd/cinnabar")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build ./cmd/cinnabar: %w\n%s", err, out)
	}
	return path, nil
})

// noteSources looks at each file that the binary is built of: go test takes a result from its cache only where the files that the
// test itself looked at haven't changed, and it can't see those that go build reads.
func noteSources(root string) error {
	return filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "tests") {
			return filepath.SkipDir
		}
		_, err = os.Stat(path)
		return err
	})
}

// Root is the module's top directory.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("no go.mod above the working directory")
		}
		dir = parent
	}
}

// Binary is the path of the binary under test.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := built()
	require.NoError(t, err)
	return path
}

var underTestIsRedis = sync.OnceValue(func() bool {
	path, err := built()
	if err != nil {
		return false
	}
	out, _ := exec.Command(path, "--version").Output()
	return strings.HasPrefix(string(out), "Redis server ")
})

// TestsRedis tells whether the binary under test is redis-server itself, which is how the scripts are shown to be deterministic.
func TestsRedis() bool { return underTestIsRedis() }

// Need is the path of an installed program. Without it the test is skipped, or fails where peers are required.
func Need(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		Absent(t, "%s is not installed", program)
	}
	return path
}

// Absent ends the test for want of something that make test installs.
func Absent(t testing.TB, format string, values ...any) {
	t.Helper()
	if os.Getenv(RequirePeers) == "1" {
		t.Fatalf(format, values...)
	}
	t.Skipf(format, values...)
}

// measured is the binary for tests of time and memory, which the race detector multiplies.
func measured(t testing.TB) string {
	t.Helper()
	if !hasRaceDetector(t) {
		return Binary(t)
	}
	path, err := plain()
	require.NoError(t, err)
	return path
}

func hasRaceDetector(t testing.TB) bool {
	info, err := buildinfo.ReadFile(Binary(t))
	if err != nil {
		return false // not a Go program
	}
	for _, setting := range info.Settings {
		if setting.Key == "-race" {
			return setting.Value == "true"
		}
	}
	return false
}

// runTimeout bounds a program that should end by itself.
const runTimeout = 60 * time.Second

// Run runs a program to its end and gives what it wrote to stdout and stderr together, and its exit code.
func Run(t testing.TB, stdin, program string, words ...string) (output string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), runTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, words...)
	cmd.Dir = t.TempDir()
	cmd.Stdin = strings.NewReader(stdin)
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	err := cmd.Run()
	require.NoError(t, ctx.Err(), "%s %q does not end; so far it wrote:\n%s", program, words, both.String())
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		require.NoError(t, err)
	}
	return both.String(), cmd.ProcessState.ExitCode()
}
