package server

import (
	"github.com/cinnabar-db/cinnabar/pubsub"
	"github.com/cinnabar-db/cinnabar/server/commands"
)

const (
	subscribing = commands.FlagPubSub | commands.FlagNoScript | commands.FlagLoading | commands.FlagStale | commands.FlagSubscriber
	publishing  = commands.FlagPubSub | commands.FlagLoading | commands.FlagStale | commands.FlagFast | commands.FlagMayReplicate
	// errNoSSubscribe is the answer to SSUBSCRIBE where each command has one reply.
	errNoSSubscribe = "ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"
)

// pubSubRows are the commands about channels and patterns.
func (s *Server) pubSubRows() []commands.Row {
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
			Name: "publish", Arity: 3, Flags: publishing,
			Group: "pubsub", Since: "2.0.0",
			Summary:    "Sends a message to a channel.",
			Complexity: "O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any client).",
			Syntax:     `channel message`,
			Exclusive:  true,
			Handler:    func(c *commands.Call) { s.publish(c, pubsub.Channel) },
		},
		pubSubContainer(s),
	}
}

// shardRows are the commands about shard channels.
func (s *Server) shardRows() []commands.Row {
	return []commands.Row{
		{
			Name: "ssubscribe", Arity: -2, Flags: subscribing,
			Keys:  []commands.KeySpec{commands.KeysFrom(1, commands.KeyNotKey)},
			Group: "pubsub", Since: "7.0.0",
			Summary:    "Subscribes to shard channels.",
			Complexity: "O(N) where N is the number of shard channels to subscribe to.",
			Syntax:     `shardchannel...`,
			Exclusive:  true,
			Handler:    func(c *commands.Call) { s.subscribe(c, pubsub.Shard, "ssubscribe") },
		},
		{
			Name: "sunsubscribe", Arity: -1, Flags: subscribing,
			Keys:  []commands.KeySpec{commands.KeysFrom(1, commands.KeyNotKey)},
			Group: "pubsub", Since: "7.0.0",
			Summary:    "Ends subscriptions to shard channels, or to all.",
			Complexity: "O(N) where N is the number of clients already subscribed to a shard channel.",
			Syntax:     `[shardchannel...]`,
			Exclusive:  true,
			Handler:    func(c *commands.Call) { s.unsubscribe(c, pubsub.Shard, "sunsubscribe") },
		},
		{
			Name: "spublish", Arity: 3, Flags: publishing,
			Keys:  []commands.KeySpec{commands.KeyAt(1, commands.KeyNotKey)},
			Group: "pubsub", Since: "7.0.0",
			Summary:    "Sends a message to a shard channel.",
			Complexity: "O(N) where N is the number of clients subscribed to the receiving shard channel.",
			Syntax:     `shardchannel message`,
			Exclusive:  true,
			Handler:    func(c *commands.Call) { s.publish(c, pubsub.Shard) },
		},
	}
}

// subscribe answers SUBSCRIBE, PSUBSCRIBE and SSUBSCRIBE: a reply for each name, which comes whatever CLIENT REPLY says. The first two
// may stand in a transaction, as they always could.
func (s *Server) subscribe(c *commands.Call, kind pubsub.Kind, word string) {
	if kind == pubsub.Shard && clientOf(c).executing() {
		c.Error(errNoSSubscribe)
		return
	}
	for _, name := range c.Args[1:] {
		s.pubsub.Subscribe(clientOf(c), kind, name)
		replySubscription(c, kind, word, name)
	}
}

// unsubscribe answers UNSUBSCRIBE, PUNSUBSCRIBE and SUNSUBSCRIBE: a reply for each name; without names for each that there was, or one for none.
func (s *Server) unsubscribe(c *commands.Call, kind pubsub.Kind, word string) {
	cl := clientOf(c)
	for _, name := range c.Args[1:] {
		s.pubsub.Unsubscribe(cl, kind, name)
		replySubscription(c, kind, word, name)
	}
	if len(c.Args) > 1 {
		return
	}
	names := s.pubsub.Names(cl, kind)
	for _, name := range names {
		s.pubsub.Unsubscribe(cl, kind, name)
		replySubscription(c, kind, word, name)
	}
	if len(names) == 0 {
		replySubscription(c, kind, word, nil)
	}
}

// replySubscription tells that a subscription has begun or ended, and how many the client has: of shard channels, or of channels and
// patterns. A nil name is none.
func replySubscription(c *commands.Call, kind pubsub.Kind, word string, name []byte) {
	own, w := &clientOf(c).subscriptions, c.Reply
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
	count := own.Count(pubsub.Channel) + own.Count(pubsub.Pattern)
	if kind == pubsub.Shard {
		count = own.Count(pubsub.Shard)
	}
	w.Int(int64(count))
}

// publish answers PUBLISH channel message and SPUBLISH shardchannel message. A publisher that listens itself gets the message before the
// reply, as in Redis, unless it is in the middle of a transaction's: Redis 7.0 puts the message among the elements of EXEC's reply, where
// no client expects it, and 7.2 puts it behind.
func (s *Server) publish(c *commands.Call, kind pubsub.Kind) {
	receivers := s.pubsub.Publish(kind, c.Args[1], c.Args[2])
	c.ForcePropagation()
	if cl := clientOf(c); receivers > 0 && !cl.executing() {
		cl.loop.takeInbox()
	}
	c.Reply.Int(int64(receivers))
}

