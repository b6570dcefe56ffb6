package blackbox

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// Where the programs that check files say other things than Redis's. What they say of dumps is compared at length beside the checker.
var (
	checkLog   = regexp.MustCompile(`(?m)^\d+:C \d\d \w+ \d{4} [\d:.]+ # `) // Redis's prints what is wrong with a manifest as a line of a log
	checkEnds  = regexp.MustCompile(`(?m)^Terminating server after rdb file reading failure\.\n`)
	checkWhy   = regexp.MustCompile(`(?m)^(\[offset \d+\]) Internal error in RDB reading offset 0, function at rdb\.c:\d+ -> .*$`) // a reason of its own
	checkMore  = regexp.MustCompile(`(?m)^\[additional info\] The (?:entry begins|file ends|checksum of) .*\n|^\[info\] \d+ bytes follow .*\n`)
	checkFirst = regexp.MustCompile(`(While doing: (?:start|read-type|read-aux|check-sum)\n)\[additional info\] Reading type 0 \(string\)\n`) // before any key
	checkSane  = regexp.MustCompile(`(?m)^RDB preamble of AOF file is not sane, aborting\.\n`)                                                // left out after an internal error
	checkStale = regexp.MustCompile(`(got: (?:0a|0d)?00?)[0-9a-f]+`)                                                                          // of two bytes the second, which Redis doesn't look at
	checkType  = regexp.MustCompile(`\(unknown\)|\(stream-v2\)`)                                                                              // a type without a name
)

// checking is one way to call a program that checks.
type checking struct {
	program string   // redis-check-rdb or redis-check-aof
	words   []string // before the file
	typed   string
	file    string // in the folder
}

// checkBoth checks copies of the same files by Redis's program and by ours, as a subcommand or by the name, and compares what they say and leave.
func checkBoth(t *testing.T, files map[string][]byte, c checking, byName bool) string {
	t.Helper()
	theirs := checkOne(t, files, c, peer.Need(t, c.program))
	var ours checkResult
	if byName {
		link := filepath.Join(t.TempDir(), c.program)
		require.NoError(t, os.Symlink(peer.Binary(t), link))
		ours = checkOne(t, files, c, link)
	} else {
		ours = checkOne(t, files, c, peer.Binary(t), strings.TrimPrefix(c.program, "redis-"))
	}
	said := ours.said
	if checkWhy.MatchString(theirs.said) {
		why := checkWhy.FindStringSubmatch(theirs.said)[1]
		theirs.said = checkWhy.ReplaceAllString(theirs.said, "$1 ...")
		ours.said = regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(why)+` .*$`).ReplaceAllLiteralString(ours.said, why+" ...")
		ours.said = checkSane.ReplaceAllString(ours.said, "")
	}
	require.Equal(t, theirs, ours)
	return said
}

type checkResult struct {
	said  string
	code  int
	files map[string]string
}

func checkOne(t *testing.T, files map[string][]byte, c checking, program ...string) checkResult {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o644))
	}
	words := append(slices.Clone(program[1:]), c.words...)
	said, code := peer.Run(t, c.typed, program[0], append(words, filepath.Join(dir, c.file))...)
	r := checkResult{code: code, files: map[string]string{}}
	said = strings.ReplaceAll(checkEnds.ReplaceAllString(checkLog.ReplaceAllString(said, ""), ""), dir, "DIR")
	said = checkStale.ReplaceAllString(said, "$1..")
	r.said = checkType.ReplaceAllString(checkFirst.ReplaceAllString(checkMore.ReplaceAllString(said, ""), "$1"), "(?)")
	for name := range files {
		text, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		r.files[name] = string(text)
	}
	return r
}

