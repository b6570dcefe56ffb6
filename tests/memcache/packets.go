package memcache

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// noop is sent behind every request, so that one without a response is told from one that is slow.
const noop = 0x0a

// Packets has both answer packets of every kind, and compares what they answer. What is of a further kind than their packets is skipped: stats,
// version and what needs a login.
func Packets(t *testing.T, ours, theirs Peer) {
	a, b := &packets{t: t, peer: ours}, &packets{t: t, peer: theirs}
	a.conn, b.conn = ours.Dial(t), theirs.Dial(t)
	defer func() {
		a.conn.Close()
		b.conn.Close()
	}()
	for i, p := range exchange {
		want, got := b.do(p), a.do(p)
		require.Equal(t, want, got, "packet %d: %+v", i, p)
	}
}

// packets is one side.
type packets struct {
	t    *testing.T
	peer Peer
	conn net.Conn
	// number is that of the last item that was told.
	number uint64
}

// lastNumber stands for the number that was told last.
const lastNumber = 1<<64 - 1

// do sends a packet and shows what comes; behind an end of the connection there is a new one.
func (s *packets) do(p Packet) (answers []string) {
	p.Opaque = 0xabcd
	if p.Number == lastNumber {
		p.Number = s.number
	}
	end := Packet{Opcode: noop, Opaque: 0xeeee}
	s.conn.Write(append(p.Bytes(), end.Bytes()...))
	for {
		got, err := Receive(s.conn)
		if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || err != nil && strings.Contains(err.Error(), "reset") {
			s.conn.Close()
			s.conn = s.peer.Dial(s.t)
			return append(answers, "closed")
		}
		require.NoError(s.t, err, "%v after %+v", errors.Is(err, os.ErrDeadlineExceeded), p)
		if got.Opcode == noop && got.Opaque == end.Opaque {
			return answers
		}
		if got.Number != 0 {
			s.number = got.Number
		}
		answers = append(answers, got.String())
	}
}

// item is the extras of set and its like.
func item(flags, exptime uint32) string { return Extras(flags, exptime) }

// sum is the extras of increment and its like.
func sum(delta, initial uint64, exptime uint32) string { return Extras(delta, initial, exptime) }

const never = 0xffffffff

// Exchange are packets of every kind.
func Exchange() []Packet { return exchange }

