package memcache

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"
)

// Packet is one of the binary protocol.
type Packet struct {
	Opcode byte
	Key    string
	Extras string
	Value  string
	Opaque uint32
	// Status is a response's, Number that of the item, or the one that it must have.
	Status uint16
	Number uint64
}

// String shows a response; a number is shown as being there or not.
func (p *Packet) String() string {
	return fmt.Sprintf("%02x status %d opaque %x key %q extras %x value %q number %v", p.Opcode, p.Status, p.Opaque, p.Key, p.Extras, p.Value,
		p.Number != 0)
}

// Bytes is the packet as a request.
func (p *Packet) Bytes() []byte {
	b := []byte{0x80, p.Opcode}
	b = binary.BigEndian.AppendUint16(b, uint16(len(p.Key)))
	b = append(b, byte(len(p.Extras)), 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(len(p.Key)+len(p.Extras)+len(p.Value)))
	b = binary.BigEndian.AppendUint32(b, p.Opaque)
	b = binary.BigEndian.AppendUint64(b, p.Number)
	return append(append(append(b, p.Extras...), p.Key...), p.Value...)
}

// Extras packs numbers: of 8 bytes or, if they are uint32, of 4.
func Extras(numbers ...any) string {
	var b []byte
	for _, n := range numbers {
		switch n := n.(type) {
		case uint32:
			b = binary.BigEndian.AppendUint32(b, n)
		case uint64:
			b = binary.BigEndian.AppendUint64(b, n)
		default:
			panic("of no size")
		}
	}
	return string(b)
}

// Receive reads a response.
func Receive(conn net.Conn) (*Packet, error) {
	conn.SetReadDeadline(time.Now().Add(timeout))
	head := make([]byte, 24)
	if _, err := io.ReadFull(conn, head); err != nil {
		return nil, err
	}
	if head[0] != 0x81 {
		return nil, fmt.Errorf("no response begins with %x", head)
	}
	p := &Packet{Opcode: head[1], Status: binary.BigEndian.Uint16(head[6:]), Opaque: binary.BigEndian.Uint32(head[12:]),
		Number: binary.BigEndian.Uint64(head[16:])}
	key, extras := int(binary.BigEndian.Uint16(head[2:])), int(head[4])
	body := make([]byte, binary.BigEndian.Uint32(head[8:]))
	if _, err := io.ReadFull(conn, body); err != nil {
		return nil, err
	}
	if key+extras > len(body) {
		return nil, fmt.Errorf("the body is too small: %x", head)
	}
	p.Extras, p.Key, p.Value = string(body[:extras]), string(body[extras:extras+key]), string(body[extras+key:])
	return p, nil
}
