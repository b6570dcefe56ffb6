package server

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/snapshot"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// replay runs the commands of a log on a store that nobody else uses. They take the handlers that clients' commands take, with a client and a
// keyspace of their own: nothing is propagated, nobody is told, nothing takes place elsewhere.
//
// As in Redis nothing expires by time meanwhile: a key whose deadline has come is there for the commands behind it, which were run when it was.
// So the commands' time is 0, before any deadline; but those that count from the time on, which no server logs, are given the real one.
//
// What only reads, or is about the server, is passed over: it changes nothing here. A transaction is run when its EXEC comes.
type replay struct {
	server *Server
	store  *datatypes.Store
	client replayClient
	keys   replayKeys
	call   commands.Call
	reply  resp.Writer
	nowMs  int64
	// queue are the commands of a transaction that has begun.
	queue [][][]byte
	// scripts runs scripts, nil as long as there was none.
	scripts *replayedScripts
	// room and sum are for approach.
	room [approachedRecords][]byte
	sum  byte
}

func newReplay(s *Server, store *datatypes.Store, load *load) *replay {
	r := &replay{server: s, store: store, client: replayClient{load: load}, nowMs: time.Now().UnixMilli()}
	r.keys = replayKeys{keyspace: keyspace{server: s, exclusive: true}, store: store}
	r.reply.Mute(true)
	r.call = commands.Call{Reply: &r.reply, Client: &r.client, Keys: &r.keys, Untold: math.MaxUint16, UsedMs: r.nowMs}
	return r
}

// run runs a record, or keeps it for EXEC. Its error is a format for the file's name.
func (r *replay) run(record *chunkRecord) error {
	words := record.words
	switch {
	case record.inside:
		r.queue = append(r.queue, words)
		return nil
	case commands.IsWord(words[0], "MULTI"):
		r.queue = r.queue[:0]
		return nil
	case commands.IsWord(words[0], "EXEC"):
		for _, queued := range r.queue {
			if err := r.runOne(queued); err != nil {
				return err
			}
		}
		clear(r.queue)
		r.queue = r.queue[:0]
		return nil
	}
	return r.runOne(words)
}

// queues tells whether words of records that were run are still needed.
func (r *replay) queues() bool { return len(r.queue) > 0 }

// approach has the processor fetch what the first keys of the next records lead to, all together. That not all records have a key there, or
// another database is selected among them, does no harm.
func (r *replay) approach(records []chunkRecord) {
	var hashes [approachedRecords]uint64
	keys := r.room[:0]
	for i := range records {
		if words := records[i].words; len(words) > 1 {
			keys = append(keys, words[1])
		}
	}
	r.sum += r.store.DB(r.client.database).Approach(keys, hashes[:])
}

func (r *replay) runOne(words [][]byte) (err error) {
	command := r.server.table.Find(words)
	switch {
	case command == nil:
		return fmt.Errorf("Unknown command '%s' reading the append only file %%s", percentSafe(cString(words[0], shownBytes)))
	case !command.Fits(words):
		return fmt.Errorf("wrong number of arguments for '%s' command reading the append only file %%s", command.FullName())
	case command.Name == "select":
		return r.selectDatabase(words[1])
	case evaluates(command):
	case command.Name == "echo":
		r.note(words[1])
		return nil
	case command.Flags&commands.FlagWrite == 0:
		return nil
	}
	defer func() {
		if problem := recover(); problem != nil {
			r.server.log.Warning("=== PANIC === %v, loading %q", problem, words)
			err = fmt.Errorf("Command '%s' failed reading the append only file %%s", command.FullName())
		}
	}()
	if evaluates(command) {
		r.evaluate(command, words)
		return nil
	}
	r.call.Begin(command, words, r.timeOf(command, words))
	command.Handler(&r.call)
	if r.call.Outcome.Failed {
		r.server.log.Warning("== CRITICAL == This server is sending an error to its AOF-loading-client: '%s' after processing the command '%s'",
			r.call.Outcome.FirstError, command.FullName())
	}
	r.call.End()
	return nil
}

