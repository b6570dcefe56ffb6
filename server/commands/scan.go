package commands

import (
	"bytes"
	"strconv"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// ScanRows are the rows of the commands that go through all keys.
func ScanRows() []Row {
	return []Row{
		{
			Name: "keys", Arity: 2, Flags: FlagReadonly,
			ACL: ACLKeyspace | ACLDangerous, Group: "generic", Since: "1.0.0",
			Summary:    "Lists the keys that match a pattern.",
			Complexity: "O(N) with N being the number of keys in the database, under the assumption that the key names in the database and the given pattern have limited length.",
			Tips:       []string{"request_policy:all_shards", "nondeterministic_output_order"},
			Syntax:     `pattern:pattern`,
			Handler:    cmdKeys,
		},
		{
			Name: "scan", Arity: -2, Flags: FlagReadonly | FlagTouchesArbitraryKeys,
			ACL: ACLKeyspace, Group: "generic", Since: "2.8.0",
			Summary:    "Walks through the keys of the database step by step.",
			Complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection.",
			History:    []Change{{"6.0.0", "Added the `TYPE` subcommand."}},
			Tips:       []string{"nondeterministic_output", "request_policy:special"},
			Syntax:     `cursor:integer [MATCH=pattern:pattern] [COUNT=count:integer] [TYPE=type@6.0.0]`,
			Handler:    cmdScan,
		},
	}
}

// isStar tells whether a pattern is the one that every key fits, the empty one too.
func isStar(pattern []byte) bool { return len(pattern) == 1 && pattern[0] == '*' }

// cmdKeys answers KEYS pattern.
func cmdKeys(c *Call) {
	if c.Long(c.DB().Len()) {
		c.OnView(replyKeys)
		return
	}
	replyKeys(c, c.DB())
}

func replyKeys(c *Call, db datatypes.Reader) {
	pattern := c.Args[1]
	all := isStar(pattern)
	count, length, p := 0, c.Reply.Defer(), pace{breathe: c.Breathe}
	db.Range(func(key []byte, e datatypes.Entry) bool {
		if (all || Match(pattern, key)) && !e.Expired(c.NowMs) {
			c.Reply.Bulk(key)
			count++
		}
		return p.looked(1)
	})
	c.Reply.SetDeferredArray(length, count)
}

// scanArgs are the options of SCAN and of the scans of collections.
type scanArgs struct {
	cursor  uint64
	count   int64
	pattern []byte // nil where everything fits
	kind    []byte // nil where every type does
	// noValues leaves the values of fields out.
	noValues bool
}

const errCursor = "ERR invalid cursor"

// scanOf is what a scan goes through, which decides about its options.
type scanOf uint8

const (
	scanKeys    scanOf = iota // TYPE
	scanMembers               // none but COUNT and MATCH, which all have
	scanFields                // NOVALUES
)

// parseScan reads the words of a scan from the cursor on.
func parseScan(words [][]byte, of scanOf) (a scanArgs, errText string) {
	cursor, ok := parseCursor(words[0])
	if !ok {
		return a, errCursor
	}
	a, errText = parseScanOptions(words[1:], of)
	a.cursor = cursor
	return a, errText
}

// parseScanOptions reads what stands behind the cursor.
func parseScanOptions(options [][]byte, of scanOf) (a scanArgs, errText string) {
	a.count = 10
	for len(options) > 0 {
		words := 2
		switch option := options[0]; {
		case IsWord(option, "NOVALUES") && of == scanFields:
			a.noValues, words = true, 1
		case len(options) < words:
			return a, ErrSyntax
		case IsWord(option, "COUNT"):
			var ok bool
			if a.count, ok = ParseInt(options[1]); !ok {
				return a, ErrNotInteger
			}
			if a.count < 1 {
				return a, ErrSyntax
			}
		case IsWord(option, "MATCH"):
			a.pattern = options[1]
			if isStar(a.pattern) {
				a.pattern = nil
			}
		case IsWord(option, "TYPE") && of == scanKeys:
			a.kind = options[1]
		default:
			return a, ErrSyntax
		}
		options = options[words:]
	}
	return a, ""
}

// parseCursor reads a cursor as strtoul does, but for blanks before it: empty is 0, and a minus counts from the end of 64 bits.
func parseCursor(word []byte) (cursor uint64, ok bool) {
	digits, negative := UntilZero(word), false
	if len(digits) > 0 && (digits[0] == '-' || digits[0] == '+') {
		negative = digits[0] == '-'
		digits = digits[1:]
		if len(digits) == 0 {
			return 0, false
		}
	}
	if len(digits) == 0 {
		return 0, true
	}
	cursor, err := strconv.ParseUint(string(digits), 10, 64)
	if negative {
		cursor = -cursor
	}
	return cursor, err == nil
}

// cmdScan answers SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]. The cursor is a position in the order of hashes.
func cmdScan(c *Call) {
	a, errText := parseScan(c.Args[1:], scanKeys)
	if errText != "" {
		c.Error(errText)
		return
	}
	if looks := min(a.count, int64(c.DB().Len())); c.Long(int(looks)) {
		c.OnView(func(c *Call, db datatypes.Reader) {
			a, _ := parseScan(c.Args[1:], scanKeys)
			c.replyScan(func() (next uint64, count int) {
				next = c.scan(db, a, func(key []byte) { c.Reply.Bulk(key); count++ }, nil)
				return next, count
			})
		})
		return
	}
	var room [64][]byte
	var expired [][]byte
	keys := room[:0]
	next := c.scan(c.DB(), a, func(key []byte) { keys = append(keys, key) }, func(key []byte) { expired = append(expired, bytes.Clone(key)) })
	c.Reply.Array(2)
	c.Reply.BulkInt(int64(next))
	c.Reply.Array(len(keys))
	for _, key := range keys {
		c.Reply.Bulk(key)
	}
	for _, key := range expired {
		c.expired(c.Client.Database(), key)
		if a.kind != nil {
			c.Event(key, EventKeyMiss, "keymiss")
		}
	}
}

// replyScan replies with a cursor and what a scan meets. walk replies with that, and tells how much it was and the next cursor, which come
// first: what it has met is written down as it comes, since a list of it would take longer than the scan.
func (c *Call) replyScan(walk func() (next uint64, count int)) {
	var met resp.Writer
	met.SetProto(c.Reply.Proto())
	reply := c.Reply
	c.Reply = &met
	next, count := walk()
	c.Reply = reply
	reply.Array(2)
	reply.BulkInt(int64(next))
	reply.Array(count)
	reply.Take(&met)
}

// beginScan reads the words of a scan of a collection, which find looks up. Unless ok, it has replied. As in Redis nothing is asked of the
// options where there is no such key.
func (c *Call) beginScan(e *datatypes.Entry, find func(c *Call, e *datatypes.Entry, key []byte) (found, ok bool), of scanOf) (a scanArgs, ok bool) {
	cursor, ok := parseCursor(c.Args[2])
	if !ok {
		c.Error(errCursor)
		return a, false
	}
	found, ok := find(c, e, c.Args[1])
	if !found {
		if ok {
			c.Reply.Array(2)
			c.Reply.BulkString("0")
			c.Reply.Array(0)
		}
		return a, false
	}
	a, errText := parseScanOptions(c.Args[3:], of)
	if errText != "" {
		c.Error(errText)
		return a, false
	}
	a.cursor = cursor
	return a, true
}

// scanPiece is how many entries are gone through at a time.
const scanPiece = 256

// scanOn goes through as many entries as a scan is to meet, by pieces, and returns the next cursor. step goes through about count from a
// cursor on, and tells how many it has met and the next cursor.
func (c *Call) scanOn(a *scanArgs, step func(cursor uint64, count int) (next uint64, met int)) (next uint64) {
	next = a.cursor
	for left := a.count; ; {
		var met int
		next, met = step(next, int(min(left, scanPiece)))
		if left -= int64(met); next == 0 || left <= 0 || !c.Breathe() {
			return next
		}
	}
}

// isOfKind compares the type of a key, which is none of one that has expired. Redis looks the key up for that, a hit or a miss.
func (c *Call) isOfKind(kind []byte, e *datatypes.Entry) bool {
	name := "none"
	if e.Expired(c.NowMs) {
		c.Outcome.Misses++
	} else {
		c.Outcome.Hits++
		name = e.Kind().String()
	}
	return equalFold(UntilZero(kind), name)
}

// scan gives the next keys to show, and those that have expired to expire, which may be nil: they aren't shown, unless keys of no type
// are asked for. It returns the next cursor.
func (c *Call) scan(db datatypes.Reader, a scanArgs, show, expire func(key []byte)) (next uint64) {
	return c.scanOn(&a, func(cursor uint64, count int) (next uint64, met int) {
		next = db.Scan(cursor, count, func(key []byte, e datatypes.Entry) {
			met++
			if a.pattern != nil && !Match(a.pattern, key) {
				return
			}
			expired := e.Expired(c.NowMs)
			if expired && expire != nil {
				expire(key)
			}
			if a.kind == nil && !expired || a.kind != nil && c.isOfKind(a.kind, &e) {
				show(key)
			}
		})
		return next, met
	})
}
