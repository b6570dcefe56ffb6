package server

import (
	"fmt"
	"math"
	"slices"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

// connectionRows are the commands by which a connection begins and ends.
func (s *Server) connectionRows() []commands.Row {
	return []commands.Row{
		{
			Name: "ping", Arity: -1, Flags: commands.FlagFast | commands.FlagSubscriber,
			ACL: commands.ACLConnection, Group: "connection", Since: "1.0.0",
			Summary:    "Answers PONG, or its argument.",
			Complexity: "O(1)",
			Tips:       []string{"request_policy:all_shards", "response_policy:all_succeeded"},
			Syntax:     `[message]`,
			Handler:    cmdPing,
		},
		{
			Name: "auth", Arity: -2, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale | commands.FlagFast | commands.FlagNoAuth | commands.FlagAllowBusy,
			ACL: commands.ACLConnection, Group: "connection", Since: "1.0.0",
			Summary:    "Authenticates the connection.",
			Complexity: "O(N) where N is the number of passwords defined for the user",
			History:    []commands.Change{{Version: "6.0.0", What: "Added ACL style (username and password)."}},
			Syntax:     `[username@6.0.0] password`,
			Handler:    s.cmdAuth,
		},
		{
			Name: "hello", Arity: -1, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale | commands.FlagFast | commands.FlagNoAuth | commands.FlagAllowBusy,
			ACL: commands.ACLConnection, Group: "connection", Since: "6.0.0",
			Summary:    "Chooses the protocol's version, and may authenticate and name the connection.",
			Complexity: "O(1)",
			History:    []commands.Change{{Version: "6.2.0", What: "`protover` made optional; when called without arguments the command reports the current connection's context."}},
			Syntax:     `[arguments:{protover:integer [AUTH=username_password:{username password}] [SETNAME=clientname]}]`,
			Handler:    s.cmdHello,
		},
		{
			Name: "reset", Arity: 1, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale | commands.FlagFast | commands.FlagNoAuth | commands.FlagAllowBusy | commands.FlagUnqueued | commands.FlagSubscriber,
			ACL: commands.ACLConnection, Group: "connection", Since: "6.2.0",
			Summary:    "Makes the connection as if it were new.",
			Complexity: "O(1)",
			Exclusive:  true,
			Handler:    s.cmdReset,
		},
		{
			Name: "quit", Arity: -1, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale | commands.FlagFast | commands.FlagNoAuth | commands.FlagAllowBusy | commands.FlagUnqueued | commands.FlagSubscriber,
			ACL: commands.ACLConnection, Group: "connection", Since: "1.0.0",
			Summary:    "Closes the connection.",
			Complexity: "O(1)",
			Handler:    cmdQuit,
		},
	}
}

const (
	errWrongPass   = "WRONGPASS invalid username-password pair or user is disabled."
	errNoPassword  = "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?"
	errHelloNoAuth = "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> " +
		"option can be used to authenticate the client and select the RESP protocol version at the same time"
	errClientName = "ERR Client names cannot contain spaces, newlines or special characters."
)

// redisVersion is the Redis whose behaviour clients may count on; some branch on it (RQ, Sidekiq, BullMQ want 7.2).
const redisVersion = "7.2.4"

// cmdPing answers PING [message].
func cmdPing(c *commands.Call) {
	switch subscriber := clientOf(c).subscriber(); {
	case len(c.Args) > 2:
		c.WrongArgs()
	case subscriber:
		c.Reply.Array(2)
		c.Reply.BulkString("pong")
		if len(c.Args) == 1 {
			c.Reply.BulkString("")
		} else {
			c.Reply.Bulk(c.Args[1])
		}
	case len(c.Args) == 1:
		c.Reply.Status("PONG")
	default:
		c.Reply.Bulk(c.Args[1])
	}
}

// cmdQuit answers QUIT.
func cmdQuit(c *commands.Call) {
	c.Reply.OK()
	c.Client.CloseAfterReply()
}

// cmdAuth answers AUTH [user] password.
func (s *Server) cmdAuth(c *commands.Call) {
	if len(c.Args) > 3 {
		c.Error(commands.ErrSyntax)
		return
	}
	user, password := []byte(defaultUser), c.Args[1]
	for i := 1; i < len(c.Args); i++ {
		c.Redact(i)
	}
	switch {
	case len(c.Args) == 3:
		user, password = c.Args[1], c.Args[2]
	case s.access.open.Load():
		c.Error(errNoPassword)
		return
	}
	if !s.authenticate(c, user, password) {
		c.Error(errWrongPass)
		return
	}
	c.Reply.OK()
}

// authenticate makes the connection the user's if the password is right; ACL LOG keeps the others.
func (s *Server) authenticate(c *commands.Call, user, password []byte) bool {
	cl := clientOf(c)
	if !s.access.admits(user, password) {
		s.aclLog.add(aclEntry{object: string(c.Args[0]), user: string(user), lastMs: c.NowMs, client: cl.describe()})
		return false
	}
	cl.session.user, cl.session.authenticated = string(user), true
	return true
}

// validName tells whether a word may stand in CLIENT LIST as a name.
func validName(name []byte) bool {
	return !slices.ContainsFunc(name, func(b byte) bool { return b < '!' || b > '~' })
}

// cmdHello answers HELLO [version [AUTH user password] [SETNAME name]]. As in Redis each option takes effect as it is read, even if a later
// one fails.
func (s *Server) cmdHello(c *commands.Call) {
	var version int64
	if len(c.Args) > 1 {
		var ok bool
		if version, ok = commands.ParseInt(c.Args[1]); !ok {
			c.Error("ERR Protocol version is not an integer or out of range")
			return
		}
		if version < 2 || version > 3 {
			c.Error("NOPROTO unsupported protocol version")
			return
		}
	}
	for i := 2; i < len(c.Args); {
		used, errText := s.helloOption(c, i)
		if errText != "" {
			c.Error(errText)
			return
		}
		i += used
	}
	if !clientOf(c).session.authenticated {
		c.Error(errHelloNoAuth)
		return
	}
	if version != 0 {
		c.Reply.SetProto(int(version))
	}
	s.replyHello(c)
}

// helloOption does the option at index i and tells how many words it used.
func (s *Server) helloOption(c *commands.Call, i int) (used int, errText string) {
	option, rest := c.Args[i], c.Args[i+1:]
	switch {
	case commands.IsWord(option, "AUTH") && len(rest) >= 2:
		c.Redact(i + 1)
		c.Redact(i + 2)
		if !s.authenticate(c, rest[0], rest[1]) {
			return 0, errWrongPass
		}
		return 3, ""
	case commands.IsWord(option, "SETNAME") && len(rest) >= 1:
		if !validName(rest[0]) {
			return 0, errClientName
		}
		clientOf(c).session.name = string(rest[0])
		return 2, ""
	}
	return 0, fmt.Sprintf("ERR Syntax error in HELLO option '%s'", cString(option, math.MaxInt))
}

func (s *Server) replyHello(c *commands.Call) {
	r := c.Reply
	r.Map(7)
	r.BulkString("server")
	r.BulkString("redis")
	r.BulkString("version")
	r.BulkString(redisVersion)
	r.BulkString("proto")
	r.Int(int64(r.Proto()))
	r.BulkString("id")
	r.Int(clientOf(c).id)
	r.BulkString("mode")
	r.BulkString("standalone")
	r.BulkString("role")
	r.BulkString("master")
	r.BulkString("modules")
	r.Array(0)
}

// cmdReset answers RESET.
func (s *Server) cmdReset(c *commands.Call) {
	cl := clientOf(c)
	if cl.session.replica != nil {
		c.Error("ERR can only reset normal connections")
		return
	}
	s.discard(cl)
	s.untrack(cl)
	s.pubsub.Forget(cl)
	s.unmonitor(cl)
	kept := cl.session
	cl.session = session{user: defaultUser, authenticated: s.access.open.Load(), created: kept.created, last: kept.last,
		libName: kept.libName, libVersion: kept.libVersion, noEvict: kept.noEvict}
	c.Reply.SetProto(2)
	c.Reply.Mute(false)
	c.Reply.Status("RESET")
}
