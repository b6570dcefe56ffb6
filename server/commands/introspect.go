package commands

// CommandReply is what the COMMAND family needs of a reply; *resp.Writer has it.
type CommandReply interface {
	Array(n int)
	Map(n int)
	Set(n int)
	Bulk(b []byte)
	BulkString(text string)
	Status(text string)
	Int(n int64)
	Null()
}

// commandHelp is what COMMAND HELP prints.
var commandHelp = []string{
	"(no subcommand)",
	"    Return details about all Redis commands.",
	"COUNT",
	"    Return the total number of commands in this Redis server.",
	"LIST",
	"    Return a list of all commands in this Redis server.",
	"INFO [<command-name> ...]",
	"    Return details about multiple Redis commands.",
	"    If no command names are given, documentation details for all",
	"    commands are returned.",
	"DOCS [<command-name> ...]",
	"    Return documentation details about multiple Redis commands.",
	"    If no command names are given, documentation details for all",
	"    commands are returned.",
	"GETKEYS <full-command>",
	"    Return the keys from a full Redis command.",
	"GETKEYSANDFLAGS <full-command>",
	"    Return the keys and the access flags from a full Redis command.",
}

// introspector serves the COMMAND family.
type introspector struct {
	table func() *Table
	match func(pattern, name string) bool
}

// CommandRows are the rows of COMMAND and its subcommands, which answer from the table that table returns: it is asked at each call, so
// that they can be part of it. match compares a name with a glob-style pattern as Redis's stringmatchlen does, in any case.
func CommandRows(table func() *Table, match func(pattern, name string) bool) []Row {
	in := introspector{table, match}
	return []Row{{
		Name: "command", Arity: -1, Flags: FlagLoading | FlagStale,
		ACL: ACLConnection, Group: "server", Since: "2.8.13",
		Summary:    "Describes all commands.",
		Complexity: "O(N) where N is the total number of Redis commands",
		Tips:       []string{"nondeterministic_output_order"},
		Handler:    in.all,
		Subcommands: []Row{
			{
				Name: "count", Arity: 2, Flags: FlagLoading | FlagStale,
				ACL: ACLConnection, Group: "server", Since: "2.8.13",
				Summary:    "Counts the commands.",
				Complexity: "O(1)",
				Handler:    in.count,
			},
			{
				Name: "docs", Arity: -2, Flags: FlagLoading | FlagStale,
				ACL: ACLConnection, Group: "server", Since: "7.0.0",
				Summary:    "Documents commands, all of them unless some are named.",
				Complexity: "O(N) where N is the number of commands to look up",
				Tips:       []string{"nondeterministic_output_order"},
				Syntax:     `[command-name...]`,
				Handler:    in.docs,
			},
			{
				Name: "getkeys", Arity: -4, Flags: FlagLoading | FlagStale,
				ACL: ACLConnection, Group: "server", Since: "2.8.13",
				Summary:    "Finds the keys of a whole command.",
				Complexity: "O(N) where N is the number of arguments to the command",
				Handler:    in.getKeys,
			},
			{
				Name: "getkeysandflags", Arity: -4, Flags: FlagLoading | FlagStale,
				ACL: ACLConnection, Group: "server", Since: "7.0.0",
				Summary:    "Finds the keys of a whole command and what it does to each.",
				Complexity: "O(N) where N is the number of arguments to the command",
				Handler:    in.getKeysAndFlags,
			},
			{
				Name: "help", Arity: 2, Flags: FlagLoading | FlagStale,
				ACL: ACLConnection, Group: "server", Since: "5.0.0",
				Summary:    "Describes the subcommands.",
				Complexity: "O(1)",
				Handler:    in.help,
			},
			{
				Name: "info", Arity: -2, Flags: FlagLoading | FlagStale,
				ACL: ACLConnection, Group: "server", Since: "2.8.13",
				Summary:    "Describes commands, all of them unless some are named.",
				Complexity: "O(N) where N is the number of commands to look up",
				History:    []Change{{"7.0.0", "Allowed to be called with no argument to get info on all commands."}},
				Tips:       []string{"nondeterministic_output_order"},
				Syntax:     `[command-name...]`,
				Handler:    in.info,
			},
			{
				Name: "list", Arity: -2, Flags: FlagLoading | FlagStale,
				ACL: ACLConnection, Group: "server", Since: "7.0.0",
				Summary:    "Lists the names of commands.",
				Complexity: "O(N) where N is the total number of Redis commands",
				Tips:       []string{"nondeterministic_output_order"},
				Syntax:     `[FILTERBY=filterby:<MODULE=module-name|ACLCAT=category|PATTERN=pattern:pattern>]`,
				Handler:    in.list,
			},
		},
	}}
}

func (in introspector) all(c *Call) { in.table().ReplyInfo(c.Reply, nil) }

func (in introspector) count(c *Call) { c.Reply.Int(int64(len(in.table().Names()))) }

func (in introspector) info(c *Call) { in.table().ReplyInfo(c.Reply, c.Args[2:]) }