// redisLog makes redis-server write a log: a base that is a dump, and two increments.
func redisLog(t *testing.T) map[string][]byte {
	t.Helper()
	s := peer.StartRedis(t, "--appendonly", "yes", "--aof-timestamp-enabled", "yes", "--auto-aof-rewrite-percentage", "0")
	c := s.Dial(t)
	fill := func(prefix string) {
		for _, command := range [][]string{
			{"SET", prefix + "s", "text"}, {"SET", prefix + "e", "1", "PXAT", "32503680000000"}, {"RPUSH", prefix + "l", "a", "b", "file", "#x"},
			{"HSET", prefix + "h", "f", "v"}, {"ZADD", prefix + "z", "1.5", "m"}, {"SADD", prefix + "i", "1", "2", "3"}, {"XADD", prefix + "x", "5-5", "f", "v"},
			{"MULTI"}, {"INCR", prefix + "n"}, {"INCR", prefix + "n"}, {"EXEC"},
		} {
			reply, err := c.Do(command...)
			require.NoError(t, err)
			require.False(t, reply.IsError(), reply.String())
		}
	}
	fill("base:")
	rewriteLog(t, c)
	fill("one:")
	s.Signal(t, os.Kill)
	s.WaitEnd(t)
	files := map[string][]byte{}
	entries, err := os.ReadDir(filepath.Join(s.Dir, "appendonlydir"))
	require.NoError(t, err)
	for _, e := range entries {
		files[e.Name()], err = os.ReadFile(filepath.Join(s.Dir, "appendonlydir", e.Name()))
		require.NoError(t, err)
	}
	require.Len(t, files, 3)
	return files
}

// rewriteLog makes a server rewrite its log, and waits for the end of that.
func rewriteLog(t *testing.T, c *wire.Conn) {
	t.Helper()
	_, err := c.Do("BGREWRITEAOF")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		info, err := c.Do("INFO", "persistence")
		require.NoError(t, err)
		return strings.Contains(info.String(), "aof_rewrite_in_progress:0") && strings.Contains(info.String(), "aof_rewrite_scheduled:0") &&
			strings.Contains(info.String(), "aof_rewrites:1")
	}, 20*time.Second, 10*time.Millisecond)
}

const (
	logManifest  = "appendonly.aof.manifest"
	logBase      = "appendonly.aof.2.base.rdb"
	logIncrement = "appendonly.aof.2.incr.aof"
)

func changed(files map[string][]byte, name string, change func([]byte) []byte) map[string][]byte {
	files = maps.Clone(files)
	files[name] = change(slices.Clone(files[name]))
	return files
}

func TestChecksOfLogs(t *testing.T) {
	t.Parallel()
	whole := redisLog(t)
	require.Contains(t, whole, logBase)
	require.Contains(t, whole, logIncrement)
	cases := map[string]map[string][]byte{"whole": whole}
	for i := range 12 {
		for _, name := range []string{logManifest, logBase, logIncrement} {
			cases[fmt.Sprintf("%s cut at %d/12", name, i)] = changed(whole, name, func(p []byte) []byte { return p[:len(p)*i/12] })
			if name != logBase || i == 0 { // its keys have no order; beside the checker are files that stay as they are
				cases[fmt.Sprintf("%s flipped at %d/12", name, i)] = changed(whole, name, func(p []byte) []byte { p[len(p)*i/12] ^= 4; return p })
			}
		}
	}
	cases["another checksum"] = changed(whole, logBase, func(p []byte) []byte { p[len(p)-1] ^= 4; return p })
	for _, line := range []string{"file", "file x", "file x seq", "file x seq 1", "file x seq 1 type", "file x seq 1 type q", "file x seq 0 type i",
		"file ../x seq 3 type i", "file x seq 1 type b", "file x seq 3 type i", "file x seq 1 type h", "nonsense", "", " ", "#", strings.Repeat("x", 2000)} {
		cases["manifest and "+line[:min(len(line), 30)]] = changed(whole, logManifest, func(p []byte) []byte { return append(p, line+"\n"...) })
	}
	i := 0
	for name, files := range cases {
		i++
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkBoth(t, files, checking{program: "redis-check-aof", file: logManifest}, i%2 == 0)
		})
	}
}

