// Package wire is a client for tests that keeps replies as they came: it reads RESP2 and RESP3 replies without knowing what they mean
// and keeps every byte of them, so that two servers can be compared. It shares no code with the server.
//
// Begin reading at Reply.
package wire
