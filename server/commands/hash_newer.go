package commands

import (
	"math"
	"strconv"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

// newerHashRows are the rows of the commands about fields with deadlines that Redis 8.0 has brought. What they do is propagated in the words
// of 7.4 where it has some.
func newerHashRows() []Row {
	return []Row{
		{
			Name: "hgetdel", Arity: -5, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyDelete)},
			ACL:  ACLHash, Group: "hash", Since: "8.0.0",
			Summary:    "Reads fields of a hash and deletes them, and the hash with its last one.",
			Complexity: "O(N) where N is the number of specified fields",
			Syntax:     `key:key(0) FIELDS=fields:{numfields:integer field...}`,
			Handler:    cmdHGetDel,
		},
		{
			Name: "hgetex", Arity: -5, Flags: FlagWrite | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyAccess|KeyUpdate)},
			ACL:  ACLHash, Group: "hash", Since: "8.0.0",
			Summary:    "Reads fields of a hash, and gives them a deadline or takes theirs away.",
			Complexity: "O(N) where N is the number of specified fields",
			Syntax: `key:key(0) [expiration:<EX=seconds:integer|PX=milliseconds:integer|EXAT=unix-time-seconds:unix-time|
				PXAT=unix-time-milliseconds:unix-time|"PERSIST">] FIELDS=fields:{numfields:integer field...}`,
			Handler: cmdHGetEX,
		},
		{
			Name: "hsetex", Arity: -6, Flags: FlagWrite | FlagDenyOOM | FlagFast,
			Keys: []KeySpec{KeyAt(1, KeyRW|KeyUpdate)},
			ACL:  ACLHash, Group: "hash", Since: "8.0.0",
			Summary:    "Sets fields of a hash with one deadline, if none of them exists or if all do.",
			Complexity: "O(N) where N is the number of fields being set.",
			Syntax: `key:key(0) [condition:<"FNX"|"FXX">] [expiration:<EX=seconds:integer|PX=milliseconds:integer|
				EXAT=unix-time-seconds:unix-time|PXAT=unix-time-milliseconds:unix-time|"KEEPTTL">]
				FIELDS=fields:{numfields:integer data:{field value}...}`,
			Handler: cmdHSetEX,
		},
	}
}

const (
	errFieldsInvalid  = "ERR invalid number of fields"
	errNoExpireTime   = "ERR missing expire time"
	errOneFieldCheck  = "ERR Only one of FXX or FNX arguments can be specified"
	errOneFieldExpiry = "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"
	// maxFieldPairs is how many fields HSETEX may name.
	maxFieldPairs = math.MaxInt32
)

// fieldUnitDeadline is fieldDeadline for what follows EX, PX, EXAT or PXAT.
func (c *Call) fieldUnitDeadline(unit expireUnit, word []byte) (deadlineMs int64, errText string) {
	baseMs, scale := int64(0), int64(1)
	if unit == expireSeconds || unit == expireMs {
		baseMs = c.NowMs
	}
	if unit == expireSeconds || unit == expireAtSeconds {
		scale = 1000
	}
	return c.fieldDeadline(word, baseMs, scale)
}

// expireNamed has those of some fields go that are due, every step-th of words, and tells how many. What e has found, a hash or nothing, is
// looked up again if that has changed it. The events are the caller's to declare.
func (c *Call) expireNamed(e *datatypes.Entry, key []byte, words [][]byte, step int) (expired int) {
	f := e.Hash()
	if next := f.NextDeadline(); next == hash.NoDeadline || next > c.NowMs {
		return 0
	}
	for i := 0; i < len(words); i += step {
		if c.expireNamedField(e, key, words[i]) {
			expired++
		}
	}
	return expired
}

// expiredNamed is expireNamed for who does nothing else: it declares the events.
func (c *Call) expiredNamed(e *datatypes.Entry, key []byte, words [][]byte) {
	if c.expireNamed(e, key, words, 1) > 0 {
		c.Event(key, EventHash, "hexpired")
		c.emptied(e, key)
	}
}

