// Package pubsub knows who listens to which channels and patterns, and hands messages to them. It knows no network: a Subscriber is
// whoever can take a message without blocking.
//
// # Order
//
// Publish hands a message to every subscriber before it returns, so that subscribers of several channels see messages in the order in
// which they were published, as long as publishers agree on one order themselves. The server publishes in its exclusive section.
//
// # Locks and costs
//
// A Registry has a lock of its own and may be used from any goroutine; Push is called under it. Publishing costs the subscribers of the
// channel and one match for every pattern that somebody listens to; with no subscriber at all, one load.
package pubsub
