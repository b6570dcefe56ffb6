// Package scripting runs Lua scripts and libraries of functions as Redis 7.0.15 does: EVAL and its kin, FUNCTION and FCALL.
//
//	scripting          Engine: scripts by SHA-1, libraries of functions, running them; redis.*; values of Lua to replies and back
//	scripting/lua51    gopher-lua made to be Redis's Lua 5.1: numbers to text and back, the sandbox, budgets, compiling
//	scripting/number   text of numbers as C's printf and strtod have it
//	scripting/cjson, cmsgpack, structs, bitop   the libraries that Redis gives to scripts
//
// # Promise
//
// It knows no network, client, disk or clock: what a script does to the world goes through Host, which package server implements for the time
// of one run. One run goes on at a time, in the exclusive section; nothing here has a lock. What a script may not have (an endless loop, deep
// recursion, a string of gigabytes) ends in an error of the script, never of the process.
//
// # Costs
//
// A script is compiled once and kept by its SHA-1 until SCRIPT FLUSH. Each instruction of Lua costs a look at a counter, which every few
// thousand instructions asks Host.Interrupted.
package scripting