// expireNamedField is expireNamed for one field.
func (c *Call) expireNamedField(e *datatypes.Entry, key, field []byte) (expired bool) {
	f := e.Hash()
	if at := f.Find(field); !at.Found() || at.Live(c.NowMs) {
		return false
	}
	if count, _ := c.Keys.ExpireFields(c.Client.Database(), key, field); count == 0 {
		return false
	}
	c.DB().Find(e, key, c.NowMs)
	return true
}

// cmdHGetDel answers HGETDEL key FIELDS count field [field ...].
func cmdHGetDel(c *Call) {
	key := c.Args[1]
	var e datatypes.Entry
	if _, ok := c.peekHash(&e, key); !ok {
		return
	}
	fields, errText := parseNamedFields(c.Args[2:], errFieldsPositive)
	if errText != "" {
		c.Error(errText)
		return
	}
	c.Reply.Array(len(fields))
	expired, deleted := c.expireNamed(&e, key, fields, 1), 0
	if e.Found() {
		c.Edit().ChangeHash(&e, key, datatypes.NoneSet, func(f *hash.Form, edit *hash.Edit) {
			for _, field := range fields {
				if at := c.replyPlace(f, field); at.Live(c.NowMs) {
					f.DeleteAt(edit, &at)
					deleted++
				}
			}
		})
	} else {
		c.replyNulls(fields)
	}
	if expired > 0 {
		c.Event(key, EventHash, "hexpired")
	}
	if deleted > 0 {
		c.Changed(key, EventHash, "hdel")
		c.Counted(deleted - 1)
		if c.Observed {
			c.Propagate(append([][]byte{[]byte("HDEL"), key}, fields...)...)
		}
	}
	if expired+deleted > 0 {
		c.emptied(&e, key)
	}
}

// replyPlace replies with the value of a field, and tells where it is.
func (c *Call) replyPlace(f *hash.Form, field []byte) hash.Place {
	at := f.Find(field)
	if at.Live(c.NowMs) {
		c.replyMember(&at.Value)
	} else {
		c.Reply.Null()
	}
	return at
}

func (c *Call) replyNulls(fields [][]byte) {
	for range fields {
		c.Reply.Null()
	}
}

// hgetexArgs is what HGETEX is asked for.
type hgetexArgs struct {
	unit       expireUnit
	deadlineMs int64
	persist    bool
	// fields are those that are named, named the words from FIELDS on.
	fields, named [][]byte
}

// parseHGetEX reads what stands behind the key.
func (c *Call) parseHGetEX(words [][]byte) (a hgetexArgs, errText string) {
	a.named = words
	if a.unit = parseExpireUnit(words[0]); a.unit != expireNone {
		a.named = words[2:]
		if a.deadlineMs, errText = c.fieldUnitDeadline(a.unit, words[1]); errText != "" {
			return a, errText
		}
	} else if a.persist = IsWord(words[0], "PERSIST"); a.persist {
		a.named = words[1:]
	}
	a.fields, errText = parseNamedFields(a.named, errFieldsPositive)
	return a, errText
}

