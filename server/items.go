package server

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/memcached"
	"github.com/cinnabar-db/cinnabar/persistence/snapshot"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/transport"
)

// items is memcached's protocol on the keys of one database (package memcached). A connection of its port is a client like others, on the same loops:
// its requests are cut by another framer (items_batch.go), judged, held and accounted for as commands are, each as one of a few that have no
// name in the table, and run by a memcached.Runner on an itemStore, which declares effects as handlers do.
type items struct {
	commands itemCommands
	// max is memcached-item-size-max, database memcached-db.
	max      atomic.Int64
	database int
	// open are the connections there are, accepted those that there were, refused those that were not let in.
	open, accepted, refused atomic.Int64
	// listeners are under listening.listenersMu.
	listeners []*transport.Listener
	// number is the last one that was given, flushes the number of flush_alls: one that was to come is forgotten if there was another. Both
	// belong to the section.
	number, flushes uint64
}

// itemCommands are what requests run as.
type itemCommands struct {
	kinds [memcached.Kinds]*commands.Command
	// readAgain is what a read runs as that must change something after all: it gives an item its number.
	readAgain *commands.Command
}

// itemRows are the rows of requests. They have no names that anybody could call them by.
func (s *Server) itemRows() [memcached.Kinds]commands.Row {
	row := func(name string, flags commands.Flag, keys ...commands.KeySpec) commands.Row {
		return commands.Row{Name: name, Arity: -1 - len(keys), Flags: flags, Keys: keys, Group: "server", Since: "1.0.0",
			Summary: "A request of memcached's protocol.", Handler: s.cmdItem}
	}
	const own = commands.FlagLoading | commands.FlagStale | commands.FlagFast
	key := commands.KeyAt(1, commands.KeyRW|commands.KeyAccess|commands.KeyUpdate)
	return [memcached.Kinds]commands.Row{
		memcached.KindOther:      row("memcached-answer", own|commands.FlagNoAuth|commands.FlagSkipMonitor|commands.FlagAllowBusy),
		memcached.KindStats:      row("memcached-stats", own),
		memcached.KindLogin:      row("memcached-auth", own|commands.FlagNoAuth|commands.FlagSkipSlowlog|commands.FlagSkipMonitor|commands.FlagAllowBusy),
		memcached.KindRead:       row("memcached-get", commands.FlagReadonly|commands.FlagFast, commands.KeysFrom(1, commands.KeyRO|commands.KeyAccess)),
		memcached.KindStore:      row("memcached-set", commands.FlagWrite|commands.FlagFast, key),
		memcached.KindTouch:      row("memcached-touch", commands.FlagWrite|commands.FlagFast, commands.KeysFrom(1, commands.KeyRW|commands.KeyUpdate)),
		memcached.KindDelete:     row("memcached-delete", commands.FlagWrite|commands.FlagFast, commands.KeyAt(1, commands.KeyRM|commands.KeyDelete)),
		memcached.KindArithmetic: row("memcached-incr", commands.FlagWrite|commands.FlagFast, key),
		memcached.KindFlush:      row("memcached-flush", commands.FlagWrite),
	}
}

// addItemCommands makes the commands of requests, and the first number: since it is that of nanoseconds since 1970 and the counter is slower than they
// are, no process gives one again that another has given.
func (s *Server) addItemCommands() error {
	t := &s.items
	for kind, row := range s.itemRows() {
		command, err := s.table.AddNameless(row)
		if err != nil {
			return err
		}
		t.commands.kinds[kind] = command
		if memcached.Kind(kind) == memcached.KindRead {
			row.Name, row.Exclusive = "memcached-gets", true
			if t.commands.readAgain, err = s.table.AddNameless(row); err != nil {
				return err
			}
		}
	}
	t.number = uint64(time.Now().UnixNano())
	if t.database = int(s.config.Int("memcached-db")); t.database >= s.store.Databases() {
		return fmt.Errorf("memcached-db %d: there are %d databases", t.database, s.store.Databases())
	}
	s.follow("memcached-item-size-max", func() error {
		t.max.Store(s.config.Int("memcached-item-size-max"))
		return nil
	})
	return nil
}

// cmdItem runs a request.
func (s *Server) cmdItem(c *commands.Call) {
	cl := clientOf(c)
	b, in := &cl.loop.batch, cl.input.items
	x := b.items
	x.store = itemStore{server: s, call: c, loop: cl.loop, exclusive: b.hold == holdSection}
	began := c.Reply.Len()
	switch x.runner.Run(in.request, &x.store, c.Reply) {
	case memcached.Again:
		c.Reply.Truncate(began)
		in.again = true
	case memcached.Long:
		c.Reply.Truncate(began)
		request := in.request.Clone()
		c.OnView(func(c *commands.Call, db datatypes.Reader) {
			store := itemView{itemStore{server: s, call: c, loop: cl.loop}, db}
			new(memcached.Runner).Run(request, &store, c.Reply)
		})
	}
	if in.request.End {
		c.Client.CloseAfterReply()
	}
}

