package conf

import "fmt"

// Kind says how the words of a directive become a value.
type Kind uint8

const (
	Bool         Kind = iota // yes or no
	Int                      // a whole number
	Memory                   // bytes, with an optional unit: 100mb
	MemoryOrPart             // bytes, or a percentage of maxmemory: 5%
	Octal                    // a file mode
	String                   // one word
	Enum                     // one of Words
	Flags                    // several of Words
	List                     // several words with a grammar of their own
)

var kindNames = [...]string{"yes/no", "number", "memory", "memory or percentage", "octal", "string", "one of", "some of", "list"}

func (k Kind) String() string { return kindNames[k] }

// Flag describes how a directive may be used.
type Flag uint16

const (
	Immutable   Flag = 1 << iota // only at start
	Sensitive                    // a secret: must not reach the slow log or MONITOR
	MultiArg                     // takes several words
	Hidden                       // CONFIG GET shows it only under its full name
	Protected                    // CONFIG SET needs enable-protected-configs
	DenyLoading                  // CONFIG SET is refused while data is loaded
	Volatile                     // setting the same value counts as a change: the file behind it may differ
	Unsigned                     // bounds are compared as unsigned numbers
	NullIfEmpty                  // the empty string means unset: CONFIG REWRITE drops the line
	FileOnly                     // only in files and on the command line: no value, CONFIG GET doesn't know it
)

// Directive is one row of the table. Rows are never changed after start.
type Directive struct {
	Name    string
	Alias   string // the old name, equally good everywhere, or ""
	Kind    Kind
	Default string   // as a file would give it; "" for unset
	Min     int64    // with Max the bounds of a number, inclusive; see Unsigned
	Max     int64    // as uint64 where Unsigned
	Words   []string // what Enum and Flags accept, in Redis's order
	Flags   Flag
	Since   string // the first Redis release that knew it, or SinceCinnabar
	Group   string // heading in redis.conf.example
	Doc     string // what it does, in a sentence or a few
	Example string // a value for redis.conf.example where Default is ""
	Built   bool   // it has a function in this server

	rule rule
}

// rule is what a row does beyond its kind. Every field may be nil.
type rule struct {
	list *listRule
	// settle refuses a value that parsed, or brings it into its final form. The
	// Config is the one being changed, nil when the table checks its defaults.
	settle func(*Config, value) (value, error)
	// unbuilt says whether a value asks for what does not exist yet;
	// unbuiltText then stops the start, or CONFIG SET.
	unbuilt     func(value) bool
	unbuiltText string
}

// SinceCinnabar stands for directives that Redis doesn't know.
const SinceCinnabar = "cinnabar"

// Has reports whether all of flags are set.
func (d *Directive) Has(flags Flag) bool { return d.Flags&flags == flags }

// Directives returns the table in the order of redis.conf.example, with hidden
// directives and those which only files know.
func Directives() []Directive {
	rows := make([]Directive, len(table.rows))
	copy(rows, table.rows)
	return rows
}

// Lookup finds a directive under its name or alias, in any case.
func Lookup(name string) (Directive, bool) {
	e, ok := table.find(name)
	if !ok {
		return Directive{}, false
	}
	return table.rows[e.row], true
}

// entry is a name in the table: Redis keeps a name and its alias as two
// entries, and CONFIG SET compares and reports entries.
type entry struct {
	name  string
	row   int
	alias bool
}

type directiveTable struct {
	rows    []Directive
	byName  map[string]entry // lower case; without the FileOnly rows
	entries []entry          // in table order, an alias after its name
}

// table is filled once, before main; init breaks the cycle by which the rules
// of its rows read it.
var table directiveTable

func init() {
	table = newTable(
		networkDirectives, tlsDirectives, generalDirectives, accessDirectives, snapshotDirectives,
		logDirectives, replicationDirectives, memoryDirectives, encodingDirectives, clusterDirectives,
		observeDirectives, kernelDirectives, memcachedDirectives, hiddenDirectives,
	)
}

// inGroup names the heading of rows that stand together.
func inGroup(group string, rows []Directive) []Directive {
	for i := range rows {
		rows[i].Group = group
	}
	return rows
}

// isSet is for rule.unbuilt: anything but no, 0, nothing or an empty list.
func isSet(v value) bool {
	return v.num != 0 || v.text != "" || v.list != nil && v.list != (master{})
}

// newTable joins the groups and checks every row; a wrong row stops the
// program at start.
func newTable(groups ...[]Directive) directiveTable {
	t := directiveTable{byName: map[string]entry{}}
	for _, group := range groups {
		for _, d := range group {
			t.add(d)
		}
	}
	return t
}

func (t *directiveTable) add(d Directive) {
	if d.Kind == List != (d.rule.list != nil || d.Has(FileOnly)) {
		panic("conf: " + d.Name + ": a list needs a rule, nothing else has one")
	}
	if (d.Kind == Enum || d.Kind == Flags) != (len(d.Words) > 0) {
		panic("conf: " + d.Name + ": words and kind disagree")
	}
	row := len(t.rows)
	t.rows = append(t.rows, d)
	if d.Has(FileOnly) {
		return
	}
	if _, err := d.parse(nil, defaultArgs(&d)); err != nil {
		panic(fmt.Sprintf("conf: %s: default %q: %v", d.Name, d.Default, err))
	}
	t.register(entry{name: d.Name, row: row})
	if d.Alias != "" {
		t.register(entry{name: d.Alias, row: row, alias: true})
	}
}

func (t *directiveTable) register(e entry) {
	if _, dup := t.byName[e.name]; dup {
		panic("conf: " + e.name + " stands twice in the table")
	}
	t.byName[e.name] = e
	t.entries = append(t.entries, e)
}

func (t *directiveTable) find(name string) (entry, bool) {
	e, ok := t.byName[lower(name)]
	return e, ok
}

// lower maps ASCII alone, as C's tolower does in Redis's locale.
func lower(s string) string {
	for i := 0; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				b[j] = lowerByte(b[j])
			}
			return string(b)
		}
	}
	return s
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
