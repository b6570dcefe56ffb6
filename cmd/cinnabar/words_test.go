package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server/oplog"
)

// errSeen ends a start whose configuration was all that a test wanted.
var errSeen = errors.New("seen")

// words runs the command in this process up to where the server would be made.
func words(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string, cfg *conf.Config) {
	t.Helper()
	var out, errOut bytes.Buffer
	p := program{stdin: strings.NewReader(stdin), stdout: &out, stderr: &errOut}
	p.newService = func(c *conf.Config, _ *oplog.Logger) (service, error) {
		cfg = c
		return nil, errSeen
	}
	code = p.run(append([]string{"cinnabar"}, args...))
	return code, out.String(), errOut.String(), cfg
}

func TestWordsAnsweredWithoutAServer(t *testing.T) {
	t.Parallel()
	const version = `^Cinnabar server v=0\.1\.0 sha=[0-9a-f]{8}:[01] malloc=go bits=64 build=[0-9a-f]+\n$`
	tests := []struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		{[]string{"-v"}, 0, version, `^$`},
		{[]string{"--version"}, 0, version, `^$`},
		{[]string{"--version", "--port", "1"}, 0, version, `^$`},
		{[]string{"server", "--version"}, 0, version, `^$`},
		{[]string{"-h"}, 1, `^$`, `^Usage: cinnabar \[/path/to/redis\.conf\] \[options\] \[-\]\n`},
		{[]string{"--help"}, 1, `^$`, `\nExamples:\n`},
		{[]string{"server", "--help"}, 1, `^$`, `^Usage: `},
		{[]string{"--test-memory"}, 1, `^$`, `^cinnabar: --test-memory is not offered.*\n$`},
		{[]string{"--test-memory", "1024"}, 1, `^$`, `^cinnabar: --test-memory is not offered.*\n$`},
		{[]string{"--check-system"}, 1, `^$`, `^cinnabar: --check-system is not offered.*\n$`},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr, cfg := words(t, "", tt.args...)
			require.Equal(t, tt.code, code)
			require.Regexp(t, tt.stdout, stdout)
			require.Regexp(t, tt.stderr, stderr)
			require.Nil(t, cfg, "a server was made")
		})
	}
}

