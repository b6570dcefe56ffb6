package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server/oplog"
	"github.com/cinnabar-db/cinnabar/server/process"
)

// service is what a start needs of the server.
type service interface {
	// Listen binds every address; who connects waits until Serve. Each line of its error becomes one of the log.
	Listen() error
	// Serve begins to serve, and to read the data on disk.
	Serve()
	// AwaitData waits until that is read, and tells whether it could be; otherwise the server ends.
	AwaitData() bool
	// Loading tells how much of it is read, in bytes.
	Loading() (loaded, total int64)
	// Wait returns the exit code once the server has stopped.
	Wait() int
	// Shutdown asks for an orderly end as the signal of that name does, and returns at once; it may be called again.
	Shutdown(signal string)
	// OnEndGivenUp has tell called each time that an end which was asked for doesn't come.
	OnEndGivenUp(tell func())
	// Abandon removes what would be left behind on disk by a process that ends at once.
	Abandon()
	// Addrs are the addresses listened on.
	Addrs() []net.Addr
}

// boot is a start on its way: what its steps hand on.
type boot struct {
	*program
	words   []string
	started string // the working directory before dir
	stdin   remembered
	daemon  bool // this process is the daemon itself

	cfg        *conf.Config
	log        *oplog.Logger
	supervisor *process.Supervisor
	service    service
	reports    atomic.Bool // crash-log-enabled
}

// start runs the server until it stops, in the order of redis-server's main, and returns the exit code.
func (p *program) start(words []string) int {
	b := &boot{program: p, words: words, daemon: process.Daemonized(), stdin: remembered{from: p.stdin}}
	if err := b.configure(); err != nil {
		return p.refuse(err)
	}
	defer b.log.Close()
	var err error
	if b.service, err = p.newService(b.cfg, b.log); err != nil { // before detaching: a refusal shows on the terminal
		return p.refuse(err)
	}
	if leave, err := b.background(); err != nil {
		return b.fail(err)
	} else if leave {
		return 0
	}
	return b.serve()
}

// refuse says on the terminal why there is no start; an error of the configuration has Redis's form, with an empty
// line before it.
func (p *program) refuse(err error) int {
	var load *conf.LoadError
	var open *conf.OpenError
	switch {
	case errors.As(err, &load):
		fmt.Fprintf(p.stderr, "\n%s\n", err)
	case errors.As(err, &open):
		fmt.Fprintf(p.stderr, "%s\n", err)
	default:
		fmt.Fprintf(p.stderr, "cinnabar: %s\n", err)
	}
	return 1
}

// configure reads the configuration, goes to its directory and opens its log. Its error is for the terminal.
func (b *boot) configure() error {
	var err error
	if b.started, err = os.Getwd(); err != nil {
		b.started = "" // removed under us: a daemon then starts wherever we are
	}
	if b.cfg, err = conf.Load(b.words, &b.stdin); err != nil {
		return err
	}
	if missing := b.cfg.Unbuilt(); len(missing) > 0 {
		return errors.New(missing[0].Message)
	}
	if dir := b.cfg.String("dir"); dir != "" {
		if err := os.Chdir(dir); err != nil {
			return &conf.LoadError{Reason: fmt.Sprintf("Can't change to the directory '%s': %s", dir, oplog.Reason(err))}
		}
	}
	if b.log, err = oplog.Open(logOptions(b.cfg, b.stdout)); err != nil {
		return &conf.LoadError{Reason: err.Error()}
	}
	return nil
}

func logOptions(cfg *conf.Config, stdout io.Writer) oplog.Options {
	level, _ := oplog.ParseLevel(cfg.String("loglevel"))
	o := oplog.Options{Path: cfg.Path("logfile"), Level: level, Quiet: cfg.Bool("daemonize"), Stdout: stdout}
	if cfg.Bool("syslog-enabled") {
		o.Syslog = &oplog.Syslog{Ident: cfg.String("syslog-ident"), Facility: cfg.String("syslog-facility")}
	}
	return o
}

