//go:build linux

// Command pubsub measures publish/subscribe of two servers side by side, in turn, in one run.
//
//	go run ./tests/bench/pubsub --server bin/cinnabar [--peer redis-server] [--rounds 3] [--seconds 5] [--only one,many]
//
// Both commands take redis-server's command line, and must be the servers themselves. What is measured, by name:
//
//	one           one publisher, 10,000 subscribers of one channel
//	many          one publisher, 10,000 channels with a subscriber each
//	patterns      one publisher, 1,000 patterns with a subscriber each, of which a channel fits one
//	patterns-all  the same, a channel fits every pattern
//	patterns-own  one publisher, 1,000 patterns of one subscriber, of which a channel fits one
//
// Each round first runs at full speed: the publisher keeps --window commands under way, and the round ends when every message has come. That
// gives messages delivered a second, and the server's processor time for each. Then messages are published at a pace far below that,
// which gives the times from before PUBLISH was sent until the message was read. Medians of all rounds are printed.
//
// Subscribers are plain sockets in a few epoll sets; messages are counted by their bytes, since all have one length. The processor is shared
// with the server: figures are worth something beside each other, on a quiet machine.
package main