func (in introspector) docs(c *Call) { in.table().ReplyDocs(c.Reply, c.Args[2:]) }

func (in introspector) help(c *Call) { c.Help(commandHelp...) }

func (in introspector) getKeys(c *Call) { in.replyKeys(c, false) }

func (in introspector) getKeysAndFlags(c *Call) { in.replyKeys(c, true) }

// replyKeys answers COMMAND GETKEYS and GETKEYSANDFLAGS.
func (in introspector) replyKeys(c *Call, withFlags bool) {
	words := c.Args[2:]
	cmd := in.table().Find(words)
	switch {
	case cmd == nil:
		c.Error("ERR Invalid command specified")
		return
	case !cmd.HasKeys():
		c.Error("ERR The command has no key arguments")
		return
	case !cmd.Fits(words):
		c.Error("ERR Invalid number of arguments specified for command")
		return
	}
	keys := cmd.AppendKeys(words, nil)
	if len(keys) == 0 && cmd.Flags&FlagNoMandatoryKeys == 0 {
		c.Error("ERR Invalid arguments specified for command")
		return
	}
	c.Reply.Array(len(keys))
	for _, key := range keys {
		if withFlags {
			c.Reply.Array(2)
		}
		c.Reply.Bulk(words[key.Index])
		if withFlags {
			replyNames(c.Reply, "", key.Flags.Names())
		}
	}
}

// list answers COMMAND LIST [FILTERBY MODULE name|ACLCAT category|PATTERN pattern].
func (in introspector) list(c *Call) {
	keep := func(*Command) bool { return true }
	if options := c.Args[2:]; len(options) > 0 {
		if len(options) != 3 || !IsWord(options[0], "FILTERBY") {
			c.Error(ErrSyntax)
			return
		}
		switch kind, value := options[1], string(options[2]); {
		case IsWord(kind, "MODULE"):
			// There are no modules and so no commands of one.
			keep = func(*Command) bool { return false }
		case IsWord(kind, "ACLCAT"):
			category := CategoryByName(value)
			keep = func(cmd *Command) bool { return cmd.Categories&category != 0 }
		case IsWord(kind, "PATTERN"):
			keep = func(cmd *Command) bool { return in.match(value, cmd.FullName()) }
		default:
			c.Error(ErrSyntax)
			return
		}
	}
	var names []string
	table := in.table()
	for _, name := range table.Names() {
		cmd := table.byName[name]
		if keep(cmd) {
			names = append(names, cmd.FullName())
		}
		for _, sub := range cmd.Subs {
			if keep(sub) {
				names = append(names, sub.FullName())
			}
		}
	}
	c.Reply.Array(len(names))
	for _, name := range names {
		c.Reply.BulkString(name)
	}
}

// ReplyInfo writes COMMAND INFO's answer for the named commands ("get", "config|get"), or for all where none is named; a name that does
// not exist gets a null.
func (t *Table) ReplyInfo(w CommandReply, names [][]byte) {
	if len(names) == 0 {
		w.Array(len(t.names))
		for _, name := range t.names {
			t.byName[name].ReplyInfo(w)
		}
		return
	}
	w.Array(len(names))
	for _, name := range names {
		if cmd := t.FindFullName(name); cmd != nil {
			cmd.ReplyInfo(w)
		} else {
			w.Null()
		}
	}
}

// ReplyDocs writes COMMAND DOCS' answer for the named commands, or for all where none is named; names that don't exist are left out.
func (t *Table) ReplyDocs(w CommandReply, names [][]byte) {
	var found []*Command
	for _, name := range names {
		if cmd := t.FindFullName(name); cmd != nil {
			found = append(found, cmd)
		}
	}
	if len(names) == 0 {
		for _, name := range t.names {
			found = append(found, t.byName[name])
		}
	}
	w.Map(len(found))
	for _, cmd := range found {
		w.BulkString(cmd.FullName())
		cmd.ReplyDocs(w)
	}
}

// ReplyInfo writes the ten elements that COMMAND INFO gives of the command.
func (c *Command) ReplyInfo(w CommandReply) {
	w.Array(10)
	w.BulkString(c.FullName())
	w.Int(int64(c.Arity))
	replyNames(w, "", c.Flags.Shown().Names())
	w.Int(int64(c.FirstKey))
	w.Int(int64(c.LastKey))
	w.Int(int64(c.KeyStep))
	replyNames(w, "@", c.Categories.Names())
	w.Set(len(c.Tips))
	for _, tip := range c.Tips {
		w.BulkString(tip)
	}
	w.Set(len(c.Keys))
	for i := range c.Keys {
		replyKeySpec(w, &c.Keys[i])
	}
	if !c.IsContainer() {
		w.Set(0)
		return
	}
	w.Array(len(c.Subs))
	for _, sub := range c.Subs {
		sub.ReplyInfo(w)
	}
}

func replyNames(w CommandReply, prefix string, names []string) {
	w.Set(len(names))
	for _, name := range names {
		w.Status(prefix + name)
	}
}

