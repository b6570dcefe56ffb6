package commands

import (
	"math"

	"github.com/cinnabar-db/cinnabar/datatypes"
)

// NewerStringRows are the rows of string commands that Redis 7.0 doesn't have, as their documents define them. What they do is propagated
// in the words of 7.0, so that an older replica or log reader understands it.
func NewerStringRows() []Row {
	return []Row{
		{
			Name: "digest", Arity: 2, Flags: FlagReadonly | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRO|KeyAccess)},
			ACL:  ACLString, Group: "string", Since: "8.4.0",
			Summary:    "Tells the digest of a string, XXH3 with 64 bits in hexadecimal digits.",
			Complexity: "O(N) where N is the length of the string value.",
			Syntax:     `key:key(0)`,
			Handler:    cmdDigest,
		},
		{
			Name: "delex", Arity: -2, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: Range(0, 1, 0), Flags: KeyRW | KeyDelete | KeyVariableFlags,
				Notes: "ACCESS with a condition, which reads the value",
			}}, KeysFunc: keysOfDelEX,
			ACL: ACLString, Group: "string", Since: "8.4.0",
			Summary:    "Deletes a key if its value, or the digest of that, is or isn't the one given.",
			Complexity: "O(1) for IFEQ/IFNE, O(N) for IFDEQ/IFDNE where N is the length of the string value.",
			Syntax:     `key:key(0) [condition:<IFEQ=ifeq-value|IFNE=ifne-value|IFDEQ=ifdeq-digest|IFDNE=ifdne-digest>]`,
			Handler:    cmdDelEX,
		},
		{
			Name: "delifeq", Arity: 3, Flags: FlagWrite,
			Keys: []KeySpec{KeyAt(1, KeyRM|KeyAccess|KeyDelete)},
			ACL:  ACLString, Group: "string", Since: "9.0.0",
			Summary:    "Deletes a key if its value is the one given. A command of Valkey.",
			Complexity: "O(1)",
			Syntax:     `key:key(0) value`,
			Handler:    cmdDelIfEq,
		},
		{
			Name: "msetex", Arity: -4, Flags: FlagWrite | FlagDenyOOM,
			Keys: []KeySpec{{Begin: AtIndex(1), Find: KeyNum(0, 1, 2), Flags: KeyOW | KeyUpdate}},
			ACL:  ACLString, Group: "string", Since: "8.4.0",
			Summary:    "Stores several strings at once with one deadline, if none of the keys exists or if all do.",
			Complexity: "O(N) where N is the number of keys to set.",
			Tips:       []string{"request_policy:multi_shard", "response_policy:all_succeeded"},
			Syntax: `numkeys:integer data:{key:key(0) value}... [condition:<"NX"|"XX">] [expiration:<EX=seconds:integer|PX=milliseconds:integer|
				EXAT=unix-time-seconds:unix-time|PXAT=unix-time-milliseconds:unix-time|"KEEPTTL">]`,
			Handler: cmdMSetEX,
		},
		{
			Name: "increx", Arity: -2, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
			ACL:  ACLString, Group: "string", Since: "8.8.0",
			Summary:    "Adds a number within bounds, and sets a deadline.",
			Complexity: "O(1)",
			Syntax: `key:key(0) [increment:<BYFLOAT=float:double|BYINT=integer:integer>] ["SATURATE"] [LBOUND=lowerbound] [UBOUND=upperbound]
				[expiration:<EX=seconds:integer|PX=milliseconds:integer|EXAT=unix-time-seconds:unix-time|
				PXAT=unix-time-milliseconds:unix-time|"PERSIST">] ["ENX"]`,
			Handler: cmdIncrEX,
		},
	}
}

const (
	errDelEXType      = "ERR Key should be of string type if conditions are specified"
	errDelEXCondition = "ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE"
	errMSetEXCount    = "ERR invalid numkeys value"
	errMSetEXPairs    = "ERR wrong number of key-value pairs"
)

// keysOfDelEX tells a DELEX that reads from one that doesn't.
func keysOfDelEX(args [][]byte, dst []KeyRef) []KeyRef {
	if len(args) > 2 {
		return append(dst, KeyRef{1, KeyRW | KeyAccess | KeyDelete})
	}
	return append(dst, KeyRef{1, KeyRM | KeyDelete})
}

// cmdDigest answers DIGEST key.
func cmdDigest(c *Call) {
	var e datatypes.Entry
	switch {
	case !c.findString(&e, c.Args[1]):
	case c.longCopy(e.StringLen()):
		c.OnView(func(c *Call, db datatypes.Reader) {
			var e datatypes.Entry
			db.Find(&e, c.Args[1], c.NowMs)
			c.replyDigest(&e)
		})
	default:
		c.replyDigest(&e)
	}
}

