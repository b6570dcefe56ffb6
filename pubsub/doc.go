// Package pubsub knows who listens to which channels, patterns and shard channels, and hands messages to those who carry them. It knows
// no network: a Subscriber is whoever can be found again, a Carrier whoever brings a message to many of them without blocking.
//
// # Order
//
// Publish hands a message to every carrier before it returns, so that subscribers of several channels see messages in the order in
// which they were published, as long as publishers agree on one order themselves. The server publishes in its exclusive section.
//
// # Locks and costs
//
// A Registry has a lock of its own and may be used from any goroutine; Carry is called under it. Publishing costs one call for each
// carrier, whatever the number of its subscribers: the lists of them are handed over as they are, and copied before somebody leaves one. What
// was published is copied once for each carrier; how it is put into words is the carrier's. Patterns are found by what they begin with:
// publishing costs one look-up for each length of such a beginning, and one match for every pattern with a beginning that the channel has.
// Where nobody listens it costs a look-up and allocates nothing.
//
// Begin reading at registry.go, then publication.go.
package pubsub
