// Package lua51 is the Lua 5.1 of Redis 7.0.15: gopher-lua's machine, used as it is, with a front and libraries of our own.
//
// # Promise
//
// A script sees what it would see in Redis: its globals, their protection, texts of numbers and of errors, patterns, sorts. What can't be had
// from outside the machine is listed in docs/differences.md. Whatever a script does ends in an error of the script: an endless loop when
// it is told to end, deep recursion, strings and tables without end. No panic of Go's leaves Run, but those that State.Host was given.
//
// # How
//
// gopher-lua is held from outside by five means:
//
//   - Its parser is not used. Ours (lexer.go, parser.go) makes gopher-lua's syntax tree with Lua 5.1's errors and limits, and in it replaces
//     what the machine gets wrong (.. and # and %, the bounds of for) by calls of hidden functions (hidden.go), which lie in the constants of a function.
//   - Lines in the tree are numbers of sites (site.go): the true line, and the names of what stands there. So an error of the machine
//     can be told in Lua's words ("attempt to index field 'x' (a nil value)").
//   - nil, booleans, numbers, strings and functions have metatables that scripts don't see (basics.go): "10"+1 and nil.x end there.
//   - The context that the machine asks before each instruction counts (watch.go): that is how a script is interrupted, and its memory bounded.
//   - LState.Panic, which each error passes where it is raised (raise.go), notes the place and mends the text.
//
// Read-only tables are empty ones, with the contents in another table behind a metatable (readonly.go).
//
// A State belongs to one goroutine at a time. A Chunk may be shared. Begin with state.go; chunk.go compiles.
package lua51
