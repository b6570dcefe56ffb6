package wire

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// DefaultTimeout bounds each write and each reply.
const DefaultTimeout = 10 * time.Second

// Conn is a connection to a server. It is not safe for concurrent use.
type Conn struct {
	net.Conn
	reader  *bufio.Reader
	timeout time.Duration
}

// Dial connects to a TCP address.
func Dial(addr string) (*Conn, error) {
	conn, err := net.DialTimeout("tcp", addr, DefaultTimeout)
	if err != nil {
		return nil, err
	}
	return &Conn{Conn: conn, reader: bufio.NewReader(conn), timeout: DefaultTimeout}, nil
}

// SetTimeout bounds each write and each reply from now on.
func (c *Conn) SetTimeout(d time.Duration) { c.timeout = d }

// Frame is a command as clients send it.
func Frame(words ...string) []byte {
	frame := fmt.Appendf(nil, "*%d\r\n", len(words))
	for _, word := range words {
		frame = fmt.Appendf(frame, "$%d\r\n%s\r\n", len(word), word)
	}
	return frame
}

// Send writes bytes as they are.
func (c *Conn) Send(raw []byte) error {
	if err := c.SetWriteDeadline(time.Now().Add(c.timeout)); err != nil {
		return err
	}
	_, err := c.Write(raw)
	return err
}

// Receive reads one reply.
func (c *Conn) Receive() (Reply, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.timeout)); err != nil {
		return Reply{}, err
	}
	return ReadReply(c.reader)
}

// ReceiveFile reads the answer to SYNC: a length and so many bytes, with no end of line behind them. Servers keep the connection alive with
// empty lines before it.
func (c *Conn) ReceiveFile() ([]byte, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.timeout)); err != nil {
		return nil, err
	}
	line := "\n"
	for line == "\n" {
		var err error
		if line, err = c.reader.ReadString('\n'); err != nil {
			return nil, err
		}
	}
	var size int
	if n, _ := fmt.Sscanf(line, "$%d\r\n", &size); n != 1 || size < 0 || size > maxBulkBytes {
		return nil, fmt.Errorf("no file: the line %q", line)
	}
	file := make([]byte, size)
	_, err := io.ReadFull(c.reader, file)
	return file, err
}

// Do sends a command and reads one reply. A reply that is an error is no error of Do.
func (c *Conn) Do(words ...string) (Reply, error) {
	if err := c.Send(Frame(words...)); err != nil {
		return Reply{}, err
	}
	return c.Receive()
}

// Rest reads until the server closes the connection. A reset counts as closing.
func (c *Conn) Rest() ([]byte, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.timeout)); err != nil {
		return nil, err
	}
	rest, err := io.ReadAll(c.reader)
	if errors.Is(err, syscall.ECONNRESET) {
		err = nil
	}
	return rest, err
}

// Silent tells whether nothing arrives for a while. Bytes that arrive stay to be read.
func (c *Conn) Silent(d time.Duration) (bool, error) {
	if err := c.SetReadDeadline(time.Now().Add(d)); err != nil {
		return false, err
	}
	_, err := c.reader.Peek(1)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return true, nil
	}
	return false, err
}
