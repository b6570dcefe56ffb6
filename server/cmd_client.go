package server

import (
	"math"

	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// clientRows are CLIENT and its subcommands.
func (s *Server) clientRows() []commands.Row {
	return []commands.Row{
		{
			Name: "client", Arity: -2,
			Group: "connection", Since: "2.4.0",
			Summary:    "Shows and governs connections.",
			Complexity: "Depends on subcommand.",
			Subcommands: append(s.clientTrackingRows(), []commands.Row{
				{
					Name: "getname", Arity: 2, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					ACL: commands.ACLConnection, Group: "connection", Since: "2.6.9",
					Summary:    "Tells the connection's name.",
					Complexity: "O(1)",
					Handler:    cmdClientGetName,
				},
				{
					Name: "help", Arity: 2, Flags: commands.FlagLoading | commands.FlagStale,
					ACL: commands.ACLConnection, Group: "connection", Since: "5.0.0",
					Summary:    "Describes the subcommands.",
					Complexity: "O(1)",
					Handler:    cmdClientHelp,
				},
				{
					Name: "id", Arity: 2, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					ACL: commands.ACLConnection, Group: "connection", Since: "5.0.0",
					Summary:    "Tells the connection's number.",
					Complexity: "O(1)",
					Handler:    cmdClientID,
				},
				{
					Name: "info", Arity: 2, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					ACL: commands.ACLConnection, Group: "connection", Since: "6.2.0",
					Summary:    "Describes the connection.",
					Complexity: "O(1)",
					Tips:       []string{"nondeterministic_output"},
					Handler:    cmdClientInfo,
				},
				{
					Name: "kill", Arity: -3, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					ACL: commands.ACLConnection, Group: "connection", Since: "2.4.0",
					Summary:    "Ends connections.",
					Complexity: "O(N) where N is the number of client connections",
					History: []commands.Change{
						{Version: "2.8.12", What: "Added new filter format."},
						{Version: "2.8.12", What: "`ID` option."},
						{Version: "3.2.0", What: "Added `master` type in for `TYPE` option."},
						{Version: "5.0.0", What: "Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility."},
						{Version: "6.2.0", What: "`LADDR` option."},
					},
					Syntax: `filter:<"ip:port":string!2.8.12|new-format:<[ID=client-id:integer@2.8.12]|
						[TYPE=normal_master_slave_pubsub:<"NORMAL"|"MASTER"@3.2.0|"SLAVE"|"REPLICA"@5.0.0|"PUBSUB">@2.8.12]|
						[USER=username]|[ADDR="ip:port"]|[LADDR="ip:port"@6.2.0]|[SKIPME="yes/no"]>...>`,
					Exclusive: true,
					Handler:   s.cmdClientKill,
				},
				{
					Name: "list", Arity: -2, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					ACL: commands.ACLConnection, Group: "connection", Since: "2.4.0",
					Summary:    "Describes all connections, or a choice of them.",
					Complexity: "O(N) where N is the number of client connections",
					History: []commands.Change{
						{Version: "2.8.12", What: "Added unique client `id` field."},
						{Version: "5.0.0", What: "Added optional `TYPE` filter."},
						{Version: "6.0.0", What: "Added `user` field."},
						{Version: "6.2.0", What: "Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter."},
						{Version: "7.0.0", What: "Added `resp`, `multi-mem`, `rbs` and `rbp` fields."},
						{Version: "7.0.3", What: "Added `ssub` field."},
					},
					Tips: []string{"nondeterministic_output"},
					Syntax: `[TYPE=normal_master_replica_pubsub:<"NORMAL"|"MASTER"|"REPLICA"|"PUBSUB">@5.0.0]
						[ID=id:{client-id:integer...}@6.2.0]`,
					Exclusive: true,
					Handler:   s.cmdClientList,
				},
				{
					Name: "no-evict", Arity: 3, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					ACL: commands.ACLConnection, Group: "connection", Since: "7.0.0",
					Summary:    "Keeps the connection from being evicted for its memory, or no longer.",
					Complexity: "O(1)",
					Syntax:     `enabled:<"ON"|"OFF">`,
					Handler:    cmdClientNoEvict,
				},
				{
					Name: "no-touch", Arity: 3, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					ACL: commands.ACLConnection, Group: "connection", Since: "7.2.0",
					Summary:    "Keeps the connection's commands from refreshing the access time of keys, or no longer.",
					Complexity: "O(1)",
					Syntax:     `enabled:<"ON"|"OFF">`,
					Handler:    cmdClientNoTouch,
				},
				{
					Name: "pause", Arity: -3, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					ACL: commands.ACLConnection, Group: "connection", Since: "2.9.50",
					Summary:    "Holds commands, or writes alone, for a while.",
					Complexity: "O(1)",
					History:    []commands.Change{{Version: "6.2.0", What: "`CLIENT PAUSE WRITE` mode added along with the `mode` option."}},
					Syntax:     `timeout:integer [mode:<"WRITE"|"ALL">@6.2.0]`,
					Exclusive:  true,
					Handler:    s.cmdClientPause,
				},
				{
					Name: "reply", Arity: 3, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					ACL: commands.ACLConnection, Group: "connection", Since: "3.2.0",
					Summary:    "Turns replies to the connection on or off.",
					Complexity: "O(1)",
					Syntax:     `on_off_skip:<"ON"|"OFF"|"SKIP">`,
					Handler:    cmdClientReply,
				},
				{
					Name: "setinfo", Arity: 4, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					ACL: commands.ACLConnection, Group: "connection", Since: "7.2.0",
					Summary:    "Records the name or the version of the client's library.",
					Complexity: "O(1)",
					Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
					Syntax:     `attr:<LIB-NAME=libname|LIB-VER=libver>`,
					Handler:    cmdClientSetInfo,
				},
				{
					Name: "setname", Arity: 3, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					ACL: commands.ACLConnection, Group: "connection", Since: "2.6.9",
					Summary:    "Names the connection.",
					Complexity: "O(1)",
					Syntax:     `connection-name`,
					Handler:    cmdClientSetName,
				},
				{
					Name: "unblock", Arity: -3, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					ACL: commands.ACLConnection, Group: "connection", Since: "5.0.0",
					Summary:    "Ends the waiting of a blocked connection.",
					Complexity: "O(log N) where N is the number of client connections",
					Syntax:     `client-id:integer [timeout_error:<"TIMEOUT"|"ERROR">]`,
					Exclusive:  true,
					Handler:    s.cmdClientUnblock,
				},
				{
					Name: "unpause", Arity: 2, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					ACL: commands.ACLConnection, Group: "connection", Since: "6.2.0",
					Summary:    "Ends a pause.",
					Complexity: "O(N) Where N is the number of paused clients",
					Exclusive:  true,
					Handler:    s.cmdClientUnpause,
				},
			}...),
		},
	}
}

var clientHelp = []string{
	"CACHING (YES|NO)",
	"    Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes.",
	"GETREDIR",
	"    Return the client ID we are redirecting to when tracking is enabled.",
	"GETNAME",
	"    Return the name of the current connection.",
	"ID",
	"    Return the ID of the current connection.",
	"INFO",
	"    Return information about the current client connection.",
	"KILL <ip:port>",
	"    Kill connection made from <ip:port>.",
	"KILL <option> <value> [<option> <value> [...]]",
	"    Kill connections. Options are:",
	"    * ADDR (<ip:port>|<unixsocket>:0)",
	"      Kill connections made from the specified address",
	"    * LADDR (<ip:port>|<unixsocket>:0)",
	"      Kill connections made to specified local address",
	"    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
	"      Kill connections by type.",
	"    * USER <username>",
	"      Kill connections authenticated by <username>.",
	"    * SKIPME (YES|NO)",
	"      Skip killing current connection (default: yes).",
	"LIST [options ...]",
	"    Return information about client connections. Options:",
	"    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
	"      Return clients of specified type.",
	"UNPAUSE",
	"    Stop the current client pause, resuming traffic.",
	"PAUSE <timeout> [WRITE|ALL]",
	"    Suspend all, or just write, clients for <timeout> milliseconds.",
	"REPLY (ON|OFF|SKIP)",
	"    Control the replies sent to the current connection.",
	"SETINFO <option> <value>",
	"    Set client meta attr. Options are:",
	"    * LIB-NAME: the client lib name.",
	"    * LIB-VER: the client lib version.",
	"SETNAME <name>",
	"    Assign the name <name> to the current connection.",
	"UNBLOCK <clientid> [TIMEOUT|ERROR]",
	"    Unblock the specified blocked client.",
	"TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
	"         [OPTIN] [OPTOUT] [NOLOOP]",
	"    Control server assisted client side caching.",
	"TRACKINGINFO",
	"    Report tracking status for the current connection.",
	"NO-EVICT (ON|OFF)",
	"    Protect current client connection from eviction.",
	"NO-TOUCH (ON|OFF)",
	"    Will not touch LRU/LFU stats when this mode is on.",
}

func cmdClientHelp(c *commands.Call) { c.Help(clientHelp...) }

func cmdClientID(c *commands.Call) { c.Reply.Int(clientOf(c).id) }

func cmdClientGetName(c *commands.Call) {
	if name := clientOf(c).session.name; name != "" {
		c.Reply.BulkString(name)
	} else {
		c.Reply.Null()
	}
}

// cmdClientSetName answers CLIENT SETNAME name; an empty name takes it away.
func cmdClientSetName(c *commands.Call) {
	if !validName(c.Args[2]) {
		c.Error(errClientName)
		return
	}
	clientOf(c).session.name = string(c.Args[2])
	c.Reply.OK()
}

// cmdClientSetInfo answers CLIENT SETINFO LIB-NAME|LIB-VER value, of Redis 7.2.
func cmdClientSetInfo(c *commands.Call) {
	session := &clientOf(c).session
	attribute, field := "lib-name", &session.libName
	switch {
	case commands.IsWord(c.Args[2], "LIB-NAME"):
	case commands.IsWord(c.Args[2], "LIB-VER"):
		attribute, field = "lib-ver", &session.libVersion
	default:
		c.Errorf("ERR Unrecognized option '%s'", cString(c.Args[2], math.MaxInt))
		return
	}
	if !validName(c.Args[3]) {
		c.Errorf("ERR %s cannot contain spaces, newlines or special characters.", attribute)
		return
	}
	*field = string(c.Args[3])
	c.Reply.OK()
}

// cmdClientReply answers CLIENT REPLY ON|OFF|SKIP; beginReplies and endReplies apply it.
func cmdClientReply(c *commands.Call) {
	session := &clientOf(c).session
	switch {
	case commands.IsWord(c.Args[2], "ON"):
		session.replies = repliesOn
		c.Reply.Mute(false)
		c.Reply.OK()
	case commands.IsWord(c.Args[2], "OFF"):
		session.replies = repliesOff
		c.Reply.Mute(true) // which a transaction's later commands are, too
	case commands.IsWord(c.Args[2], "SKIP"):
		if session.replies != repliesOff {
			session.replies = repliesSkipNext
		}
	default:
		c.Error(commands.ErrSyntax)
	}
}

func cmdClientNoEvict(c *commands.Call) { setOnOff(c, &clientOf(c).session.noEvict) }

func cmdClientNoTouch(c *commands.Call) { setOnOff(c, &clientOf(c).session.noTouch) }

// setOnOff sets a flag by the third word, ON or OFF.
func setOnOff(c *commands.Call, flag *bool) {
	on := commands.IsWord(c.Args[2], "ON")
	if !on && !commands.IsWord(c.Args[2], "OFF") {
		c.Error(commands.ErrSyntax)
		return
	}
	*flag = on
	c.Reply.OK()
}

// cmdClientUnblock answers CLIENT UNBLOCK id [TIMEOUT|ERROR].
func (s *Server) cmdClientUnblock(c *commands.Call) {
	switch {
	case len(c.Args) > 4:
		c.UnknownSubcommand()
	case len(c.Args) == 4 && !commands.IsWord(c.Args[3], "TIMEOUT") && !commands.IsWord(c.Args[3], "ERROR"):
		c.Error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
	default:
		id, ok := commands.ParseInt(c.Args[2])
		if !ok {
			c.Error(commands.ErrNotInteger)
			return
		}
		other := s.clients.get(id)
		if other == nil || other.session.blocked == nil {
			c.Reply.Int(0)
			return
		}
		answer, errText := other.session.blocked.late, ""
		if len(c.Args) == 4 && commands.IsWord(c.Args[3], "ERROR") {
			errText = "UNBLOCKED client unblocked via CLIENT UNBLOCK"
			answer = func(w *resp.Writer) { w.Error(errText) }
		}
		s.unblock(other, answer, errText)
		c.Reply.Int(1)
	}
}

// cmdClientPause answers CLIENT PAUSE milliseconds [WRITE|ALL].
func (s *Server) cmdClientPause(c *commands.Call) {
	kind := pauseAll
	if len(c.Args) > 4 {
		c.UnknownSubcommand()
		return
	}
	if len(c.Args) == 4 {
		switch {
		case commands.IsWord(c.Args[3], "WRITE"):
			kind = pauseWrites
		case !commands.IsWord(c.Args[3], "ALL"):
			c.Error("ERR CLIENT PAUSE mode must be WRITE or ALL")
			return
		}
	}
	timeoutMs, ok := commands.ParseInt(c.Args[2])
	switch {
	case !ok:
		c.Error("ERR timeout is not an integer or out of range")
	case timeoutMs < 0:
		c.Error("ERR timeout is negative")
	default:
		if timeoutMs > 0 {
			// What overflows lies in the past, as in Redis 7.0.
			timeoutMs += c.NowMs
		}
		s.beginPause(kind, timeoutMs)
		c.Reply.OK()
	}
}

// cmdClientUnpause answers CLIENT UNPAUSE.
func (s *Server) cmdClientUnpause(c *commands.Call) {
	s.endPause()
	c.Reply.OK()
}