// cmdHGetEX answers HGETEX key [EX seconds | PX ms | EXAT seconds | PXAT ms | PERSIST] FIELDS count field [field ...].
func cmdHGetEX(c *Call) {
	key := c.Args[1]
	var e datatypes.Entry
	if _, ok := c.peekHash(&e, key); !ok {
		return
	}
	a, errText := c.parseHGetEX(c.Args[2:])
	if errText != "" {
		c.Error(errText)
		return
	}
	c.Reply.Array(len(a.fields))
	expired := c.expireNamed(&e, key, a.fields, 1)
	if expired > 0 {
		c.Event(key, EventHash, "hexpired")
	}
	var names [][]byte // of those that have changed
	switch {
	case !e.Found():
		c.replyNulls(a.fields)
	case a.unit == expireNone && !a.persist:
		f := e.Hash()
		for _, field := range a.fields {
			c.replyPlace(&f, field)
		}
	default:
		c.Edit().ChangeHash(&e, key, datatypes.NoneSet, func(f *hash.Form, edit *hash.Edit) {
			for _, field := range a.fields {
				at := c.replyPlace(f, field)
				if at.Live(c.NowMs) && a.apply(c, f, edit, &at, field) {
					names = append(names, field)
				}
			}
		})
	}
	if len(names) > 0 {
		c.declareHGetEX(&a, key, names)
	}
	if expired+len(names) > 0 {
		c.emptied(&e, key)
	}
}

// past tells whether the fields are to go.
func (a *hgetexArgs) past(c *Call) bool { return a.unit != expireNone && a.deadlineMs <= c.NowMs }

// apply does with a field what is asked for, and tells whether that has changed it.
func (a *hgetexArgs) apply(c *Call, f *hash.Form, edit *hash.Edit, at *hash.Place, field []byte) (changed bool) {
	switch {
	case a.past(c):
		f.DeleteAt(edit, at)
	case a.persist && at.DeadlineMs == hash.NoDeadline:
		return false
	default:
		f.SetDeadlineAt(edit, at, field, a.deadlineMs) // none with PERSIST
	}
	return true
}

// declareHGetEX declares what has become of fields.
func (c *Call) declareHGetEX(a *hgetexArgs, key []byte, names [][]byte) {
	words := [][]byte{[]byte("HPERSIST"), key}
	switch {
	case a.past(c):
		c.Changed(key, EventHash, "hdel")
		c.Effects.ExpiredFields = len(names)
		c.propagateFieldDeletions(key, names)
	case a.persist:
		c.Changed(key, EventHash, "hpersist")
	default:
		c.Changed(key, EventHash, "hexpire")
		words = [][]byte{[]byte("HPEXPIREAT"), key, strconv.AppendInt(nil, a.deadlineMs, 10)}
	}
	c.Counted(len(names) - 1)
	if c.Observed && !a.past(c) {
		c.Propagate(append(words, a.named...)...)
	}
}

// hsetexArgs is what HSETEX is asked for.
type hsetexArgs struct {
	ifNone, ifAll bool
	unit          expireUnit
	deadlineMs    int64
	keep          bool
	// unitAt is which argument names the unit.
	unitAt int
	// pairs are fields and values, which take turns.
	pairs [][]byte
}

// parseHSetEX reads what stands behind the key.
func (c *Call) parseHSetEX() (a hsetexArgs, errText string) {
	for i := 2; i < len(c.Args); i++ {
		word, rest := c.Args[i], c.Args[i+1:]
		unit := parseExpireUnit(word)
		switch keep := IsWord(word, "KEEPTTL"); {
		case IsWord(word, "FIELDS"):
			a.pairs, errText = c.parseFieldPairs(rest)
			return a, errText
		case unit != expireNone || keep:
			switch {
			case a.unit != expireNone || a.keep:
				return a, errOneFieldExpiry
			case keep:
				a.keep = true
				continue
			case len(rest) == 0:
				return a, errNoExpireTime
			}
			a.unit, a.unitAt = unit, i
			if a.deadlineMs, errText = c.fieldUnitDeadline(unit, rest[0]); errText != "" {
				return a, errText
			}
			i++
		case IsWord(word, "FXX"), IsWord(word, "FNX"):
			if a.ifNone || a.ifAll {
				return a, errOneFieldCheck
			}
			a.ifAll = IsWord(word, "FXX")
			a.ifNone = !a.ifAll
		default:
			return a, "ERR unknown argument: " + string(UntilZero(word))
		}
	}
	return a, c.wrongArgsText()
}