var exchange = []Packet{
	{Opcode: 0x00, Key: "none"}, {Opcode: 0x09, Key: "none"}, {Opcode: 0x0c, Key: "none"}, {Opcode: 0x0d, Key: "none"},
	{Opcode: 0x01, Key: "a", Extras: item(5, 0), Value: "value"}, {Opcode: 0x00, Key: "a"}, {Opcode: 0x09, Key: "a"}, {Opcode: 0x0c, Key: "a"},
	{Opcode: 0x0d, Key: "a"}, {Opcode: 0x01, Key: "a", Extras: item(1<<31, 100)}, {Opcode: 0x0c, Key: "a"},
	{Opcode: 0x02, Key: "a", Extras: item(5, 0), Value: "x"}, {Opcode: 0x02, Key: "b", Extras: item(5, 0), Value: "x"},
	{Opcode: 0x03, Key: "none", Extras: item(5, 0), Value: "x"}, {Opcode: 0x03, Key: "b", Extras: item(6, 0), Value: "yy"},
	{Opcode: 0x0e, Key: "b", Value: "z"}, {Opcode: 0x0f, Key: "b", Value: "1"}, {Opcode: 0x0e, Key: "none", Value: "z"},
	{Opcode: 0x0f, Key: "none", Value: "z"}, {Opcode: 0x00, Key: "b"},
	{Opcode: 0x01, Key: "b", Extras: item(1, 0), Value: "first", Number: lastNumber}, {Opcode: 0x00, Key: "b"},
	{Opcode: 0x01, Key: "b", Extras: item(1, 0), Value: "no", Number: 3}, {Opcode: 0x03, Key: "b", Extras: item(1, 0), Value: "no", Number: 3},
	{Opcode: 0x01, Key: "none", Extras: item(1, 0), Value: "no", Number: 3}, {Opcode: 0x02, Key: "none", Extras: item(1, 0), Value: "no", Number: 3},
	{Opcode: 0x0e, Key: "b", Value: "no", Number: 3}, {Opcode: 0x0e, Key: "b", Value: "+", Number: lastNumber}, {Opcode: 0x00, Key: "b"},
	{Opcode: 0x04, Key: "b", Number: 3}, {Opcode: 0x04, Key: "b", Number: lastNumber}, {Opcode: 0x04, Key: "b"}, {Opcode: 0x14, Key: "b"},
	{Opcode: 0x11, Key: "q", Extras: item(0, 0), Value: "quiet"}, {Opcode: 0x12, Key: "q", Extras: item(0, 0), Value: "quiet"},
	{Opcode: 0x13, Key: "none", Extras: item(0, 0), Value: "quiet"}, {Opcode: 0x19, Key: "q", Value: "+"}, {Opcode: 0x1a, Key: "q", Value: "-"},
	{Opcode: 0x19, Key: "none", Value: "+"}, {Opcode: 0x00, Key: "q"}, {Opcode: 0x14, Key: "q"}, {Opcode: 0x14, Key: "q"},
	{Opcode: 0x05, Key: "n", Extras: sum(1, 10, never)}, {Opcode: 0x05, Key: "n", Extras: sum(1, 10, 0)}, {Opcode: 0x05, Key: "n", Extras: sum(1, 10, 0)},
	{Opcode: 0x06, Key: "n", Extras: sum(2, 10, 0)}, {Opcode: 0x06, Key: "n", Extras: sum(200, 10, 0)}, {Opcode: 0x15, Key: "n", Extras: sum(1, 10, 0)},
	{Opcode: 0x16, Key: "m", Extras: sum(1, 10, never)}, {Opcode: 0x05, Key: "n", Extras: sum(1<<64-1, 0, 0)}, {Opcode: 0x05, Key: "n", Extras: sum(1, 0, 0), Number: 3},
	{Opcode: 0x05, Key: "n", Extras: sum(1, 0, 0), Number: lastNumber}, {Opcode: 0x05, Key: "a", Extras: sum(1, 0, 0)}, {Opcode: 0x05, Key: "n", Extras: "short"},
	{Opcode: 0x06, Key: "t", Extras: sum(1, 1<<64-1, 50)}, {Opcode: 0x0c, Key: "t"},
	{Opcode: 0x1c, Key: "a", Extras: Extras(uint32(100))}, {Opcode: 0x1c, Key: "none", Extras: Extras(uint32(100))},
	{Opcode: 0x01, Key: "g", Extras: item(9, 0), Value: "touched"}, {Opcode: 0x1d, Key: "g", Extras: Extras(uint32(100))},
	{Opcode: 0x1e, Key: "g", Extras: Extras(uint32(100))}, {Opcode: 0x23, Key: "g", Extras: Extras(uint32(100))},
	{Opcode: 0x24, Key: "g", Extras: Extras(uint32(100))}, {Opcode: 0x1d, Key: "none", Extras: Extras(uint32(100))},
	{Opcode: 0x1e, Key: "none", Extras: Extras(uint32(100))}, {Opcode: 0x23, Key: "none", Extras: Extras(uint32(100))},
	{Opcode: 0x24, Key: "none", Extras: Extras(uint32(100))},
	{Opcode: 0x0a}, {Opcode: 0x0a, Key: "x"}, {Opcode: 0x0b}, {Opcode: 0x0b, Value: "x"}, {Opcode: 0x10, Key: "nosuch"}, {Opcode: 0x10, Extras: "x"},
	{Opcode: 0x00}, {Opcode: 0x00, Key: "a", Extras: "x"}, {Opcode: 0x00, Key: "a", Value: "x"}, {Opcode: 0x01, Key: "a", Value: "x"},
	{Opcode: 0x01, Extras: item(0, 0), Value: "x"}, {Opcode: 0x04}, {Opcode: 0x04, Key: "a", Value: "x"}, {Opcode: 0x0e, Key: "a", Extras: "x"},
	{Opcode: 0x00, Key: strings.Repeat("k", 250)}, {Opcode: 0x00, Key: strings.Repeat("k", 251)}, {Opcode: 0x01, Key: strings.Repeat("k", 251), Extras: item(0, 0)},
	{Opcode: 0x1b}, {Opcode: 0x99}, {Opcode: 0x20}, {Opcode: 0x21, Key: "PLAIN"}, {Opcode: 0x22, Key: "PLAIN"}, {Opcode: 0x20, Value: "x"},
	{Opcode: 0x01, Key: "l", Extras: item(0, 0), Value: "was"}, {Opcode: 0x01, Key: "l", Extras: item(0, 0), Value: strings.Repeat("x", 1<<20+1)},
	{Opcode: 0x00, Key: "l"}, {Opcode: 0x02, Key: "l", Extras: item(0, 0), Value: strings.Repeat("x", 1<<20+1)},
	{Opcode: 0x0e, Key: "l", Value: strings.Repeat("x", 1<<20+1)}, {Opcode: 0x01, Key: "l", Extras: item(0, 0), Value: strings.Repeat("x", 1<<20-60)},
	{Opcode: 0x01, Key: "l", Extras: item(1, 0), Value: strings.Repeat("x", 1<<20-60)}, {Opcode: 0x00, Key: "l"},
	{Opcode: 0x01, Key: "bin\x00 \xff", Extras: item(0, 0), Value: "\x00\r\n"}, {Opcode: 0x0c, Key: "bin\x00 \xff"},
	{Opcode: 0x08}, {Opcode: 0x00, Key: "a"}, {Opcode: 0x18}, {Opcode: 0x08, Extras: Extras(uint32(0))}, {Opcode: 0x08, Extras: "xx"}, {Opcode: 0x08, Key: "k"},
	{Opcode: 0x07}, {Opcode: 0x17}, {Opcode: 0x07, Key: "x"},
}
