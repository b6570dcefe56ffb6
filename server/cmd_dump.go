package server

import (
	"errors"
	"math"
	"slices"
	"strconv"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
	"github.com/cinnabar-db/cinnabar/persistence/snapshot"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// dumpRows are the commands that make bytes of a value, and a value of bytes.
func (s *Server) dumpRows() []commands.Row {
	restore := commands.Row{
		Name: "restore", Arity: -4, Flags: commands.FlagWrite | commands.FlagDenyOOM,
		Keys: []commands.KeySpec{commands.KeyAt(1, commands.KeyOW|commands.KeyUpdate)},
		ACL:  commands.ACLKeyspace | commands.ACLDangerous, Group: "generic", Since: "2.6.0",
		Summary:    "Makes a key from a serialized value.",
		Complexity: "O(1) to create the new key and additional O(N*M) to reconstruct the serialized value, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1). However for sorted set values the complexity is O(N*M*log(N)) because inserting values into sorted sets is O(log(N)).",
		History: []commands.Change{
			{Version: "3.0.0", What: "Added the `REPLACE` modifier."},
			{Version: "5.0.0", What: "Added the `ABSTTL` modifier."},
			{Version: "5.0.0", What: "Added the `IDLETIME` and `FREQ` options."},
		},
		Syntax: `key:key(0) ttl:integer serialized-value ["REPLACE"@3.0.0] ["ABSTTL"@5.0.0] [IDLETIME=seconds:integer@5.0.0]
			[FREQ=frequency:integer@5.0.0]`,
		Handler: s.cmdRestore,
	}
	asking := restore
	asking.Name, asking.Group, asking.Since = "restore-asking", "server", "3.0.0"
	asking.Flags |= commands.FlagAsking | commands.FlagSystem
	asking.Summary = "Makes a key from a serialized value while its slot is imported."
	return []commands.Row{
		{
			Name: "dump", Arity: 2, Flags: commands.FlagReadonly,
			Keys: []commands.KeySpec{commands.KeyAt(1, commands.KeyRO|commands.KeyAccess)},
			ACL:  commands.ACLKeyspace, Group: "generic", Since: "2.6.0",
			Summary:    "Serializes the value of a key.",
			Complexity: "O(1) to access the key and additional O(N*M) to serialize it, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1).",
			Tips:       []string{"nondeterministic_output"},
			Syntax:     `key:key(0)`,
			Handler:    s.cmdDump,
		},
		restore,
		asking,
	}
}

// dumpOptions is how payloads are written. Under a gate or in the section.
func (s *Server) dumpOptions() rdb.Options {
	return rdb.Options{Version: int(s.config.Int("rdb-version")), Compress: s.config.Bool("rdbcompression")}
}

const (
	errBusyKey    = "BUSYKEY Target key name already exists."
	errTTL        = "ERR Invalid TTL value, must be >= 0"
	errIdleTime   = "ERR Invalid IDLETIME value, must be >= 0"
	errFrequency  = "ERR Invalid FREQ value, must be >= 0 and <= 255"
	errDumpFooter = "ERR DUMP payload version or checksum are wrong"
	errDumpData   = "ERR Bad data format"
)

// dumpBytesPerLook and restoreBytesPerLook are how many bytes of a value in memory, and of one in a payload, take the time of a look at an
// entry: what is built is looked up element by element.
const (
	dumpBytesPerLook    = 64
	restoreBytesPerLook = 8
)

// cmdDump answers DUMP key.
func (s *Server) cmdDump(c *commands.Call) {
	key, options := c.Args[1], s.dumpOptions()
	var e datatypes.Entry
	switch {
	case !c.Find(&e, key):
		c.Reply.Null()
	case c.Long(serializingLooks(c.DB(), &e, key)):
		c.OnView(func(c *commands.Call, db datatypes.Reader) {
			var e datatypes.Entry
			db.Find(&e, c.Args[1], math.MinInt64)
			replyDump(c, &e, options)
		})
	default:
		replyDump(c, &e, options)
	}
}

// serializingLooks is how many looks it takes to serialize a value. O(1).
func serializingLooks(db *datatypes.DB, e *datatypes.Entry, key []byte) int {
	return max(e.Elements(), int(db.KeyBytes(key)/dumpBytesPerLook))
}

func replyDump(c *commands.Call, e *datatypes.Entry, options rdb.Options) {
	payload, err := snapshot.Dump(e, options)
	if err != nil {
		panic(err) // a value of the store can be written
	}
	if len(payload) < datatypes.LongString {
		c.Reply.Bulk(payload)
		return
	}
	c.Reply.BulkHeader(len(payload))
	c.Reply.Shared(payload)
	c.Reply.RawString("\r\n")
}

// restoreArgs are the options of RESTORE.
type restoreArgs struct {
	replace, absolute bool
	// ttlMs is the time to live, or with absolute the deadline; 0 is none.
	ttlMs int64
	// idleS is for how long the key is to count as unused, frequency how often as used; -1 if nothing is said.
	idleS, frequency int64
}

// parseRestore reads the options, which stand behind the payload.
func parseRestore(words [][]byte) (a restoreArgs, errText string) {
	a.idleS, a.frequency = -1, -1
	for i := 0; i < len(words); i++ {
		word, more := words[i], i+1 < len(words)
		var ok bool
		switch {
		case commands.IsWord(word, "REPLACE"):
			a.replace = true
		case commands.IsWord(word, "ABSTTL"):
			a.absolute = true
		case commands.IsWord(word, "IDLETIME") && more && a.frequency == -1:
			i++
			if a.idleS, ok = commands.ParseInt(words[i]); !ok {
				return a, commands.ErrNotInteger
			}
			if a.idleS < 0 {
				return a, errIdleTime
			}
		case commands.IsWord(word, "FREQ") && more && a.idleS == -1:
			i++
			if a.frequency, ok = commands.ParseInt(words[i]); !ok {
				return a, commands.ErrNotInteger
			}
			if a.frequency < 0 || a.frequency > math.MaxUint8 {
				return a, errFrequency
			}
		default:
			return a, commands.ErrSyntax
		}
	}
	return a, ""
}

// cmdRestore answers RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency], and RESTORE-ASKING. What is large is
// built beside the store, with nothing held.
func (s *Server) cmdRestore(c *commands.Call) {
	args, errText := parseRestore(c.Args[4:])
	if errText != "" {
		c.Error(errText)
		return
	}
	ttlMs, isInt := commands.ParseInt(c.Args[2])
	args.ttlMs = ttlMs
	var e datatypes.Entry
	busy := !args.replace && c.DB().Find(&e, c.Args[1], c.NowMs)
	if busy || ttlMs < 0 || !isInt {
		switch {
		case !args.replace && c.Peek(&e, c.Args[1]): // which has what has expired go
			c.Error(errBusyKey)
		case !isInt:
			c.Error(commands.ErrNotInteger)
		default:
			c.Error(errTTL)
		}
		return
	}
	trust := s.loading.skipChecksum
	var value *snapshot.Builder
	var err error
	c.Derive(len(c.Args[3])/restoreBytesPerLook, commands.Derivation{
		Sources: func(*commands.Call) [][]byte { return [][]byte{} }, // whatever happens to keys, the payload stays what it is
		Build: func(c *commands.Call, db datatypes.Reader) {
			value = snapshot.NewBuilder(db.Building())
			err = value.Restore(c.Args[3], trust)
		},
		Store: func(c *commands.Call) { s.storeRestored(c, &args, value, err) },
	})
}

// storeRestored puts what was built under the key, or replies why not.
func (s *Server) storeRestored(c *commands.Call, args *restoreArgs, value *snapshot.Builder, err error) {
	key := c.Args[1]
	var e datatypes.Entry
	if args.replace {
		c.DB().Find(&e, key, math.MinInt64) // as in Redis, nobody is told that what is replaced had expired
	} else if c.Peek(&e, key) {
		c.Error(errBusyKey)
		return
	}
	switch {
	case errors.Is(err, rdb.ErrDumpVersion), errors.Is(err, rdb.ErrDumpChecksum):
		c.Error(errDumpFooter)
		return
	case err != nil:
		s.log.Verbose("RESTORE refused a payload: %s%v", checkOf(err), err)
		c.Error(errDumpData)
		return
	}
	deadlineMs := args.ttlMs
	if deadlineMs != datatypes.NoDeadline && !args.absolute {
		deadlineMs += c.NowMs
	}
	if deadlineMs != datatypes.NoDeadline && deadlineMs <= c.NowMs {
		if e.Found() && c.Edit().DeleteAt(&e, key) {
			c.Changed(key, commands.EventGeneric, "del")
			c.Propagate([]byte("DEL"), key)
		}
		c.Reply.OK()
		return
	}
	c.Event(key, commands.EventNew, "new")
	value.Put(s.restoring(c, args), &e, key, deadlineMs)
	c.Changed(key, commands.EventGeneric, "restore")
	if deadlineMs != datatypes.NoDeadline && !args.absolute && c.Observed {
		words := append(slices.Clone(c.Args), []byte("ABSTTL"))
		words[2] = strconv.AppendInt(nil, deadlineMs, 10)
		c.Propagate(words...)
	}
	c.Reply.OK()
}

// checkNames are how Redis calls the checks of packed values in its log.
var checkNames = map[rdb.Type]string{
	rdb.ListZiplist: "List ziplist", rdb.SortedSetZiplist: "Zset ziplist", rdb.SortedSetListpack: "Zset listpack", rdb.HashZiplist: "Hash ziplist",
	rdb.HashListpack: "Hash listpack", rdb.SetIntset: "Intset", rdb.HashZipmap: "Zipmap", rdb.ListQuicklist: "Ziplist", rdb.ListQuicklist2: "Listpack",
	rdb.Stream: "Stream listpack", rdb.Stream2: "Stream listpack", rdb.Stream3: "Stream listpack",
}

// checkOf is what Redis says in its log of a packed value that is broken; nothing of others.
func checkOf(err error) string {
	var broken *rdb.Error
	if errors.As(err, &broken) && broken.Value && checkNames[broken.Type] != "" {
		return checkNames[broken.Type] + " integrity check failed: "
	}
	return ""
}

// restoring is an editor for a key that counts as used when, or as often as, RESTORE says. IDLETIME is for those who evict by use: elsewhere
// keys share their clocks, and the neighbours would become older than they are.
func (s *Server) restoring(c *commands.Call, args *restoreArgs) datatypes.Editor {
	ed, nowMs := c.Edit(), max(c.NowMs, c.UsedMs)
	switch {
	case c.DB().CountsUses() && args.frequency >= 0:
		return ed.At(datatypes.FrequencyAt(datatypes.ClockS(nowMs), uint8(args.frequency)), false)
	case c.DB().CountsUses():
		return ed.At(datatypes.FrequencyAt(datatypes.ClockS(nowMs), datatypes.FirstFrequency), false)
	case args.idleS >= 0 && evictsByUse(s.config.String("maxmemory-policy")):
		return ed.At(datatypes.ClockS(nowMs-min(args.idleS, nowMs/1000)*1000), false)
	}
	return ed
}

// serializedLength is how many bytes a value takes in an RDB file, without its key and type.
func serializedLength(e *datatypes.Entry, options rdb.Options) int64 {
	var size countedBytes
	options.Version = snapshot.DumpVersion(e, options.Version)
	file, err := rdb.NewOutput(&size, options)
	if err != nil {
		panic(err)
	}
	head := size
	out := file.NewEncoder()
	if err := errors.Join(snapshot.Encode(out, nil, e), out.Flush()); err != nil {
		panic(err) // a value of the store can be written
	}
	const typeBytes = 1
	return int64(size - head - typeBytes)
}

// countedBytes counts what is written.
type countedBytes int64

// Write implements io.Writer.
func (n *countedBytes) Write(p []byte) (int, error) {
	*n += countedBytes(len(p))
	return len(p), nil
}
