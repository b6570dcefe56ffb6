package server

import (
	"strconv"
	"strings"

	"github.com/cinnabar-db/cinnabar/pubsub"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// eventLetters are the letters of notify-keyspace-events, by the bit of their class.
const eventLetters = "g$lshzxetmn"

// Beside the classes: the two kinds of channels.
const (
	notifyKeyspace commands.EventClass = 1 << (15 - iota)
	notifyKeyevent
)

// eventClasses reads notify-keyspace-events, as the configuration keeps it: 0 unless at least one kind of channel is wanted.
func eventClasses(text string) (classes commands.EventClass) {
	has := func(letter byte) bool { return strings.IndexByte(text, letter) >= 0 }
	if has('K') {
		classes |= notifyKeyspace
	}
	if has('E') {
		classes |= notifyKeyevent
	}
	if classes == 0 {
		return 0
	}
	for i := range len(eventLetters) {
		letter := eventLetters[i]
		if has(letter) || has('A') && letter != 'm' && letter != 'n' {
			classes |= 1 << i
		}
	}
	return classes
}

// notifies tells whether events of a class are published at all.
func (s *Server) notifies(class commands.EventClass) bool { return s.settings.Load().events&class != 0 }

// notify publishes keyspace events in their order. In the section, or under a gate where nobody wants to know of misses.
func (s *Server) notify(events []commands.Event) {
	wanted := s.settings.Load().events
	if wanted == 0 || !s.pubsub.Listening() {
		return
	}
	for i := range events {
		if events[i].Class&wanted != 0 {
			s.notifyOne(&events[i])
		}
	}
}

// notifyOne publishes one event whose class is wanted.
func (s *Server) notifyOne(e *commands.Event) {
	wanted := s.settings.Load().events
	room := &s.sequence.event
	if wanted&notifyKeyspace != 0 {
		room.channel = append(room.begin("__keyspace@", e.Database), e.Key...)
		room.word = append(room.word[:0], e.Name...)
		s.pubsub.Publish(pubsub.Channel, room.channel, room.word)
	}
	if wanted&notifyKeyevent != 0 {
		room.channel = append(room.begin("__keyevent@", e.Database), e.Name...)
		s.pubsub.Publish(pubsub.Channel, room.channel, e.Key)
	}
	if cap(room.channel) > eventRoomKept {
		*room = eventRoom{}
	}
}

// eventRoom is where the words of an event are put together, in the section. An event of which nobody wants to know allocates nothing.
type eventRoom struct {
	channel, word []byte
}

// eventRoomKept is how long a channel's name may have been for its room to be kept.
const eventRoomKept = 4 << 10

func (r *eventRoom) begin(prefix string, database int) []byte {
	return append(strconv.AppendInt(append(r.channel[:0], prefix...), int64(database), 10), "__:"...)
}
