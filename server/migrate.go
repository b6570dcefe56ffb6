package server

import (
	"math"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
	"github.com/cinnabar-db/cinnabar/persistence/snapshot"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// migration is a MIGRATE under way. Redis does all of it while everybody waits; here nobody does:
//
//	section    the keys are looked up, and a view is opened
//	apart      the keys are serialized from the view and sent, the replies read: nothing is held
//	section    what the target has taken, and holds here what it held in the view, is deleted; of the rest a new view is opened, and so on
//
// What was changed meanwhile is sent again with REPLACE, over what the migration itself has put there, in the next round; what was deleted is
// deleted there. So many rounds are bounded: the last one is done in the section, as in Redis, with everybody waiting.
//
// # What others may see
//
// A client of this server alone sees nothing unusual: its write comes before the migration, whose moment, key by key, is that of the deletion,
// or after it. The target gets the last value that the key had here, and a key that was deleted here while it was sent isn't there in the
// end. Keys of one MIGRATE may go at different moments.
//
// Who talks to both servers may find a key in both for as long as the transfer takes, the target's an older value that is put right
// before the reply; if he changes it in both at once, the change that he made at the target is lost. Redis never shows a key in both, but for
// a transfer that has failed or took COPY. Whoever asks the target only once MIGRATE is answered, or was told to by it, sees no difference. After
// an error the target may have keys, or older values of them, that are still here, as in Redis; another MIGRATE with REPLACE puts it right.
//
// With COPY there is one round, and what the target gets is the keys as they were at its beginning. The keys of a MIGRATE in a transaction
// are sent in the section, as everything in it.
type migration struct {
	server *Server
	migrateArgs
	options rdb.Options
	view    *datatypes.View
	// moved and taken count keys that went, and those that were deleted meanwhile by others.
	moved, taken int
	// errText is what went wrong.
	errText string
}

// movingKey is a key to be sent.
type movingKey struct {
	key     []byte
	replace bool
	// gone is set for one that was sent before and has been deleted here since: it is deleted there.
	gone bool
}

// migrateRounds is how many rounds there are before the section is kept.
const migrateRounds = 3

// run does the rounds, and replies. Apart from the loop.
func (m *migration) run(c *commands.Call, keys []movingKey) {
	defer func() {
		m.view.Close()
		m.server.targets.views.give()
	}()
	for round := 0; len(keys) > 0 && m.errText == ""; round++ {
		if round < migrateRounds {
			taken := m.transfer(m.view.DB(c.Client.Database()), keys, true)
			if m.copy {
				break
			}
			keys = m.settle(c, taken)
			continue
		}
		if !m.server.waitSectionFor(c.Cmd) {
			return
		}
		m.inSection(c, func() { m.runInPlace(c, keys) })
		break
	}
	m.reply(c)
}

// inSection has what changes keys told as the effects of a command, and leaves the section.
func (m *migration) inSection(c *commands.Call, do func()) {
	s := m.server
	defer s.leaveSection()
	c.Again()
	c.NowMs = s.clock.nowMs()
	s.tellCall(c)
	do()
	s.observe(c)
	c.Again()
	c.Applying = false
}

// settle deletes what has been taken and is unchanged. It returns what must be sent again, for which there is a new view then.
func (m *migration) settle(c *commands.Call, taken []movingKey) (again []movingKey) {
	if len(taken) == 0 || !m.server.waitSectionFor(c.Cmd) {
		return nil
	}
	m.inSection(c, func() {
		view := m.view.DB(c.Client.Database())
		var same []movingKey
		for _, k := range taken {
			switch m.since(c, view, k) {
			case keptSince:
				same = append(same, k)
			case changedSince:
				again = append(again, movingKey{key: k.key, replace: true})
			case deletedSince:
				again = append(again, movingKey{key: k.key, replace: true, gone: true})
			}
		}
		m.delete(c, same)
		if len(again) > 0 {
			m.view.Close()
			m.view = m.server.store.View()
		}
	})
	return again
}

// since is what has happened to a key after it was sent.
func (m *migration) since(c *commands.Call, view datatypes.Reader, k movingKey) keySince {
	var then, now datatypes.Entry
	view.Find(&then, k.key, math.MinInt64)
	switch found := c.Peek(&now, k.key); {
	case k.gone && found:
		return changedSince
	case k.gone:
		m.taken++
		return settledSince
	case !found && then.Expired(c.NowMs):
		m.moved++ // it expires there, too
		return settledSince
	case !found:
		return deletedSince
	case now.DeadlineMs() != then.DeadlineMs() || !c.DB().Unchanged(view, k.key, c.NowMs):
		return changedSince
	}
	return keptSince
}

// keySince tells what has become of a key.
type keySince uint8

const (
	keptSince keySince = iota
	changedSince
	deletedSince
	settledSince
)

// runInPlace sends keys in the section and deletes what was taken.
func (m *migration) runInPlace(c *commands.Call, keys []movingKey) {
	var there datatypes.Entry
	for i := range keys {
		if keys[i].gone = keys[i].gone && !c.Peek(&there, keys[i].key); keys[i].gone {
			m.taken++
		}
	}
	taken := m.transfer(c.DB(), keys, false)
	if !m.copy {
		m.delete(c, taken)
	}
}

// delete deletes keys that have been taken, in the section: one DEL in the sequence of effects.
func (m *migration) delete(c *commands.Call, taken []movingKey) {
	words := [][]byte{[]byte("DEL")}
	for _, k := range taken {
		if !k.gone {
			c.Edit().Delete(k.key) // as in Redis, one that is named twice is told of twice
			c.Changed(k.key, commands.EventGeneric, "del")
			words = append(words, k.key)
			m.moved++
		}
	}
	if len(words) > 1 && c.Observed {
		c.Propagate(words...)
	}
}

// reply answers.
func (m *migration) reply(c *commands.Call) {
	switch {
	case m.errText != "":
		c.Error(m.errText)
	case m.moved == 0 && m.taken > 0:
		c.Reply.Status("NOKEY")
	default:
		c.Reply.OK()
	}
}

// payload serializes a value, in its turn among long reads if apart is set.
func (m *migration) payload(e *datatypes.Entry, apart bool) []byte {
	if apart {
		m.server.workers <- struct{}{}
		defer func() { <-m.server.workers }()
	}
	payload, err := snapshot.Dump(e, m.options)
	if err != nil {
		panic(err) // a value of the store can be written
	}
	return payload
}
