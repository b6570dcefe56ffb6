// Package commands holds the commands that need keys, the time and a reply alone, one file a family: its rows of the command table
// first, then the handlers. Commands that act on the server itself live in package server with rows of the same kind.
//
// # The life of a handler
//
// Dispatch has looked the command up, checked its arity and permissions and taken what the row asks for: the loop's gate for a command
// that reads, the exclusive section for one that writes. The handler then
//
//   - parses its arguments (pure),
//   - looks at the keyspace through Call.DB,
//   - and, if it changes something, asks for Call.Edit and changes it, declaring each effect beside the change.
//
// Asking for Edit is what begins the apply part: a panic before it costs the client its connection, a panic after it ends the process,
// since keys may be half-changed (server/call.go). So everything that can fail comes before Edit.
//
// A handler never writes the log, wakes a client or notifies anybody: it says what happened (Effects) and the server does the rest, in
// one order for all observers.
//
// # Memory
//
// Call.Args and what they point to belong to the event loop and are valid until the handler returns; so are the entries got from
// Call.DB. What outlives the handler is copied.
//
// Begin reading in call.go, then string.go; row.go, syntax.go and table.go describe the table.
package commands
