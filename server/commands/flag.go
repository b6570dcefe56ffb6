package commands

import "math/bits"

// Flag is a set of properties of a command: those that COMMAND INFO shows and a few that Redis keeps to itself.
type Flag uint32

// The flags, in the order in which COMMAND INFO shows them.
const (
	// FlagWrite marks a command that may change keys; it runs in the exclusive section.
	FlagWrite Flag = 1 << iota
	// FlagReadonly marks a command that reads keys.
	FlagReadonly
	// FlagDenyOOM marks a command that is refused when memory is short.
	FlagDenyOOM
	// FlagModule marks a module's command.
	FlagModule
	// FlagAdmin marks a command for administrators; it is not shown to MONITOR.
	FlagAdmin
	// FlagPubSub marks a command about channels.
	FlagPubSub
	// FlagNoScript marks a command that scripts may not call.
	FlagNoScript
	// FlagBlocking marks a command that may block its client.
	FlagBlocking
	// FlagLoading marks a command that is allowed while data is being loaded.
	FlagLoading
	// FlagStale marks a command that a replica without its master may run although its data is old.
	FlagStale
	// FlagSkipMonitor marks a command that MONITOR does not show.
	FlagSkipMonitor
	// FlagSkipSlowlog marks a command that the slow log does not keep.
	FlagSkipSlowlog
	// FlagAsking marks a command that behaves as if ASKING had come before it.
	FlagAsking
	// FlagFast marks a command that costs O(1) or O(log N).
	FlagFast
	// FlagNoAuth marks a command that needs no authentication.
	FlagNoAuth
	// FlagNoMandatoryKeys marks a command with key specs that may come without a key.
	FlagNoMandatoryKeys
	// FlagNoAsyncLoading marks a command that is refused while a replica loads beside its old data.
	FlagNoAsyncLoading
	// FlagNoMulti marks a command that may not stand in a transaction.
	FlagNoMulti
	// FlagMovableKeys is derived: first, last and step don't tell where all keys are.
	FlagMovableKeys
	// FlagAllowBusy marks a command that runs while a script keeps the server busy.
	FlagAllowBusy

	// FlagMayReplicate, and those below, are not shown. This one marks a command that may propagate something without being a write.
	FlagMayReplicate
	// FlagProtected marks a command that enable-debug-command and its like must allow.
	FlagProtected
	// FlagTouchesArbitraryKeys marks a command that reaches keys which its arguments don't name.
	FlagTouchesArbitraryKeys
	// FlagSystem marks a command of the server's own, of which COMMAND DOCS says "syscmd".
	FlagSystem
	// FlagUnqueued marks a command that runs at once although a transaction has begun.
	FlagUnqueued
	// FlagSubscriber marks a command that a subscriber may send in RESP2.
	FlagSubscriber

	firstHiddenFlag = FlagMayReplicate
)

// flagNames are in the order of the constants.
var flagNames = [...]string{"write", "readonly", "denyoom", "module", "admin", "pubsub", "noscript", "blocking", "loading", "stale",
	"skip_monitor", "skip_slowlog", "asking", "fast", "no_auth", "no_mandatory_keys", "no_async_loading", "no_multi", "movablekeys",
	"allow_busy", "may_replicate", "protected", "touches_arbitrary_keys", "syscmd", "unqueued", "subscriber"}

// Shown is f without the flags that COMMAND INFO hides.
func (f Flag) Shown() Flag { return f & (firstHiddenFlag - 1) }

// Names are the flags' names in COMMAND INFO's order.
func (f Flag) Names() []string { return setNames(uint32(f), flagNames[:]) }

// Category is a set of ACL categories.
type Category uint32

// The categories, in the order in which ACL CAT shows them. Read, write, admin, dangerous, pubsub, fast, slow and blocking follow from
// flags and need not stand in a row.
const (
	ACLKeyspace Category = 1 << iota
	ACLRead
	ACLWrite
	ACLSet
	ACLSortedSet
	ACLList
	ACLHash
	ACLString
	ACLBitmap
	ACLHyperLogLog
	ACLGeo
	ACLStream
	ACLPubSub
	ACLAdmin
	ACLFast
	ACLSlow
	ACLBlocking
	ACLDangerous
	ACLConnection
	ACLTransaction
	ACLScripting
)

var categoryNames = [...]string{"keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap", "hyperloglog", "geo",
	"stream", "pubsub", "admin", "fast", "slow", "blocking", "dangerous", "connection", "transaction", "scripting"}

// Names are the categories' names, without "@", in ACL CAT's order.
func (c Category) Names() []string { return setNames(uint32(c), categoryNames[:]) }

// CategoryNames are the names of all categories in ACL CAT's order.
func CategoryNames() []string { return append([]string(nil), categoryNames[:]...) }

// CategoryByName finds a category by its name without "@", in any case; 0 means that there is none.
func CategoryByName[T []byte | string](name T) Category {
	for i, known := range categoryNames {
		if equalFold(name, known) {
			return 1 << i
		}
	}
	return 0
}

// implied adds to c the categories that follow from a command's flags, as Redis does at start: scripting commands are not readers, and
// what is not fast is slow.
func (c Category) implied(f Flag) Category {
	if f&FlagWrite != 0 {
		c |= ACLWrite
	}
	if f&FlagReadonly != 0 && c&ACLScripting == 0 {
		c |= ACLRead
	}
	if f&FlagAdmin != 0 {
		c |= ACLAdmin | ACLDangerous
	}
	if f&FlagPubSub != 0 {
		c |= ACLPubSub
	}
	if f&FlagFast != 0 {
		c |= ACLFast
	}
	if f&FlagBlocking != 0 {
		c |= ACLBlocking
	}
	if c&ACLFast == 0 {
		c |= ACLSlow
	}
	return c
}

// setNames lists the names of set's members; bit i is called names[i].
func setNames(set uint32, names []string) []string {
	list := make([]string, 0, bits.OnesCount32(set))
	for ; set != 0; set &= set - 1 {
		list = append(list, names[bits.TrailingZeros32(set)])
	}
	return list
}

// equalFold compares as strcasecmp does in the C locale; lower is in lower case.
func equalFold[T []byte | string](word T, lower string) bool {
	if len(word) != len(lower) {
		return false
	}
	for i := range len(word) {
		b := word[i]
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		if b != lower[i] {
			return false
		}
	}
	return true
}
