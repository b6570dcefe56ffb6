package server

import (
	"encoding/hex"
	"fmt"
	"math"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

// aclRows are ACL and its subcommands, for the one user there is.
func (s *Server) aclRows() []commands.Row {
	return []commands.Row{
		{
			Name: "acl", Arity: -2,
			Group: "server", Since: "6.0.0",
			Summary:    "Manages users and their permissions.",
			Complexity: "Depends on subcommand.",
			Subcommands: []commands.Row{
				{
					Name: "cat", Arity: -2, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "6.0.0",
					Summary:    "Lists the ACL categories, or the commands of one.",
					Complexity: "O(1) since the categories and commands are a fixed set.",
					Syntax:     `[categoryname]`,
					Handler:    s.cmdACLCat,
				},
				{
					Name: "deluser", Arity: -3, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "6.0.0",
					Summary:    "Deletes users and ends their connections.",
					Complexity: "O(1) amortized time considering the typical user.",
					Syntax:     `username...`,
					Handler:    cmdACLDelUser,
				},
				{
					Name: "dryrun", Arity: -4, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "7.0.0",
					Summary:    "Tells whether a user could run a command, without running it.",
					Complexity: "O(1).",
					Syntax:     `username command [arg...]`,
					Handler:    s.cmdACLDryRun,
				},
				{
					Name: "genpass", Arity: -2, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "6.0.0",
					Summary:    "Makes a random password.",
					Complexity: "O(1)",
					Syntax:     `[bits:integer]`,
					Handler:    cmdACLGenPass,
				},
				{
					Name: "getuser", Arity: 3, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "6.0.0",
					Summary:    "Describes the rules of a user.",
					Complexity: "O(N). Where N is the number of password, command and pattern rules that the user has.",
					History: []commands.Change{
						{Version: "6.2.0", What: "Added Pub/Sub channel patterns."},
						{Version: "7.0.0", What: "Added selectors and changed the format of key and channel patterns from a list to their rule representation."},
					},
					Syntax:  `username`,
					Handler: s.cmdACLGetUser,
				},
				{
					Name: "help", Arity: 2, Flags: commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "6.0.0",
					Summary:    "Describes the subcommands.",
					Complexity: "O(1)",
					Handler:    cmdACLHelp,
				},
				{
					Name: "list", Arity: 2, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "6.0.0",
					Summary:    "Lists the users as rules that a configuration file takes.",
					Complexity: "O(N). Where N is the number of configured users.",
					Handler:    s.cmdACLList,
				},
				{
					Name: "load", Arity: 2, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "6.0.0",
					Summary:    "Reads the users anew from the ACL file.",
					Complexity: "O(N). Where N is the number of configured users.",
					Handler:    cmdACLNoFile,
				},
				{
					Name: "log", Arity: -2, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "6.0.0",
					Summary:    "Lists the latest denials, or forgets them.",
					Complexity: "O(N) with N being the number of entries shown.",
					Syntax:     `[operation:<count:integer|"RESET">]`,
					Handler:    s.cmdACLLog,
				},
				{
					Name: "save", Arity: 2, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "6.0.0",
					Summary:    "Writes the users to the ACL file.",
					Complexity: "O(N). Where N is the number of configured users.",
					Handler:    cmdACLNoFile,
				},
				{
					Name: "setuser", Arity: -3, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "6.0.0",
					Summary:    "Makes a user or changes one's rules.",
					Complexity: "O(N). Where N is the number of rules provided.",
					History: []commands.Change{
						{Version: "6.2.0", What: "Added Pub/Sub channel patterns."},
						{Version: "7.0.0", What: "Added selectors and key based permissions."},
					},
					Syntax:  `username [rule...]`,
					Handler: cmdACLSetUser,
				},
				{
					Name: "users", Arity: 2, Flags: commands.FlagAdmin | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "6.0.0",
					Summary:    "Lists the names of the users.",
					Complexity: "O(N). Where N is the number of configured users.",
					Handler:    cmdACLUsers,
				},
				{
					Name: "whoami", Arity: 2, Flags: commands.FlagNoScript | commands.FlagLoading | commands.FlagStale,
					Group: "server", Since: "6.0.0",
					Summary:    "Tells the name of the connection's user.",
					Complexity: "O(1)",
					Handler:    cmdACLWhoAmI,
				},
			},
		},
	}
}

const (
	errACLSetUser = "ERR ACL SETUSER is not built yet, there is only the default user, whose password requirepass sets"
	errACLNoFile  = "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER " +
		"command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the " +
		"Redis configuration."
	// genPassBits is the strength of a password that ACL GENPASS makes by default, genPassBitsMax the most it makes.
	genPassBits    = 256
	genPassBitsMax = 4096
)

var aclHelp = []string{
	"CAT [<category>]",
	"    List all commands that belong to <category>, or all command categories",
	"    when no category is specified.",
	"DELUSER <username> [<username> ...]",
	"    Delete a list of users.",
	"DRYRUN <username> <command> [<arg> ...]",
	"    Returns whether the user can execute the given command without executing the command.",
	"GETUSER <username>",
	"    Get the user's details.",
	"GENPASS [<bits>]",
	"    Generate a secure 256-bit user password. The optional `bits` argument can",
	"    be used to specify a different size.",
	"LIST",
	"    Show users details in config file format.",
	"LOAD",
	"    Reload users from the ACL file.",
	"LOG [<count> | RESET]",
	"    Show the ACL log entries.",
	"SAVE",
	"    Save the current config to the ACL file.",
	"SETUSER <username> <attribute> [<attribute> ...]",
	"    Create or modify a user with the specified attributes.",
	"USERS",
	"    List all the registered usernames.",
	"WHOAMI",
	"    Return the current connection username.",
}

func cmdACLHelp(c *commands.Call) { c.Help(aclHelp...) }

func cmdACLWhoAmI(c *commands.Call) { c.Reply.BulkString(clientOf(c).session.user) }

func cmdACLUsers(c *commands.Call) {
	c.Reply.Array(1)
	c.Reply.BulkString(defaultUser)
}

// cmdACLList answers ACL LIST.
func (s *Server) cmdACLList(c *commands.Call) {
	secret := "nopass"
	if !s.access.open.Load() {
		secret = "#" + hex.EncodeToString(s.access.digest[:])
	}
	c.Reply.Array(1)
	c.Reply.BulkString("user " + defaultUser + " on " + secret + " ~* &* +@all")
}

// cmdACLGetUser answers ACL GETUSER user.
func (s *Server) cmdACLGetUser(c *commands.Call) {
	if string(c.Args[2]) != defaultUser {
		c.Reply.Null()
		return
	}
	r := c.Reply
	r.Map(6)
	r.BulkString("flags")
	if s.access.open.Load() {
		r.Set(2)
		r.BulkString("on")
		r.BulkString("nopass")
		r.BulkString("passwords")
		r.Array(0)
	} else {
		r.Set(1)
		r.BulkString("on")
		r.BulkString("passwords")
		r.Array(1)
		r.BulkString(hex.EncodeToString(s.access.digest[:]))
	}
	for _, field := range [...]string{"commands", "+@all", "keys", "~*", "channels", "&*", "selectors"} {
		r.BulkString(field)
	}
	r.Array(0)
}

// cmdACLCat answers ACL CAT [category]; the commands of a category by name.
func (s *Server) cmdACLCat(c *commands.Call) {
	if len(c.Args) > 3 {
		c.UnknownSubcommand()
		return
	}
	if len(c.Args) == 2 {
		names := commands.CategoryNames()
		c.Reply.Array(len(names))
		for _, name := range names {
			c.Reply.BulkString(name)
		}
		return
	}
	category := commands.CategoryByName(c.Args[2])
	if category == 0 {
		c.Errorf("ERR Unknown category '%s'", cString(c.Args[2], shownBytes))
		return
	}
	var names []string
	for _, command := range s.table.Commands() {
		if command.Categories&category != 0 {
			names = append(names, command.FullName())
		}
	}
	c.Reply.Array(len(names))
	for _, name := range names {
		c.Reply.BulkString(name)
	}
}

// cmdACLGenPass answers ACL GENPASS [bits] with as many hexadecimal digits as hold the bits.
func cmdACLGenPass(c *commands.Call) {
	if len(c.Args) > 3 {
		c.UnknownSubcommand()
		return
	}
	bits := int64(genPassBits)
	if len(c.Args) == 3 {
		var ok bool
		if bits, ok = commands.ParseInt(c.Args[2]); !ok {
			c.Error(commands.ErrNotInteger)
			return
		}
	}
	if bits <= 0 || bits > genPassBitsMax {
		c.Error(fmt.Sprintf("ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to %d",
			genPassBitsMax))
		return
	}
	digits := int(bits+3) / 4
	c.Reply.BulkString(randomHex((digits + 1) / 2)[:digits])
}

// cmdACLDryRun answers ACL DRYRUN user command ...: the default user may do everything.
func (s *Server) cmdACLDryRun(c *commands.Call) {
	user, words := c.Args[2], c.Args[3:]
	command := s.table.Find(words)
	switch {
	case string(user) != defaultUser:
		c.Errorf("ERR User '%s' not found", cString(user, math.MaxInt))
	case command == nil:
		c.Errorf("ERR Command '%s' not found", cString(words[0], math.MaxInt))
	case !command.Fits(words):
		c.Errorf("ERR wrong number of arguments for '%s' command", command.FullName())
	default:
		c.Reply.OK()
	}
}

// aclLogShown is how many entries ACL LOG shows unless told.
const aclLogShown = 10

// cmdACLLog answers ACL LOG [count | RESET].
func (s *Server) cmdACLLog(c *commands.Call) {
	count := int64(aclLogShown)
	switch {
	case len(c.Args) > 3:
		c.UnknownSubcommand()
		return
	case len(c.Args) == 3 && commands.IsWord(c.Args[2], "RESET"):
		s.aclLog.reset()
		c.Reply.OK()
		return
	case len(c.Args) == 3:
		var ok bool
		if count, ok = commands.ParseInt(c.Args[2]); !ok {
			c.Error(commands.ErrNotInteger)
			return
		}
	}
	entries := s.aclLog.newest(int(max(count, 0)))
	c.Reply.Array(len(entries))
	for _, e := range entries {
		replyDenial(c, e)
	}
}

func replyDenial(c *commands.Call, e aclEntry) {
	r := c.Reply
	r.Map(7)
	r.BulkString("count")
	r.Int(e.count)
	for _, field := range [][2]string{{"reason", "auth"}, {"context", "toplevel"}, {"object", e.object}, {"username", e.user}} {
		r.BulkString(field[0])
		r.BulkString(field[1])
	}
	r.BulkString("age-seconds")
	r.Double(float64(c.NowMs-e.lastMs) / 1000)
	r.BulkString("client-info")
	r.BulkString(e.client)
}

// cmdACLDelUser answers ACL DELUSER user ...: there are no others to delete.
func cmdACLDelUser(c *commands.Call) {
	for _, user := range c.Args[2:] {
		if string(user) == defaultUser {
			c.Error("ERR The 'default' user cannot be removed")
			return
		}
	}
	c.Reply.Int(0)
}

// cmdACLSetUser refuses ACL SETUSER: pretending would leave the server open where somebody means to close it.
func cmdACLSetUser(c *commands.Call) {
	for i := 2; i < len(c.Args); i++ {
		c.Redact(i)
	}
	c.Error(errACLSetUser)
}

func cmdACLNoFile(c *commands.Call) { c.Error(errACLNoFile) }
