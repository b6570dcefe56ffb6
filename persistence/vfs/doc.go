// Package vfs is every file operation that persistence needs, and three file systems that do them.
//
//	OS       the real one
//	Memory   one in memory, which tells what a power cut would have left of it
//	Failing  one around another, in which chosen operations fail
//
// What all of them promise, and no more; a caller that needs more must ask for it:
//
//   - A file is only ever appended to and truncated. Nothing is overwritten, so what was synced and not cut off stays as it is.
//   - Write gives all its bytes to the system or says how many it did and why not. A process that dies then loses none of them.
//   - What a power cut leaves of a file is what was in it at its last Sync that succeeded; of what was appended since, any part from the
//     front, or zeros in its place; of a Truncate since, either state.
//   - Sync says nothing about the file's name. Create, Rename, Remove and Mkdir outlive a power cut once SyncDir of the folder has
//     succeeded; before, each of them may or may not have happened, whatever the order. A Rename has happened whole or not at all.
//     Between two folders, SyncDir of either will do.
//   - A Sync that failed is no pause but a loss: the system may have forgotten what it could not write and let the next Sync succeed.
//     Only what is written anew, to a file that has seen no failure, can be called synced again.
//   - An operation that failed has changed nothing, save that a failed Write may have appended some of its bytes, and a failed SyncDir
//     may have made some of the names durable.
//
// Files and file systems may be used by many goroutines at once, but a file must not be used after Close, nor closed during another
// operation. Names are paths as package path/filepath takes them; those of Memory begin at its only root, with a leading separator or without.
//
// Begin reading at vfs.go.
package vfs
