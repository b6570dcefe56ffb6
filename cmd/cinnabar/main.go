package main

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server/oplog"
	"github.com/cinnabar-db/cinnabar/server/process"
)

func main() {
	p := program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, newService: newServer}
	os.Exit(p.run(os.Args))
}

// program is one run of the command. Tests put a service of their own in it.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	newService     func(*conf.Config, *oplog.Logger) (service, error)
}

const programName = "cinnabar"

// run takes the words of the command line, the program's own name first, and returns the exit code.
func (p *program) run(args []string) int {
	code := 0
	if len(args) == 0 {
		args = []string{programName}
	}
	app := p.app(args[0], &code)
	if name := checkerCalled(args[0]); name != "" {
		args = slices.Insert(slices.Clone(args), 1, name)
	} else if !isSubcommand(app, args[1:]) {
		args = slices.Insert(slices.Clone(args), 1, "server")
	}
	if err := app.Run(args); err != nil {
		fmt.Fprintf(p.stderr, "cinnabar: %s\n", err)
		return 1
	}
	return code
}

// app lists the subcommands, for a program called so. Each sets code where it isn't 0. The library's own help and version are off: the words
// for them are redis-server's, and only count in first place.
func (p *program) app(called string, code *int) *cli.App {
	return &cli.App{
		Name:           programName,
		Usage:          "a Redis-compatible in-memory server",
		HideHelp:       true,
		HideVersion:    true,
		Writer:         p.stdout,
		ErrWriter:      p.stderr,
		ExitErrHandler: func(*cli.Context, error) {}, // run decides, not the library
		Commands: append(p.checkCommands(called, code), &cli.Command{
			Name:            "server",
			Usage:           "run the server (the default)",
			SkipFlagParsing: true,
			HideHelp:        true,
			Action: func(c *cli.Context) error {
				*code = p.server(c.Args().Slice())
				return nil
			},
		}),
	}
}

func isSubcommand(app *cli.App, words []string) bool {
	return len(words) > 0 && slices.ContainsFunc(app.Commands, func(c *cli.Command) bool { return c.HasName(words[0]) })
}

// server answers the words that redis-server answers without starting, and else starts.
func (p *program) server(words []string) int {
	if len(words) == 0 {
		return p.start(words)
	}
	switch words[0] {
	case "-v", "--version":
		fmt.Fprintln(p.stdout, process.ReadBuild().VersionLine())
		return 0
	case "-h", "--help":
		fmt.Fprint(p.stderr, usage)
		return 1 // as redis-server
	case "--test-memory":
		fmt.Fprintln(p.stderr, "cinnabar: --test-memory is not offered: a program like memtest86+ or memtester tests memory better")
		return 1
	case "--check-system":
		fmt.Fprintln(p.stderr, "cinnabar: --check-system is not offered: it looks for kernel faults that hurt a server that forks, and Cinnabar never forks")
		return 1
	}
	return p.start(words)
}

const usage = `Usage: cinnabar [/path/to/redis.conf] [options] [-]
       cinnabar - (read config from stdin)
       cinnabar server [the same words] (for a config file named like a subcommand)
       cinnabar check-rdb <rdb-file-name>
       cinnabar check-aof [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>
       cinnabar -v or --version
       cinnabar -h or --help

Examples:
       cinnabar (run the server with default conf)
       echo 'maxmemory 128mb' | cinnabar -
       cinnabar /etc/redis/6379.conf
       cinnabar --port 7777
       cinnabar --port 7777 --requirepass secret --save ''
       cinnabar /etc/myredis.conf --loglevel verbose -
       cinnabar /etc/myredis.conf --loglevel verbose
`