func replyKeySpec(w CommandReply, spec *KeySpec) {
	pairs := 3
	if spec.Notes != "" {
		pairs++
	}
	w.Map(pairs)
	replyText(w, "notes", spec.Notes)
	w.BulkString("flags")
	replyNames(w, "", spec.Flags.Names())

	w.BulkString("begin_search")
	switch begin := &spec.Begin; begin.Kind {
	case SearchIndex:
		replyStep(w, "index", 1)
		replyInt(w, "index", begin.Index)
	case SearchKeyword:
		replyStep(w, "keyword", 2)
		replyText(w, "keyword", begin.Keyword)
		replyInt(w, "startfrom", begin.From)
	default:
		replyStep(w, "unknown", 0)
	}
	w.BulkString("find_keys")
	switch find := &spec.Find; find.Kind {
	case FindRange:
		replyStep(w, "range", 3)
		replyInt(w, "lastkey", find.LastKey)
		replyInt(w, "keystep", find.Step)
		replyInt(w, "limit", find.Limit)
	case FindKeyNum:
		replyStep(w, "keynum", 3)
		replyInt(w, "keynumidx", find.KeyNumIndex)
		replyInt(w, "firstkey", find.FirstKey)
		replyInt(w, "keystep", find.Step)
	default:
		replyStep(w, "unknown", 0)
	}
}

// replyStep begins one step of a key spec, with a map of so many pairs to follow.
func replyStep(w CommandReply, kind string, pairs int) {
	w.Map(2)
	replyText(w, "type", kind)
	w.BulkString("spec")
	w.Map(pairs)
}

// replyText writes a pair of a map, or nothing where the text is empty.
func replyText(w CommandReply, name, text string) {
	if text != "" {
		w.BulkString(name)
		w.BulkString(text)
	}
}

func replyInt(w CommandReply, name string, n int) {
	w.BulkString(name)
	w.Int(int64(n))
}

// ReplyDocs writes the map that COMMAND DOCS gives of the command.
func (c *Command) ReplyDocs(w CommandReply) {
	var deprecated Deprecation
	if c.Deprecated != nil {
		deprecated = *c.Deprecated
	}
	var docFlags []string
	if c.Deprecated != nil {
		docFlags = append(docFlags, "deprecated")
	}
	if c.Flags&FlagSystem != 0 {
		docFlags = append(docFlags, "syscmd")
	}
	w.Map(1 + countTrue(c.Summary != "", c.Since != "", c.Complexity != "", docFlags != nil, deprecated.Since != "",
		deprecated.Replaced != "", len(c.History) > 0, len(c.Arguments) > 0, c.IsContainer()))
	replyText(w, "summary", c.Summary)
	replyText(w, "since", c.Since)
	replyText(w, "group", c.Group)
	replyText(w, "complexity", c.Complexity)
	if docFlags != nil {
		w.BulkString("doc_flags")
		replyNames(w, "", docFlags)
	}
	replyText(w, "deprecated_since", deprecated.Since)
	replyText(w, "replaced_by", deprecated.Replaced)
	if len(c.History) > 0 {
		w.BulkString("history")
		w.Set(len(c.History))
		for _, change := range c.History {
			w.Array(2)
			w.BulkString(change.Version)
			w.BulkString(change.What)
		}
	}
	if len(c.Arguments) > 0 {
		w.BulkString("arguments")
		replyArguments(w, c.Arguments)
	}
	if c.IsContainer() {
		w.BulkString("subcommands")
		w.Map(len(c.Subs))
		for _, sub := range c.Subs {
			w.BulkString(sub.FullName())
			sub.ReplyDocs(w)
		}
	}
}

func replyArguments(w CommandReply, list []Argument) {
	w.Array(len(list))
	for i := range list {
		arg := &list[i]
		flags := arg.flagNames()
		hasToken := arg.Token != "" || arg.Type == ArgPureToken
		w.Map(2 + countTrue(arg.KeySpec >= 0, hasToken, arg.Since != "", arg.DeprecatedSince != "", flags != nil, arg.Arguments != nil))
		replyText(w, "name", arg.Name)
		replyText(w, "type", arg.Type.String())
		if arg.KeySpec >= 0 {
			replyInt(w, "key_spec_index", arg.KeySpec)
		}
		if hasToken {
			w.BulkString("token")
			w.BulkString(arg.Token)
		}
		replyText(w, "since", arg.Since)
		replyText(w, "deprecated_since", arg.DeprecatedSince)
		if flags != nil {
			w.BulkString("flags")
			replyNames(w, "", flags)
		}
		if arg.Arguments != nil {
			w.BulkString("arguments")
			replyArguments(w, arg.Arguments)
		}
	}
}

// flagNames are the argument's flags as COMMAND DOCS names them, nil for none.
func (a *Argument) flagNames() (names []string) {
	if a.Optional {
		names = append(names, "optional")
	}
	if a.Multiple {
		names = append(names, "multiple")
	}
	if a.MultipleToken {
		names = append(names, "multiple_token")
	}
	return names
}

func countTrue(facts ...bool) (n int) {
	for _, fact := range facts {
		if fact {
			n++
		}
	}
	return n
}
