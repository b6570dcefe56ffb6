package server

import (
	"strconv"
	"strings"

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
	if wanted&notifyKeyspace != 0 {
		s.publish(append(eventChannel("__keyspace@", e.Database), e.Key...), []byte(e.Name))
	}
	if wanted&notifyKeyevent != 0 {
		s.publish(append(eventChannel("__keyevent@", e.Database), e.Name...), e.Key)
	}
}

func eventChannel(prefix string, database int) []byte {
	return append(strconv.AppendInt([]byte(prefix), int64(database), 10), "__:"...)
}

// publish hands a message to all who listen, in the section, and returns how many.
func (s *Server) publish(channel, payload []byte) int { return s.pubsub.Publish(channel, payload) }
