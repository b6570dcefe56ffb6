package server

import (
	"io/fs"
	"slices"
	"time"

	"github.com/cinnabar-db/cinnabar/server/transport"
)

func (s *Server) listenConfig() transport.ListenConfig {
	c := s.config
	return transport.ListenConfig{
		Backlog:          int(c.Int("tcp-backlog")),
		KeepAliveSeconds: int(c.Int("tcp-keepalive")),
		UnixPerm:         fs.FileMode(c.Int("unixsocketperm")),
		Report:           func(err error) { s.log.Warning("%s", err) },
	}
}

// serveListener gives new connections to loops until the listener is closed.
func (s *Server) serveListener(ln *transport.Listener, accept func(transport.Conn)) {
	if err := ln.Serve(accept); err != nil {
		s.log.Warning("Accepting connections on %s ended: %s", ln.Addr(), err)
	}
}

// protectedModeText is what a stranger reads in protected mode.
const protectedModeText = "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the " +
	"default user. In this mode connections are only accepted from the loopback interface. If you want to connect from external " +
	"computers to Redis you may adopt one of the following solutions: 1) Just disable protected mode sending the command 'CONFIG SET " +
	"protected-mode no' from the loopback interface by connecting to Redis from the same host the server is running, however MAKE SURE " +
	"Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you " +
	"can just disable the protected mode by editing the Redis configuration file, and setting the protected mode option to 'no', and " +
	"then restarting the server. 3) If you started the server manually just for testing, restart it with the '--protected-mode no' " +
	"option. 4) Setup a an authentication password for the default user. NOTE: You only need to do one of the above things in order for " +
	"the server to start accepting connections from the outside.\r\n"

// accept takes one connection; it runs on the listener's goroutine.
func (s *Server) accept(conn transport.Conn) {
	c := &client{conn: conn}
	s.admit(c, "-ERR max number of clients reached\r\n", protectedModeText)
}

// acceptItems is accept for memcached's protocol.
func (s *Server) acceptItems(conn transport.Conn) {
	t := &s.items
	c := &client{conn: conn, input: input{items: &itemInput{}}}
	c.session.database = t.database
	t.open.Add(1)
	s.admit(c, "ERROR Too many open connections\r\n", "SERVER_ERROR protected-mode is on and there is no password: only the machine's own "+
		"connections are let in. Set requirepass, or protected-mode no.\r\n")
}

// admit gives a connection to a loop, or refuses it in one of two texts. Either is counted before the other end can see it.
func (s *Server) admit(c *client, tooMany, strange string) {
	set, conn := s.settings.Load(), c.conn
	database := c.session.database
	c.session = session{user: "default", authenticated: s.access.open.Load(), created: time.Now(), database: database}
	c.traffic.lastUseMs.Store(s.clock.nowMs())
	c.loop = slices.MinFunc(s.loops, func(a, b *loop) int { return int(a.load.Load() - b.load.Load()) })
	if !s.clients.add(c, set.maxClients) {
		s.refuse(c, tooMany)
		return
	}
	if set.protectedMode && c.session.authenticated && !conn.Loopback() && !conn.Unix() {
		s.clients.remove(c)
		s.refuse(c, strange)
		return
	}
	s.stats.accepted.Add(1)
	if c.input.items != nil {
		s.items.accepted.Add(1)
	}
	c.loop.load.Add(1)
	c.loop.post(func() { c.loop.adopt(c) })
}

// refuse sends a line and ends the connection.
func (s *Server) refuse(c *client, text string) {
	s.stats.refused.Add(1)
	if c.input.items != nil {
		s.items.open.Add(-1)
		s.items.refused.Add(1)
	}
	c.conn.Write([][]byte{[]byte(text)})
	c.conn.Close()
}