func TestChecksMendLogs(t *testing.T) {
	t.Parallel()
	whole := redisLog(t)
	torn := changed(whole, logIncrement, func(p []byte) []byte { return p[:len(p)-3] })
	one := map[string][]byte{"f": slices.Concat(whole[logBase], torn[logIncrement])}
	for name, c := range map[string]checking{
		"yes": {words: []string{"--fix"}, typed: "y\n"}, "Yes": {words: []string{"--fix"}, typed: "Yes\n"}, "no": {words: []string{"--fix"}, typed: "n\n"},
		"nothing": {words: []string{"--fix"}}, "to long ago": {words: []string{"--truncate-to-timestamp", "1"}},
		"to the future": {words: []string{"--truncate-to-timestamp", "99999999999"}}, "to no time": {words: []string{"--truncate-to-timestamp", "soon"}},
		"without fix": {}, "another option": {words: []string{"--mend"}}, "too much": {words: []string{"--fix", "x", "y"}},
	} {
		c.program = "redis-check-aof"
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			usage := name == "another option" || name == "too much"
			for file, files := range map[string]map[string][]byte{logManifest: torn, "f": one} {
				c.file = file
				if usage {
					require.Equal(t, 1, checkOne(t, files, c, peer.Binary(t), "check-aof").code)
					continue
				}
				checkBoth(t, files, c, file == "f")
			}
		})
	}
}

func TestChecksOfDumps(t *testing.T) {
	t.Parallel()
	dump := redisLog(t)[logBase]
	for name, p := range map[string][]byte{
		"whole": dump, "cut": dump[:len(dump)-20], "nothing": {}, "flipped": changed(map[string][]byte{"": dump}, "", func(p []byte) []byte { p[len(p)-1] ^= 1; return p })[""],
		"and more": append(slices.Clone(dump), "*1\r\n"...), "another": []byte("#!/bin/sh\nexit\n"),
	} {
		for _, byName := range []bool{false, true} {
			said := checkBoth(t, map[string][]byte{"dump.rdb": p}, checking{program: "redis-check-rdb", file: "dump.rdb"}, byName)
			require.Equal(t, name == "whole" || name == "and more", strings.Contains(said, `\o/ RDB looks OK! \o/`), name)
		}
	}
}

// What is asked without a file, or of one that isn't there.
func TestChecksOfNothing(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "my-redis-check-rdb-7")
	require.NoError(t, os.Symlink(peer.Binary(t), link))
	for _, c := range []struct {
		words []string
		says  string
		code  int
	}{
		{[]string{peer.Binary(t), "check-rdb"}, "Usage: cinnabar check-rdb <rdb-file-name>\n", 1},
		{[]string{peer.Binary(t), "check-rdb", "--help"}, "Usage: cinnabar check-rdb <rdb-file-name>\n", 1},
		{[]string{peer.Binary(t), "check-aof"}, "Usage: cinnabar check-aof [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>\n", 1},
		{[]string{peer.Binary(t), "check-aof", "-h"}, "Usage: cinnabar check-aof [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>\n", 1},
		{[]string{link}, "Usage: " + link + " <rdb-file-name>\n", 1},
		{[]string{link, "/nosuch"}, "[offset 0] Cannot open file: No such file or directory\n", 1},
		{[]string{link, "/"}, "is a directory", 1},
		{[]string{link, "--version"}, "Cinnabar server v=", 0},
		{[]string{peer.Binary(t), "check-aof", "/nosuch"}, "Cannot open file /nosuch: No such file or directory\n", 1},
	} {
		said, code := peer.Run(t, "", c.words[0], c.words[1:]...)
		require.Contains(t, said, c.says)
		require.Equal(t, c.code, code, "%q", c.words)
	}
}
