package server

import (
	"errors"
	"io"
)

// pieceBytes is how much of a file waits to be sent to one client at a time.
const pieceBytes = 256 << 10

// errClientGone ends a transfer whose client has gone.
var errClientGone = errors.New("the client has gone")

// transfer sends what in yields to a client whose command goes on apart: a piece at a time, the next one when the socket has taken it. Called by
// the goroutine of the rest.
func (c *client) transfer(in io.Reader) error {
	sent := make(chan struct{}, 1)
	for {
		piece := make([]byte, pieceBytes)
		n, err := io.ReadFull(in, piece)
		if n > 0 {
			c.loop.post(func() { c.loop.sendPiece(c, piece[:n], sent) })
			select {
			case <-sent:
			case <-c.loop.server.quit:
			}
			if c.traffic.gone.Load() || c.loop.server.stopped.Load() {
				return errClientGone
			}
		}
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// sendPiece sends a piece behind the client's replies; sent is told when the client has taken all of it, or is gone.
func (l *loop) sendPiece(c *client, piece []byte, sent chan struct{}) {
	if c.marks.closing {
		sent <- struct{}{}
		return
	}
	c.sent = sent
	c.reply.Raw(piece)
	l.touch(c)
}

// tellSent tells a transfer that nothing waits to be sent any more.
func (c *client) tellSent() {
	if c.sent != nil {
		c.sent <- struct{}{}
		c.sent = nil
	}
}
