package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/persistence/aof"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
	"github.com/cinnabar-db/cinnabar/persistence/vfs"
	"github.com/cinnabar-db/cinnabar/server/process"
)

// checkers are the subcommands that look at files, each with the name by which redis-server goes as that program.
var checkers = []struct {
	name, program, usage string
	run                  func(p *program, called string, words []string) int
}{
	{"check-rdb", "redis-check-rdb", "check a dump, as redis-check-rdb does", (*program).checkRDB},
	{"check-aof", "redis-check-aof", "check a log, as redis-check-aof does, and mend it", (*program).checkAOF},
}

// checkCommands are the subcommands. called is how the program was called.
func (p *program) checkCommands(called string, code *int) []*cli.Command {
	commands := make([]*cli.Command, len(checkers))
	for i, checker := range checkers {
		said := called
		if checkerCalled(called) != checker.name {
			said = "cinnabar " + checker.name
		}
		commands[i] = &cli.Command{
			Name:            checker.name,
			Usage:           checker.usage,
			SkipFlagParsing: true,
			HideHelp:        true,
			Action: func(c *cli.Context) error {
				*code = checker.run(p, said, c.Args().Slice())
				return nil
			},
		}
	}
	return commands
}

// checkerCalled is the subcommand that a name of the program stands for, "" if none: as in redis-server, wherever it is found in the last part
// of the path.
func checkerCalled(name string) string {
	for _, checker := range checkers {
		if strings.Contains(filepath.Base(name), checker.program) {
			return checker.name
		}
	}
	return ""
}

// checkRDB is redis-check-rdb.
func (p *program) checkRDB(called string, words []string) int {
	switch {
	case len(words) != 1 || asksForHelp(words):
		fmt.Fprintf(p.stderr, "Usage: %s <rdb-file-name>\n", called)
		return 1
	case words[0] == "-v" || words[0] == "--version":
		fmt.Fprintln(p.stdout, process.ReadBuild().VersionLine())
		return 0
	}
	out := bufio.NewWriter(p.stdout)
	defer out.Flush()
	var in io.Reader
	file, err := os.Open(words[0])
	if err == nil {
		defer file.Close()
		in = file
	} else {
		in = unopened{errors.New("Cannot open file: " + conf.Reason(err))}
	}
	checker := rdb.Checker{Out: out, NowMs: time.Now().UnixMilli()}
	if _, ok := checker.Check(words[0], in); !ok {
		return 1
	}
	return 0
}

func asksForHelp(words []string) bool {
	return len(words) == 1 && (words[0] == "-h" || words[0] == "--help")
}

// unopened is a file that can't be read.
type unopened struct{ err error }

func (u unopened) Read([]byte) (int, error) { return 0, u.err }

const checkAOFUsage = "Usage: %s [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>\n"

// checkAOF is redis-check-aof.
func (p *program) checkAOF(called string, words []string) int {
	out := bufio.NewWriter(p.stdout)
	defer out.Flush()
	checker := aof.Checker{System: vfs.OS{}, Out: out, Agree: func() bool {
		out.Flush() // the question
		return p.agrees()
	}}
	checker.RDB = func(name string, in io.Reader) (end int64, ok bool) {
		preamble := rdb.Checker{Out: out, NowMs: time.Now().UnixMilli(), Preamble: true}
		return preamble.Check(name, in)
	}
	switch {
	case len(words) == 1 && !asksForHelp(words):
	case len(words) == 2 && words[0] == "--fix":
		checker.Fix = true
	case len(words) == 3 && words[0] == "--truncate-to-timestamp":
		seconds, err := strconv.ParseInt(words[1], 10, 64)
		if err != nil {
			fmt.Fprintln(out, "Invalid timestamp, aborting...")
			return 1
		}
		checker.TruncateTo = seconds
	default:
		fmt.Fprintf(out, checkAOFUsage, called)
		return 1
	}
	code, err := checker.Check(words[len(words)-1])
	if err != nil {
		out.Flush()
		fmt.Fprintf(p.stderr, "cinnabar: %s\n", conf.Reason(err))
	}
	return code
}

// agrees asks stdin, as redis-check-aof does: the first character counts.
func (p *program) agrees() bool {
	var answer [1]byte
	n, _ := io.ReadFull(p.stdin, answer[:])
	return n == 1 && (answer[0] == 'y' || answer[0] == 'Y')
}
