package server

import (
	"bytes"
	"strconv"
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// migrateRows are MIGRATE.
func (s *Server) migrateRows() []commands.Row {
	const moved = commands.KeyRW | commands.KeyAccess | commands.KeyDelete
	return []commands.Row{
		{
			Name: "migrate", Arity: -6, Flags: commands.FlagWrite,
			Keys: []commands.KeySpec{
				commands.KeyAt(3, moved),
				{Begin: commands.AfterKeyword("KEYS", -2), Find: commands.Range(-1, 1, 0), Flags: moved | commands.KeyIncomplete},
			}, KeysFunc: commands.KeysOfMigrate,
			ACL: commands.ACLKeyspace | commands.ACLDangerous, Group: "generic", Since: "2.6.0",
			Summary:    "Moves keys to another server.",
			Complexity: "This command actually executes a DUMP+DEL in the source instance, and a RESTORE in the target instance. See the pages of these commands for time complexity. Also an O(N) data transfer between the two instances is performed.",
			History: []commands.Change{
				{Version: "3.0.0", What: "Added the `COPY` and `REPLACE` options."},
				{Version: "3.0.6", What: "Added the `KEYS` option."},
				{Version: "4.0.7", What: "Added the `AUTH` option."},
				{Version: "6.0.0", What: "Added the `AUTH2` option."},
			},
			Tips: []string{"nondeterministic_output"},
			Syntax: `host port:integer key_or_empty_string:<key:key(0)|empty_string:""> destination-db:integer timeout:integer
				["COPY"@3.0.0] ["REPLACE"@3.0.0]
				[authentication:<[AUTH=password@4.0.7]|[AUTH2=username_password:{username password}@6.0.0]>]
				[KEYS=key:key(1)...@3.0.6]`,
			Handler: s.cmdMigrate,
		},
	}
}

const (
	errMigrateKeys = "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string"
	errConnecting  = "IOERR error or timeout connecting to the client"
	errWriting     = "IOERR error or timeout writing to target instance"
	errReading     = "IOERR error or timeout reading to target instance"
	errFromTarget  = "ERR Target instance replied with error: "
)

// migrateTimeout is for each step of the transfer, where none is given.
const migrateTimeout = time.Second

// migrateArgs are the arguments of MIGRATE.
type migrateArgs struct {
	host          string
	port          int
	database      []byte // its index there
	timeout       time.Duration
	copy, replace bool
	// credentials are the words of AUTH; none if there are no such.
	credentials [][]byte
	keys        [][]byte
}

// parseMigrate reads the arguments; ok is false if an error has been replied. What is kept is its own.
func parseMigrate(c *commands.Call) (a migrateArgs, ok bool) {
	words := make([][]byte, len(c.Args))
	for i, word := range c.Args {
		words[i] = bytes.Clone(word)
	}
	a = migrateArgs{host: string(commands.UntilZero(words[1])), port: leadingInt(words[2]), keys: words[3:4]}
	if errText := a.parseOptions(c, words); errText != "" {
		c.Error(errText)
		return a, false
	}
	timeoutMs, isInt := commands.ParseInt(words[5])
	database, isIndex := commands.ParseInt(words[4])
	if !isInt || !isIndex {
		c.Error(commands.ErrNotInteger)
		return a, false
	}
	a.database = strconv.AppendInt(nil, database, 10)
	a.timeout = time.Duration(min(timeoutMs, maxTimeoutMs)) * time.Millisecond
	if timeoutMs <= 0 {
		a.timeout = migrateTimeout
	}
	return a, true
}

func (a *migrateArgs) parseOptions(c *commands.Call, words [][]byte) (errText string) {
	for i := 6; i < len(words); i++ {
		more := len(words) - 1 - i
		switch word := words[i]; {
		case commands.IsWord(word, "COPY"):
			a.copy = true
		case commands.IsWord(word, "REPLACE"):
			a.replace = true
		case commands.IsWord(word, "AUTH") && more >= 1:
			i++
			c.Redact(i)
			a.credentials = a.withPassword(words[i])
		case commands.IsWord(word, "AUTH2") && more >= 2:
			c.Redact(i + 1)
			c.Redact(i + 2)
			a.credentials = words[i+1 : i+3]
			i += 2
		case commands.IsWord(word, "KEYS"):
			if len(words[3]) > 0 {
				return errMigrateKeys
			}
			a.keys = words[i+1:]
			return ""
		default:
			return commands.ErrSyntax
		}
	}
	return ""
}

// withPassword is what AUTH makes of the credentials: a name that AUTH2 has given before stays.
func (a *migrateArgs) withPassword(password []byte) [][]byte {
	if len(a.credentials) == 2 {
		return [][]byte{a.credentials[0], password}
	}
	return [][]byte{password}
}

// cmdMigrate answers MIGRATE host port key|"" database timeout [COPY] [REPLACE] [AUTH password | AUTH2 name password] [KEYS key ...].
func (s *Server) cmdMigrate(c *commands.Call) {
	args, ok := parseMigrate(c)
	if !ok {
		return
	}
	var keys []movingKey
	var e datatypes.Entry
	for _, key := range args.keys {
		if c.Find(&e, key) {
			keys = append(keys, movingKey{key: key, replace: args.replace})
		}
	}
	if len(keys) == 0 {
		c.Reply.Status("NOKEY")
		return
	}
	m := &migration{server: s, migrateArgs: args, options: s.dumpOptions()}
	client := clientOf(c)
	if c != &client.call { // one of a transaction
		m.runInPlace(c, keys)
		m.reply(c)
		return
	}
	if !s.targets.views.take() {
		client.marks.crowded = &s.targets.views
		return
	}
	m.view = s.store.View()
	client.goApart(c, func(c *commands.Call) { m.run(c, keys) })
}
