package commands

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Command is a row as the table keeps it, with what follows from it.
type Command struct {
	// Row is the row as it was declared; FlagMovableKeys is added where it holds.
	Row
	// ID numbers the table's commands and subcommands from 0, for arrays of statistics; see Table.Commands.
	ID int
	// Parent is the container of a subcommand.
	Parent *Command
	// Subs are a container's subcommands by name, in order.
	Subs []*Command
	// Categories are all ACL categories, those that flags imply included.
	Categories Category
	// Arguments is the parsed Syntax.
	Arguments []Argument
	// FirstKey, LastKey and KeyStep sum up the key specs; all are 0 where there are no fixed keys.
	FirstKey, LastKey, KeyStep int

	fullName string
}

// FullName is the name for error texts and statistics: "get", "config|get". rename-command does not change it.
func (c *Command) FullName() string { return c.fullName }

// Top is the command itself, or the container of a subcommand.
func (c *Command) Top() *Command {
	if c.Parent != nil {
		return c.Parent
	}
	return c
}

// IsContainer reports whether the command has subcommands.
func (c *Command) IsContainer() bool { return len(c.Subs) > 0 }

// Sub finds a subcommand by its word, in any case; nil where there is none. It does not allocate.
func (c *Command) Sub(word []byte) *Command {
	for _, sub := range c.Subs {
		if equalFold(word, sub.Name) {
			return sub
		}
	}
	return nil
}

// ArityFits reports whether a call of that many words, its name included, has a right number of them.
func (c *Command) ArityFits(argc int) bool { return c.Arity == argc || c.Arity < 0 && argc >= -c.Arity }

// Fits reports whether a call has a right number of words, or is one of those that are newer than 7.0.
func (c *Command) Fits(words [][]byte) bool {
	return c.ArityFits(len(words)) || c.Newer != nil && c.Newer(words)
}

// Table is the command table. It is made and renamed in at start and only read from then on, by any goroutine.
type Table struct {
	// byName holds the commands by the name they are called by, in lower case.
	byName map[string]*Command
	// index finds them; names are the keys of byName in order.
	index nameIndex
	names []string
	// all are the commands and subcommands by ID, renamed and removed ones included.
	all []*Command
}

// NewTable makes the table of all families' rows. It checks each row (check.go) and fails with all that is wrong.
func NewTable(families ...[]Row) (*Table, error) {
	t := &Table{byName: make(map[string]*Command)}
	var faults []error
	for _, rows := range families {
		for i := range rows {
			cmd, err := t.compile(&rows[i], nil)
			if err != nil {
				faults = append(faults, err)
			}
			if _, twice := t.byName[cmd.Name]; twice {
				faults = append(faults, fmt.Errorf("command %q is declared twice", cmd.Name))
			}
			t.byName[cmd.Name] = cmd
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	t.arrange()
	return t, nil
}

// AddNameless makes a command of a row that nobody can call by its name: it has a number and figures like others. To be called before the table is
// in use.
func (t *Table) AddNameless(row Row) (*Command, error) { return t.compile(&row, nil) }

// compile makes the command of a row and of its subcommands; the command is usable for names even beside an error.
func (t *Table) compile(row *Row, parent *Command) (*Command, error) {
	cmd := &Command{Row: *row, ID: len(t.all), Parent: parent, fullName: row.Name}
	t.all = append(t.all, cmd)
	if parent != nil {
		cmd.fullName = parent.Name + "|" + row.Name
	}
	cmd.Categories = row.ACL.implied(row.Flags)
	var movable bool
	if cmd.FirstKey, cmd.LastKey, cmd.KeyStep, movable = legacy(row.Keys); movable {
		cmd.Flags |= FlagMovableKeys
	}
	var err error
	cmd.Arguments, err = ParseSyntax(row.Syntax)
	faults := []error{err, checkRow(cmd)}
	for i := range row.Subcommands {
		sub, err := t.compile(&row.Subcommands[i], cmd)
		faults = append(faults, err)
		if cmd.Sub([]byte(sub.Name)) != nil {
			faults = append(faults, fmt.Errorf("subcommand %q is declared twice", sub.Name))
		}
		cmd.Subs = append(cmd.Subs, sub)
	}
	slices.SortFunc(cmd.Subs, func(a, b *Command) int { return strings.Compare(a.Name, b.Name) })
	if err := errors.Join(faults...); err != nil {
		return cmd, fmt.Errorf("command %q: %w", row.Name, err)
	}
	return cmd, nil
}

// arrange makes what follows from the names.
func (t *Table) arrange() {
	t.names, t.index = slices.Sorted(maps.Keys(t.byName)), newNameIndex(t.byName)
}

// Lookup finds a command by its first word, in any case; nil where there is none. It does not allocate.
func (t *Table) Lookup(name []byte) *Command { return t.index.find(name) }

// Find finds the command that runs for args: of a container called with a second word its subcommand, nil where it has no such one.
func (t *Table) Find(args [][]byte) *Command {
	cmd := t.Lookup(args[0])
	if cmd == nil || len(args) == 1 || !cmd.IsContainer() {
		return cmd
	}
	return cmd.Sub(args[1])
}

// FindFullName finds a command by its name or, with a bar between, a subcommand by both: "config|get".
func (t *Table) FindFullName(name []byte) *Command {
	for i, b := range name {
		if b != '|' {
			continue
		}
		if parent := t.Lookup(name[:i]); parent != nil {
			return parent.Sub(name[i+1:])
		}
		return nil
	}
	return t.Lookup(name)
}

// Commands are all commands and subcommands by their ID. Those that rename-command removed are among them.
func (t *Table) Commands() []*Command { return t.all }

// Names are the names by which commands (not subcommands) are called, in order.
func (t *Table) Names() []string { return t.names }

// The faults of Rename, in Redis's words.
var (
	ErrRenameUnknown = errors.New("No such command in rename-command")
	ErrRenameTaken   = errors.New("Target command name already exists")
)

// Rename does what the directive rename-command says: the command is called by the new name alone, or not at all where that is "". Its
// own name stays in COMMAND's answers, in error texts and in ACL rules. To be called before the table is in use.
func (t *Table) Rename(old, new string) error {
	cmd := t.Lookup([]byte(old))
	if cmd == nil {
		return ErrRenameUnknown
	}
	delete(t.byName, strings.ToLower(old))
	defer t.arrange()
	if new == "" {
		return nil
	}
	name := strings.ToLower(new)
	if t.byName[name] != nil {
		return ErrRenameTaken
	}
	t.byName[name] = cmd
	return nil
}