// timeOf is the time of a command.
func (r *replay) timeOf(command *commands.Command, words [][]byte) int64 {
	if countsFromNow(command.FullName(), words) {
		return r.nowMs
	}
	return 0
}

// note gives a string the note that the log tells (snapshot.NoteCommand).
func (r *replay) note(word []byte) {
	if key, note, ok := snapshot.ParseNoteWord(word); ok {
		r.store.Edit(r.client.database).At(0, true).SetNoteAt(&datatypes.Entry{}, key, &note)
	}
}

func percentSafe(word []byte) []byte { return bytes.ReplaceAll(word, []byte("%"), []byte("%%")) }

var errReplayDatabase = errors.New("ERR DB index is out of range: the log %s needs more databases")

func (r *replay) selectDatabase(word []byte) error {
	index, ok := commands.ParseInt(word)
	if !ok || index < 0 || index >= int64(r.store.Databases()) {
		return errReplayDatabase
	}
	r.client.database = int(index)
	return nil
}

// countsFromNow tells whether a command has a time to live, which counts from the time at which it is run. Servers log deadlines.
func countsFromNow(name string, words [][]byte) bool {
	switch name {
	case "expire", "pexpire", "setex", "psetex", "hexpire", "hpexpire":
		return true
	case "restore", "restore-asking":
		return !slices.ContainsFunc(words[4:], func(word []byte) bool { return commands.IsWord(word, "ABSTTL") })
	case "set", "getex", "hsetex", "hgetex":
		for _, word := range words[2:] {
			if commands.IsWord(word, "EX") || commands.IsWord(word, "PX") {
				return true
			}
		}
	}
	return false
}

// replayKeys is the keyspace of a store that is being loaded.
type replayKeys struct {
	keyspace
	store *datatypes.Store
}

// DB implements commands.Keyspace.
func (k *replayKeys) DB(index int) *datatypes.DB { return k.store.DB(index) }

// Edit implements commands.Keyspace.
func (k *replayKeys) Edit(index int) datatypes.Editor { return k.store.Edit(index) }

// Databases implements commands.Keyspace.
func (k *replayKeys) Databases() int { return k.store.Databases() }

// Swap implements commands.Keyspace.
func (k *replayKeys) Swap(a, b int) { k.store.Swap(a, b) }

// InPlace implements commands.Keyspace: everything is done where it stands.
func (k *replayKeys) InPlace() int { return math.MaxInt }

// Expire implements commands.Keyspace: a key that a command with a time to live has found expired goes.
func (k *replayKeys) Expire(index int, key []byte) bool { return k.store.Edit(index).Delete(key) }

// ExpireFields implements commands.Keyspace.
func (k *replayKeys) ExpireFields(int, []byte, []byte) (expired int, emptied bool) { return 0, false }

// replayClient is whose commands a log's are. Libraries of functions that they load are those of load.
type replayClient struct {
	database int
	load     *load
}

// Database implements commands.Client.
func (c *replayClient) Database() int { return c.database }

// SelectDatabase implements commands.Client.
func (c *replayClient) SelectDatabase(index int) { c.database = index }

// Own implements commands.Client.
func (c *replayClient) Own(_ *commands.Call, word []byte) []byte { return bytes.Clone(word) }

// CloseAfterReply implements commands.Client.
func (c *replayClient) CloseAfterReply() {}

// Unread implements commands.Client.
func (c *replayClient) Unread(*resp.Writer) bool { return false }

// MayBlock implements commands.Client.
func (c *replayClient) MayBlock() bool { return false }

// Block implements commands.Client; nobody calls it who may not.
func (c *replayClient) Block(*commands.Call, datatypes.Kind, [][]byte, time.Duration, func(*resp.Writer)) {
	panic("a command of a log waits")
}

// Woken implements commands.Client.
func (c *replayClient) Woken(*commands.Call) []byte { return nil }

// OnView implements commands.Client.
func (c *replayClient) OnView(call *commands.Call, rest func(*commands.Call, datatypes.Reader)) {
	rest(call, call.DB())
}

// Derive implements commands.Client.
func (c *replayClient) Derive(call *commands.Call, d commands.Derivation) {
	d.Build(call, call.DB())
	d.Store(call)
}
