package commands

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// Errors that many families share, in Redis's words.
const (
	ErrSyntax       = "ERR syntax error"
	ErrNotInteger   = "ERR value is not an integer or out of range"
	ErrNotFloat     = "ERR value is not a valid float"
	ErrWrongType    = "WRONGTYPE Operation against a key holding the wrong kind of value"
	ErrNoSuchKey    = "ERR no such key"
	ErrOutOfRange   = "ERR index out of range"
	ErrDBOutOfRange = "ERR DB index is out of range"
	ErrInvalidDB    = "ERR invalid DB index"
	ErrOverflow     = "ERR increment or decrement would overflow"
)

// Client is what a handler may see of the connection it serves.
type Client interface {
	// Database is the index of the selected database.
	Database() int
	// SelectDatabase selects one; the index is in range.
	SelectDatabase(index int)
	// Own returns the bytes of an argument of a call for somebody to keep: the argument itself where it is large and fills a buffer that
	// the connection can do without, otherwise a copy.
	Own(c *Call, word []byte) []byte
	// CloseAfterReply ends the connection once what has been replied is sent.
	CloseAfterReply()
	// Unread tells that nobody will read reply: the client has gone, or more waits in it than the client may be sent. It is closed then.
	Unread(reply *resp.Writer) bool
	// MayBlock tells whether a command may wait; those of a transaction may not.
	MayBlock() bool
	// Block has the command that runs, in the exclusive section, wait until one of keys of the client's database has changed and holds a
	// value of that kind, and then be run again as it was sent, or until the timeout is over, 0 for ever, and then be answered by late. The handler returns at once
	// and has replied nothing. A command that is run again may block again and keeps its place among those who wait.
	Block(c *Call, kind datatypes.Kind, keys [][]byte, timeout time.Duration, late func(*resp.Writer))
	// Woken is the key for which a command that has waited is run again, nil at its first run.
	Woken(c *Call) (key []byte)
	// OnView does what Call.OnView says.
	OnView(c *Call, rest func(c *Call, db datatypes.Reader))
	// Derive does what Call.Derive says of what takes long.
	Derive(c *Call, d Derivation)
}

// Keyspace is what a handler may do to keys, given by the server for the time of one call.
type Keyspace interface {
	// DB reads the database of that index.
	DB(index int) *datatypes.DB
	// LastLook remembers the key that was looked up last, nil where the next command is unlikely to look up the same. Its owner is whose goroutine
	// runs the calls of the keyspace.
	LastLook() *datatypes.LastLook
	// Edit changes it.
	Edit(index int) datatypes.Editor
	// Databases is their number.
	Databases() int
	// Swap exchanges two databases, in the exclusive section.
	Swap(a, b int)
	// EvictionPolicy is maxmemory-policy.
	EvictionPolicy() string
	// SharesIntegers tells whether Redis would keep small integers once for all keys, as it doesn't where they are evicted by use.
	SharesIntegers() bool
	// Lazy is one of the directives lazyfree-lazy-...
	Lazy(directive string) bool
	// InPlace is how many entries, or pieces of 64 bytes, a command may look at where it stands: more is a long read.
	InPlace() int
	// MaxBulk is how long a string may become, in bytes: proto-max-bulk-len.
	MaxBulk() int64
	// Stopping tells whether the server ends, so that long work may be left.
	Stopping() bool
	// Expire is told of a key whose deadline was found to have come: in the exclusive section it is deleted at once, which is told,
	// under a gate by the next section.
	Expire(index int, key []byte) (deleted bool)
	// ExpireFields is Expire for a field of a hash, or with nil for all of them that are due. It tells how many are deleted at once, and
	// whether the key went with the last field.
	ExpireFields(index int, key, field []byte) (expired int, emptied bool)
}

// Call is one run of one command. The server keeps one per client and uses it again and again.
type Call struct {
	// Args are the command's words, its name first.
	Args [][]byte
	// Cmd is the command's compiled row.
	Cmd *Command
	// NowMs is the command's time in Unix milliseconds; every command of one EXEC or script has the same.
	NowMs int64
	// UsedMs is the time at which keys count as used where NowMs is none, while a log is loaded; 0 mostly.
	UsedMs int64
	// Reply takes the answer.
	Reply *resp.Writer
	// Client is whose command it is.
	Client Client
	// Keys is the keyspace.
	Keys Keyspace
	// Effects collects what the command did. Observed tells whether anybody takes the sequence of effects; else commands that would
	// only be propagated needn't be put together.
	Effects  Effects
	Observed bool
	// Untold are the classes of events that nobody is told of: they aren't noted.
	Untold EventClass
	// NoTouch is set for a client that leaves the keys' times of use alone (CLIENT NO-TOUCH); TOUCH takes it back.
	NoTouch bool
	// Scripted is set for a command that a script calls.
	Scripted bool
	// Applying is set once the handler has asked for Edit.
	Applying bool
	// Outcome is what the statistics want to know.
	Outcome Outcome
	// secrets are the indexes of the arguments that are not shown.
	secrets []int
}

