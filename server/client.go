package server

import (
	"bytes"
	"sync/atomic"
	"time"

	"github.com/cinnabar-db/cinnabar/pubsub"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/resp"
	"github.com/cinnabar-db/cinnabar/server/transport"
)

// client is one connection. Who may touch what:
//
//   - conn, input, reply and the loop's marks: its loop alone;
//   - session: whoever holds the exclusive section, or its loop under its gate;
//   - traffic: anybody, being atomics;
//   - weight: as its fields say.
type client struct {
	id   int64
	loop *loop
	conn transport.Conn

	input input
	reply resp.Writer
	call  commands.Call
	marks marks
	underWay
	// sent is told when all replies are sent, nil mostly: a transfer waits for it (transfer.go). It belongs to the loop.
	sent chan struct{}
	// transaction is what MULTI and WATCH have begun, nil as long as neither was ever called.
	transaction *transaction
	// subscriptions belong to the registry of channels.
	subscriptions pubsub.Subscriptions
	// tracker is what CLIENT TRACKING has set, nil as long as it never was. What it points to belongs to the session, the pointer to its loop.
	tracker *tracker

	session session
	traffic traffic
	weight  weight
}

// underWay is what goes on for a client beyond its loop's round.
type underWay struct {
	// elsewhere is the rest of the command that runs, set by its handler (elsewhere.go).
	elsewhere *elsewhere
	// script is the run of a script that goes on for the client, nil mostly; it belongs to the section.
	script *scriptRun
}

// session is what commands read and change of a connection.
type session struct {
	name       string
	libName    string
	libVersion string
	user       string
	database   int
	// authenticated is true where no password is asked for, too.
	authenticated bool
	noEvict       bool
	noTouch       bool
	replies       replyMode
	// killed is set by CLIENT KILL: the client is gone for every command from then on.
	killed bool
	following
	// blocked is set while a command of it waits.
	blocked *blocking
	// turn is the place of the client among those that CLIENT PAUSE keeps.
	turn    int64
	last    *commands.Command
	created time.Time
}

// following is by what the client follows what others do: replica is set by SYNC, monitor by MONITOR.
type following struct {
	replica *replica
	monitor bool
}

// replyMode is what CLIENT REPLY has set.
type replyMode uint8

const (
	repliesOn replyMode = iota
	repliesOff
	// repliesSkip drops everything until the next command is over; repliesSkipNext is that from the end of the command that runs on.
	repliesSkipNext
	repliesSkip
)

// marks are the loop's notes about a client.
type marks struct {
	// queued: in the loop's list of clients with input to run; flushing: in its list of clients with replies to send.
	queued, flushing bool
	// place is the client's in the loop's roster.
	place int
	// stalled: a command of it waits for the store or for the end of a pause; its input isn't read meanwhile.
	stalled bool
	// crowded: the command that was just run found no place for a view there, and is to be run again (viewplaces.go); nil mostly.
	crowded *viewPlaces
	// closing: nothing more is run; finishing: closed as soon as its replies are sent.
	closing, finishing bool
	// writable: the loop waits for the socket to take more.
	watchingWrites bool
	// free is how many bytes of its replies may be sent, sealed how many more will be with the loop's group; both count where the log is on
	// (appendlog_hold.go).
	free, sealed int64
	// overSoft is since when its replies are above the soft limit, zero while they aren't.
	overSoft time.Time
}

// traffic counts what CLIENT LIST and INFO show.
type traffic struct {
	lastUseMs atomic.Int64
	// paused is set while a command of the client waits for the end of CLIENT PAUSE, blocked while it waits for something to happen.
	paused, blocked atomic.Bool
	// gone is set once the connection is closed: nobody reads what is still under way for it.
	gone        atomic.Bool
	inputBytes  atomic.Int64 // waiting to be run
	inputRoom   atomic.Int64 // of the buffer beyond that
	replyBytes  atomic.Int64 // waiting to be sent
	replyMemory atomic.Int64 // what they take
}

// runs tells whether commands of the client may be run now.
func (c *client) runs() bool { return !c.marks.stalled && !c.marks.closing && !c.marks.finishing }

// Database implements commands.Client.
func (c *client) Database() int { return c.session.database }

// SelectDatabase implements commands.Client.
func (c *client) SelectDatabase(index int) { c.session.database = index }

// CloseAfterReply implements commands.Client.
func (c *client) CloseAfterReply() { c.marks.finishing = true }

// Own implements commands.Client. The words of a transaction's commands and of a script's lie elsewhere than in the input, which is the loop's alone
// while those take long.
func (c *client) Own(call *commands.Call, word []byte) []byte {
	if call == &c.call && c.input.give(word) {
		return word
	}
	return bytes.Clone(word)
}

// subscriber tells whether the client is confined to what subscribers may send: in RESP3 nobody is.
func (c *client) subscriber() bool { return c.subscribed() && c.reply.Proto() == 2 }

// subscribed tells whether the client listens to anything.
func (c *client) subscribed() bool {
	return c.subscriptions.Total() > 0
}

// clientOf is the connection whose command call is.
func clientOf(call *commands.Call) *client { return call.Client.(*client) }