// pubSubContainer is PUBSUB.
func pubSubContainer(s *Server) commands.Row {
	return commands.Row{
		Name: "pubsub", Arity: -2,
		Group: "pubsub", Since: "2.8.0",
		Summary:    "Shows channels and their subscribers.",
		Complexity: "Depends on subcommand.",
		Subcommands: []commands.Row{
			{
				Name: "channels", Arity: -2, Flags: commands.FlagPubSub | commands.FlagLoading | commands.FlagStale,
				Group: "pubsub", Since: "2.8.0",
				Summary:    "Lists the channels with subscribers.",
				Complexity: "O(N) where N is the number of active channels, and assuming constant time pattern matching (relatively short channels and patterns)",
				Syntax:     `[pattern:pattern]`,
				Handler:    func(c *commands.Call) { s.cmdPubSubChannels(c, pubsub.Channel) },
			},
			{
				Name: "help", Arity: 2, Flags: commands.FlagLoading | commands.FlagStale,
				Group: "pubsub", Since: "6.2.0",
				Summary:    "Describes the subcommands.",
				Complexity: "O(1)",
				Handler:    cmdPubSubHelp,
			},
			{
				Name: "numpat", Arity: 2, Flags: commands.FlagPubSub | commands.FlagLoading | commands.FlagStale,
				Group: "pubsub", Since: "2.8.0",
				Summary:    "Counts the patterns with subscribers.",
				Complexity: "O(1)",
				Handler:    s.cmdPubSubNumPat,
			},
			{
				Name: "numsub", Arity: -2, Flags: commands.FlagPubSub | commands.FlagLoading | commands.FlagStale,
				Group: "pubsub", Since: "2.8.0",
				Summary:    "Counts the subscribers of channels.",
				Complexity: "O(N) for the NUMSUB subcommand, where N is the number of requested channels",
				Syntax:     `[channel...]`,
				Handler:    func(c *commands.Call) { s.cmdPubSubNumSub(c, pubsub.Channel) },
			},
			{
				Name: "shardchannels", Arity: -2, Flags: commands.FlagPubSub | commands.FlagLoading | commands.FlagStale,
				Group: "pubsub", Since: "7.0.0",
				Summary:    "Lists the shard channels with subscribers.",
				Complexity: "O(N) where N is the number of active shard channels, and assuming constant time pattern matching (relatively short shard channels).",
				Syntax:     `[pattern:pattern]`,
				Handler:    func(c *commands.Call) { s.cmdPubSubChannels(c, pubsub.Shard) },
			},
			{
				Name: "shardnumsub", Arity: -2, Flags: commands.FlagPubSub | commands.FlagLoading | commands.FlagStale,
				Group: "pubsub", Since: "7.0.0",
				Summary:    "Counts the subscribers of shard channels.",
				Complexity: "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels",
				Syntax:     `[shardchannel...]`,
				Handler:    func(c *commands.Call) { s.cmdPubSubNumSub(c, pubsub.Shard) },
			},
		},
	}
}

// cmdPubSubChannels answers PUBSUB CHANNELS [pattern] and PUBSUB SHARDCHANNELS [pattern].
func (s *Server) cmdPubSubChannels(c *commands.Call, kind pubsub.Kind) {
	var pattern []byte
	switch {
	case len(c.Args) > 3:
		c.UnknownSubcommand()
		return
	case len(c.Args) == 3:
		pattern = c.Args[2]
	}
	names := s.pubsub.Channels(kind, pattern)
	c.Reply.Array(len(names))
	for _, name := range names {
		c.Reply.Bulk(name)
	}
}

// cmdPubSubNumSub answers PUBSUB NUMSUB [channel ...] and PUBSUB SHARDNUMSUB [shardchannel ...].
func (s *Server) cmdPubSubNumSub(c *commands.Call, kind pubsub.Kind) {
	c.Reply.Array(2 * len(c.Args[2:]))
	for _, name := range c.Args[2:] {
		c.Reply.Bulk(name)
		c.Reply.Int(int64(s.pubsub.Subscribers(kind, name)))
	}
}

// cmdPubSubNumPat answers PUBSUB NUMPAT.
func (s *Server) cmdPubSubNumPat(c *commands.Call) {
	c.Reply.Int(int64(s.pubsub.Count(pubsub.Pattern)))
}

// cmdPubSubHelp answers PUBSUB HELP.
func cmdPubSubHelp(c *commands.Call) {
	c.Help(
		"CHANNELS [<pattern>]",
		"    Return the currently active channels matching a <pattern> (default: '*').",
		"NUMPAT",
		"    Return number of subscriptions to patterns.",
		"NUMSUB [<channel> ...]",
		"    Return the number of subscribers for the specified channels, excluding",
		"    pattern subscriptions(default: no channels).",
		"SHARDCHANNELS [<pattern>]",
		"    Return the currently active shard level channels matching a <pattern> (default: '*').",
		"SHARDNUMSUB [<shardchannel> ...]",
		"    Return the number of subscribers for the specified shard level channel(s)",
	)
}
