package commands

// Handler runs one command. It reads its arguments and the keyspace through c and writes exactly one reply.
type Handler func(c *Call)

// Row is everything the server knows about a command; COMMAND, ACL checks, dispatch and the generated documents are read from it.
// A row with Subcommands is a container: its subcommands are rows of their own, found by the second word.
type Row struct {
	// Name is in lower case; a subcommand's is its own word alone ("get" in "config get").
	Name string
	// Arity counts the command's words with its name; negative means "at least".
	Arity int
	// Newer recognises calls with another number of words that releases after 7.0 have brought; nil where there are none. COMMAND tells of
	// the others alone.
	Newer func(words [][]byte) bool
	Flags Flag
	// Keys say where keys stand among the arguments and what is done to them.
	Keys []KeySpec
	// KeysFunc finds the keys where Keys can't tell; it may be nil.
	KeysFunc KeysFunc
	// ACL holds the categories beyond those that Flags imply.
	ACL Category
	// Group, Since, Summary, Complexity, Deprecated, History and Tips answer COMMAND DOCS.
	Group      string
	Since      string
	Summary    string
	Complexity string
	Deprecated *Deprecation
	History    []Change
	Tips       []string
	// Syntax is the argument tree in the notation of syntax.go.
	Syntax string
	// Subcommands are this container's rows.
	Subcommands []Row
	// Exclusive runs a command that is not a write in the exclusive section: it reads or changes state of the server itself.
	Exclusive bool
	Handler   Handler
}

// Deprecation tells since when a command is deprecated and what takes its place.
type Deprecation struct {
	Since    string
	Replaced string
}

// Change is one line of a command's history.
type Change struct {
	Version string
	What    string
}