// Outcome counts what a command met.
type Outcome struct {
	// Failed is set by an error reply; FirstError is its text, "" if that has been counted.
	Failed     bool
	FirstError string
	// Hits and Misses count look-ups of keys for reading.
	Hits, Misses int
}

// Begin makes c ready for another command.
func (c *Call) Begin(cmd *Command, args [][]byte, nowMs int64) {
	c.Cmd, c.Args, c.NowMs = cmd, args, nowMs
	c.Applying, c.secrets = false, c.secrets[:0]
	c.Outcome = Outcome{} // a statement of its own: among others it is made on the stack and copied
	c.Effects.reset()
}

// Again makes c ready for a further step of its command. What has been declared has been told.
func (c *Call) Again() { c.Effects.reset() }

// End lets go of what the command left behind: its words lie in memory that is another's from then on, or large.
func (c *Call) End() {
	c.Args = nil
	c.Effects.reset()
}

// Redact keeps an argument, a password, out of the slow log and of MONITOR.
func (c *Call) Redact(index int) { c.secrets = append(c.secrets, index) }

// ShownArgs are the arguments as they may be shown to others.
func (c *Call) ShownArgs() [][]byte {
	if len(c.secrets) == 0 {
		return c.Args
	}
	shown := slices.Clone(c.Args)
	for _, i := range c.secrets {
		shown[i] = []byte("(redacted)")
	}
	return shown
}

// DB reads the client's database.
func (c *Call) DB() *datatypes.DB { return c.Keys.DB(c.Client.Database()) }

// Find looks a key of the client's database up for reading, which counts as a hit or a miss and is a use of the key.
func (c *Call) Find(e *datatypes.Entry, key []byte) bool {
	return c.count(key, c.find(e, key, !c.NoTouch))
}

// Look is Find for what only asks about the key (TYPE, TTL, EXISTS, OBJECT): it isn't used by that.
func (c *Call) Look(e *datatypes.Entry, key []byte) bool { return c.count(key, c.find(e, key, false)) }

// count notes a hit or a miss.
func (c *Call) count(key []byte, found bool) bool {
	if found {
		c.Outcome.Hits++
	} else {
		c.Outcome.Misses++
		c.Event(key, EventKeyMiss, "keymiss")
	}
	return found
}

// Peek looks a key up for writing, which is a use of the key but not counted. In the exclusive section an expired key is deleted by it.
func (c *Call) Peek(e *datatypes.Entry, key []byte) bool { return c.find(e, key, !c.NoTouch) }

// PeekIn is Peek for another database.
func (c *Call) PeekIn(index int, e *datatypes.Entry, key []byte) bool {
	return c.findIn(index, e, key, !c.NoTouch)
}

// clockS is the command's time as keys keep it for when they were used last, of 31 bits.
func (c *Call) clockS() uint32 {
	if c.UsedMs != 0 {
		return datatypes.ClockS(c.UsedMs)
	}
	return datatypes.ClockS(c.NowMs)
}

// IdleS is for how many seconds a key that Look has found wasn't used.
func (c *Call) IdleS(e *datatypes.Entry) int64 { return c.DB().IdleS(e, c.clockS()) }

// Frequency is how often a key that Look has found is used, on a logarithmic scale.
func (c *Call) Frequency(e *datatypes.Entry) uint8 { return c.DB().Frequency(e, c.clockS()) }

// find looks a key up, and touch tells whether that is a use of it.
func (c *Call) find(e *datatypes.Entry, key []byte, touch bool) bool {
	return c.findIn(c.Client.Database(), e, key, touch)
}

func (c *Call) findIn(index int, e *datatypes.Entry, key []byte, touch bool) bool {
	db := c.Keys.DB(index)
	if c.Keys.LastLook().Find(db, e, key, c.NowMs) {
		if touch {
			db.Touch(e, c.clockS())
		}
		return true
	}
	if e.Found() {
		c.expired(index, key)
		*e = datatypes.Entry{}
	}
	return false
}

// expired has a key go whose deadline was found to have come. The key is not the store's own bytes.
func (c *Call) expired(index int, key []byte) {
	if c.Keys.Expire(index, key) {
		c.EventIn(index, key, EventExpired, "expired")
	}
}