// background greets the supervisor and, where there is none and daemonize asks for it, starts the daemon; leave then
// tells that this process is done.
func (b *boot) background() (leave bool, err error) {
	b.supervisor = process.NewSupervisor(b.cfg.String("supervised"), b.log)
	if b.daemon || b.supervisor.Handshake() || !b.cfg.Bool("daemonize") {
		return false, nil
	}
	return true, process.Detach(b.started, b.stdin.bytes())
}

// serve is the part of the start that the server's own process does, its life, and its end.
func (b *boot) serve() int {
	b.greet()
	process.IgnoreSignals()
	b.log.SetRole(oplog.RoleMaster)
	if err := b.fitMaxClients(); err != nil {
		return 1 // logged
	}
	b.followConfig()
	signals := process.HandleSignals(b.log, b.signalled, b.insisted)
	defer signals.Stop()
	process.ReportCrashes(b.log, &b.reports, os.Exit)
	b.service.OnEndGivenUp(signals.Refused)
	if err := b.service.Listen(); err != nil {
		return b.fail(err)
	}
	// All that reads the configuration comes before anybody can change it.
	pidFile := b.writePidFile()
	b.announce()
	ready := b.readyLines()
	b.service.Serve()
	stop := b.showLoading()
	loaded := b.service.AwaitData()
	stop()
	if loaded {
		for _, line := range ready {
			b.log.Notice("%s", line)
		}
		b.supervisor.Ready()
	}
	code := b.service.Wait()
	b.supervisor.Stopping()
	if pidFile != "" {
		if loaded { // otherwise, as in Redis, why it can't be is the last that is said
			b.log.Notice("Removing the pid file.")
		}
		if err := process.RemovePidFile(pidFile); err != nil {
			b.log.Warning("Can't remove the pid file %s: %s", pidFile, oplog.Reason(err))
		}
	}
	return code
}

// signalled is called for each SIGTERM and SIGINT; the log has its line already.
func (b *boot) signalled(name string) {
	b.supervisor.Stopping()
	b.service.Shutdown(name)
}

// insisted is called for a second SIGINT: there is no waiting any more.
func (b *boot) insisted(code int) {
	b.service.Abandon()
	os.Exit(code)
}

// fail logs why the start ends, a line each, and says it on the terminal too where the log is somewhere else.
func (b *boot) fail(err error) int {
	for line := range strings.Lines(err.Error()) {
		b.log.Warning("%s", strings.TrimSuffix(line, "\n"))
	}
	if b.cfg.Path("logfile") != "" {
		fmt.Fprintf(b.stderr, "cinnabar: %s\n", err)
	}
	return 1
}

// fitMaxClients lowers maxclients to what the limit of open files allows.
func (b *boot) fitMaxClients() error {
	asked := int(b.cfg.Int("maxclients"))
	fits, err := process.AdjustOpenFiles(asked, b.log)
	if err != nil || fits == asked {
		return err
	}
	return b.cfg.Set([]conf.Pair{{Name: "maxclients", Value: strconv.Itoa(fits)}}, conf.Caller{Local: true})
}

// writePidFile returns the file to remove at the end, "" if there is none. Redis writes one for a daemon in any case.
func (b *boot) writePidFile() string {
	path := b.cfg.Path("pidfile")
	if path == "" && b.daemon {
		path = process.DefaultPidFile
	}
	if path == "" {
		return ""
	}
	if err := process.WritePidFile(path); err != nil {
		b.log.Warning("Can't write the pid file %s: %s", path, oplog.Reason(err))
	}
	return path
}

// remembered keeps what is read through it, for a daemon that must read it again.
type remembered struct {
	from io.Reader
	seen bytes.Buffer
	used bool
}

func (r *remembered) Read(b []byte) (int, error) {
	r.used = true
	n, err := r.from.Read(b)
	r.seen.Write(b[:n])
	return n, err
}

// bytes is nil if nobody ever read.
func (r *remembered) bytes() []byte {
	if !r.used {
		return nil
	}
	return append([]byte{}, r.seen.Bytes()...)
}
