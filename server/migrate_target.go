package server

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// migrateTargets are the connections of MIGRATE to other servers. One that is in use belongs to its migration; between two it is kept for a
// while, as Redis keeps it.
type migrateTargets struct {
	// views are the places of migrations: one that waits for a slow target must keep no long read from its own.
	views viewPlaces
	mu    sync.Mutex
	idle  map[string]*migrateTarget // by address
}

const (
	idleTargets    = 64
	idleTargetTime = 10 * time.Second
)

// migrateTarget is a connection to one server.
type migrateTarget struct {
	address string
	conn    net.Conn
	in      *bufio.Reader
	// database is the index that is selected there, nil if that isn't known.
	database []byte
	// expiry closes it where it lies idle; closed is for the goroutine that closes it when the server ends.
	expiry *time.Timer
	closed chan struct{}
}

// count is how many connections are kept.
func (p *migrateTargets) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.idle)
}

// take takes a connection that was kept; nil if there is none.
func (p *migrateTargets) take(address string) *migrateTarget {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.idle[address]
	if t != nil {
		t.expiry.Stop()
		delete(p.idle, address)
	}
	return t
}

// keep keeps a connection until somebody takes it, or it was idle for long.
func (p *migrateTargets) keep(t *migrateTarget) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.idle == nil {
		p.idle = map[string]*migrateTarget{}
	}
	for address, other := range p.idle {
		if address == t.address || len(p.idle) >= idleTargets {
			p.drop(other)
		}
	}
	p.idle[t.address] = t
	t.expiry = time.AfterFunc(idleTargetTime, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.idle[t.address] == t {
			p.drop(t)
		}
	})
}

// drop closes a connection that is kept. The lock is held.
func (p *migrateTargets) drop(t *migrateTarget) {
	t.expiry.Stop()
	delete(p.idle, t.address)
	t.close()
}

func (t *migrateTarget) close() {
	close(t.closed)
	t.conn.Close()
}

var errNoHost = errors.New("no host")

// target is a connection to where a migration goes: one that was kept, or a new one.
func (m *migration) target() (*migrateTarget, error) {
	address := net.JoinHostPort(m.host, strconv.Itoa(m.port))
	if t := m.server.targets.take(address); t != nil {
		return t, nil
	}
	if m.host == "" {
		return nil, errNoHost
	}
	ctx, cancel := context.WithTimeout(context.Background(), m.timeout)
	defer cancel()
	m.server.atQuit(ctx.Done(), cancel)
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	t := &migrateTarget{address: address, conn: conn, in: bufio.NewReaderSize(conn, targetLine), closed: make(chan struct{})}
	m.server.atQuit(t.closed, func() { conn.Close() })
	return t, nil
}

// atQuit has something done when the server ends, unless done is closed before.
func (s *Server) atQuit(done <-chan struct{}, do func()) {
	s.goRun(func() {
		select {
		case <-s.quit:
			do()
		case <-done:
		}
	})
}

const (
	// targetLine is the longest line that is read of a target, and targetPiece how much it is sent at a time.
	targetLine  = 1024
	targetPiece = 64 << 10
)

// transfer sends keys of a database and reads the replies: taken are those that the target has taken, or deleted. What went wrong
// stands in errText then. As in Redis a connection that has broken before the first reply is opened once more, unless it was too slow.
func (m *migration) transfer(db datatypes.Reader, keys []movingKey, apart bool) (taken []movingKey) {
	for tries := 1; ; tries++ {
		t, err := m.target()
		if err != nil {
			m.errText = errConnecting
			if errors.Is(err, syscall.ECONNREFUSED) {
				m.errText = errWriting // Redis notices it then
			}
			return nil
		}
		out := targetWriter{target: t, timeout: m.timeout}
		sent := m.send(&out, db, keys, apart)
		errText := errWriting
		first := true
		if out.err == nil {
			errText = errReading
			taken, first, out.err = m.receive(t, sent)
		}
		if out.err == nil {
			m.server.targets.keep(t)
			return taken
		}
		t.close()
		again := tries == 1 && first && !errors.Is(out.err, os.ErrDeadlineExceeded) && !m.server.stopped.Load()
		if again {
			continue
		}
		if m.errText == "" {
			m.errText = errText
		}
		return taken
	}
}

