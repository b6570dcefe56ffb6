package wire

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Reply is one reply of a server.
type Reply struct {
	Raw   []byte  // its bytes, attributes before it included
	Kind  byte    // the first byte of RESP: + - : $ * _ , # ( ! = % ~ >
	Text  string  // of a scalar: what stands between the header and the line's end
	Null  bool    // $-1, *-1 and _
	Items []Reply // of an aggregate; of a map the keys and values in turn
}

const (
	maxDepth      = 64
	maxItems      = 1 << 24
	maxBulkBytes  = 1 << 30
	maxAttributes = 16 // before one reply
)

// ReadReply reads one reply. An error tells of bytes that are no RESP, or of the connection's end.
func ReadReply(r *bufio.Reader) (Reply, error) {
	var reply Reply
	err := reply.read(r, 0)
	return reply, err
}

func (reply *Reply) read(r *bufio.Reader, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("a reply deeper than %d", maxDepth)
	}
	for range maxAttributes {
		line, err := reply.line(r)
		if err != nil {
			return err
		}
		reply.Kind = line[0]
		if err := reply.body(r, line[1:], depth); err != nil {
			return err
		}
		if reply.Kind != '|' {
			return nil
		}
		reply.Items, reply.Text = nil, ""
	}
	return fmt.Errorf("more than %d attributes before a reply", maxAttributes)
}

// line takes a header line, which stays in Raw, and gives it without its end.
func (reply *Reply) line(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	reply.Raw = append(reply.Raw, line...)
	if err != nil {
		return "", err
	}
	text, ok := strings.CutSuffix(line, "\r\n")
	if !ok || text == "" {
		return "", fmt.Errorf("no RESP: the line %q", line)
	}
	return text, nil
}

func (reply *Reply) body(r *bufio.Reader, header string, depth int) error {
	switch reply.Kind {
	case '+', '-', ':', ',', '#', '(':
		reply.Text = header
		return nil
	case '_':
		reply.Null = true
		return nil
	case '$', '!', '=':
		return reply.bulk(r, header)
	case '*', '%', '~', '>', '|':
		return reply.aggregate(r, header, depth)
	}
	return fmt.Errorf("no RESP: a reply of the kind %q", reply.Kind)
}

func (reply *Reply) bulk(r *bufio.Reader, header string) error {
	size, err := reply.length(header, maxBulkBytes)
	if err != nil || reply.Null {
		return err
	}
	body := make([]byte, size+2)
	if _, err := io.ReadFull(r, body); err != nil {
		return err
	}
	if string(body[size:]) != "\r\n" {
		return fmt.Errorf("no RESP: a bulk of %d bytes ends with %q", size, body[size:])
	}
	reply.Text = string(body[:size])
	reply.Raw = append(reply.Raw, body...)
	return nil
}

func (reply *Reply) aggregate(r *bufio.Reader, header string, depth int) error {
	count, err := reply.length(header, maxItems)
	if err != nil || reply.Null {
		return err
	}
	if reply.Kind == '%' || reply.Kind == '|' {
		count *= 2
	}
	for range count {
		var item Reply
		if err := item.read(r, depth+1); err != nil {
			return err
		}
		reply.Items = append(reply.Items, item)
		reply.Raw = append(reply.Raw, item.Raw...)
	}
	return nil
}

func (reply *Reply) length(header string, limit int) (int, error) {
	if header == "-1" && (reply.Kind == '$' || reply.Kind == '*') {
		reply.Null = true
		return 0, nil
	}
	n, err := strconv.Atoi(header)
	if err != nil || n < 0 || n > limit {
		return 0, fmt.Errorf("no RESP: the length %q after %q", header, reply.Kind)
	}
	return n, nil
}

// Aggregate tells whether the reply holds replies.
func (reply *Reply) Aggregate() bool { return strings.IndexByte("*%~>", reply.Kind) >= 0 }

// IsError tells whether the reply is an error.
func (reply *Reply) IsError() bool { return reply.Kind == '-' || reply.Kind == '!' }

// String shows the reply as its bytes, a line of RESP a line.
func (reply *Reply) String() string { return Readable(reply.Raw) }

// Readable shows bytes of RESP, a line a line; what can't be printed is escaped.
func Readable(raw []byte) string {
	var b strings.Builder
	for line := range strings.SplitAfterSeq(string(raw), "\r\n") {
		if line == "" {
			continue
		}
		quoted := strconv.Quote(strings.TrimSuffix(line, "\r\n"))
		b.WriteString(quoted[1 : len(quoted)-1])
		if !strings.HasSuffix(line, "\r\n") {
			b.WriteString(" (no line end)")
		}
		b.WriteByte('\n')
	}
	return b.String()
}