// itemStore implements memcached.Store for the request that runs.
type itemStore struct {
	server    *Server
	call      *commands.Call
	loop      *loop
	exclusive bool
}

// NowMs implements memcached.Store.
func (k *itemStore) NowMs() int64 { return k.call.NowMs }

// Exclusive implements memcached.Store.
func (k *itemStore) Exclusive() bool { return k.exclusive }

// Find implements memcached.Store.
func (k *itemStore) Find(e *datatypes.Entry, key []byte) bool { return k.call.Find(e, key) }

// Look implements memcached.Store.
func (k *itemStore) Look(e *datatypes.Entry, key []byte) bool { return k.call.Look(e, key) }

// Peek implements memcached.Store.
func (k *itemStore) Peek(e *datatypes.Entry, key []byte) bool { return k.call.Peek(e, key) }

// IdleS implements memcached.Store.
func (k *itemStore) IdleS(e *datatypes.Entry) int64 { return k.call.IdleS(e) }

// itemBytesPerLook is how many bytes of items are copied in the time that looking at an entry takes.
const itemBytesPerLook = 512

// Long implements memcached.Store.
func (k *itemStore) Long(bytes int) bool { return k.call.Long(bytes / itemBytesPerLook) }

// Full implements memcached.Store.
func (k *itemStore) Full() bool { return k.server.outOfMemory() }

// Words of the log.
var (
	wordSet       = []byte("SET")
	wordPXAT      = []byte("PXAT")
	wordAppend    = []byte("APPEND")
	wordEcho      = []byte("ECHO")
	wordPersist   = []byte("PERSIST")
	wordPExpireAt = []byte("PEXPIREAT")
	wordFlushDB   = []byte("FLUSHDB")
)

// itemEvents are the keyspace events of changes.
var itemEvents = [...]string{memcached.EventSet: "set", memcached.EventPrepend: "set", memcached.EventIncrement: "incrby",
	memcached.EventDecrement: "decrby"}

// Put implements memcached.Store.
func (k *itemStore) Put(e *datatypes.Entry, key []byte, change *memcached.Change) {
	c := k.call
	if !e.Found() {
		c.Event(key, commands.EventNew, "new")
	}
	expires := change.DeadlineMs != datatypes.NoDeadline && change.Event == memcached.EventSet
	if c.Observed {
		value := change.Value
		if change.Event != memcached.EventSet {
			value = bytes.Clone(value) // it lies in the reply, or nowhere else
		}
		k.propagateItem(key, value, change)
	}
	ed := c.Edit().Noting(&change.Note)
	if len(change.Value) < datatypes.LongString {
		ed.SetStringAt(e, key, change.Value, change.DeadlineMs)
	} else {
		ed.AdoptStringAt(e, key, c.Client.Own(c, change.Value), change.DeadlineMs)
	}
	c.Changed(key, commands.EventString, itemEvents[change.Event])
	if expires {
		c.Event(key, commands.EventGeneric, "expire")
	}
}

// propagateItem has a value and its note logged.
func (k *itemStore) propagateItem(key, value []byte, change *memcached.Change) {
	if change.DeadlineMs == datatypes.NoDeadline {
		k.call.Propagate(wordSet, key, value)
	} else {
		k.call.Propagate(wordSet, key, value, wordPXAT, strconv.AppendInt(nil, change.DeadlineMs, 10))
	}
	if change.Note.Lasting() {
		k.propagateNote(key, &change.Note)
	}
}

// propagateNote has a note logged, in a command that does nothing to a server that doesn't know it.
func (k *itemStore) propagateNote(key []byte, note *datatypes.Note) {
	k.call.Propagate(wordEcho, snapshot.AppendNoteWord(nil, key, note))
}

// Append implements memcached.Store.
func (k *itemStore) Append(e *datatypes.Entry, key, value []byte) {
	k.call.Edit().AppendString(e, key, value)
	k.call.Changed(key, commands.EventString, "append")
	if k.call.Observed {
		k.call.Propagate(wordAppend, key, value)
	}
}

// Note implements memcached.Store.
func (k *itemStore) Note(e *datatypes.Entry, key []byte, note *datatypes.Note, told bool) {
	k.call.Edit().SetNoteAt(e, key, note)
	if told {
		k.call.Counted(1)
		if k.call.Observed {
			k.propagateNote(key, note)
		}
	}
}

// SetDeadline implements memcached.Store.
func (k *itemStore) SetDeadline(e *datatypes.Entry, key []byte, deadlineMs int64) {
	c := k.call
	switch {
	case deadlineMs != datatypes.NoDeadline:
		c.Edit().SetDeadlineAt(e, key, deadlineMs)
		c.Changed(key, commands.EventGeneric, "expire")
		if c.Observed {
			c.Propagate(wordPExpireAt, key, strconv.AppendInt(nil, deadlineMs, 10))
		}
	case e.DeadlineMs() != datatypes.NoDeadline:
		c.Edit().SetDeadlineAt(e, key, deadlineMs)
		c.Changed(key, commands.EventGeneric, "persist")
		if c.Observed {
			c.Propagate(wordPersist, key)
		}
	}
}

