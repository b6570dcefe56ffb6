package commands

// EventClass is a class of keyspace events, a letter of notify-keyspace-events.
type EventClass uint16

// The classes of events, with the letters of notify-keyspace-events.
const (
	EventGeneric   EventClass = 1 << iota // g
	EventString                           // $
	EventList                             // l
	EventSet                              // s
	EventHash                             // h
	EventSortedSet                        // z
	EventExpired                          // x
	EventEvicted                          // e
	EventStream                           // t
	EventKeyMiss                          // m
	EventNew                              // n
)

// Event is one keyspace event.
type Event struct {
	Class EventClass
	Name  string
	// Key belongs to the call's arguments or is the event's own.
	Key      []byte
	Database int
}

// Touch is a key that was modified.
type Touch struct {
	Database int
	Key      []byte
}

// Effects is what one command did to the keyspace, as its handler declares it beside each change. The log, replicas, keyspace events,
// WATCH and tracking are all fed from it, in the section that ran the command. A call's Effects are used again for its next command.
//
// A write that changed something is propagated as it was sent, unless the handler puts other commands in its place: those whose run
// gives the same result at any time and on any copy (SET with a deadline for SET with a time to live, DEL for a GETEX in the past).
type Effects struct {
	// Changes counts changes as rdb_changes_since_last_save does; 0 means that nothing happened and nothing is propagated.
	Changes int
	// Events are the keyspace events in order, without those of the classes that are Call.Untold.
	Events []Event
	// Commands, unless empty, are propagated in place of the command as sent.
	Commands [][][]byte
	// Forced propagates a command that changed no key.
	Forced bool
	// Touched are the keys that were modified, for WATCH and tracking.
	Touched []Touch
	// Flushed says that a whole database changed: its index, or AllDatabases. Swapped says the same of two, unless both are 0.
	Flushed int
	Swapped [2]int
	// ExpiredFields counts fields of hashes that have gone since the deadline that they were given had come already.
	ExpiredFields int
}

// NoDatabase and AllDatabases are values of Effects.Flushed beside an index.
const (
	NoDatabase   = -2
	AllDatabases = -1
)

// keptEffects is how many places a client keeps for its next commands.
const keptEffects = 64

// KeptBytes is what the places take that a call keeps for the effects of the next commands.
func (c *Call) KeptBytes() int {
	const eventBytes, touchBytes, commandBytes = 56, 32, 24
	fx := &c.Effects
	return cap(fx.Events)*eventBytes + cap(fx.Touched)*touchBytes + cap(fx.Commands)*commandBytes
}

func (fx *Effects) reset() {
	if fx.Changes != 0 || len(fx.Events) != 0 || len(fx.Commands) != 0 || len(fx.Touched) != 0 {
		// One by one, since there are hardly ever more than one or two.
		for i := range fx.Events {
			fx.Events[i].Key = nil
		}
		for i := range fx.Touched {
			fx.Touched[i].Key = nil
		}
		clear(fx.Commands)
		fx.Events, fx.Commands, fx.Touched = fx.Events[:0], fx.Commands[:0], fx.Touched[:0]
		if cap(fx.Events) > keptEffects || cap(fx.Commands) > keptEffects || cap(fx.Touched) > keptEffects {
			fx.Events, fx.Commands, fx.Touched = nil, nil, nil
		}
	}
	fx.Changes, fx.Forced, fx.Flushed, fx.Swapped, fx.ExpiredFields = 0, false, NoDatabase, [2]int{}, 0
}

// Changed declares one change of a key of the client's database, with its event.
func (c *Call) Changed(key []byte, class EventClass, event string) {
	c.ChangedIn(c.Client.Database(), key, class, event)
}

// ChangedIn is Changed for another database.
func (c *Call) ChangedIn(index int, key []byte, class EventClass, event string) {
	c.Effects.Changes++
	c.Touched(index, key)
	c.EventIn(index, key, class, event)
}

// Counted declares n changes that come with no key of their own.
func (c *Call) Counted(n int) { c.Effects.Changes += n }

// Touched declares that a key was modified, which counts as no change by itself.
func (c *Call) Touched(index int, key []byte) {
	c.Effects.Touched = append(c.Effects.Touched, Touch{index, key})
}

// Event declares a further event of a key of the client's database, which counts as no change by itself.
func (c *Call) Event(key []byte, class EventClass, event string) {
	c.EventIn(c.Client.Database(), key, class, event)
}

// EventIn is Event for another database.
func (c *Call) EventIn(index int, key []byte, class EventClass, event string) {
	if c.Untold&class != 0 {
		return
	}
	c.Effects.Events = append(c.Effects.Events, Event{class, event, key, index})
}

// Flushed declares that count keys went with the database of that index, or with AllDatabases. A flush even of an empty database is
// propagated, though it counts as no change.
func (c *Call) Flushed(index, count int) {
	c.Effects.Changes += count
	c.Effects.Flushed, c.Effects.Forced = index, true
}

// Swapped declares that two databases have changed places, one change.
func (c *Call) Swapped(a, b int) {
	c.Effects.Changes++
	c.Effects.Swapped = [2]int{a, b}
}

// Propagate puts a command in place of the one that was sent; several calls make a list.
func (c *Call) Propagate(words ...[]byte) { c.Effects.Commands = append(c.Effects.Commands, words) }

// The directives that say by which word a deletion is propagated.
const (
	LazyUserDel = "lazyfree-lazy-user-del"
	LazyExpire  = "lazyfree-lazy-expire"
	LazyEvict   = "lazyfree-lazy-eviction"
)

// PropagateDeletion puts the deletion of a key in place of the command: DEL, or UNLINK where the directive is set. It makes no other
// difference here.
func (c *Call) PropagateDeletion(key []byte, directive string) {
	if !c.Observed {
		return
	}
	word := []byte("DEL")
	if c.Keys.Lazy(directive) {
		word = []byte("UNLINK")
	}
	c.Propagate(word, key)
}

// ForcePropagation has the command propagated although it changed nothing.
func (c *Call) ForcePropagation() { c.Effects.Forced = true }
