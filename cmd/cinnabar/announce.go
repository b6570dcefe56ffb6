package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/cinnabar-db/cinnabar/server/oplog"
	"github.com/cinnabar-db/cinnabar/server/process"
)

// The lines of a start keep Redis's words, order and levels: init scripts, Redis's test suite and people's monitoring
// wait for " PID: 1234", "Server initialized" and "Ready to accept connections".

// greet writes what stands in the log before anything can go wrong.
func (b *boot) greet() {
	build := process.ReadBuild()
	b.log.Warning("oO0OoO0OoO0Oo Cinnabar is starting oO0OoO0OoO0Oo")
	b.log.Warning("Cinnabar version=%s, bits=%d, commit=%s, modified=%d, pid=%d, just started",
		process.Version, strconv.IntSize, build.Commit, build.Dirty(), os.Getpid())
	if len(b.words) == 0 {
		b.log.Warning("Warning: no config file specified, using the default config. "+
			"In order to specify a config file use %s /path/to/redis.conf", os.Args[0])
		return
	}
	b.log.Warning("Configuration loaded")
}

// announce writes what follows once the server listens. The process id comes this late on purpose: who waits for it
// takes the port for bound.
func (b *boot) announce() {
	if b.showBanner() {
		b.log.Raw(oplog.LevelNotice, b.banner())
	} else {
		b.log.Notice("Running mode=standalone, port=%d.", b.port())
	}
	b.checkBacklog()
	b.log.Warning("Server initialized")
	if limit := b.cfg.Int("maxmemory"); limit > 0 && limit < 1<<20 {
		b.log.Warning("WARNING: You specified a maxmemory value that is less than 1MB (current value is %d bytes). "+
			"Are you sure this is what you really want?", limit)
	}
}

// readyLines are what is said when clients are served: who waits for them takes the data for loaded.
func (b *boot) readyLines() (lines []string) {
	tcp, unix := false, ""
	for _, addr := range b.service.Addrs() {
		if addr.Network() == "unix" {
			unix = b.cfg.String("unixsocket")
		} else {
			tcp = true
		}
	}
	if tcp {
		lines = append(lines, "Ready to accept connections")
	}
	if unix != "" {
		lines = append(lines, "The server is now ready to accept connections at "+unix)
	}
	return lines
}

// port is the one Redis would show.
func (b *boot) port() int64 {
	if port := b.cfg.Int("port"); port != 0 {
		return port
	}
	return b.cfg.Int("tls-port")
}

// showBanner is Redis's rule: on a terminal, or where the configuration insists.
func (b *boot) showBanner() bool {
	if b.cfg.Bool("always-show-logo") {
		return true
	}
	return !b.cfg.Bool("syslog-enabled") && b.cfg.Path("logfile") == "" && isTerminal(b.stdout)
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// banner draws a crystal of cinnabar.
func (b *boot) banner() string {
	build := process.ReadBuild()
	return fmt.Sprintf(`
        /\
       /  \        Cinnabar %s (%s/%d) %d bit
      /    \
     /\    /\      Running in standalone mode
    /  \  /  \     Port: %d
    \   \/   /     PID: %d
     \  ||  /
      \ || /
       \||/
        \/

`, process.Version, build.Commit, build.Dirty(), strconv.IntSize, b.port(), os.Getpid())
}

// somaxconnPath holds Linux's bound on the backlog of a listening socket.
const somaxconnPath = "/proc/sys/net/core/somaxconn"

func (b *boot) checkBacklog() {
	text, err := os.ReadFile(somaxconnPath)
	if err != nil {
		return
	}
	bound, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if backlog := b.cfg.Int("tcp-backlog"); err == nil && bound > 0 && int64(bound) < backlog {
		b.log.Warning("WARNING: The TCP backlog setting of %d cannot be enforced because %s is set to the lower value of %d.",
			backlog, somaxconnPath, bound)
	}
}