// expiredFields has a field of a hash in the client's database go that was found due, or with nil all that are. What e has found is looked up
// again if that has changed it; it may be gone. Neither the key nor the field is the store's own bytes.
func (c *Call) expiredFields(e *datatypes.Entry, key, field []byte) {
	expired, emptied := c.Keys.ExpireFields(c.Client.Database(), key, field)
	if expired == 0 {
		return
	}
	c.Event(key, EventHash, "hexpired")
	if emptied {
		c.Event(key, EventGeneric, "del")
	}
	c.DB().Find(e, key, c.NowMs)
}

// Edit begins the apply part and gives the means to change the client's database.
func (c *Call) Edit() datatypes.Editor { return c.EditAt(c.Client.Database()) }

// EditAt is Edit for another database.
func (c *Call) EditAt(index int) datatypes.Editor {
	c.Applying = true
	return c.Keys.Edit(index).At(c.clockS(), c.NoTouch)
}

// Long tells whether a read of so many entries, or pieces of 64 bytes, is to be answered with OnView.
func (c *Call) Long(looks int) bool { return looks > c.Keys.InPlace() }

// OnView answers a command apart from its connection's loop, however long that takes: rest runs on another goroutine, on a view of the
// client's database as it is now, with a call that has copies of the arguments. The handler returns at once and has replied nothing. rest
// replies; it looks at db alone (not at Find, DB or Effects) and calls Breathe about every 50 us. The connection's later commands wait.
// Inside a transaction rest runs in place.
func (c *Call) OnView(rest func(c *Call, db datatypes.Reader)) { c.Client.OnView(c, rest) }

// Derivation is what a command does in two steps that stores what it makes of other keys.
type Derivation struct {
	// Sources are the keys of the client's database that are read, taken from the arguments; nil if they can't be told beforehand.
	Sources func(c *Call) [][]byte
	// Build makes the result. It looks at db alone, makes collections with db.Building, and calls Pause about every 50 us.
	Build func(c *Call, db datatypes.Reader)
	// Store stores the result: it looks at the destination, edits, declares and replies, in the exclusive section. Nothing has changed since
	// Build has read it.
	Store func(c *Call)
}

// Derive does the two steps. Where so many looks aren't long, both are done at once in the section; otherwise Build runs apart, on a view,
// and if somebody changes a source meanwhile, the whole command is run again. That happens a few times at most: then both are done in the
// section. The handler returns at once and has replied nothing; both steps take the arguments from the call they are given.
func (c *Call) Derive(looks int, d Derivation) {
	if c.Long(looks) {
		c.Client.Derive(c, d)
		return
	}
	d.Build(c, c.DB())
	d.Store(c)
}

// Pause lets others have the processor in the middle of long work that is done to its end whoever waits for it. It tells whether it is worth
// going on: it isn't if the server stops.
func (c *Call) Pause() bool {
	runtime.Gosched()
	return !c.Keys.Stopping()
}

// Breathe lets others have the processor in the middle of long work, and tells whether it is worth going on with it. If not, nobody will
// read the reply, which may stay unfinished.
func (c *Call) Breathe() bool {
	runtime.Gosched()
	return !c.Keys.Stopping() && !c.Client.Unread(c.Reply)
}

// Error replies with an error; text begins with its code ("ERR ...").
func (c *Call) Error(text string) {
	if !c.Outcome.Failed {
		c.Outcome.Failed, c.Outcome.FirstError = true, text
	}
	c.Reply.Error(text)
}

// Errorf is Error with a format.
func (c *Call) Errorf(format string, args ...any) { c.Error(fmt.Sprintf(format, args...)) }

// WrongArgs is the reply to a wrong number of arguments.
func (c *Call) WrongArgs() { c.Error(c.wrongArgsText()) }

func (c *Call) wrongArgsText() string {
	return "ERR wrong number of arguments for '" + c.Cmd.FullName() + "' command"
}

// UnknownSubcommand is the reply of a container to a second word that it doesn't know, or to a subcommand with wrong arguments.
func (c *Call) UnknownSubcommand() {
	c.Errorf("ERR unknown subcommand or wrong number of arguments for '%.128s'. Try %s HELP.", c.Args[1], upper(c.Args[0]))
}

// Help replies with the lines of a HELP subcommand, given as Redis prints them between its first and last line.
func (c *Call) Help(lines ...string) {
	frame := []string{fmt.Sprintf("%s <subcommand> [<arg> [value] [opt] ...]. Subcommands are:", upper(c.Args[0]))}
	frame = append(append(frame, lines...), "HELP", "    Prints this help.")
	c.Reply.Array(len(frame))
	for _, line := range frame {
		c.Reply.Status(line)
	}
}

func upper(word []byte) string {
	up := make([]byte, len(word))
	for i, b := range word {
		if 'a' <= b && b <= 'z' {
			b -= 'a' - 'A'
		}
		up[i] = b
	}
	return string(up)
}
