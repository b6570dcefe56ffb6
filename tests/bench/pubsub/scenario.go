//go:build linux

package main

import "fmt"

// scenario is who listens to what, and what is published. All messages that subscribers are sent have one length.
type scenario struct {
	name        string
	subscribers int
	// subscriptions are the words that subscriber i sends.
	subscriptions func(i int) []string
	// channels is how many are published to by turns, channel the name of one.
	channels int
	channel  func(i int) string
	// receivers is how many messages one PUBLISH makes, word and pattern what they begin with; the pattern's length is that of all of them.
	receivers     int
	word, pattern string
	// pacePerSecond is how many commands a second are sent when times are taken.
	pacePerSecond int
}

const (
	manyClients  = 10_000
	manyPatterns = 1000
)

func scenarios() []scenario {
	topic := func(i int) string { return fmt.Sprintf("news.%05d.all", i) }
	pattern := func(i int) string { return fmt.Sprintf("news.%05d.*", i) }
	fits := func(i int) string { return fmt.Sprintf("news.[0%04d]0000.*", i) }
	own := func(int) []string {
		words := []string{"PSUBSCRIBE"}
		for i := range manyPatterns {
			words = append(words, pattern(i))
		}
		return words
	}
	return []scenario{
		{
			name: "one", subscribers: manyClients, receivers: manyClients, word: "message", pacePerSecond: 4,
			subscriptions: func(int) []string { return []string{"SUBSCRIBE", topic(0)} }, channels: 1, channel: topic,
		},
		{
			name: "many", subscribers: manyClients, receivers: 1, word: "message", pacePerSecond: 2000,
			subscriptions: func(i int) []string { return []string{"SUBSCRIBE", topic(i)} }, channels: manyClients, channel: topic,
		},
		{
			name: "patterns", subscribers: manyPatterns, receivers: 1, word: "pmessage", pattern: pattern(0), pacePerSecond: 2000,
			subscriptions: func(i int) []string { return []string{"PSUBSCRIBE", pattern(i)} }, channels: manyPatterns, channel: topic,
		},
		{
			name: "patterns-all", subscribers: manyPatterns, receivers: manyPatterns, word: "pmessage", pattern: fits(0), pacePerSecond: 20,
			subscriptions: func(i int) []string { return []string{"PSUBSCRIBE", fits(i)} }, channels: 1, channel: topic,
		},
		{
			name: "patterns-own", subscribers: 1, receivers: 1, word: "pmessage", pattern: pattern(0), pacePerSecond: 2000,
			subscriptions: own, channels: manyPatterns, channel: topic,
		},
	}
}

// scaled is a scenario with a part of its subscribers.
func (s scenario) scaled(part float64) scenario {
	all := s.subscribers
	s.subscribers = max(1, int(float64(all)*part))
	if s.channels == all {
		s.channels = s.subscribers
	}
	if s.receivers == all {
		s.receivers = s.subscribers
	}
	return s
}

// frame is a command, or a message in RESP2.
func frame(words ...string) []byte {
	f := fmt.Appendf(nil, "*%d\r\n", len(words))
	for _, word := range words {
		f = fmt.Appendf(f, "$%d\r\n%s\r\n", len(word), word)
	}
	return f
}

// message is what subscribers are sent.
func (s scenario) message(payload string) []byte {
	if s.pattern != "" {
		return frame(s.word, s.pattern, s.channel(0), payload)
	}
	return frame(s.word, s.channel(0), payload)
}
