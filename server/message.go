package server

import (
	"github.com/cinnabar-db/cinnabar/pubsub"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// messageWords are the first words of messages, by the kind of subscription.
var messageWords = [...][]byte{
	pubsub.Channel: []byte("message"),
	pubsub.Pattern: []byte("pmessage"),
	pubsub.Shard:   []byte("smessage"),
}

const (
	// messageRoom is what a message takes beside its words: their lengths and line ends.
	messageRoom = 96
	// apartBytes is from which size the two forms of a message don't share memory, so that a slow reader of one doesn't keep the other.
	apartBytes = 1 << 10
)

// encodeMessage makes the bytes of a message, as subscribers in RESP2 and in RESP3 are sent them.
func encodeMessage(kind pubsub.Kind, pattern, channel, payload []byte) *pubsub.Message {
	size := messageRoom + len(pattern) + len(channel) + len(payload)
	room := size
	if size < apartBytes {
		room *= 2
	}
	push := make([]byte, 0, room)
	if kind == pubsub.Pattern {
		push = resp.AppendPush(push, messageWords[kind], pattern, channel, payload)
	} else {
		push = resp.AppendPush(push, messageWords[kind], channel, payload)
	}
	array := push[len(push):]
	if size >= apartBytes {
		array = make([]byte, 0, len(push))
	}
	array = append(array, push...)
	resp.AsArray(array)
	return &pubsub.Message{Forms: [2][]byte{array, push}}
}