// parseFieldPairs reads count field value [field value ...].
func (c *Call) parseFieldPairs(words [][]byte) (pairs [][]byte, errText string) {
	if len(words) < 3 {
		return nil, c.wrongArgsText()
	}
	pairs = words[1:]
	switch n, ok := ParseInt(words[0]); {
	case !ok || n < 1 || n > maxFieldPairs:
		return nil, errFieldsInvalid
	case 2*n != int64(len(pairs)):
		return nil, c.wrongArgsText()
	}
	return pairs, ""
}

// cmdHSetEX answers HSETEX key [FNX | FXX] [EX seconds | PX ms | EXAT seconds | PXAT ms | KEEPTTL] FIELDS count field value [field value ...].
func cmdHSetEX(c *Call) {
	key := c.Args[1]
	a, errText := c.parseHSetEX()
	if errText != "" {
		c.Error(errText)
		return
	}
	var e datatypes.Entry
	found, ok := c.peekHash(&e, key)
	if !ok {
		return
	}
	expired, met := c.checkFields(&e, key, &a)
	if expired > 0 {
		c.Event(key, EventHash, "hexpired")
	}
	if !met {
		if expired > 0 {
			c.emptied(&e, key)
		}
		c.Reply.Int(0)
		return
	}
	if !found {
		c.Event(key, EventNew, "new")
	}
	c.setFieldPairs(&e, key, &a)
	c.Reply.Int(1)
}

// checkFields tells whether the condition of HSETEX is met. Fields that are found due on the way go; so do those that would keep their deadlines.
func (c *Call) checkFields(e *datatypes.Entry, key []byte, a *hsetexArgs) (expired int, met bool) {
	for i := 0; i < len(a.pairs) && (a.ifNone || a.ifAll); i += 2 {
		field := a.pairs[i]
		if c.expireNamedField(e, key, field) {
			expired++
		}
		if f := e.Hash(); f.Has(field, c.NowMs) != a.ifAll {
			return expired, false
		}
	}
	if a.keep {
		expired += c.expireNamed(e, key, a.pairs, 2)
	}
	return expired, true
}

// setFieldPairs sets the fields of HSETEX, or with a deadline that has come already deletes them, and declares it.
func (c *Call) setFieldPairs(e *datatypes.Entry, key []byte, a *hsetexArgs) {
	past := a.unit != expireNone && a.deadlineMs <= c.NowMs
	longest := longestWord(a.pairs)
	if past {
		longest = datatypes.NoneSet
	}
	c.Edit().ChangeHash(e, key, longest, func(f *hash.Form, edit *hash.Edit) {
		for i := 0; i < len(a.pairs); i += 2 {
			field := a.pairs[i]
			at := f.Find(field)
			deadlineMs := a.deadlineMs
			if a.keep && at.Live(c.NowMs) {
				deadlineMs = at.DeadlineMs
			}
			switch value := packed.TextItem(a.pairs[i+1]); {
			case !past:
				f.Put(edit, &at, field, &value, deadlineMs)
			case at.Found():
				f.DeleteAt(edit, &at)
			}
		}
	})
	c.Changed(key, EventHash, "hset")
	c.Counted(len(a.pairs)/2 - 1)
	switch {
	case past:
		c.Event(key, EventHash, "hdel")
		c.emptied(e, key)
		c.Effects.ExpiredFields = len(a.pairs) / 2
		for i := 0; i < len(a.pairs); i += 2 {
			c.propagateFieldDeletions(key, a.pairs[i:i+1])
		}
	case a.unit != expireNone:
		c.Event(key, EventHash, "hexpire")
		if c.Observed && a.unit != expireAtMs {
			words := append([][]byte(nil), c.Args...)
			words[a.unitAt], words[a.unitAt+1] = []byte("PXAT"), strconv.AppendInt(nil, a.deadlineMs, 10)
			c.Propagate(words...)
		}
	}
}
