package memcache

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Peer is whom a script talks to: Dial gives a connection to it.
type Peer interface {
	Dial(t testing.TB) net.Conn
}

// Address is a peer at an address.
type Address string

// Dial implements Peer.
func (a Address) Dial(t testing.TB) net.Conn {
	conn, err := net.Dial("tcp", string(a))
	require.NoError(t, err)
	return conn
}

// Scripts runs every script of this package with both peers made anew for each, and compares what they answer.
func Scripts(t *testing.T, folder string, ours, theirs func(t testing.TB) Peer) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			Compare(t, string(text), ours(t), theirs(t))
		})
	}
}

// Compare runs a script with both and compares what they answer.
func Compare(t testing.TB, script string, ours, theirs Peer) {
	a, b := newTalk(t, ours), newTalk(t, theirs)
	defer a.close()
	defer b.close()
	for number, line := range strings.Split(script, "\n") {
		command, text, _ := strings.Cut(line, " ")
		switch command {
		case "", "#":
		case ">":
			a.send(text + "\\r\\n")
			b.send(text + "\\r\\n")
		case ">>":
			a.send(text)
			b.send(text)
		case "?", "@closed":
			sent := a.sent
			theirs, ours := b.receive(command == "@closed"), a.receive(command == "@closed")
			require.Equal(t, theirs, ours, "line %d, after %.300q", number+1, sent)
		case "@new":
			a.close()
			b.close()
			a.dial()
			b.dial()
		case "@wait":
			seconds, err := strconv.ParseFloat(text, 64)
			require.NoError(t, err)
			time.Sleep(time.Duration(seconds * float64(time.Second))) // what is compared is what time does
		default:
			require.FailNow(t, "no such command", "line %d: %q", number+1, line)
		}
	}
}

// talk is one side of a conversation.
type talk struct {
	t    testing.TB
	peer Peer
	conn net.Conn
	// sent is what was sent since the last answers were read.
	sent []byte
	// numbers are those that were met, in their order.
	numbers []string
}

// timeout bounds each answer.
const timeout = 10 * time.Second

func newTalk(t testing.TB, p Peer) *talk {
	c := &talk{t: t, peer: p}
	c.dial()
	return c
}

func (c *talk) dial() { c.conn, c.sent = c.peer.Dial(c.t), nil }

func (c *talk) close() { c.conn.Close() }

var (
	repeated = regexp.MustCompile(`\{(.)\*(\d+)\}`)
	variable = regexp.MustCompile(`\$(\d+)`)
)

// send sends text of a script.
func (c *talk) send(text string) {
	text = repeated.ReplaceAllStringFunc(text, func(match string) string {
		parts := repeated.FindStringSubmatch(match)
		n, _ := strconv.Atoi(parts[2])
		return strings.Repeat(parts[1], n)
	})
	text = variable.ReplaceAllStringFunc(text, func(match string) string {
		n, _ := strconv.Atoi(match[1:])
		require.LessOrEqual(c.t, n, len(c.numbers), "no number $%d yet", n)
		return c.numbers[n-1]
	})
	raw, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
	require.NoError(c.t, err, "%q", text)
	c.sent = append(c.sent, raw...)
	c.conn.SetWriteDeadline(time.Now().Add(timeout))
	_, err = c.conn.Write([]byte(raw))
	if err != nil && !errors.Is(err, net.ErrClosed) {
		c.t.Logf("writing: %v", err) // the server has closed the connection, which the script says further on
	}
}

// ask is sent where answers are read, and end is what they are known to end with then.
const (
	ask = "mg end-of-answers k\r\n"
	end = "EN kend-of-answers\r\n"
)

// receive reads the answers to what was sent.
func (c *talk) receive(closed bool) string {
	if !closed {
		c.conn.Write([]byte(ask))
	}
	var got []byte
	room := make([]byte, 64<<10)
	for closed || !bytes.HasSuffix(got, []byte(end)) {
		c.conn.SetReadDeadline(time.Now().Add(timeout))
		n, err := c.conn.Read(room)
		got = append(got, room[:n]...)
		if err != nil {
			if closed && !errors.Is(err, os.ErrDeadlineExceeded) {
				break
			}
			require.FailNow(c.t, "no answer", "%v, after %.300q and %.300q", err, c.sent, got)
		}
	}
	c.sent = nil
	return c.hide(string(got))
}

var (
	valueNumber = regexp.MustCompile(`(?m)^(VALUE \S+ \d+ \d+ )(\d+)\r$`)
	flagNumber  = regexp.MustCompile(`(?m)^((?:HD|VA|EX|NS|NF)[^\r]* c)(\d+)`)
	meNumber    = regexp.MustCompile(`(?m)^(ME [^\r]*cas=)(\d+)`)
	timeLeft    = regexp.MustCompile(`(?m)^((?:HD|VA)[^\r]* t)(\d\d+)`)
	meHidden    = regexp.MustCompile(`(?m)^(ME [^\r]*)fetch=\w+ cls=\d+ size=\d+`)
)

// hide puts the numbers' names in their places.
func (c *talk) hide(answer string) string {
	for _, form := range []*regexp.Regexp{valueNumber, flagNumber, meNumber} {
		answer = form.ReplaceAllStringFunc(answer, func(match string) string {
			parts := form.FindStringSubmatch(match)
			if parts[2] == "0" {
				return match
			}
			for i, number := range c.numbers {
				if number == parts[2] {
					return parts[1] + fmt.Sprint("$", i+1) + tail(match)
				}
			}
			c.numbers = append(c.numbers, parts[2])
			return parts[1] + fmt.Sprint("$", len(c.numbers)) + tail(match)
		})
	}
	answer = timeLeft.ReplaceAllStringFunc(answer, func(match string) string {
		parts := timeLeft.FindStringSubmatch(match)
		n, _ := strconv.Atoi(parts[2])
		return parts[1] + strconv.Itoa((n+9)/10*10) // memcached's clock goes by whole seconds
	})
	return meHidden.ReplaceAllString(answer, "${1}fetch=. cls=. size=.")
}

// tail is the line end that a form has matched too.
func tail(match string) string {
	if strings.HasSuffix(match, "\r") {
		return "\r"
	}
	return ""
}

// Pipe is a connection that a function answers.
type Pipe struct {
	net.Conn
	answer func(sent []byte) (answered []byte, closed bool)
	got    []byte
	closed bool
}

// NewPipe makes one: answer is handed what is written, and what it returns is read.
func NewPipe(answer func(sent []byte) (answered []byte, closed bool)) *Pipe {
	return &Pipe{answer: answer}
}

// Write implements net.Conn.
func (p *Pipe) Write(b []byte) (int, error) {
	if p.closed {
		return 0, net.ErrClosed
	}
	var answered []byte
	answered, p.closed = p.answer(b)
	p.got = append(p.got, answered...)
	return len(b), nil
}

// Read implements net.Conn.
func (p *Pipe) Read(b []byte) (int, error) {
	n := copy(b, p.got)
	p.got = p.got[n:]
	switch {
	case n > 0:
		return n, nil
	case p.closed:
		return 0, io.EOF
	}
	return 0, os.ErrDeadlineExceeded
}

// Close implements net.Conn.
func (p *Pipe) Close() error { return nil }

// SetReadDeadline implements net.Conn.
func (p *Pipe) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.Conn.
func (p *Pipe) SetWriteDeadline(time.Time) error { return nil }