// Delete implements memcached.Store.
func (k *itemStore) Delete(e *datatypes.Entry, key []byte) {
	k.call.Edit().DeleteAt(e, key)
	k.call.Changed(key, commands.EventGeneric, "del")
	k.call.PropagateDeletion(key, commands.LazyUserDel)
}

// Flush implements memcached.Store.
func (k *itemStore) Flush(atMs int64) {
	s, c := k.server, k.call
	t := &s.items
	t.flushes++
	if atMs != 0 {
		turn := t.flushes
		time.AfterFunc(time.Duration(atMs-c.NowMs)*time.Millisecond, func() { s.flushItems(turn) })
		return
	}
	count := c.DB().Len()
	c.Edit().Clear()
	c.Flushed(t.database, count)
	if c.Observed {
		c.Propagate(wordFlushDB)
	}
}

// flushItems is a flush_all whose time has come.
func (s *Server) flushItems(turn uint64) {
	s.gates.waitSection()
	defer s.leaveSection()
	index := s.items.database
	if s.stopped.Load() || s.items.flushes != turn {
		return
	}
	count := s.store.DB(index).Len()
	s.store.Edit(index).Clear()
	s.sequence.count(count)
	s.watches.Flush(index)
	if s.caching.engaged {
		s.invalidateAll(nil)
	}
	s.sequence.add(operation{database: index, words: [][]byte{wordFlushDB}, forced: count == 0})
	s.sequence.end(false)
}

// NextNumber implements memcached.Store.
func (k *itemStore) NextNumber() uint64 {
	k.server.items.number++
	return k.server.items.number
}

// LastNumber implements memcached.Store.
func (k *itemStore) LastNumber() uint64 { return k.server.items.number }

// Login implements memcached.Store: any name will do with the password of the default user.
func (k *itemStore) Login(_, password []byte) bool {
	return k.server.authenticate(k.call, []byte(defaultUser), password)
}

// Counters implements memcached.Store.
func (k *itemStore) Counters() *memcached.Counters { return &k.loop.batch.items.counters }

// ResetCounters implements memcached.Store.
func (k *itemStore) ResetCounters() {
	for _, l := range k.server.loops {
		l.batch.items.counters.Reset()
	}
}

// Status implements memcached.Store.
func (k *itemStore) Status(status *memcached.Status) {
	s, t := k.server, &k.server.items
	for _, l := range s.loops {
		l.batch.items.counters.AddTo(&status.Sums)
	}
	user, system := processorMicros()
	status.Process = memcached.ProcessStatus{PID: os.Getpid(), UptimeS: int64(s.clock.mono() / time.Second), TimeS: k.call.NowMs / 1000,
		UserMicros: user, SystemMicros: system, Threads: len(s.loops)}
	status.Connections = memcached.ConnectionStatus{Open: t.open.Load(), Total: t.accepted.Load(), Rejected: t.refused.Load(),
		Max: s.settings.Load().maxClients}
	db, eviction := s.store.DB(t.database), &s.settings.Load().eviction
	status.Items = memcached.ItemStatus{Items: int64(db.Len()), Bytes: db.UsedBytes(), LimitBytes: eviction.limit,
		Evicted: s.stats.evictedKeys.Load(), Expired: s.stats.expiredKeys.Load()}
	status.Settings = memcached.SettingsStatus{Port: int(s.config.Int("memcached-port")), ItemMax: int(t.max.Load()), Evicts: !eviction.never,
		Password: !s.access.open.Load()}
}

// Connected implements memcached.Store.
func (k *itemStore) Connected(yield func(file int, addr string, silentS int64)) {
	for _, c := range k.server.clients.all() {
		if c.input.items != nil {
			yield(c.conn.FD(), c.conn.RemoteAddr(), max(0, k.call.NowMs-c.traffic.lastUseMs.Load())/1000)
		}
	}
}

// itemView is an itemStore for what only reads, on a view.
type itemView struct {
	itemStore
	db datatypes.Reader
}

// Find implements memcached.Store.
func (k *itemView) Find(e *datatypes.Entry, key []byte) bool {
	defer k.call.Breathe()
	return k.db.Find(e, key, k.call.NowMs)
}

// Look implements memcached.Store.
func (k *itemView) Look(e *datatypes.Entry, key []byte) bool { return k.Find(e, key) }

// Peek implements memcached.Store.
func (k *itemView) Peek(e *datatypes.Entry, key []byte) bool { return k.Find(e, key) }

// Long implements memcached.Store.
func (k *itemView) Long(int) bool { return false }