func TestWordsGoToConf(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "redis.conf")
	require.NoError(t, os.WriteFile(file, []byte("port 7001\ntimeout 7\n"), 0o600))
	t.Chdir(dir)
	require.NoError(t, os.WriteFile("server", []byte("port 7002\n"), 0o600))
	tests := []struct {
		args        string
		stdin       string
		port        int64
		directive   string
		want        string
		fileIsGiven bool
	}{
		{args: "", port: 6379, directive: "save", want: "3600 1 300 100 60 10000"},
		{args: "server", port: 6379, directive: "save", want: "3600 1 300 100 60 10000"},
		{args: "--port 7000 --save ", port: 7000, directive: "save", want: ""},
		{args: "server --port 7000 --save ", port: 7000, directive: "save", want: ""},
		{args: file, port: 7001, directive: "timeout", want: "7", fileIsGiven: true},
		{args: file + " --port 7000", port: 7000, directive: "timeout", want: "7", fileIsGiven: true},
		{args: "redis.conf --timeout 9 -", stdin: "port 7003", port: 7003, directive: "timeout", want: "9", fileIsGiven: true},
		{args: "-", stdin: "port 7003\ntimeout 3", port: 7003, directive: "timeout", want: "3"},
		{args: "./server", port: 7002, directive: "timeout", want: "0", fileIsGiven: true},
		{args: "server server", port: 7002, directive: "timeout", want: "0", fileIsGiven: true},
		{args: "--requirepass -- --port 7000", port: 7000, directive: "requirepass", want: "--"},
		{args: "--port 7000 --requirepass --help", port: 7000, directive: "requirepass", want: "--help"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			var args []string
			if tt.args != "" {
				args = strings.Split(tt.args, " ")
			}
			code, stdout, stderr, cfg := words(t, tt.stdin, args...)
			require.NotNil(t, cfg, stderr)
			require.Equal(t, tt.port, cfg.Int("port"))
			require.Equal(t, tt.want, cfg.String(tt.directive))
			require.Equal(t, tt.fileIsGiven, cfg.File() != "")
			require.Equal(t, 1, code)
			require.Empty(t, stdout)
			require.Equal(t, "cinnabar: seen\n", stderr)
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const fatal = `^\n\*\*\* FATAL CONFIG FILE ERROR .*\*\*\*\n`
	dir := t.TempDir()
	tests := []struct {
		name   string
		args   []string
		stderr string
	}{
		{"a file that isn't there", []string{"/absent/redis.conf"}, `^Fatal error, can't open config file '/absent/redis.conf': No such file or directory\n$`},
		{"a misspelt subcommand", []string{"sevrer"}, `^Fatal error, can't open config file '.*sevrer': No such file or directory\n$`},
		{"an unknown directive", []string{"--prot", "7000"}, fatal + `[^\n]*\n>>> 'prot "7000"'\nBad directive or wrong number of arguments\n$`},
		{"a single dash", []string{"-port", "7000"}, fatal},
		{"a bad value", []string{"--port", "high"}, fatal + `[^\n]*\n>>> 'port "high"'\nargument couldn't be parsed into an integer\n$`},
		{"a directory that isn't there", []string{"--dir", "/absent"}, fatal + `[^\n]*\n>>> 'dir "/absent"'\nNo such file or directory\n$`},
		{"a log that can't be written", []string{"--logfile", filepath.Join(dir, "absent", "log")}, fatal + `Can't open the log file: No such file or directory\n$`},
		{"what isn't built", []string{"--loadmodule", "x.so"}, `^cinnabar: loadmodule: [^\n]*\n$`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr, cfg := words(t, "", tt.args...)
			require.Equal(t, 1, code)
			require.Empty(t, stdout)
			require.Regexp(t, tt.stderr, stderr)
			require.Nil(t, cfg, "a server was made")
		})
	}
}

func TestFollowConfig(t *testing.T) {
	t.Chdir(t.TempDir())
	cfg, err := conf.Load([]string{"--enable-protected-configs", "yes"}, nil)
	require.NoError(t, err)
	var out bytes.Buffer
	b := &boot{cfg: cfg, log: oplog.New(&out, oplog.LevelNotice)}
	b.followConfig()

	require.NoError(t, cfg.Set([]conf.Pair{{Name: "loglevel", Value: "debug"}}, conf.Caller{}))
	require.Equal(t, oplog.LevelDebug, b.log.Level())

	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, cfg.Set([]conf.Pair{{Name: "dir", Value: dir}}, conf.Caller{Local: true}))
	got, err := os.Getwd()
	require.NoError(t, err)
	require.Equal(t, dir, got)

	require.NoError(t, cfg.Set([]conf.Pair{{Name: "maxclients", Value: "5"}}, conf.Caller{}))
	err = cfg.Set([]conf.Pair{{Name: "maxclients", Value: "4294967295"}}, conf.Caller{})
	require.ErrorContains(t, err, "The operating system is not able to handle the specified number of clients, try with ")
	require.EqualValues(t, 5, cfg.Int("maxclients"))
}

func TestPidFileOfADaemon(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg, err := conf.Load([]string{"--pidfile", filepath.Join(dir, "absent", "pid")}, nil)
	require.NoError(t, err)
	var out bytes.Buffer
	b := &boot{cfg: cfg, log: oplog.New(&out, oplog.LevelNotice)}
	require.NotEmpty(t, b.writePidFile(), "Redis tries to remove what it couldn't write")
	require.Contains(t, out.String(), "# Can't write the pid file "+filepath.Join(dir, "absent", "pid")+": No such file or directory\n")

	cfg, err = conf.Load(nil, nil)
	require.NoError(t, err)
	b = &boot{cfg: cfg, log: oplog.Discard()}
	require.Empty(t, b.writePidFile())
}
