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

// Effects is what one command did to the keyspace, as its handler declares it beside each change. The log, replicas, keyspace events,
// WATCH and tracking are all fed from it, in the section that ran the command. A call's Effects are used again for its next command.
//
// A write that changed something is propagated as it was sent, unless the handler puts other commands in its place: those whose run
// gives the same result at any time and on any copy (SET with a deadline for SET with a time to live, DEL for a GETEX in the past).
type Effects struct {
	// Changes counts changes as rdb_changes_since_last_save does; 0 means that nothing happened and nothing is propagated.
	Changes int
	// Events are the keyspace events in order.
	Events []Event
	// Commands, unless empty, are propagated in place of the command as sent.
	Commands [][][]byte
	// Touched are the keys that were modified, for WATCH and tracking; of the client's database unless Flushed.
	Touched [][]byte
	// Flushed says that a whole database changed: its index, or AllDatabases.
	Flushed int
}

// NoDatabase and AllDatabases are values of Effects.Flushed beside an index.
const (
	NoDatabase   = -2
	AllDatabases = -1
)

// keptEffects is how many places a client keeps for its next commands.
const keptEffects = 64

func (fx *Effects) reset() {
	if fx.Changes != 0 || len(fx.Events) != 0 || len(fx.Commands) != 0 || len(fx.Touched) != 0 {
		clear(fx.Events)
		clear(fx.Commands)
		clear(fx.Touched)
		fx.Events, fx.Commands, fx.Touched = fx.Events[:0], fx.Commands[:0], fx.Touched[:0]
		if cap(fx.Events) > keptEffects || cap(fx.Commands) > keptEffects || cap(fx.Touched) > keptEffects {
			fx.Events, fx.Commands, fx.Touched = nil, nil, nil
		}
	}
	fx.Changes, fx.Flushed = 0, NoDatabase
}

// Changed declares one change of key with its event.
func (c *Call) Changed(key []byte, class EventClass, event string) {
	fx := &c.Effects
	fx.Changes++
	fx.Touched = append(fx.Touched, key)
	fx.Events = append(fx.Events, Event{class, event, key, c.Client.Database()})
}

// Event declares a further event that comes with no change of its own.
func (c *Call) Event(key []byte, class EventClass, event string) {
	c.Effects.Events = append(c.Effects.Events, Event{class, event, key, c.Client.Database()})
}

// Flushed declares that count keys went with the database of that index, or with AllDatabases. Redis propagates a flush even of an empty
// database.
func (c *Call) Flushed(index, count int) {
	c.Effects.Changes += max(count, 1)
	c.Effects.Flushed = index
}

// Propagate puts a command in place of the one that was sent; several calls make a list.
func (c *Call) Propagate(words ...[]byte) { c.Effects.Commands = append(c.Effects.Commands, words) }
