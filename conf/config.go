package conf

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Config is a value for every directive of the table.
type Config struct {
	values  []value // by row
	file    string
	hooks   map[string][]func() error
	renames []Rename
	foreign []foreignLine
	loading *loading // while files and the command line are read, else nil
}

// foreignLine is a directive without a value of its own whose function isn't
// built: user, loadmodule, a module's setting.
type foreignLine struct {
	name string
	at   Position
	args []string
}

// Position is where in the configuration a line stands.
type Position struct {
	File string // a path, or "standard input", or "the command line"
	Line int    // from 1, within File
	Text string // the line without blanks around it
}

// Rename is a rename-command line. To is "" where the command is taken away.
// Whether From exists and To is free, only the command table knows; the server
// answers with LoadError{At: r.At, Reason: ...}.
type Rename struct {
	From, To string
	At       Position
}

// Unbuilt is something a configuration asks for that doesn't exist yet and
// whose silent absence would cost data or access: the start stops with Message,
// one line.
type Unbuilt struct {
	Name    string
	Message string
}

// New returns the defaults, with the working directory for dir. The default of
// io-threads is the number of cores less one, and at least one.
func New() *Config {
	c := &Config{values: make([]value, len(table.rows)), hooks: map[string][]func() error{}}
	for row := range table.rows {
		d := &table.rows[row]
		if d.Has(FileOnly) {
			continue
		}
		// newTable has seen every default parse.
		c.values[row], _ = d.parse(nil, defaultArgs(d))
	}
	dir, err := os.Getwd()
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		dir = "" // as getcwd's failure shows in CONFIG GET
	}
	c.values[table.byName["dir"].row] = value{text: dir}
	return c
}

// at finds a directive for a getter. An unknown name, or one of another kind,
// is a mistake in the program, not in a configuration.
func (c *Config) at(name string, kinds ...Kind) (*Directive, value) {
	e, ok := table.byName[name]
	if !ok {
		panic("conf: no directive is named " + name)
	}
	d := &table.rows[e.row]
	if len(kinds) > 0 && !slices.Contains(kinds, d.Kind) {
		panic("conf: " + name + " is of kind " + d.Kind.String())
	}
	return d, c.values[e.row]
}

// Int is the value of a number: bytes for Memory, a negated percentage for a
// percentage of MemoryOrPart. An unsigned value above the largest int64 comes out
// as that one.
func (c *Config) Int(name string) int64 {
	d, v := c.at(name, Int, Memory, MemoryOrPart, Octal)
	if d.Has(Unsigned) && v.num < 0 {
		return math.MaxInt64
	}
	return v.num
}

// Bool is the value of a yes/no.
func (c *Config) Bool(name string) bool {
	_, v := c.at(name, Bool)
	return v.num != 0
}

// String is the value of any directive in the words of CONFIG GET.
func (c *Config) String(name string) string {
	d, v := c.at(name)
	return d.format(v)
}

// KeyspaceEvents is notify-keyspace-events with every letter that is meant.
func (c *Config) KeyspaceEvents() string {
	_, v := c.at("notify-keyspace-events", String)
	if v.num != 0 {
		return v.text + "n"
	}
	return v.text
}

// Words is the value of a List or Flags as words; the caller must not change
// it. Flags without any are their first word, "default".
func (c *Config) Words(name string) []string {
	d, v := c.at(name, Flags, List)
	if d.Kind == Flags {
		return d.flagWords(v)
	}
	if words, ok := v.list.([]string); ok {
		return words
	}
	return strings.Fields(d.format(v))
}

// SaveRules are the rules of save; the caller must not change them.
func (c *Config) SaveRules() []SaveRule {
	_, v := c.at("save")
	return v.list.([]SaveRule)
}

// OutputLimits are those of NormalClients, ReplicaClients and PubsubClients.
func (c *Config) OutputLimits() [3]OutputLimit {
	_, v := c.at("client-output-buffer-limit")
	return v.list.([3]OutputLimit)
}

// OOMScores are the values of oom-score-adj-values: master, replica, child.
func (c *Config) OOMScores() [3]int {
	_, v := c.at("oom-score-adj-values")
	return v.list.([3]int)
}

// Percentiles are those of latency-tracking-info-percentiles, 0 to 100, in the
// order given; the caller must not change them.
func (c *Config) Percentiles() []float64 {
	_, v := c.at("latency-tracking-info-percentiles")
	return v.list.([]float64)
}

// Renames are the rename-command lines in their order.
func (c *Config) Renames() []Rename { return c.renames }

// File is the absolute path of the configuration file, "" where there is none.
func (c *Config) File() string { return c.file }

// Path is the value of a directive that names a file or directory, made
// absolute by dir. An unset one is "".
func (c *Config) Path(name string) string {
	_, v := c.at(name, String)
	if v.text == "" {
		return ""
	}
	return c.resolve(v.text)
}

// resolve makes a path absolute by dir.
func (c *Config) resolve(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.String("dir"), path)
}

// Unbuilt lists what the configuration asks for but must not get silently
// ignored, in the order of the table, then of the files.
func (c *Config) Unbuilt() []Unbuilt {
	var missing []Unbuilt
	for row := range table.rows {
		d := &table.rows[row]
		if d.rule.unbuilt != nil && d.rule.unbuilt(c.values[row]) {
			missing = append(missing, Unbuilt{Name: d.Name, Message: d.rule.unbuiltText})
		}
	}
	for _, f := range c.foreign {
		if m := c.foreignMessage(f); m != "" {
			missing = append(missing, Unbuilt{Name: f.name, Message: m})
		}
	}
	return missing
}

// openUserWords are rules that leave the default user as it is born.
var openUserWords = []string{"on", "nopass", "sanitize-payload", "~*", "&*", "+@all", "allkeys", "allchannels", "allcommands"}

// foreignMessage says why a line stops the start, "" where it changes nothing:
// redis-server's CONFIG REWRITE writes the open default user into every file.
func (c *Config) foreignMessage(f foreignLine) string {
	text := "modules are not supported"
	if f.name == "user" {
		open := f.args[0] == "default" && c.String("requirepass") == ""
		for _, word := range f.args[1:] {
			open = open && slices.Contains(openUserWords, lower(word))
		}
		if open {
			return ""
		}
		text = "access control lists are not built yet, only the default user with requirepass exists"
	}
	return fmt.Sprintf("%s: %s (line %d of %s)", f.name, text, f.at.Line, f.at.File)
}
