package commands

import (
	"math"
	"strings"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// ObjectRows are OBJECT and its subcommands.
func ObjectRows() []Row {
	return []Row{
		{
			Name: "object", Arity: -2,
			Group: "generic", Since: "2.2.3",
			Summary:    "Shows how a key is kept.",
			Complexity: "Depends on subcommand.",
			Subcommands: []Row{
				{
					Name: "encoding", Arity: 3, Flags: FlagReadonly,
					Keys: []KeySpec{KeyAt(2, KeyRO)},
					ACL:  ACLKeyspace, Group: "generic", Since: "2.2.3",
					Summary:    "Tells the encoding of a key's value.",
					Complexity: "O(1)",
					Tips:       []string{"nondeterministic_output"},
					Syntax:     `key:key(0)`,
					Handler:    cmdObjectEncoding,
				},
				{
					Name: "freq", Arity: 3, Flags: FlagReadonly,
					Keys: []KeySpec{KeyAt(2, KeyRO)},
					ACL:  ACLKeyspace, Group: "generic", Since: "4.0.0",
					Summary:    "Tells how often a key was used, on a logarithmic scale.",
					Complexity: "O(1)",
					Tips:       []string{"nondeterministic_output"},
					Syntax:     `key:key(0)`,
					Handler:    cmdObjectFreq,
				},
				{
					Name: "help", Arity: 2, Flags: FlagLoading | FlagStale,
					ACL: ACLKeyspace, Group: "generic", Since: "6.2.0",
					Summary:    "Describes the subcommands.",
					Complexity: "O(1)",
					Handler:    cmdObjectHelp,
				},
				{
					Name: "idletime", Arity: 3, Flags: FlagReadonly,
					Keys: []KeySpec{KeyAt(2, KeyRO)},
					ACL:  ACLKeyspace, Group: "generic", Since: "2.2.3",
					Summary:    "Tells for how many seconds a key was not used.",
					Complexity: "O(1)",
					Tips:       []string{"nondeterministic_output"},
					Syntax:     `key:key(0)`,
					Handler:    cmdObjectIdleTime,
				},
				{
					Name: "refcount", Arity: 3, Flags: FlagReadonly,
					Keys: []KeySpec{KeyAt(2, KeyRO)},
					ACL:  ACLKeyspace, Group: "generic", Since: "2.2.3",
					Summary:    "Tells the number of references to a key's value.",
					Complexity: "O(1)",
					Tips:       []string{"nondeterministic_output"},
					Syntax:     `key:key(0)`,
					Handler:    cmdObjectRefCount,
				},
			},
		},
	}
}

const (
	errIdleOfLFU    = "ERR An LFU maxmemory policy is selected, idle time not tracked." + errSwitchPolicy
	errFreqOfLRU    = "ERR An LFU maxmemory policy is not selected, access frequency not tracked." + errSwitchPolicy
	errSwitchPolicy = " Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."
)

// object looks a key up for OBJECT, which is neither a use of it nor told as a miss; ok is false if the null has been replied.
func (c *Call) object(e *datatypes.Entry) (ok bool) {
	if ok = c.find(e, c.Args[2], false); ok {
		c.Outcome.Hits++
	} else {
		c.Outcome.Misses++
		c.Reply.Null()
	}
	return ok
}

// cmdObjectEncoding answers OBJECT ENCODING key.
func cmdObjectEncoding(c *Call) {
	var e datatypes.Entry
	if c.object(&e) {
		c.Reply.BulkString(e.Encoding())
	}
}

// Redis keeps integers below 10,000 once for all keys, and says so with the largest count.
const (
	sharedIntegers = 10_000
	sharedCount    = math.MaxInt32
)

// References is how many keys Redis would say share the object of a value: nothing is shared here, but of small integers Redis says that
// they are.
func (c *Call) References(e *datatypes.Entry) int64 {
	if n, ok := e.Int(); ok && 0 <= n && n < sharedIntegers && c.Keys.SharesIntegers() {
		return sharedCount
	}
	return 1
}

// cmdObjectRefCount answers OBJECT REFCOUNT key.
func cmdObjectRefCount(c *Call) {
	var e datatypes.Entry
	if c.object(&e) {
		c.Reply.Int(c.References(&e))
	}
}

// cmdObjectIdleTime answers OBJECT IDLETIME key.
func cmdObjectIdleTime(c *Call) {
	var e datatypes.Entry
	switch {
	case !c.object(&e):
	case strings.HasSuffix(c.Keys.EvictionPolicy(), "-lfu"):
		c.Error(errIdleOfLFU)
	default:
		c.Reply.Int(c.IdleS(&e))
	}
}

// cmdObjectFreq answers OBJECT FREQ key.
func cmdObjectFreq(c *Call) {
	var e datatypes.Entry
	switch {
	case !c.object(&e):
	case !strings.HasSuffix(c.Keys.EvictionPolicy(), "-lfu"):
		c.Error(errFreqOfLRU)
	default:
		c.Reply.Int(int64(c.Frequency(&e)))
	}
}

// cmdObjectHelp answers OBJECT HELP.
func cmdObjectHelp(c *Call) {
	c.Help(
		"ENCODING <key>",
		"    Return the kind of internal representation used in order to store the value",
		"    associated with a <key>.",
		"FREQ <key>",
		"    Return the access frequency index of the <key>. The returned integer is",
		"    proportional to the logarithm of the recent access frequency of the key.",
		"IDLETIME <key>",
		"    Return the idle time of the <key>, that is the approximated number of",
		"    seconds elapsed since the last access to the key.",
		"REFCOUNT <key>",
		"    Return the number of references of the value associated with the specified",
		"    <key>.",
	)
}
