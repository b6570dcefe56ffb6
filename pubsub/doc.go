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
// A Registry has a lock of its own and may be used from any goroutine; Carry is called under it. A message is encoded once for all who
// are sent it, and publishing costs one call for each carrier, whatever the number of its subscribers: the list of them is handed over as
// it is, and copied before somebody leaves it. Patterns are found by what they begin with: publishing costs one look-up for each
// length of such a beginning, and one match for every pattern with a beginning that the channel has. Where nobody listens it costs a look-up
// and allocates nothing.
//
// Begin reading at registry.go.
package pubsub