// targetWriter writes commands to a target. The first error stays.
type targetWriter struct {
	target  *migrateTarget
	timeout time.Duration
	buf     []byte
	err     error
}

// command adds a command, and sends what is a piece.
func (w *targetWriter) command(words ...[]byte) {
	if w.err == nil {
		w.buf = resp.AppendCommand(w.buf, words...)
	}
	if len(w.buf) >= targetPiece {
		w.flush()
	}
}

// flush sends all, a piece in the timeout.
func (w *targetWriter) flush() {
	for rest := w.buf; len(rest) > 0 && w.err == nil; {
		piece := rest[:min(len(rest), targetPiece)]
		rest = rest[len(piece):]
		if w.err = w.target.conn.SetWriteDeadline(time.Now().Add(w.timeout)); w.err == nil {
			_, w.err = w.target.conn.Write(piece)
		}
	}
	if w.buf = w.buf[:0]; cap(w.buf) > 2*targetPiece {
		w.buf = nil
	}
}

// send sends the commands; sent are the keys among them. What has expired isn't sent.
func (m *migration) send(out *targetWriter, db datatypes.Reader, keys []movingKey, apart bool) (sent []movingKey) {
	if len(m.credentials) > 0 {
		out.command(append([][]byte{[]byte("AUTH")}, m.credentials...)...)
	}
	if !bytes.Equal(out.target.database, m.database) {
		out.command([]byte("SELECT"), m.database)
	}
	var e datatypes.Entry
	for _, k := range keys {
		if k.gone {
			out.command([]byte("DEL"), k.key)
			sent = append(sent, k)
			continue
		}
		db.Find(&e, k.key, math.MinInt64)
		ttlMs := int64(0)
		if deadlineMs := e.DeadlineMs(); deadlineMs != datatypes.NoDeadline {
			ttlMs = deadlineMs - m.server.clock.nowMs()
			if ttlMs < 0 {
				continue
			}
			ttlMs = max(ttlMs, 1)
		}
		words := [][]byte{[]byte("RESTORE"), k.key, strconv.AppendInt(nil, ttlMs, 10), m.payload(&e, apart)}
		if k.replace {
			words = append(words, []byte("REPLACE"))
		}
		out.command(words...)
		sent = append(sent, k)
		if out.err != nil {
			break
		}
	}
	out.flush()
	return sent
}

// receive reads the replies to what send has sent. first tells that none came for any of the keys.
func (m *migration) receive(t *migrateTarget, sent []movingKey) (taken []movingKey, first bool, err error) {
	var refusal string // of AUTH or SELECT, which goes for every key
	ask := func() (string, error) {
		line, err := t.line(m.timeout)
		if err != nil || line[0] != '-' {
			return "", err
		}
		return line[1:], nil
	}
	if len(m.credentials) > 0 {
		if refusal, err = ask(); err != nil {
			return nil, true, err
		}
	}
	if !bytes.Equal(t.database, m.database) {
		text, err := ask()
		if err != nil {
			return nil, true, err
		}
		if refusal == "" {
			refusal = text
		}
	}
	for i, k := range sent {
		text, err := ask()
		if err != nil {
			return taken, i == 0, err
		}
		if refusal != "" {
			text = refusal
		}
		if text == "" {
			taken = append(taken, k)
		} else if m.errText == "" {
			m.errText = errFromTarget + text
		}
	}
	t.database = m.database
	if m.errText != "" {
		t.database = nil
	}
	return taken, false, nil
}

// line reads a line, or as much of it as is read of one.
func (t *migrateTarget) line(timeout time.Duration) (string, error) {
	if err := t.conn.SetReadDeadline(time.Now().Add(timeout)); err != nil {
		return "", err
	}
	line, err := t.in.ReadSlice('\n')
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
		return "", err
	}
	if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
		return "", io.ErrUnexpectedEOF
	}
	return string(line), nil
}
