package server

import (
	"math"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

// clientClass is a kind of client that CLIENT LIST and KILL choose by.
type clientClass int8

const (
	anyClass clientClass = iota - 1
	normalClient
	replicaClient
	pubSubClient
	masterClient
)

// classNamed finds the class that TYPE names.
func classNamed(word []byte) (clientClass, bool) {
	switch {
	case commands.IsWord(word, "NORMAL"):
		return normalClient, true
	case commands.IsWord(word, "SLAVE"), commands.IsWord(word, "REPLICA"):
		return replicaClient, true
	case commands.IsWord(word, "PUBSUB"):
		return pubSubClient, true
	case commands.IsWord(word, "MASTER"):
		return masterClient, true
	}
	return anyClass, false
}

// class is the client's. Its loop may ask, or who holds the section.
func (c *client) class() clientClass {
	switch {
	case c.session.replica != nil:
		return replicaClient
	case c.subscribed():
		return pubSubClient
	}
	return normalClient
}

// cmdClientInfo answers CLIENT INFO.
func cmdClientInfo(c *commands.Call) {
	c.Reply.Verbatim("txt", string(append(clientOf(c).appendDescription(nil, c.NowMs, argumentBytes(c.Args)), '\n')))
}

// cmdClientList answers CLIENT LIST [TYPE class] [ID id ...]; Redis 7.0 knows only one of both.
func (s *Server) cmdClientList(c *commands.Call) {
	args := c.Args[2:]
	switch {
	case len(args) == 0:
		s.replyClients(c, s.clients.all(), anyClass)
	case len(args) == 2 && commands.IsWord(args[0], "TYPE"):
		class, ok := classNamed(args[1])
		if !ok {
			c.Errorf("ERR Unknown client type '%s'", cString(args[1], math.MaxInt))
			return
		}
		s.replyClients(c, s.clients.all(), class)
	case len(args) > 1 && commands.IsWord(args[0], "ID"):
		var chosen []*client
		for _, word := range args[1:] {
			id, ok := commands.ParseInt(word)
			if !ok {
				c.Error("ERR Invalid client ID")
				return
			}
			if other := s.clients.get(id); other != nil {
				chosen = append(chosen, other)
			}
		}
		s.replyClients(c, chosen, anyClass)
	default:
		c.Error(commands.ErrSyntax)
	}
}

// replyClients describes clients, a line each.
func (s *Server) replyClients(c *commands.Call, clients []*client, class clientClass) {
	text := make([]byte, 0, len(clients)*descriptionBytes)
	for _, other := range clients {
		if class != anyClass && other.class() != class {
			continue
		}
		bytes := 0
		if other == clientOf(c) {
			bytes = argumentBytes(c.Args)
		}
		text = append(other.appendDescription(text, c.NowMs, bytes), '\n')
	}
	c.Reply.Verbatim("txt", string(text))
}

// argumentBytes is how long the words of a command are, together.
func argumentBytes(args [][]byte) int {
	sum := 0
	for _, arg := range args {
		sum += len(arg)
	}
	return sum
}

// keptWordsBytes is what words take that are kept, with the list of them.
func keptWordsBytes(words [][]byte) int64 {
	const sliceBytes = 24
	return int64(argumentBytes(words) + len(words)*sliceBytes)
}

// clientFilter is what CLIENT KILL chooses by; zero values and anyClass choose everybody.
type clientFilter struct {
	id          int64
	class       clientClass
	user        string
	addr, laddr []byte
	skipSelf    bool
}

func (f *clientFilter) fits(c *client) bool {
	switch {
	case f.addr != nil && string(f.addr) != c.conn.RemoteAddr(),
		f.laddr != nil && string(f.laddr) != c.conn.LocalAddr(),
		f.class != anyClass && f.class != c.class(),
		f.id != 0 && f.id != c.id,
		f.user != "" && f.user != c.session.user:
		return false
	}
	return true
}

// parseKillFilter reads CLIENT KILL's pairs of option and value.
func parseKillFilter(args [][]byte) (f clientFilter, errText string) {
	f = clientFilter{class: anyClass, skipSelf: true}
	for ; len(args) >= 2; args = args[2:] {
		option, value := args[0], args[1]
		var ok bool
		switch {
		case commands.IsWord(option, "ID"):
			if f.id, ok = commands.ParseInt(value); !ok || f.id < 1 {
				return f, "ERR client-id should be greater than 0"
			}
		case commands.IsWord(option, "TYPE"):
			if f.class, ok = classNamed(value); !ok {
				return f, "ERR Unknown client type '" + string(cString(value, math.MaxInt)) + "'"
			}
		case commands.IsWord(option, "ADDR"):
			f.addr = value
		case commands.IsWord(option, "LADDR"):
			f.laddr = value
		case commands.IsWord(option, "USER"):
			if f.user = string(value); f.user != defaultUser {
				return f, "ERR No such user '" + string(cString(value, math.MaxInt)) + "'"
			}
		case commands.IsWord(option, "SKIPME"):
			if f.skipSelf = commands.IsWord(value, "YES"); !f.skipSelf && !commands.IsWord(value, "NO") {
				return f, commands.ErrSyntax
			}
		default:
			return f, commands.ErrSyntax
		}
	}
	if len(args) > 0 {
		return f, commands.ErrSyntax
	}
	return f, ""
}

// cmdClientKill answers CLIENT KILL addr, its old form, and CLIENT KILL option value ....
func (s *Server) cmdClientKill(c *commands.Call) {
	if len(c.Args) == 3 {
		if s.killClients(clientOf(c), &clientFilter{class: anyClass, addr: c.Args[2]}) == 0 {
			c.Error("ERR No such client")
		} else {
			c.Reply.OK()
		}
		return
	}
	filter, errText := parseKillFilter(c.Args[2:])
	if errText != "" {
		c.Error(errText)
		return
	}
	c.Reply.Int(int64(s.killClients(clientOf(c), &filter)))
}

// killClients ends the clients that fit, the asking one once its reply is sent, and returns their number. In the section.
func (s *Server) killClients(self *client, f *clientFilter) int {
	killed := 0
	for _, c := range s.clients.all() {
		if !f.fits(c) || c == self && f.skipSelf {
			continue
		}
		killed++
		if c == self {
			c.CloseAfterReply()
		} else {
			s.kill(c, self.loop)
		}
	}
	return killed
}

// kill ends a client: none of its commands run any more, whatever its loop has read of them already. In the section, which running, the
// loop that asks, holds.
func (s *Server) kill(c *client, running *loop) {
	c.session.killed = true
	s.clients.remove(c)
	s.forgetKilled(c)
	if c.loop == running {
		c.loop.close(c)
	} else {
		c.loop.post(func() { c.loop.close(c) })
	}
}
