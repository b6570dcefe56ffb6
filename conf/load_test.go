package conf

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func load(t *testing.T, args ...string) *Config {
	t.Helper()
	c, err := Load(args, strings.NewReader(""))
	require.NoError(t, err)
	return c
}

// write makes a file in a fresh directory and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

func TestCommandLine(t *testing.T) {
	for _, test := range []struct {
		args []string
		want map[string]string
	}{
		{nil, map[string]string{"port": "6379", "bind": "* -::*", "save": "3600 1 300 100 60 10000"}},
		{[]string{"--port", "7000"}, map[string]string{"port": "7000"}},
		{[]string{"--PORT", "7000"}, map[string]string{"port": "7000"}},
		{[]string{"--port 7000"}, map[string]string{"port": "7000"}},
		{[]string{"--port", "7000", "--port", "7001"}, map[string]string{"port": "7001"}},
		{[]string{"--port", "7000", "--save", "60", "1"}, map[string]string{"port": "7000", "save": "60 1"}},
		{[]string{"--save", "60 1", "--save", "30 2"}, map[string]string{"save": "60 1 30 2"}},
		{[]string{"--save", "60 1", "--save", "", "--save", "30 2"}, map[string]string{"save": "30 2"}},
		{[]string{"--save", "60", "1", "30", "2"}, map[string]string{"save": "60 1 30 2"}},
		{[]string{"--save", ""}, map[string]string{"save": ""}},
		{[]string{"--save", "--port", "7000"}, map[string]string{"save": "", "port": "7000"}},
		{[]string{"--port", "7000", "--save"}, map[string]string{"save": "", "port": "7000"}},
		{[]string{"--proc-title-template", "--save", "--save", "", "--loglevel", "verbose"},
			map[string]string{"proc-title-template": "--save", "save": "", "loglevel": "verbose"}},
		{[]string{"--proc-title-template", "--mine", "--loglevel", "verbose"},
			map[string]string{"proc-title-template": "--mine", "loglevel": "verbose"}},
		{[]string{"--bind", "127.0.0.1", "-::1"}, map[string]string{"bind": "127.0.0.1 -::1"}},
		{[]string{"--bind", "-127.0.0.1"}, map[string]string{"bind": "-127.0.0.1"}},
		{[]string{"--bind", ""}, map[string]string{"bind": ""}},
		{[]string{"--shutdown-on-sigint", "nosave", "force", "now", "--shutdown-on-sigterm", "nosave force"},
			map[string]string{"shutdown-on-sigint": "nosave now force", "shutdown-on-sigterm": "nosave force"}},
		{[]string{"--slave-priority", "7"}, map[string]string{"replica-priority": "7", "slave-priority": "7"}},
		{[]string{"--requirepass", "a b\"c"}, map[string]string{"requirepass": "a b\"c"}},
		{[]string{"--maxmemory", "1k", "--hz", "9999"}, map[string]string{"maxmemory": "1000", "hz": "500"}},
		{[]string{"--list-max-ziplist-entries", "1", "--replicaof", "no", "one"}, map[string]string{"replicaof": ""}},
	} {
		c := load(t, test.args...)
		for name, want := range test.want {
			require.Equal(t, want, c.String(name), "%q: %s", test.args, name)
		}
	}
}

func TestCommandLineErrors(t *testing.T) {
	for _, test := range []struct {
		args []string
		text string // after the first line
	}{
		{[]string{"--port"}, ">>> 'port'\nwrong number of arguments"},
		{[]string{"--port", "6380", "--loglevel"}, ">>> 'loglevel'\nwrong number of arguments"},
		{[]string{"--port", "6379", "6380"}, ">>> 'port \"6379\" \"6380\"'\nwrong number of arguments"},
		{[]string{"--port", "--loglevel", "verbose"}, ">>> 'port \"--loglevel\" \"verbose\"'\nwrong number of arguments"},
		{[]string{"--port", "--bla", "--loglevel", "verbose"}, ">>> 'port \"--bla\"'\nargument couldn't be parsed into an integer"},
		{[]string{"--shutdown-on-sigint"}, ">>> 'shutdown-on-sigint'\nargument(s) must be one of the following: default, save, nosave, now, force"},
		{[]string{"--replicaof", "127.0.0.1", "abc"}, ">>> 'replicaof \"127.0.0.1\" \"abc\"'\nInvalid master port"},
		{[]string{"--replicaof", "--127.0.0.1", "--abc"}, ">>> 'replicaof \"--127.0.0.1\"'\nwrong number of arguments"},
		{[]string{"--portt", "1"}, ">>> 'portt \"1\"'\nBad directive or wrong number of arguments"},
		{[]string{"-p", "1"}, ">>> '\"-p\" \"1\"'\nBad directive or wrong number of arguments"},
		{[]string{"--requirepass \"x"}, ">>> 'requirepass \"x'\nUnbalanced quotes in configuration line"},
		{[]string{"--sentinel"}, "Cinnabar has no sentinel mode: run redis-sentinel, which can watch Cinnabar as it watches Redis"},
		{[]string{"--cluster-enabled", "yes", "--replicaof", "a", "1"}, "replicaof directive not allowed in cluster mode"},
	} {
		_, err := Load(test.args, strings.NewReader(""))
		var bad *LoadError
		require.ErrorAs(t, err, &bad, "%q", test.args)
		require.True(t, strings.HasPrefix(err.Error(), "*** FATAL CONFIG FILE ERROR (Cinnabar) ***\n"), err)
		require.True(t, strings.HasSuffix(err.Error(), "\n"+test.text), "%q: %s", test.args, err)
	}
}

