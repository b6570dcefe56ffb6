package server

import (
	"strings"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

const errProtocolType = "ERR Wrong protocol type name. Please use one of the following: " +
	"string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"

// debugProtocol answers DEBUG PROTOCOL type.
func (s *Server) debugProtocol(c *commands.Call) {
	r := c.Reply
	switch kind := strings.ToLower(string(c.Args[2])); kind {
	case "string":
		r.BulkString("Hello World")
	case "integer":
		r.Int(12345)
	case "double":
		r.Double(3.141)
	case "bignum":
		r.BigNumber("1234567999999999999999999999999999999")
	case "null":
		r.Null()
	case "array":
		r.Array(3)
		replyCount(c, 3)
	case "set":
		r.Set(3)
		replyCount(c, 3)
	case "map":
		r.Map(3)
		for i := range int64(3) {
			r.Int(i)
			r.Bool(i == 1)
		}
	case "attrib":
		if r.Proto() >= 3 {
			r.Attribute(1)
			r.BulkString("key-popularity")
			r.Array(2)
			r.BulkString("key:123")
			r.Int(90)
		}
		r.BulkString("Some real reply following the attribute")
	case "push":
		if r.Proto() < 3 {
			c.Error("ERR RESP2 is not supported by this command")
			return
		}
		r.Push(2)
		r.BulkString("server-cpu-usage")
		r.Int(42)
		r.BulkString("Some real reply following the push reply")
	case "verbatim":
		r.Verbatim("txt", "This is a verbatim\nstring")
	case "true", "false":
		r.Bool(kind == "true")
	default:
		c.Error(errProtocolType)
	}
}

// replyCount writes the numbers from 0 to n-1.
func replyCount(c *commands.Call, n int64) {
	for i := range n {
		c.Reply.Int(i)
	}
}
