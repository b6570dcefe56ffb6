package documents

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

func TestREADME(t *testing.T) {
	t.Parallel()
	check(t, "README.md", "sh", "console")
}

func TestREADMEInChinese(t *testing.T) {
	t.Parallel()
	check(t, "README.zh-CN.md", "sh", "console")
}

func TestGettingStarted(t *testing.T) {
	t.Parallel()
	check(t, "docs/getting-started.md", "sh", "console", "python", "go", "js")
}

// block is a fenced block of a document.
type block struct {
	kind, text string
	line       int // of its fence, from 1
}

func blocks(t *testing.T, path string) []block {
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var all []block
	open := false
	for i, line := range strings.Split(string(text), "\n") {
		kind, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open:
			open = false
		case fence:
			open = true
			all = append(all, block{kind: kind, line: i + 1})
		case open:
			all[len(all)-1].text += line + "\n"
		}
	}
	require.False(t, open, "%s: a block without an end", path)
	return all
}

// reader types what a document says.
type reader struct {
	root   string
	dir    string // where programs are put, and builds
	server *peer.Server
	path   string // PATH, with redis-cli and the like that find the server
}

// check runs all blocks of a document, which must have some of each of kinds and none of another.
func check(t *testing.T, document string, kinds ...string) {
	root, err := peer.Root()
	require.NoError(t, err)
	r := &reader{root: root, dir: t.TempDir(), server: peer.StartOurs(t)}
	r.path = r.tools(t)
	all := blocks(t, filepath.Join(root, document))
	seen := map[string]bool{}
	for i, b := range all {
		seen[b.kind] = true
		at := fmt.Sprintf("%s:%d", document, b.line)
		switch b.kind {
		case "console":
			r.console(t, at, b.text)
		case "sh":
			r.shell(t, at, b.text)
		case "python", "go", "js":
			require.Less(t, i+1, len(all), at)
			require.Equal(t, "output", all[i+1].kind, "%s: a program is followed by its output", at)
			r.program(t, at, b.kind, b.text, all[i+1].text)
		case "output", "text", "ini":
		default:
			require.Fail(t, "a block of a kind that nobody runs", "%s: %q", at, b.kind)
		}
	}
	for _, kind := range kinds {
		require.True(t, seen[kind], "%s has no %s", document, kind)
	}
}

// tools makes commands that have the test's port, and gives a PATH that finds them first.
func (r *reader) tools(t *testing.T) string {
	dir := t.TempDir()
	for _, name := range []string{"redis-cli", "redis-benchmark"} {
		text := fmt.Sprintf("#!/bin/sh\nexec %s -p %d \"$@\"\n", peer.Need(t, name), r.server.Port)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755))
	}
	return dir + string(filepath.ListSeparator) + os.Getenv("PATH")
}

// run gives what a program prints, on both of its outputs, within a bound of time.
func (r *reader) run(t *testing.T, at, dir, program string, words ...string) string {
	command := exec.Command(program, words...)
	command.Dir, command.Env = dir, append(os.Environ(), "PATH="+r.path, "NODE_PATH="+r.nodeModules())
	var out strings.Builder
	command.Stdout, command.Stderr = &out, &out
	require.NoError(t, command.Start(), at)
	late := time.AfterFunc(2*time.Minute, func() { _ = command.Process.Kill() })
	defer late.Stop()
	require.NoError(t, command.Wait(), "%s: %s", at, &out)
	return out.String()
}

// nodeModules is where the set-up of test-clients puts node's modules.
func (r *reader) nodeModules() string {
	return filepath.Join(r.root, "tests", "clients", "node-redis", "node_modules")
}

// console runs each command and compares what it prints.
func (r *reader) console(t *testing.T, at, text string) {
	commands := strings.Split("\n"+text, "\n$ ")
	require.Empty(t, commands[0], "%s: begins with no command", at)
	for _, part := range commands[1:] {
		command, want, _ := strings.Cut(part, "\n")
		got := r.run(t, at, r.dir, "bash", "-c", command)
		require.Equal(t, strings.TrimRight(want, "\n"), strings.TrimRight(got, "\n"), "%s: %s", at, command)
	}
}

// shell runs the lines by which the server is built, started and tested.
func (r *reader) shell(t *testing.T, at, text string) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "make":
			require.Len(t, words, 2, at)
			r.run(t, at, r.root, "make", "-n", words[1])
		case strings.HasPrefix(line, "go build -o cinnabar "):
			r.run(t, at, r.root, "go", "build", "-o", filepath.Join(r.dir, "cinnabar"), words[len(words)-1])
		case strings.HasPrefix(line, "go run "):
			r.starts(t, at, "go", append([]string{"build", "-o", filepath.Join(r.dir, "ran")}, words[2:]...), "./ran")
		case words[0] == "./cinnabar":
			r.starts(t, at, "true", nil, words...)
		default:
			require.Fail(t, "a command that nobody runs", "%s: %s", at, line)
		}
	}
}

// starts runs what comes first in the sources' folder, then the program, in a folder of its own, until it answers.
func (r *reader) starts(t *testing.T, at, first string, words []string, program ...string) {
	r.run(t, at, r.root, first, words...)
	port := peer.FreePort()
	path := filepath.Join(r.dir, filepath.Base(program[0]))
	command := exec.Command(path, append(program[1:], "--port", fmt.Sprint(port))...)
	command.Dir = t.TempDir()
	require.NoError(t, command.Start(), at)
	defer func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	}()
	require.Eventually(t, func() bool {
		out, err := exec.Command(peer.Need(t, "redis-cli"), "-p", fmt.Sprint(port), "PING").Output()
		return err == nil && string(out) == "PONG\n"
	}, 30*time.Second, 10*time.Millisecond, at)
}

// program runs a program and compares what it prints.
func (r *reader) program(t *testing.T, at, kind, text, want string) {
	text = strings.ReplaceAll(text, "6379", fmt.Sprint(r.server.Port))
	file := filepath.Join(r.dir, strings.NewReplacer("/", "-", ":", "-").Replace(at)+"."+map[string]string{"python": "py", "go": "go", "js": "js"}[kind])
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	var got string
	switch kind {
	case "python":
		got = r.run(t, at, r.dir, "/usr/bin/python3", file)
	case "go":
		got = r.run(t, at, r.root, "go", "run", file)
	case "js":
		if _, err := os.Stat(r.nodeModules()); err != nil {
			t.Logf("%s: left to make test-clients, which installs node-redis", at)
			return
		}
		got = r.run(t, at, r.dir, peer.Need(t, "node"), file)
	}
	require.Equal(t, want, got, at)
}