func TestFileLines(t *testing.T) {
	path := write(t, "redis.conf", "# a comment\r\n\n  PORT\t7000  \r\nsave 900 1\nsave 300 10\nrequirepass 'a b'\n"+
		"logfile ''\nrename-command CONFIG \"\"\nrename-command FlushAll secret\nclient-output-buffer-limit replica 1mb 2k 3\nunixsocketperm 700\n")
	c := load(t, path, "--port", "7001")
	require.Equal(t, int64(7001), c.Int("port"))
	require.Equal(t, []SaveRule{{900, 1}, {300, 10}}, c.SaveRules())
	require.Equal(t, "a b", c.String("requirepass"))
	require.Equal(t, int64(0o700), c.Int("unixsocketperm"))
	require.Equal(t, OutputLimit{Hard: 1 << 20, Soft: 2000, SoftSeconds: 3}, c.OutputLimits()[ReplicaClients])
	require.Equal(t, defaultOutputLimits[PubsubClients], c.OutputLimits()[PubsubClients])
	require.Equal(t, path, c.File())
	require.Len(t, c.Renames(), 2)
	require.Equal(t, Rename{From: "CONFIG", At: Position{path, 8, `rename-command CONFIG ""`}}, c.Renames()[0])
	require.Equal(t, "secret", c.Renames()[1].To)
	require.Empty(t, c.Unbuilt())
}

func TestBadLineNamesItsPlace(t *testing.T) {
	path := write(t, "redis.conf", "port 7000\n\nmaxmemory-policy wrong\n")
	_, err := Load([]string{path}, nil)
	require.EqualError(t, err, "*** FATAL CONFIG FILE ERROR (Cinnabar) ***\n"+
		"Reading the configuration file, at line 3 of "+path+"\n>>> 'maxmemory-policy wrong'\n"+
		"argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction")

	outer := write(t, "outer.conf", "\ninclude "+path+"\n")
	_, err = Load([]string{outer}, nil)
	var bad *LoadError
	require.ErrorAs(t, err, &bad)
	require.Equal(t, Position{path, 3, "maxmemory-policy wrong"}, bad.At)

	_, err = Load([]string{"-"}, strings.NewReader("a\x00b"))
	require.ErrorContains(t, err, "at line 1 of standard input")
}

func TestMissingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.conf")
	_, err := Load([]string{path}, nil)
	require.EqualError(t, err, "Fatal error, can't open config file '"+path+"': No such file or directory")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestStandardInput(t *testing.T) {
	path := write(t, "redis.conf", "port 7000\nhz 20")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-"}, "7001"},
		{[]string{path, "-"}, "7001"},
		{[]string{"-", "--port", "7002"}, "7002"},
		{[]string{"--port", "7002", "-"}, "7002"},
	} {
		c, err := Load(test.args, strings.NewReader("port 7001"))
		require.NoError(t, err)
		require.Equal(t, test.want, c.String("port"), "%q", test.args)
	}
	_, err := Load([]string{"--port", "-", "--hz", "1"}, strings.NewReader(""))
	require.ErrorContains(t, err, `>>> 'port "-"'`)
}

