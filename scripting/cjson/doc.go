// Package cjson is lua-cjson 2.1.0 with Redis's patches, as Redis 7.0.15 gives it to scripts: JSON to values of Lua and back.
//
// # Promise
//
// The same text for the same value and the same value for the same text, the same errors with the same positions. One thing differs: the
// order of an object's members, which in Redis is that of Lua's hash table and here that in which the keys were first set.
//
// What is worth knowing of its ways:
//
//   - An empty table is {}, so an empty array does not survive. A table is an array if its keys are whole numbers from 1 on; holes become null,
//     and too many of them ("excessively sparse") are an error or make an object of it.
//   - null is cjson.null, a light userdata.
//   - Numbers have 14 digits. What strtod takes is a number when decoding: 0x10, 012, +1, inf, nan.
//   - A zero byte ends the text.
//
// # Bounds
//
// Nesting is bounded by settings (1000) and, whatever they say, by the stack that a C function has (lua51.StackSlots). An encoded text has at most
// lua51.Options.StringBytes. Decoding costs memory in proportion to the text, which counts as the
// script's (lua51.Made). Decoded strings without escapes share the text's memory.
//
// Settings belong to the table that Open or its function new makes; a table is used by one Lua state and so by one goroutine at a time.
//
// Begin reading at cjson.go.
package cjson
