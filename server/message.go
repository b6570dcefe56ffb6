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

// messageRoom is what a message takes beside its words: their lengths and line ends.
const messageRoom = 72

// encodeMessage makes the bytes of a message, as subscribers in RESP2 are sent them.
func encodeMessage(kind pubsub.Kind, pattern, channel, payload []byte) *pubsub.Message {
	frame := make([]byte, 0, messageRoom+len(pattern)+len(channel)+len(payload))
	if kind == pubsub.Pattern {
		frame = resp.AppendCommand(frame, messageWords[kind], pattern, channel, payload)
	} else {
		frame = resp.AppendCommand(frame, messageWords[kind], channel, payload)
	}
	return &pubsub.Message{Frame: frame}
}

// pushMessage adds a message in the client's protocol.
func (c *client) pushMessage(m *pubsub.Message) {
	if c.reply.Proto() == 2 {
		c.reply.PushFrame(m.Frame)
	} else {
		c.reply.PushFrame(m.Other(resp.AsPush))
	}
}