func TestInclude(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	put("a.conf", "port 1\nhz 11")
	put("b.conf", "port 2")
	put(".c.conf", "port 3")
	put("main.conf", "dir "+dir+"\ninclude *.inc\ninclude [ab].conf\ninclude ?.conf\ntimeout 5\n")
	c := load(t, filepath.Join(dir, "main.conf"))
	require.Equal(t, []string{"2", "11", "5"}, []string{c.String("port"), c.String("hz"), c.String("timeout")})

	put("loop.conf", "include "+filepath.Join(dir, "loop.conf"))
	_, err := Load([]string{filepath.Join(dir, "loop.conf")}, nil)
	require.ErrorContains(t, err, "too many includes: does a file include itself?")

	odd := filepath.Join(dir, "[x]*")
	if runtime.GOOS != "windows" {
		require.NoError(t, os.Mkdir(odd, 0o755))
		put("[x]*/one.conf", "port 4")
		put("[x]*/two.conf", "hz 14")
		put("odd.conf", "dir "+odd+"\ninclude one.conf\ninclude t*.conf")
		c = load(t, filepath.Join(dir, "odd.conf"))
		require.Equal(t, []string{"4", "14"}, []string{c.String("port"), c.String("hz")})
	}

	put("gone.conf", "include nowhere.conf")
	_, err = Load([]string{filepath.Join(dir, "gone.conf")}, nil)
	var open *OpenError
	require.ErrorAs(t, err, &open)
}

// TestSaveAfterInclude holds a quirk of redis-server 7.0.15: after an include,
// save lines replace each other.
func TestSaveAfterInclude(t *testing.T) {
	inner := write(t, "inner.conf", "save 9 9\nsave 8 8")
	c := load(t, write(t, "outer.conf", "include "+inner+"\nsave 1 1\nsave 2 2\n"))
	require.Equal(t, "2 2", c.String("save"))
	c = load(t, write(t, "outer.conf", "save 1 1\ninclude "+inner+"\n"))
	require.Equal(t, "1 1 9 9 8 8", c.String("save"))
}

func TestDirResolvesPaths(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	c := load(t, "--dir", dir, "--dir", "sub/../sub", "--logfile", "x.log", "--unixsocket", filepath.Join(dir, "s"))
	require.Equal(t, filepath.Join(dir, "sub"), c.String("dir"))
	require.Equal(t, filepath.Join(dir, "sub", "x.log"), c.Path("logfile"))
	require.Equal(t, filepath.Join(dir, "s"), c.Path("unixsocket"))
	require.Equal(t, "", c.Path("pidfile"))

	file := write(t, "file", "")
	for path, want := range map[string]string{"": "No such file or directory", dir + "/none": "No such file or directory", file: "Not a directory"} {
		_, err := Load([]string{"--dir", path}, nil)
		require.ErrorContains(t, err, "\n"+want)
	}
}

func TestUnbuilt(t *testing.T) {
	for _, test := range []struct {
		line string
		name string // "" where the line is harmless
	}{
		{"appendonly yes", ""},
		{"appendonly no", ""},
		{"replicaof 127.0.0.1 6379", "replicaof"},
		{"slaveof 127.0.0.1 6379", "replicaof"},
		{"replicaof no one", ""},
		{"aclfile users.acl", "aclfile"},
		{`aclfile ""`, ""},
		{"tls-port 6380", "tls-port"},
		{"tls-port 0", ""},
		{"cluster-enabled yes", "cluster-enabled"},
		{"loadmodule x.so 1 2", "loadmodule"},
		{"search.threads 4", "search.threads"},
		{"user alice on >secret ~* +@all", "user"},
		{"user default on nopass sanitize-payload ~* &* +@all", ""},
		{"user default on #00 ~* &* +@all", "user"},
		{"user default off", "user"},
		{"requirepass x\nuser default on nopass ~* &* +@all", "user"},
		{"enable-debug-command yes", ""},
		{"sentinel", ""},
	} {
		c, err := Load([]string{"-"}, strings.NewReader(test.line))
		require.NoError(t, err)
		if test.name == "" {
			require.Empty(t, c.Unbuilt(), test.line)
			continue
		}
		require.Len(t, c.Unbuilt(), 1, test.line)
		require.Equal(t, test.name, c.Unbuilt()[0].Name)
		require.True(t, strings.HasPrefix(c.Unbuilt()[0].Message, test.name), c.Unbuilt()[0].Message)
		require.NotContains(t, c.Unbuilt()[0].Message, "\n")
	}
}

// FuzzLoad feeds any text to the file parser: it must answer with a
// configuration or with an error that names a line.
func FuzzLoad(f *testing.F) {
	f.Add(Example())
	f.Add("port 7000\nsave \"1 1\"\nsave ''\nbind\nuser a\nx.y z")
	f.Add("client-output-buffer-limit normal 1 1 1\nlatency-tracking-info-percentiles 1e1 0x1p-2\noom-score-adj-values 1 2 3")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(lower(text), "include") {
			t.Skip("reads files of this machine")
		}
		c, err := Load([]string{"-"}, strings.NewReader(text))
		if err != nil {
			var bad *LoadError
			require.True(t, errors.As(err, &bad))
			require.True(t, bad.At.Line > 0 || bad.Reason == "replicaof directive not allowed in cluster mode")
			return
		}
		c.Unbuilt()
		require.Len(t, c.Get([]string{"*"}), 192)
	})
}
