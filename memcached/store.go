package memcached

import "github.com/cinnabar-db/cinnabar/datatypes"

// Store is the keyspace as one request sees it, given by the server for the time of Runner.Run: the keys of one database at one time. Entries are
// good until the next change. What changes something is called in the exclusive section only, and declares its effects itself.
type Store interface {
	// NowMs is the request's time, Unix milliseconds.
	NowMs() int64
	// Exclusive tells whether the request may change anything.
	Exclusive() bool
	// Find looks a key up for reading, Look for reading what is about it, which is no use of the key, and Peek for writing. All of them find
	// strings and others.
	Find(e *datatypes.Entry, key []byte) bool
	Look(e *datatypes.Entry, key []byte) bool
	Peek(e *datatypes.Entry, key []byte) bool
	// IdleS is for how many seconds a key that was found wasn't used.
	IdleS(e *datatypes.Entry) int64
	// Long tells whether so many bytes of values are to be replied from a view.
	Long(bytes int) bool
	// Full tells whether there is no memory for what a request would store.
	Full() bool

	// Put stores a value in place of what was there; e is what looking the key up has just returned, and becomes a look at the new entry.
	Put(e *datatypes.Entry, key []byte, change *Change)
	// Append adds to a string that is there. Deadline and flags stay.
	Append(e *datatypes.Entry, key, value []byte)
	// Note gives a string another note. Unless it is told, that is nobody's affair: it has got a number.
	Note(e *datatypes.Entry, key []byte, note *datatypes.Note, told bool)
	// SetDeadline gives a key that is there another deadline, or none.
	SetDeadline(e *datatypes.Entry, key []byte, deadlineMs int64)
	// Delete deletes a key that is there.
	Delete(e *datatypes.Entry, key []byte)
	// Flush deletes every key at that time, or at once with 0. It takes the place of one that was to come.
	Flush(atMs int64)
	// NextNumber gives a number that was never given before, larger than all of them. LastNumber is the last one.
	NextNumber() uint64
	LastNumber() uint64

	// Login tells whether a password is right; from then on the connection is as good as any.
	Login(user, password []byte) bool
	// Counters are those that this request counts in.
	Counters() *Counters
	// Status says what stats tells, and Connected calls yield for every connection of this protocol: which file it is, who is there, and for how
	// many seconds it was silent. With ResetCounters all counters begin anew.
	Status(status *Status)
	Connected(yield func(file int, addr string, silentS int64))
	ResetCounters()
}

// Change is a value to be stored.
type Change struct {
	Value []byte
	// DeadlineMs is when it expires, Unix milliseconds, or datatypes.NoDeadline.
	DeadlineMs int64
	// Note is what it carries beside it.
	Note datatypes.Note
	// Event is what is told of it.
	Event Event
}

// Event is the kind of a change of a value.
type Event uint8

// The kinds of changes: a value that was sent, one that was added to one there, one that was reckoned from the one there.
const (
	EventSet Event = iota
	EventPrepend
	EventIncrement
	EventDecrement
)

// Reply takes replies, which it copies.
type Reply interface {
	Raw(b []byte)
	RawString(s string)
}

// Limits are what a connection's requests are held to.
type Limits struct {
	// ItemMax is the largest item in bytes, reckoned as memcached does: with key, flags and 59 bytes more.
	ItemMax int
	// Unauthenticated is set as long as the connection must log in.
	Unauthenticated bool
	// Password is set where there is a password at all.
	Password bool
}

// Sizes that memcached reckons with.
const (
	// KeyMax is the longest key.
	KeyMax = 250
	// itemHeader is what an item has beside key and value: its header, the number, a zero behind the key, a line end behind the value.
	itemHeader = 48 + 8 + 1 + 2
	flagsSize  = 4
)

// fits tells whether an item isn't too large.
func (l *Limits) fits(key int, flags uint32, value int) bool {
	size := itemHeader + key + value
	if flags != 0 {
		size += flagsSize
	}
	return size <= l.ItemMax
}
