package clients

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// rules are what a folder's programs need.
type rules struct {
	needs      []string      // a command that ends with 0 where what they need is installed
	directives []string      // of the server
	bound      time.Duration // of one run; usualBound if 0
	briefly    bool          // make test runs them, too: install-peers installs what they need
	pair       bool          // they take long: no run on a single loop
}

const (
	usualBound = 60 * time.Second
	python     = "/usr/bin/python3" // the one that Debian's modules belong to
)

// survives is a server that forgets nothing when it is killed. With everysec redis-server answers before it has written while its disk is slow.
var survives = []string{"--appendonly", "yes", "--appendfsync", "always"}

// folders are those whose programs are run.
var folders = map[string]rules{
	"celery":        {needs: importing("celery, redis"), directives: survives, bound: 240 * time.Second, pair: true},
	"connect-redis": {needs: resolving("connect-redis"), directives: survives, bound: 120 * time.Second},
	"django-redis":  {needs: importing("django_redis"), directives: survives},
	"flask-session": {needs: importing("flask_session, redis")},
	"hiredis":       {needs: []string{"sh", "-c", "command -v cc && echo '#include <hiredis/hiredis.h>' | cc -E -"}},
	"ioredis":       {needs: resolving("ioredis"), bound: 120 * time.Second},
	"node-redis":    {needs: resolving("node-redis"), bound: 120 * time.Second},
	"php-redis":     {needs: []string{"php", "-r", "exit(extension_loaded('redis') ? 0 : 1);"}},
	"redis-py":      {needs: importing("redis"), briefly: true},
	"rq":            {needs: importing("rq"), bound: 120 * time.Second, pair: true},
	"sidekiq":       {needs: []string{"ruby", "-e", "require 'sidekiq'"}, bound: 120 * time.Second, pair: true},
	"tornado":       {needs: importing("tornado, redis")},
}

// importing is a command that ends with 0 where Python finds modules.
func importing(modules string) []string { return []string{python, "-c", "import " + modules} }

// resolving is a command that ends with 0 where a folder has what its package-lock.json names.
func resolving(folder string) []string {
	installed, _ := filepath.Abs(filepath.Join(folder, "node_modules", ".installed")) // install-clients leaves it
	return []string{"node", "--eval", "require('fs').readFileSync(process.argv[1])", installed}
}

// TestPrograms runs every program of every folder.
func TestPrograms(t *testing.T) {
	for name, r := range folders {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !r.briefly && !AtLength() {
				t.Skip("make test-clients runs it")
			}
			programs := programsOf(t, name)
			require.NotEmpty(t, programs, "tests/clients/%s has no program", name)
			if out, code := peer.Run(t, "", r.needs[0], r.needs[1:]...); code != 0 {
				peer.Absent(t, "what tests/clients/%s needs is not installed: %s", name, out)
			}
			for _, program := range programs {
				t.Run(filepath.Base(program), func(t *testing.T) {
					t.Parallel()
					on := OnServers
					if r.pair {
						on = OnPair
					}
					on(t, func(t *testing.T, s *peer.Server) { runProgram(t, s, program, r.bound) }, r.directives...)
				})
			}
		})
	}
}

// TestEveryFolderIsRun finds folders that nobody runs.
func TestEveryFolderIsRun(t *testing.T) {
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, entry := range entries {
		if !entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		sources, err := filepath.Glob(filepath.Join(entry.Name(), "*_test.go"))
		require.NoError(t, err)
		if _, known := folders[entry.Name()]; !known && len(sources) == 0 {
			t.Errorf("tests/clients/%s has neither an entry in folders nor Go tests", entry.Name())
		}
	}
}

// programsOf are the paths of a folder's executable files.
func programsOf(t *testing.T, folder string) (programs []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		info, err := entry.Info()
		require.NoError(t, err)
		if info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			path, err := filepath.Abs(filepath.Join(folder, entry.Name()))
			require.NoError(t, err)
			programs = append(programs, path)
		}
	}
	return programs
}
