package scripting

// Host is the server as a script sees it, for the time of one run.
type Host interface {
	// Call runs one command for the script. The words lie in memory that the script may use again once Call has returned. The reply is in
	// RESP of the version that SetProtocol has last named, 2 at first, and stays as it is until the next Call; it is nil where the run must end, for which Interrupted has the reason. What forbids a command from being run
	// (unknown, arity, no-script, read-only, memory, ...) is an error reply too.
	Call(words [][]byte) (reply []byte)
	// SetProtocol is redis.setresp: 2 or 3.
	SetProtocol(version int)
	// SetReplication is redis.set_repl: whether what commands do from now on goes to the log and to replicas.
	SetReplication(to Replication)
	// Allows is redis.acl_check_cmd; known is false for no command.
	Allows(words [][]byte) (allowed, known bool)
	// Failed is told of each error that the run is answered with; counted is set where it is that of a command, which has counted it.
	Failed(text string, counted bool)
	// Interrupted is asked every few thousand instructions; not nil ends the script, however it catches errors. It lets
	// others have the processor in between.
	Interrupted() error
}

// Replication says where effects go: the bits of redis.REPL_*.
type Replication uint8

// The values of redis.REPL_*.
const (
	ReplicateNone    Replication = 0
	ReplicateAOF     Replication = 1
	ReplicateReplica Replication = 2
	ReplicateAll                 = ReplicateAOF | ReplicateReplica
)

// LogLevel is a level of redis.log, with the values of redis.LOG_*.
type LogLevel int

// The values of redis.LOG_*.
const (
	LogDebug LogLevel = iota
	LogVerbose
	LogNotice
	LogWarning
)