func (c *Call) replyDigest(e *datatypes.Entry) {
	var room [digestBytes]byte
	c.Reply.Bulk(appendDigest(room[:0], digestOf(e)))
}

// cmdDelEX answers DELEX key [IFEQ value | IFNE value | IFDEQ digest | IFDNE digest].
func cmdDelEX(c *Call) {
	if len(c.Args) != 2 && len(c.Args) != 4 {
		c.WrongArgs()
		return
	}
	key := c.Args[1]
	var e datatypes.Entry
	if !c.Peek(&e, key) {
		c.Reply.Int(0)
		return
	}
	var wanted condition
	if len(c.Args) == 4 {
		if e.Kind() != datatypes.KindString {
			c.Error(errDelEXType)
			return
		}
		if _, errText := wanted.take(c.Args[2:]); errText != "" {
			c.Error(errText)
			return
		}
		if !wanted.reads() {
			c.Error(errDelEXCondition)
			return
		}
	}
	c.deleteIf(wanted.holds(&e, true))
}

// cmdDelIfEq answers DELIFEQ key value.
func cmdDelIfEq(c *Call) {
	var e datatypes.Entry
	found, ok := c.peekString(&e, c.Args[1])
	if ok {
		c.deleteIf(found && equals(&e, c.Args[2]))
	}
}

// deleteIf deletes the command's key, or leaves it, and replies how many were deleted.
func (c *Call) deleteIf(wanted bool) {
	if !wanted {
		c.Reply.Int(0)
		return
	}
	key := c.Args[1]
	c.Edit().Delete(key)
	c.Changed(key, EventGeneric, "del")
	c.PropagateDeletion(key, LazyUserDel)
	c.Reply.Int(1)
}

// msetexArgs are the words of MSETEX.
type msetexArgs struct {
	pairs     [][]byte
	condition condition
	expireArgs
}

func parseMSetEX(words [][]byte) (a msetexArgs, errText string) {
	count, ok := ParseInt(words[0])
	if !ok || count < 1 || count > math.MaxInt32 {
		return a, errMSetEXCount
	}
	words = words[1:]
	if count*2 > int64(len(words)) {
		return a, errMSetEXPairs
	}
	a.pairs, words = words[:count*2], words[count*2:]
	for len(words) > 0 {
		used := a.take(words, "KEEPTTL")
		if used == 0 && parseConditionKind(words[0]) < ifEqual {
			used, _ = a.condition.take(words)
		}
		if used == 0 {
			return a, ErrSyntax
		}
		words = words[used:]
	}
	return a, ""
}

// cmdMSetEX answers MSETEX numkeys key value [key value ...] [NX | XX] [EX seconds | PX ms | EXAT seconds | PXAT ms | KEEPTTL].
func cmdMSetEX(c *Call) {
	args, errText := parseMSetEX(c.Args[1:])
	var deadlineMs int64
	if errText == "" {
		deadlineMs, errText = args.deadline(c.NowMs, "msetex")
	}
	if errText != "" {
		c.Error(errText)
		return
	}
	var found datatypes.Entry
	for i := 0; i < len(args.pairs); i += 2 {
		if args.condition.kind != always && !args.condition.holds(&found, c.Peek(&found, args.pairs[i])) {
			c.Reply.Int(0)
			return
		}
	}
	for i := 0; i < len(args.pairs); i += 2 {
		key, value, until := args.pairs[i], args.pairs[i+1], deadlineMs
		if c.Peek(&found, key) && args.keyword {
			until = found.DeadlineMs()
		}
		c.store(&found, key, value, until)
		c.Changed(key, EventString, "set")
		if args.unit != expireNone {
			c.Event(key, EventGeneric, "expire")
		}
	}
	if c.Observed {
		c.propagateMSetEX(&args, deadlineMs)
	}
	c.Reply.Int(1)
}

func (c *Call) propagateMSetEX(args *msetexArgs, deadlineMs int64) {
	if args.unit == expireNone && !args.keyword {
		c.Propagate(append([][]byte{[]byte("MSET")}, args.pairs...)...)
		return
	}
	for i := 0; i < len(args.pairs); i += 2 {
		if args.keyword {
			c.Propagate([]byte("SET"), args.pairs[i], args.pairs[i+1], []byte("KEEPTTL"))
			continue
		}
		c.propagateDeadline(args.pairs[i], args.pairs[i+1], deadlineMs)
	}
}
