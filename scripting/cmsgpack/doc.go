// Package cmsgpack is lua-cmsgpack 0.4.0, as Redis 7.0.15 gives it to scripts: MessagePack to values of Lua and back.
//
// # Promise
//
// The same bytes for the same values, the same values for the same bytes, the same errors. The pairs of a map come in the order in which the
// keys were first set, in Redis in that of Lua's hash table. What is worth knowing of its ways:
//
//   - A number that is an integer of 64 bits is packed as one; others as a float if that loses nothing, else as a double.
//   - A table whose keys are 1 to n is an array, the empty table too; others are maps.
//   - Tables in more than 16 others are packed as nil, and so is what can't be packed: functions, cjson.null.
//   - The types bin and ext are unknown: "Bad data format in input."
//   - Integers of 64 bits lose what a double can't hold; unsigned ones from 2^63 on come out negative.
//
// # Bounds
//
// Unpacking costs memory in proportion to the input, whatever lengths it claims, and nests as deep as the stack of a C function is
// (lua51.StackSlots), as in Redis. Memory counts as the script's (lua51.Made). Packed strings have at most lua51.Options.StringBytes.
//
// Begin reading at cmsgpack.go.
package cmsgpack
