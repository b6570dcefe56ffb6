package server

import (
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/tracking"
)

// clientTrackingRows are the subcommands of CLIENT for client-side caching.
func (s *Server) clientTrackingRows() []commands.Row {
	const flags = commands.FlagNoScript | commands.FlagLoading | commands.FlagStale
	return []commands.Row{
		{
			Name: "caching", Arity: 3, Flags: flags,
			ACL: commands.ACLConnection, Group: "connection", Since: "6.0.0",
			Summary:    "Says whether the keys of the next command are tracked.",
			Complexity: "O(1)",
			Syntax:     `mode:<"YES"|"NO">`,
			Handler:    cmdClientCaching,
		},
		{
			Name: "getredir", Arity: 2, Flags: flags,
			ACL: commands.ACLConnection, Group: "connection", Since: "6.0.0",
			Summary:    "Tells which connection gets this one's invalidations.",
			Complexity: "O(1)",
			Handler:    func(c *commands.Call) { c.Reply.Int(clientOf(c).redirection()) },
		},
		{
			Name: "tracking", Arity: -3, Flags: flags,
			ACL: commands.ACLConnection, Group: "connection", Since: "6.0.0",
			Summary:    "Turns invalidation messages for client-side caching on or off.",
			Complexity: "O(1). Some options may introduce additional complexity.",
			Syntax:     `status:<"ON"|"OFF"> [REDIRECT=client-id:integer] [PREFIX=prefix...=] ["BCAST"] ["OPTIN"] ["OPTOUT"] ["NOLOOP"]`,
			Exclusive:  true,
			Handler:    s.cmdClientTracking,
		},
		{
			Name: "trackinginfo", Arity: 2, Flags: flags,
			ACL: commands.ACLConnection, Group: "connection", Since: "6.2.0",
			Summary:    "Tells how the connection's keys are tracked.",
			Complexity: "O(1)",
			Handler:    cmdClientTrackingInfo,
		},
	}
}

// redirection is who is told in the client's place, 0 for nobody else, -1 while it doesn't track.
func (c *client) redirection() int64 {
	if t := c.tracker; t != nil && t.On {
		return t.Redirect
	}
	return -1
}

// trackingOptions is what stands behind CLIENT TRACKING ON or OFF.
type trackingOptions struct {
	tracking.Mode
	redirect int64
	prefixes [][]byte
}

// parseTracking reads the options, each as Redis complains of it: who is redirected to must be there now.
func (s *Server) parseTracking(args [][]byte) (o trackingOptions, errText string) {
	for len(args) > 0 {
		option := args[0]
		args = args[1:]
		switch {
		case commands.IsWord(option, "REDIRECT") && len(args) > 0:
			if o.redirect != 0 {
				return o, "ERR A client can only redirect to a single other client"
			}
			var ok bool
			if o.redirect, ok = commands.ParseInt(args[0]); !ok {
				return o, commands.ErrNotInteger
			}
			if s.clients.get(o.redirect) == nil {
				return o, "ERR The client ID you want redirect to does not exist"
			}
			args = args[1:]
		case commands.IsWord(option, "BCAST"):
			o.Broadcast = true
		case commands.IsWord(option, "OPTIN"):
			o.OptIn = true
		case commands.IsWord(option, "OPTOUT"):
			o.OptOut = true
		case commands.IsWord(option, "NOLOOP"):
			o.NoLoop = true
		case commands.IsWord(option, "PREFIX") && len(args) > 0:
			o.prefixes = append(o.prefixes, args[0])
			args = args[1:]
		default:
			return o, commands.ErrSyntax
		}
	}
	return o, ""
}

// cmdClientTracking answers CLIENT TRACKING ON|OFF [REDIRECT id] [PREFIX prefix ...] [BCAST] [OPTIN] [OPTOUT] [NOLOOP].
func (s *Server) cmdClientTracking(c *commands.Call) {
	o, errText := s.parseTracking(c.Args[3:])
	cl := clientOf(c)
	switch {
	case errText != "":
	case commands.IsWord(c.Args[2], "ON"):
		t := cl.tracker
		if t == nil {
			t = &tracker{}
		}
		if errText = t.Refusal(o.Mode, o.prefixes); errText == "" {
			s.caching.engage()
			cl.tracker = t
			s.caching.clients[cl] = struct{}{}
			s.caching.prefixes.Enable(cl, &t.Client, o.Mode, o.redirect, o.prefixes)
			t.weigh()
		}
	case commands.IsWord(c.Args[2], "OFF"):
		s.untrack(cl)
	default:
		errText = commands.ErrSyntax
	}
	if errText != "" {
		c.Error(errText)
		return
	}
	c.Reply.OK()
}

// cmdClientCaching answers CLIENT CACHING YES|NO.
func cmdClientCaching(c *commands.Call) {
	t := clientOf(c).tracker
	yes := commands.IsWord(c.Args[2], "YES")
	switch {
	case t == nil || !t.On:
		c.Error("ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled")
	case !yes && !commands.IsWord(c.Args[2], "NO"):
		c.Error(commands.ErrSyntax)
	case t.CachingRefusal(yes) != "":
		c.Error(t.CachingRefusal(yes))
	default:
		t.Caching = true
		c.Reply.OK()
	}
}

// cmdClientTrackingInfo answers CLIENT TRACKINGINFO.
func cmdClientTrackingInfo(c *commands.Call) {
	t := clientOf(c).tracker
	if t == nil {
		t = &tracker{}
	}
	r := c.Reply
	r.Map(3)
	r.BulkString("flags")
	flags := t.flags()
	r.Set(len(flags))
	for _, flag := range flags {
		r.BulkString(flag)
	}
	r.BulkString("redirect")
	r.Int(clientOf(c).redirection())
	r.BulkString("prefixes")
	r.Array(len(t.Prefixes()))
	for _, prefix := range t.Prefixes() {
		r.BulkString(prefix)
	}
}

// appendLetters appends those of CLIENT LIST.
func (t *tracker) appendLetters(letters []byte) []byte {
	if t.On {
		letters = append(letters, 't')
	}
	if t.Broken {
		letters = append(letters, 'R')
	}
	if t.Broadcast {
		letters = append(letters, 'B')
	}
	return letters
}

// flags are the words of CLIENT TRACKINGINFO.
func (t *tracker) flags() []string {
	flags := []string{"off"}
	if t.On {
		flags[0] = "on"
	}
	for _, flag := range []struct {
		word string
		set  bool
	}{
		{"bcast", t.Broadcast},
		{"optin", t.OptIn},
		{"caching-yes", t.OptIn && t.Caching},
		{"optout", t.OptOut},
		{"caching-no", t.OptOut && t.Caching},
		{"noloop", t.NoLoop},
		{"broken_redirect", t.Broken},
	} {
		if flag.set {
			flags = append(flags, flag.word)
		}
	}
	return flags
}
