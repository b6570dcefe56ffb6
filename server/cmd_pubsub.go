package server

import (
	"github.com/cinnabar-db/cinnabar/pubsub"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

// pubSubRows are the commands about channels.
func (s *Server) pubSubRows() []commands.Row {
	subscribing := commands.FlagPubSub | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale | commands.FlagSubscriber
	return []commands.Row{
		{
			Name: "subscribe", Arity: -2, Flags: subscribing,
			Group: "pubsub", Since: "2.0.0",
			Summary:    "Subscribes to channels.",
			Complexity: "O(N) where N is the number of channels to subscribe to.",
			Syntax:     `channel...`,
			Exclusive:  true,
			Handler:    func(c *commands.Call) { s.subscribe(c, pubsub.Channel, "subscribe") },
		},
		{
			Name: "unsubscribe", Arity: -1, Flags: subscribing,
			Group: "pubsub", Since: "2.0.0",
			Summary:    "Ends subscriptions to channels.",
			Complexity: "O(N) where N is the number of clients already subscribed to a channel.",
			Syntax:     `[channel...]`,
			Exclusive:  true,
			Handler:    func(c *commands.Call) { s.unsubscribe(c, pubsub.Channel, "unsubscribe") },
		},
		{
			Name: "psubscribe", Arity: -2, Flags: subscribing,
			Group: "pubsub", Since: "2.0.0",
			Summary:    "Subscribes to channels whose names fit patterns.",
			Complexity: "O(N) where N is the number of patterns the client is already subscribed to.",
			Syntax:     `pattern:{pattern:pattern}...`,
			Exclusive:  true,
			Handler:    func(c *commands.Call) { s.subscribe(c, pubsub.Pattern, "psubscribe") },
		},
		{
			Name: "punsubscribe", Arity: -1, Flags: subscribing,
			Group: "pubsub", Since: "2.0.0",
			Summary:    "Ends subscriptions to patterns.",
			Complexity: "O(N+M) where N is the number of patterns the client is already subscribed and M is the number of total patterns subscribed in the system (by any client).",
			Syntax:     `[pattern:pattern...]`,
			Exclusive:  true,
			Handler:    func(c *commands.Call) { s.unsubscribe(c, pubsub.Pattern, "punsubscribe") },
		},
		{
			Name: "publish", Arity: 3, Flags: commands.FlagPubSub | commands.FlagLoading | commands.FlagStale | commands.FlagFast | commands.FlagMayReplicate,
			Group: "pubsub", Since: "2.0.0",
			Summary:    "Sends a message to a channel.",
			Complexity: "O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any client).",
			Syntax:     `channel message`,
			Exclusive:  true,
			Handler:    s.cmdPublish,
		},
	}
}

// subscribe answers SUBSCRIBE and PSUBSCRIBE: a reply for each name, which comes whatever CLIENT REPLY says.
func (s *Server) subscribe(c *commands.Call, kind pubsub.Kind, word string) {
	for _, name := range c.Args[1:] {
		s.pubsub.Subscribe(clientOf(c), kind, name)
		replySubscription(c, word, name)
	}
}

// unsubscribe answers UNSUBSCRIBE and PUNSUBSCRIBE: a reply for each name; without names for each that there was, or one for none.
func (s *Server) unsubscribe(c *commands.Call, kind pubsub.Kind, word string) {
	cl := clientOf(c)
	for _, name := range c.Args[1:] {
		s.pubsub.Unsubscribe(cl, kind, name)
		replySubscription(c, word, name)
	}
	if len(c.Args) > 1 {
		return
	}
	names := s.pubsub.Names(cl, kind)
	for _, name := range names {
		s.pubsub.Unsubscribe(cl, kind, name)
		replySubscription(c, word, name)
	}
	if len(names) == 0 {
		replySubscription(c, word, nil)
	}
}

// replySubscription tells that a subscription has begun or ended, and how many the client has. A nil name is none.
func replySubscription(c *commands.Call, word string, name []byte) {
	cl, w := clientOf(c), c.Reply
	muted := w.Muted()
	w.Mute(false)
	defer w.Mute(muted)
	w.Push(3)
	w.BulkString(word)
	if name == nil {
		w.Null()
	} else {
		w.Bulk(name)
	}
	w.Int(int64(cl.subscriptions.Count(pubsub.Channel) + cl.subscriptions.Count(pubsub.Pattern)))
}

// cmdPublish answers PUBLISH channel message. A publisher that listens itself gets the message before the reply, as in Redis, unless it is
// in the middle of a transaction's.
func (s *Server) cmdPublish(c *commands.Call) {
	receivers := s.publish(c.Args[1], c.Args[2])
	c.ForcePropagation()
	if cl := clientOf(c); receivers > 0 && !cl.executing() {
		cl.loop.takeInbox()
	}
	c.Reply.Int(int64(receivers))
}
